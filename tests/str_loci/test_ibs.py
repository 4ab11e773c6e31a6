"""Shared alleles: the count, and its expectations against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.ibs import shared, shared_alleles
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.relations import relation_pedigree
from matcher.types import SUBJECT


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((1, 1), (1, 1), 2), ((1, 1), (1, 2), 1), ((1, 2), (1, 2), 2), ((1, 2), (2, 3), 1), ((1, 2), (3, 4), 0)],
)
def test_shared_is_symmetric(one: tuple[int, int], other: tuple[int, int], expected: int) -> None:
    assert shared(one, other) == shared(other, one) == expected


def test_expectations_are_means_over_siblings_and_strangers() -> None:
    """Against the likelihood of two siblings, genotype by genotype."""
    mine, other = (60, 90), (90, 90)
    model = default_frequencies()["TH01"].model(DEFAULT_MUTATION)
    pedigree = relation_pedigree("full-sibling")
    weights = np.array(
        [
            locus_likelihood(pedigree, LocusEvidence("TH01", model, {"kin": mine, SUBJECT: genotype}))
            for genotype in model.genotypes()
        ]
    )
    scores = np.array([shared(mine, genotype) for genotype in model.genotypes()])
    found = shared_alleles({"TH01": mine}, {"TH01": other}, KinshipOptions())
    assert (found.score, found.loci) == (1, 1)
    assert found.expected_siblings == pytest.approx(float(weights @ scores / weights.sum()), rel=1e-9)
    assert found.expected_unrelated == pytest.approx(float(model.hwe @ scores), rel=1e-12)
    assert found.expected_siblings > found.expected_unrelated


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(InputError, match="no common locus"):
        shared_alleles({"TH01": (60, 70)}, {"FGA": (200, 210)}, KinshipOptions())
