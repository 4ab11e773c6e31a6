"""How large an LR strangers reach, exactly for this question and this database.

The log10 LR of an unrelated profile is a sum of independent discrete terms, one a locus. Its distribution is their
convolution. Computed under the tilted (related) distribution u * LR and weighted back by 10^-S, the far tail keeps its
relative precision, which a plain Fourier transform loses below 1e-14.

Source: Dorum et al., FSI: Genetics 9 (2014) 93 and Kruijver, FSI: Genetics 16 (2015) 221 (exact distributions of LRs);
the tilting is Cramer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.compiled import CompiledQuery
from matcher.str_loci.database import ProfileDatabase
from matcher.str_loci.query import LocusTable

Float64 = NDArray[np.float64]

STEP = 0.002
"""Grid of log10 LR. A value is shared between its two neighbours, so that means are kept; with 24 loci the error of a
tail is that of a shift by less than 0.001."""

LARGEST_SETS = 64
"""Sets of typed loci evaluated one by one; rarer sets share the result of the evaluated ones, by their number."""


@dataclass(frozen=True, slots=True)
class NullDistribution:
    """Distribution of the log10 LR of unrelated profiles of one database.

    Parameters
    ----------
    thresholds : ndarray of float64, shape (K,)
        Ascending log10 LRs, `STEP` apart.
    expected_hits : ndarray of float64, shape (K,)
        Expected number of unrelated profiles at or above each threshold.
    """

    thresholds: Float64 = field(repr=False)
    expected_hits: Float64 = field(repr=False)

    def expected_above(self, log10_lr: float) -> float:
        """Return the expected number of strangers who reach this log10 LR."""
        if log10_lr <= self.thresholds[0]:
            return float(self.expected_hits[0])
        position = int(np.searchsorted(self.thresholds, log10_lr - STEP / 2))
        return float(self.expected_hits[position]) if position < len(self.expected_hits) else 0.0

    def threshold_for(self, expected: float) -> float:
        """Return the smallest log10 LR that at most this many strangers are expected to reach."""
        position = int(np.argmax(self.expected_hits <= expected))
        if self.expected_hits[position] > expected:
            return float(self.thresholds[-1]) + STEP
        return float(self.thresholds[position])


def null_distribution(tables: Sequence[LocusTable], typed: Sequence[tuple[NDArray[np.bool_], int]]) -> NullDistribution:
    """Convolve the loci for each set of typed loci and add up.

    Parameters
    ----------
    tables : sequence of LocusTable, length L
        The compiled question.
    typed : sequence of (ndarray of bool, shape (L,); int)
        Which of these loci are typed, and in how many profiles.
    """
    grid = _Grid.of(tables)
    evaluated = list(typed[:LARGEST_SETS])
    profiles = sum(count for _, count in typed)
    share = profiles / max(sum(count for _, count in evaluated), 1)
    total = np.zeros(len(grid.values))
    for mask, count in evaluated:
        total += share * count * grid.related(mask)
    # Rounding of the transform leaves about 1e-17 of mass where there is none; weighted by 10^-S it would dominate
    # the far left, where the answer is simply everybody.
    strangers = np.minimum(total * 10.0 ** -np.maximum(grid.values, -300.0), float(max(profiles, 1)))
    above = np.minimum(np.cumsum(strangers[::-1])[::-1], float(profiles))
    return NullDistribution(grid.values, above)


def database_null(database: ProfileDatabase, compiled: CompiledQuery) -> NullDistribution:
    """Return the null distribution over the loci that a database's profiles really have."""
    tables: list[LocusTable] = list(compiled.tables)
    columns = [database.loci.index(table.locus) for table in tables]
    pair: list[int] = []
    if compiled.linked is not None:
        pair = [[table.locus for table in tables].index(locus) for locus in compiled.linked.loci]
        tables.append(compiled.independent()[-1])
    merged: dict[bytes, tuple[NDArray[np.bool_], int]] = {}
    for mask, count in database.typed_sets():
        part = mask[columns]
        if pair:
            both = part[pair].all()
            part = np.append(part, both)
            part[pair] &= ~both
        earlier = merged.get(part.tobytes(), (part, 0))[1]
        merged[part.tobytes()] = part, earlier + count
    return null_distribution(tables, sorted(merged.values(), key=lambda item: -item[1]))


def related_above(tables: Sequence[LocusTable], log10_lr: float) -> float:
    """Return the probability that the true person, typed at all these loci, reaches a log10 LR."""
    grid = _Grid.of(tables)
    related = grid.related(np.ones(len(tables), np.bool_))
    return float(related[grid.values >= log10_lr - STEP / 2].sum())


def related_median(tables: Sequence[LocusTable]) -> float:
    """Return the median log10 LR of the true person, typed at all these loci."""
    grid = _Grid.of(tables)
    related = np.cumsum(grid.related(np.ones(len(tables), np.bool_)))
    return float(grid.values[np.searchsorted(related, related[-1] / 2)])


@dataclass(frozen=True, slots=True)
class _Grid:
    """Spectra of the loci over one grid of log10 LRs."""

    values: Float64
    """Ascending, shape (K,)."""
    order: NDArray[np.intp]
    """Cells of the cyclic grid in ascending order of value, shape (K,)."""
    spectra: tuple[NDArray[np.complex128], ...]

    @classmethod
    def of(cls, tables: Sequence[LocusTable]) -> _Grid:
        low = sum(float(np.floor(table.null_log10_lr.min() / STEP)) for table in tables)
        high = sum(float(np.ceil(table.null_log10_lr.max() / STEP)) + 1 for table in tables)
        low, high = min(low, 0.0), max(high, 1.0)
        size = 1 << int(np.ceil(np.log2(high - low + 2)))
        cells = np.arange(size, dtype=np.float64)
        values: Float64 = STEP * np.where(cells > high, cells - size, cells)
        order = np.argsort(values, kind="stable")
        return cls(values[order], order, tuple(np.fft.rfft(_tilted(table, size)) for table in tables))

    def related(self, mask: NDArray[np.bool_]) -> Float64:
        """Return the distribution of the true person's log10 LR over the loci of a mask, shape (K,)."""
        size = len(self.values)
        spectrum = np.ones(size // 2 + 1, np.complex128)
        for chosen, one in zip(mask, self.spectra, strict=True):
            if chosen:
                spectrum *= one
        return np.maximum(np.fft.irfft(spectrum, size), 0.0)[self.order]


def _tilted(table: LocusTable, size: int) -> Float64:
    """Lay u * LR of one locus on the grid, each value shared between its neighbours; negative values wrap around."""
    position = table.null_log10_lr / STEP
    below = np.floor(position)
    share = position - below
    related = table.null_probability * 10.0**table.null_log10_lr
    grid = np.zeros(size)
    np.add.at(grid, below.astype(np.int64) % size, related * (1 - share))
    np.add.at(grid, (below.astype(np.int64) + 1) % size, related * share)
    return grid
