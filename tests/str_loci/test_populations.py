"""The smallest LR over populations."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.str_loci.compare import KinshipOptions, compare_profiles
from matcher.str_loci.database import encode_observations
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.observations import observation_code
from matcher.str_loci.populations import completed, search_populations, smallest_comparison
from matcher.str_loci.questions import relation_query
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.search import search
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.types import StrProfile

NAMES = ("han_42", "us_asian", "filipino")
OPTIONS = {name: KinshipOptions(frequencies=completed(name)) for name in NAMES}
KIT = ("D12S391", "D18S51", "D21S11", "D3S1358", "FGA", "TH01")
MODELS = locus_models(OPTIONS["han_42"].frequencies, DEFAULT_MUTATION, KIT)


def test_every_population_covers_the_default_loci() -> None:
    assert all(options.frequencies.keys() >= OPTIONS["han_42"].frequencies.keys() for options in OPTIONS.values())


def test_the_smallest_comparison_is_reported_with_its_population() -> None:
    world = draw_pedigree(np.random.default_rng(1), MODELS, relation_pedigree("parent-child"))
    profiles = [StrProfile("c", world["subject"]), StrProfile("p", world["kin"])]
    totals = {name: compare_profiles("parent-child", profiles, options).log10_lr for name, options in OPTIONS.items()}
    name, result = smallest_comparison("parent-child", profiles, OPTIONS)
    assert result.log10_lr == min(totals.values()) == totals[name]
    assert len(set(totals.values())) == 3


def test_search_ranks_by_the_smallest_lr() -> None:
    rng = np.random.default_rng(2)
    samples = {f"S{i:03d}": draw_profile(rng, MODELS) for i in range(400)}
    kin = draw_profile(rng, MODELS)
    database = encode_observations(
        {name: {k: observation_code(g) for k, g in genotypes.items()} for name, genotypes in samples.items()}
    )
    query = relation_query("full-sibling", StrProfile("k", kin))
    found = search_populations(database, query, OPTIONS, top=20)
    single = {
        name: {hit.sample_id: hit.log10_lr for hit in search(database, query, options, top=400).hits}
        for name, options in OPTIONS.items()
    }
    expected = sorted((-min(single[n][s] for n in NAMES), s) for s in samples)[:20]
    assert [(hit.sample_id, hit.rank) for hit in found.hits] == [(s, i) for i, (_, s) in enumerate(expected, 1)]
    for hit, (negative, _) in zip(found.hits, expected, strict=True):
        assert hit.log10_lr == pytest.approx(-negative, abs=1e-9)
