"""Tables of P(genotype | typed relatives) / P(genotype), for many records at a time.

Patterns of one shape (who is related how, and who is typed) differ only in genotypes; they are peeled as one batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.likelihood import genotype_probabilities
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.patterns import RelativePattern
from matcher.str_loci.pedigree import FounderConvention, Pedigree

Float64 = NDArray[np.float64]
Genotypes = NDArray[np.integer]

_BATCH_CELLS = 1 << 23
"""Cells of the parents' genotype table over one batch, 64 MB of float64: smaller batches spend their time in Python."""


def subject_probabilities(
    model: LocusModel, patterns: Sequence[RelativePattern], *, founders: FounderConvention
) -> Float64:
    """Return P(genotype of the subject | typed relatives) of each pattern, shape (len(patterns), G).

    Parameters
    ----------
    model : LocusModel
        Contains every allele of the patterns; with mutation, so that no stated relation is impossible.
    patterns : sequence of RelativePattern
        Any shapes.
    founders : FounderConvention
        Treatment of untyped founders.
    """
    result = np.empty((len(patterns), model.genotype_count))
    shapes: dict[object, list[int]] = {}
    for number, pattern in enumerate(patterns):
        shapes.setdefault(pattern.shape, []).append(number)
    for numbers in shapes.values():
        pedigree, typed = patterns[numbers[0]].pedigree, [patterns[row].typed for row in numbers]
        columns = {name: np.array([row[name] for row in typed]) for name in typed[0]}
        result[numbers] = typed_probabilities(model, pedigree, columns, founders=founders)
    return result


def typed_probabilities(
    model: LocusModel, pedigree: Pedigree, typed: Mapping[str, Genotypes], *, founders: FounderConvention
) -> Float64:
    """Return P(genotype of person "0" | typed relatives) for P typings, (P, 2) a person, of one pedigree; (P, G)."""
    count = len(next(iter(typed.values())))
    result = np.empty((count, model.genotype_count))
    batch = max(1, _BATCH_CELLS // model.genotype_count**2)
    for low in range(0, count, batch):
        rows = slice(low, low + batch)
        part = {name: genotypes[rows] for name, genotypes in typed.items()}
        result[rows] = genotype_probabilities(pedigree, model, part, subject="0", founders=founders)
    return result
