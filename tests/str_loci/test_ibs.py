"""Shared alleles: the count, and its expectations against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.ibs import shared, shared_alleles
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.simulate import draw_pedigree, draw_profile
from matcher.types import SUBJECT

MODELS = {locus: default_frequencies()[locus].model(DEFAULT_MUTATION) for locus in ("TH01", "FGA", "TPOX", "D3S1358")}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((1, 1), (1, 1), 2), ((1, 1), (1, 2), 1), ((1, 2), (1, 2), 2), ((1, 2), (2, 3), 1), ((1, 2), (3, 4), 0)],
)
def test_shared_is_symmetric(one: tuple[int, int], other: tuple[int, int], expected: int) -> None:
    assert shared(one, other) == shared(other, one) == expected


def test_expectations_are_means_over_siblings_and_strangers() -> None:
    rng = np.random.default_rng(1)
    siblings, expected, strangers, unrelated = [], [], [], []
    for _ in range(1500):
        world = draw_pedigree(rng, MODELS, relation_pedigree("full-sibling"))
        found = shared_alleles(world["kin"], world[SUBJECT], KinshipOptions())
        other = shared_alleles(world["kin"], draw_profile(rng, MODELS), KinshipOptions())
        siblings.append(found.score)
        expected.append(found.expected_siblings)
        strangers.append(other.score)
        unrelated.append(found.expected_unrelated)
        assert found.loci == 4
    assert np.mean(siblings) == pytest.approx(np.mean(expected), abs=0.15)
    assert np.mean(strangers) == pytest.approx(np.mean(unrelated), abs=0.15)
    assert np.mean(siblings) > np.mean(strangers) + 1


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(InputError, match="no common locus"):
        shared_alleles({"TH01": (60, 70)}, {"FGA": (200, 210)}, KinshipOptions())
