"""Simulation against its own model: frequencies, transmission, mutation, errors."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.mutation import DEFAULT_MUTATION, NO_MUTATION, MutationModel, SexRates
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models, transmit, type_sample
from matcher.str_loci.typing_errors import TypingErrors

LOCI = ("TH01", "FGA", "PentaE")


def test_founders_follow_the_table() -> None:
    models = locus_models(default_frequencies(), DEFAULT_MUTATION, ["TH01"])
    rng = np.random.default_rng(1)
    drawn = [allele for _ in range(4000) for allele in draw_profile(rng, models)["TH01"]]
    model = models["TH01"]
    for allele, p in zip(model.alleles, model.frequencies, strict=True):
        expected = p * len(drawn)
        assert abs(drawn.count(allele) - expected) < 5 * np.sqrt(expected + 1)


def test_children_take_one_allele_of_each_parent() -> None:
    models = locus_models(default_frequencies(), NO_MUTATION, LOCI)
    rng = np.random.default_rng(2)
    for _ in range(200):
        world = draw_pedigree(rng, models, relation_pedigree("both-parents"))
        for locus in LOCI:
            a, b = world["subject"][locus]
            father, mother = world["kin"][locus], world["kin2"][locus]
            assert (a in father and b in mother) or (b in father and a in mother)


def test_mutations_come_at_the_rate_of_each_parent() -> None:
    mutation = MutationModel("stepwise", SexRates(0.2, 0.0))
    models = locus_models(default_frequencies(), mutation, ["TH01"])
    rng = np.random.default_rng(3)
    parents = {"TH01": (70, 70)}, {"TH01": (90, 90)}
    children = [transmit(rng, models, *parents)["TH01"] for _ in range(3000)]
    mutated = sum(child != (70, 90) for child in children)
    assert abs(mutated - 600) < 5 * np.sqrt(600 * 0.8)
    assert all(90 in child for child in children)


def test_same_seed_same_profiles() -> None:
    models = locus_models(default_frequencies(), DEFAULT_MUTATION, LOCI)
    first, second = (draw_profile(np.random.default_rng(9), models) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("drop_out", "expected"), [(0.0, 0), (0.5, 1000)])
def test_drop_out_makes_homozygotes(drop_out: float, expected: int) -> None:
    models = locus_models(default_frequencies(), DEFAULT_MUTATION, ["TH01"])
    rng = np.random.default_rng(4)
    errors = TypingErrors(1e-9, drop_out)
    shown = [type_sample(rng, models, {"TH01": (70, 90)}, errors)["TH01"] for _ in range(2000)]
    lost = sum(a == b for a, b in shown)
    assert abs(lost - expected) < 5 * np.sqrt(expected * 0.5 + 1e-9) + 1e-9
