"""Tables of a tile of probes: for every code of a column, the log10 LRs of `LANES` probes side by side.

Entries are sixteen-bit multiples of a step that belongs to the lane: a probe's numbers never depend on whom it shares
a tile with. The step follows from the channel's bounds; a table that reaches further than twice the bounds gets a
coarser step of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine import kernel
from matcher.engine.channel import Plan
from matcher.engine.terms import AnyOf, Lookup

Float32 = NDArray[np.float32]
Int16 = NDArray[np.int16]

STEPS = 32767
"""Steps between 0 and the farthest value of a table."""

REACH = 2.0
"""A table is expected to stay within this many times its channel's bounds."""

_CODES = 1 << 14
"""Codes rounded at a time: few calls, and the rounded tables of all lanes stay in the third-level cache."""

_WORDS = kernel.LANES // 4
"""Eight-byte words of a line of entries."""

_ALIGNMENT = 128
"""Bytes of a line of entries: two cache lines."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """What belongs to each lane of one channel.

    Parameters
    ----------
    steps, floors, ceilings, weights : ndarray of float32, shape (LANES,)
        Step of the tables, bounds and weight of the channel; all 0 for a lane without evidence for it.
    """

    steps: Float32
    floors: Float32
    ceilings: Float32
    weights: Float32

    @classmethod
    def expected(cls, plans: Mapping[int, Plan], weights: Mapping[int, float]) -> Lanes:
        """Choose the steps that the bounds of one channel's plans, by lane, suggest."""
        return cls._of(plans, weights, {lane: _expected_reach(plan) for lane, plan in plans.items()})

    @classmethod
    def measured(cls, plans: Mapping[int, Plan], weights: Mapping[int, float]) -> Lanes:
        """Choose steps after looking at all tables; a lane that stays within expectation keeps its step."""
        return cls._of(plans, weights, {lane: max(_expected_reach(plan), _reach(plan)) for lane, plan in plans.items()})

    @classmethod
    def _of(cls, plans: Mapping[int, Plan], weights: Mapping[int, float], reach: Mapping[int, float]) -> Lanes:
        values = np.zeros((4, kernel.LANES), np.float32)
        for lane, plan in plans.items():
            values[:, lane] = reach[lane] / STEPS, plan.floor, plan.ceiling, weights[lane]
        return cls(values[0], values[1], values[2], values[3])

    def bounded(self) -> Float32:
        """Return steps, floors, ceilings and weights, shape (4, LANES), as the kernels read them."""
        return np.stack([self.steps, self.floors, self.ceilings, self.weights])

    def unbounded(self) -> Float32:
        """Return the same without bounds and weights, for one of several groups of terms of a channel."""
        present = self.steps > 0
        infinite = np.where(present, np.float32(np.inf), np.float32(0.0))
        return np.stack([self.steps, -infinite, infinite, present.astype(np.float32)])


@dataclass(frozen=True, slots=True)
class TileTable:
    """The interleaved tables of one column, or of several end to end.

    Parameters
    ----------
    entries : ndarray of int16, shape (V * LANES,)
        Multiples of the lane's step, code by code; those of every missing code are 0.
    fits : bool
        False when a value had to be cut off because a lane's step is too fine.
    """

    entries: Int16
    fits: bool


@dataclass(frozen=True, slots=True)
class LaneTable:
    """One probe's table over a column.

    Parameters
    ----------
    lane : int
        The probe's lane.
    base : int
        Entry of the column's missing code.
    table : ndarray of float64, shape (V,)
        log10 LRs; no two tables of a lane overlap.
    """

    lane: int
    base: int
    table: NDArray[np.float64]


class TableSpace:
    """Memory for tables, kept from tile to tile: fresh memory for each would cost as much as filling it.

    Belongs to one pass at a time; `begin` makes all of it free again.
    """

    def __init__(self) -> None:
        self._blocks: list[Int16] = []
        self._used = 0

    def begin(self) -> None:
        """Forget the tables of the former tile; their memory is used again."""
        self._used = 0

    def lines(self, count: int) -> Int16:
        """Return memory for `count` lines, aligned so that none straddles a third cache line."""
        if self._used == len(self._blocks):
            self._blocks.append(_aligned(0))
        if self._blocks[self._used].shape[0] < count:
            self._blocks[self._used] = _aligned(count)
        self._used += 1
        return self._blocks[self._used - 1][:count]


def tile_table(tables: Sequence[LaneTable], size: int, steps: Float32, space: TableSpace) -> TileTable:
    """Round tables and interleave them.

    Parameters
    ----------
    tables : sequence of LaneTable
        In any order.
    size : int
        Entries V in all.
    steps : ndarray of float32, shape (LANES,)
        Step of each lane.
    space : TableSpace
        Where to put them.
    """
    entries = space.lines(size)
    words = entries.reshape(-1).view(np.int64)
    buffer = np.zeros((kernel.LANES, _CODES), np.int16)
    cut = 0
    for low in range(0, size, _CODES):
        high = min(low + _CODES, size)
        # Tables overwrite what they cover; only what is left of the former codes must be cleared.
        covered = {t.lane for t in tables if t.base <= low and high <= t.base + t.table.shape[0]}
        for lane in set(range(kernel.LANES)) - covered:
            buffer[lane] = 0
        for item in tables:
            first, last = max(low, item.base), min(high, item.base + item.table.shape[0])
            if first < last:
                own = item.table[first - item.base : last - item.base]
                target = buffer[item.lane, first - low : last - low]
                cut += kernel.quantise(own, 1.0 / float(steps[item.lane]), target)
        kernel.interleave(buffer, words[low * _WORDS : high * _WORDS])
    return TileTable(entries.reshape(-1), cut == 0)


def joined_lookups(plan: Plan) -> dict[str, NDArray[np.float64]]:
    """Return a plan's tables over single columns, one a column."""
    joined: dict[str, NDArray[np.float64]] = {}
    for term in plan.terms:
        if isinstance(term, Lookup):
            former = joined.get(term.column)
            joined[term.column] = term.table if former is None else former + term.table
    return joined


def _expected_reach(plan: Plan) -> float:
    reach = REACH * max(-plan.floor, plan.ceiling)
    # A channel without bounds, or bound to 0, suggests nothing; one ban is a start that `fits` will correct.
    return reach if 0.0 < reach < np.inf else 1.0


def _reach(plan: Plan) -> float:
    """Return the farthest value of a plan's tables as they are stored: those over one single column added up."""
    stored = [term.table for term in plan.terms if isinstance(term, AnyOf)] + list(joined_lookups(plan).values())
    return max((max(float(table.max()), -float(table.min())) for table in stored), default=0.0)


def _aligned(rows: int) -> Int16:
    size = rows * kernel.LANES * 2
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(np.int16).reshape(rows, kernel.LANES)
