"""Power of a family: exact against a simulation, and sensible advice."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.frequencies import LocusFrequencies, default_frequencies
from matcher.str_loci.loci import kits
from matcher.str_loci.mutation import DEFAULT_MUTATION, NO_MUTATION
from matcher.str_loci.observations import observation_code
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.power import NEW_SIBLING, exclusion_probability, family_power, next_relatives, threshold
from matcher.str_loci.query import Query, locus_table
from matcher.str_loci.simulate import draw_pedigree, transmit, type_sample
from matcher.types import SUBJECT, Genotype

OPTIONS = KinshipOptions()
KIT = tuple(sorted(kits()["Goldeneye 20A"] - {"AMEL"}))
MODELS = {locus: default_frequencies()[locus].model(DEFAULT_MUTATION) for locus in KIT}
FAMILY = Pedigree.of([("father", None, None), ("mother", None, None), (SUBJECT, "father", "mother")])


def observed(genotypes: dict[str, Genotype]) -> dict[str, str]:
    return {locus: observation_code(pair) for locus, pair in genotypes.items()}


def test_reach_equals_a_simulation() -> None:
    rng = np.random.default_rng(1)
    world = draw_pedigree(rng, MODELS, FAMILY)
    loci = KIT[:8]
    query = Query(FAMILY, {"father": observed(world["father"])})
    tables = [locus_table(query, locus, [""], OPTIONS) for locus in loci]
    power = family_power(query, loci, OPTIONS, at=2.0)
    reached, count = 0, 1200
    for _ in range(count):
        child = transmit(rng, MODELS, world["father"], draw_pedigree(rng, MODELS, FAMILY)["mother"])
        shown = type_sample(rng, MODELS, child, OPTIONS.errors)
        total = 0.0
        for table in tables:
            assert table is not None
            total += table.null_log10_lr[MODELS[table.locus].index(shown[table.locus])]
        reached += total >= 2.0
    assert abs(reached / count - power.reach) < 5 * np.sqrt(power.reach * (1 - power.reach) / count) + 0.01


def test_a_lone_sibling_does_not_clear_a_million_and_a_parent_helps_most() -> None:
    rng = np.random.default_rng(2)
    pedigree = Pedigree.of([*((n, None, None) for n in ("father", "mother")), ("sib", "father", "mother"),
                            (SUBJECT, "father", "mother")])  # fmt: skip
    world = draw_pedigree(rng, MODELS, pedigree)
    query = Query(pedigree, {"sib": observed(world["sib"])})
    goal = threshold(1_000_000, 0.1)
    now = family_power(query, KIT, OPTIONS, at=goal)
    assert now.reach < 0.75
    ranked = next_relatives(query, KIT, OPTIONS, at=goal, rng=rng, draws=3)
    assert {power.relatives[-1] for power in ranked} == {"father", "mother", NEW_SIBLING}
    assert ranked[0].relatives[-1] in {"father", "mother"}
    assert ranked[0].reach > now.reach
    assert ranked[0].median > now.median


@pytest.mark.parametrize(("locus", "expected"), [("TH01", 0.2385730897637972), ("D3S1358", 0.3006793794444308)])
def test_exclusion_probability_of_a_parent_equals_forrel(locus: str, expected: float) -> None:
    """Mean over parents. Source: forrel 1.9.0 exclusionPower on the published Han table, parent-child claim."""
    published = LocusFrequencies(locus, *_published(locus), sampled=10**12)
    options = KinshipOptions(frequencies={locus: published})
    model = published.model(NO_MUTATION)
    total = 0.0
    for genotype, weight in zip(model.genotypes(), model.hwe, strict=True):
        query = Query(FAMILY, {"father": {locus: observation_code(genotype)}})
        total += weight * exclusion_probability(query, [locus], options)[locus]
    assert total == pytest.approx(expected, rel=1e-9)


def _published(locus: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    table = default_frequencies()[locus]
    return table.alleles, table.frequencies


def test_same_seed_same_advice() -> None:
    world = draw_pedigree(np.random.default_rng(3), MODELS, FAMILY)
    query = Query(FAMILY, {"father": observed(world["father"])})
    first, second = (
        next_relatives(query, KIT[:5], OPTIONS, at=3.0, rng=np.random.default_rng(4), draws=2) for _ in range(2)
    )
    assert first == second


def test_threshold_needs_records() -> None:
    with pytest.raises(InputError, match="records 0"):
        threshold(0, 0.1)
