"""Shared alleles of two persons, the score that Chinese laboratories give full siblings beside the likelihood ratio.

A locus scores 2, 1 or 0 alleles identical by state; the sum over the loci of the kit is the score (IBS). Its expected
values among full siblings and among unrelated persons follow from the frequencies and stand beside it; the cut-offs of
GB/T 43641-2024 are not reproduced, since the standard was not read.

Source: SF/T 0117-2021 and GB/T 43641-2024 as laboratories describe them (sum of identical alleles); expectations by
definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.hypotheses import alternatives
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.patterns import own_pattern
from matcher.str_loci.relatives import subject_probabilities
from matcher.types import Genotype


@dataclass(frozen=True, slots=True)
class SharedAlleles:
    """Score of two persons.

    Parameters
    ----------
    score : int
        Alleles identical by state over all loci.
    loci : int
        Loci compared.
    expected_siblings, expected_unrelated : float
        Mean score of full siblings and of unrelated persons, given the first person's genotypes.
    """

    score: int
    loci: int
    expected_siblings: float
    expected_unrelated: float


def shared_alleles(
    first: Mapping[str, Genotype], second: Mapping[str, Genotype], options: KinshipOptions
) -> SharedAlleles:
    """Count the shared alleles of two persons over the loci that both show and that have frequencies.

    Raises
    ------
    InputError
        When there is no such locus.
    """
    loci = sorted(first.keys() & second.keys() & options.frequencies.keys())
    if not loci:
        raise InputError("no common locus with frequencies", remedy="check kits and locus names")
    score, siblings, strangers = 0, 0.0, 0.0
    for locus in loci:
        score += shared(first[locus], second[locus])
        model = options.frequencies[locus].model(options.mutation, also=first[locus])
        scores = np.array([shared(first[locus], genotype) for genotype in model.genotypes()])
        siblings += float(_sibling(model, first[locus], options) @ scores)
        strangers += float(model.hwe @ scores)
    return SharedAlleles(score, len(loci), siblings, strangers)


def shared(first: Genotype, second: Genotype) -> int:
    """Count the alleles that two genotypes have in common.

    >>> shared((90, 90), (90, 100)), shared((90, 100), (100, 90)), shared((90, 90), (100, 110))
    (1, 2, 0)
    """
    return (Counter(first) & Counter(second)).total()


def _sibling(model: LocusModel, genotype: Genotype, options: KinshipOptions) -> NDArray[np.float64]:
    ((_, pattern),) = alternatives(own_pattern(genotype), "sibling")
    found: NDArray[np.float64] = subject_probabilities(model, [pattern], founders=options.founders)[0]
    return found
