"""Likelihood ratios of two linked loci for one pedigree: of the observations together, and of each alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.linkage import LinkedTable
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.typing_errors import ratio_of

Float64 = NDArray[np.float64]
Models = tuple[LocusModel, LocusModel]

Shown = Callable[[int, Float64], Float64]
"""Number of the locus (0, 1) and probabilities of true genotypes (..., G) to probabilities of what is seen (..., V)."""


@dataclass(frozen=True, slots=True)
class PairRatio:
    """LR of two observations together, and of each alone with the other's genotypes summed out.

    Parameters
    ----------
    joint : ndarray of float64, shape (V1, V2)
        Both.
    single : pair of ndarray of float64, shapes (V1,) and (V2,)
        Each.
    background : ndarray of float64, shape (V1, V2)
        Probability in an unrelated person.
    """

    joint: Float64
    single: tuple[Float64, Float64]
    background: Float64


@dataclass(frozen=True, slots=True)
class LinkedQuestion:
    """Joint tables of the subject's genotypes under both hypotheses.

    Parameters
    ----------
    models : pair of LocusModel
        The loci.
    related : tuple of (float, LinkedTable)
        Weight and table of each place that the subject may have in the pedigree; the weights sum to 1.
    apart : LinkedTable or None
        The subject is unrelated; None = its genotypes are then independent of everything (theta 0).
    """

    models: Models
    related: tuple[tuple[float, LinkedTable], ...]
    apart: LinkedTable | None

    def ratio(self, shown: Shown) -> PairRatio:
        """Return the LRs of whatever `shown` makes of the genotypes."""
        joint, one, other = (
            sum(weight * part for (weight, _), part in zip(self.related, parts, strict=True))
            for parts in zip(*(_seen(table, shown) for _, table in self.related), strict=True)
        )
        if self.apart is None:
            first, second = (shown(number, model.hwe) for number, model in enumerate(self.models))
            below = first[:, None] * second[None, :], first, second
        else:
            below = _seen(self.apart, shown)
        single = ratio_of(one, below[1]), ratio_of(other, below[2])
        return PairRatio(ratio_of(joint, below[0]), single, below[0])


def _seen(table: LinkedTable, shown: Shown) -> tuple[Float64, Float64, Float64]:
    """Return the probabilities of both observations and of each alone, given the typed persons."""
    first, second = shown(0, table.first), shown(1, table.second)
    left, right = table.first.sum(axis=1), table.second.sum(axis=1)
    total = float(left @ table.kernel @ right)
    return (
        first.T @ table.kernel @ second / total,
        first.T @ (table.kernel @ right) / total,
        (left @ table.kernel) @ second / total,
    )
