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
from matcher.str_loci.pedigree import FounderConvention
from matcher.types import Genotype

Float64 = NDArray[np.float64]

_BATCH_CELLS = 1 << 21
"""Cells of the parents' genotype table over one batch, 16 MB of float64."""


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
    batch = max(1, _BATCH_CELLS // model.genotype_count**2)
    for numbers in shapes.values():
        pedigree = patterns[numbers[0]].pedigree
        for low in range(0, len(numbers), batch):
            rows = numbers[low : low + batch]
            typed = _columns([patterns[row].typed for row in rows])
            result[rows] = genotype_probabilities(pedigree, model, typed, subject="0", founders=founders)
    return result


def _columns(rows: Sequence[Mapping[str, Genotype]]) -> dict[str, list[Genotype]]:
    return {person: [row[person] for row in rows] for person in rows[0]}
