"""Dialect statistics computed from published readings: `homophony` and `ear` matrices per region.

Built by `matcher.phonetic.build.dialects`; see there for what the two views are.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.regions import REGION_IDS
from matcher.phonetic.syllables import syllable_count

View = Literal["homophony", "ear"]
VIEWS: tuple[View, ...] = ("homophony", "ear")
Float64 = NDArray[np.float64]


def dialect(region: str, view: View) -> Float64 | None:
    """Return P(heard | true) of raw dialect speech, shape (S, S), rows sum to 1; None when no point is on record."""
    tables, points = _tables(view)
    number = REGION_IDS.index(region)
    return tables[number] if points[number] else None


@cache
def _tables(view: View) -> tuple[Float64, NDArray[np.uint16]]:
    with files("matcher.phonetic").joinpath("data/dialects.npz").open("rb") as handle, np.load(handle) as stored:
        index, share, points = (stored[f"{view}_{part}"] for part in ("index", "share", "points"))
    size = syllable_count()
    table = np.zeros((len(REGION_IDS), size, size))
    table[index[:, 0], index[:, 1], index[:, 2]] = share / 65535.0
    lost = 1.0 - table.sum(axis=2)
    every = np.arange(size)
    table[:, every, every] += np.maximum(lost, 0.0)
    table /= table.sum(axis=2, keepdims=True)
    table.setflags(write=False)
    return table, points
