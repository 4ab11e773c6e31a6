"""Calibrated curves as tables of LRs for the compiled scan, made once for each set of curves.

A channel hands out the same tuple of curves for every probe photo of one condition, so a handful of sets serves any
number of probes. The cache holds the tuples it was asked about, which keeps their identity valid as a key.
"""

from __future__ import annotations

import math
import threading
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.engine.curves import GRID_CELLS, CurveGrid

Float32 = NDArray[np.float32]
CurveSet = tuple[CurveGrid, ...]
Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_SETS = 256
"""Sets kept (a set of twelve curves takes 200 kB); an older one is dropped for a new one."""


class CurveTables:
    """A cache of gridded LRs and of how far a curve can move within a given distance; safe to share between threads."""

    def __init__(self) -> None:
        self._linear: dict[int, tuple[CurveSet, Float32]] = {}
        self._gaps: dict[tuple[int, int], tuple[CurveSet, float]] = {}
        self._lock = threading.Lock()

    def linear(self, curves: CurveSet) -> Float32:
        """Return the LRs (not their logarithms) of a set, shape (strata * GRID_CELLS,)."""
        with self._lock:
            found = self._linear.get(id(curves))
            if found is None:
                found = curves, np.concatenate([10.0**curve.values for curve in curves]).astype(np.float32)
                _keep(self._linear, id(curves), found)
            return found[1]

    def gap(self, curves: CurveSet, cosine_error: float) -> float:
        """Return the largest change of log10 LR that an error in the cosine and the grid can make.

        An error moves the cosine by at most `cosine_error` and half a cell; curves ascend, so the largest rise over
        that many cells, one more for the two ends, bounds the change.
        """
        cells = math.ceil(cosine_error * (GRID_CELLS - 1) / 2) + 2
        with self._lock:
            found = self._gaps.get((id(curves), cells))
            if found is None:
                found = curves, max(_largest_rise(curve.values, cells) for curve in curves)
                _keep(self._gaps, (id(curves), cells), found)
            return found[1]


def merged(sets: list[Float32]) -> tuple[Float32, NDArray[np.int64]]:
    """Join tables, each of them once, and return where the table of each entry begins."""
    starts: dict[int, int] = {}
    distinct: list[Float32] = []
    for table in sets:
        if id(table) not in starts:
            starts[id(table)] = sum(kept.shape[0] for kept in distinct)
            distinct.append(table)
    return np.concatenate(distinct), np.array([starts[id(table)] for table in sets], np.int64)


def _largest_rise(values: NDArray[np.float64], cells: int) -> float:
    within = min(cells, values.shape[0] - 1)
    return float((values[within:] - values[:-within]).max())


def _keep(cache: dict[Key, Value], key: Key, value: Value) -> None:
    """Add to a cache of limited size."""
    if len(cache) >= MOST_SETS:
        del cache[next(iter(cache))]
    cache[key] = value
