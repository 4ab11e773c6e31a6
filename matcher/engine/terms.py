"""The closed union of terms: how a compiled query reads evidence codes.

A term maps the codes of one column to a log10 LR per record. Code 0 means missing and contributes exactly 0.
Each term has two evaluations: `score` over a block of records in float32 for the scan, and `exact` for one record
in float64 for what is reported. A test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import DenseColumn, ManyColumn, SingleColumn
from matcher.engine.curves import CurveGrid
from matcher.llr import log10_mean

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One code per record, read through a table.

    Parameters
    ----------
    column : str
        Column of the channel.
    table : ndarray of float64, shape (V,)
        log10 LR per code; `table[0]` is 0.
    """

    column: str
    table: Float64

    def __post_init__(self) -> None:
        """Refuse a table that gives evidence to a missing code or is not finite."""
        _check_table(self.column, self.table)

    def score(self, codes: SingleColumn, low: int, high: int) -> Float32:
        """Return log10 LRs of records `low:high`, shape (high - low,)."""
        return np.take(self.table.astype(np.float32), codes.codes[low:high])

    def exact(self, codes: SingleColumn, row: int) -> float:
        """Return the log10 LR of one record."""
        return float(self.table[codes.codes[row]])


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Several codes per record; log10 of the mean LR over them, never the maximum.

    The maximum over k values inflates evidence (5x at k = 10); the mean of LRs is itself an LR.
    Parameters as for `Lookup`.
    """

    column: str
    table: Float64

    def __post_init__(self) -> None:
        """Refuse a table that gives evidence to a missing code or is not finite."""
        _check_table(self.column, self.table)

    def score(self, codes: ManyColumn, low: int, high: int) -> Float32:
        """Return log10 LRs of records `low:high`, shape (high - low,)."""
        offsets = codes.offsets[low : high + 1]
        linear = np.take(10.0**self.table, codes.codes[offsets[0] : offsets[-1]])
        return _log10_mean_by_record(linear, offsets - offsets[0])

    def exact(self, codes: ManyColumn, row: int) -> float:
        """Return the log10 LR of one record."""
        low, high = codes.offsets[row], codes.offsets[row + 1]
        return log10_mean([float(self.table[code]) for code in codes.codes[low:high]])


@dataclass(frozen=True, slots=True)
class Dense:
    """Inner product with one or more query vectors, through a calibrated curve; mean LR over all pairs.

    Parameters
    ----------
    column : str
        Column of the channel.
    query : ndarray of float32, shape (Q, d)
        L2-normalised query vectors.
    curves : tuple of tuple of CurveGrid
        `curves[q][s]` maps the cosine of query vector q with a record vector of stratum s to a log10 LR.
    """

    column: str
    query: Float32
    curves: tuple[tuple[CurveGrid, ...], ...]

    def score(self, codes: DenseColumn, low: int, high: int) -> Float32:
        """Return log10 LRs of records `low:high`, shape (high - low,)."""
        offsets = codes.offsets[low : high + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        linear = np.zeros(last - first, np.float64)
        cosines = np.asarray(codes.vectors[first:last], np.float32) @ self.query.T
        strata = codes.strata[first:last]
        for q, by_stratum in enumerate(self.curves):
            grid = np.stack([10.0**curve.values for curve in by_stratum])
            linear += grid[strata, by_stratum[0].cells(cosines[:, q])]
        return _log10_mean_by_record(linear / len(self.curves), offsets - first)

    def exact(self, codes: DenseColumn, row: int) -> float:
        """Return the log10 LR of one record, by float64 products and interpolated curves."""
        low, high = int(codes.offsets[row]), int(codes.offsets[row + 1])
        values: list[float] = []
        for photo in range(low, high):
            vector = np.asarray(codes.vectors[photo], np.float64)
            for q, by_stratum in enumerate(self.curves):
                cosine = float(np.dot(vector, self.query[q].astype(np.float64)))
                values.append(by_stratum[int(codes.strata[photo])].exact(cosine))
        return log10_mean(values)

    @property
    def scan_gap(self) -> float:
        """Largest difference that the gridded curve can make to `exact`, in log10 LR."""
        return max(curve.largest_step for by_stratum in self.curves for curve in by_stratum)


Term = Lookup | AnyOf | Dense


def _check_table(column: str, table: Float64) -> None:
    if table.ndim != 1 or table.shape[0] < 1 or table[0] != 0.0 or not np.isfinite(table).all():
        raise ValueError(f"term '{column}': table must be finite, one-dimensional and 0 for the missing code")


def _log10_mean_by_record(linear: Float64, offsets: NDArray[np.int64]) -> Float32:
    """Average consecutive LRs record by record; records without values get 0."""
    counts = np.diff(offsets)
    present = counts > 0
    result = np.zeros(counts.shape[0], np.float32)
    if present.any():
        sums = np.add.reduceat(linear, offsets[:-1][present])
        result[present] = np.log10(sums / counts[present])
    return result
