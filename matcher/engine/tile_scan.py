"""The compiled scan for up to `LANES` probes at once: each block of records is read once for all of them.

Nothing of size records x probes is ever kept: a block's scores are turned into sums of LRs and into the few records
that reach the list, and forgotten. The list is exact: a record is dropped only when `count` others are ahead of it by
more than twice the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine import kernel
from matcher.engine.channel import Plan
from matcher.engine.curve_tables import CurveTables
from matcher.engine.layout import Layout
from matcher.engine.probe_scan import dense_gap
from matcher.engine.products import Multiply
from matcher.engine.scan import FLOAT32_SLACK
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.engine.terms import Dense
from matcher.engine.tile_channel import ChannelBinder, TileChannel
from matcher.engine.tile_tables import TableSpace

Float32 = NDArray[np.float32]

BLOCK = 2048
"""Records a block: its scores and their addends, half a megabyte each, stay in the second-level cache."""

_ROOM = 6 * BLOCK
"""Records that a lane can hold before it is cut back to what can still be listed."""

POWER_LIMIT = 30.0
"""Sums of LRs are taken relative to a reference when a total could exceed 10**30: float32 ends at 10**38."""


@dataclass(frozen=True, slots=True)
class _Tile:
    """A tile ready to run: channels with their tables, and for each lane tolerance and reference of sums."""

    probes: Sequence[ScanProbe]
    channels: tuple[TileChannel, ...]
    tolerances: Float32
    shifts: Float32


@dataclass(frozen=True, slots=True)
class TileScanner:
    """Scans a layout; `multiply` is the integer matrix product. Safe to share: a pass brings its own space."""

    layout: Layout
    curves: CurveTables
    multiply: Multiply

    def scan(
        self, probes: Sequence[ScanProbe], count: int, space: TableSpace, *, threads: int = 1, block: int = BLOCK
    ) -> list[Shortlist | None]:
        """Shortlist the best `count` records of each probe.

        Parameters
        ----------
        probes : sequence of ScanProbe
            At most `LANES`.
        count : int
            Length of the final lists.
        space : TableSpace
            Memory for the tables, overwritten.
        threads : int
            Worker threads over contiguous ranges of records; the result does not depend on it.
        block : int
            Records a block, at most `BLOCK`; the result does not depend on it.

        Returns
        -------
        list of Shortlist or None
                In the order of the probes. None for a probe that needs the scan for one: more records are tied for its
            list than are worth keeping here, or its LRs are beyond float32.
        """
        # Probes with most face vectors first: vector g then belongs to lanes 0, 1, 2, ... without gaps.
        order = sorted(range(len(probes)), key=lambda number: -_dense_vectors(probes[number]))
        tile = self._bind([probes[number] for number in order], space)
        workers = min(threads, max(1, self.layout.records // block))
        cuts = [self.layout.records * number // workers for number in range(workers + 1)]
        runs = [_Run(tile, count) for _ in range(workers)]
        if workers == 1:
            runs[0].scan(0, self.layout.records, block)
        else:
            with ThreadPoolExecutor(workers, thread_name_prefix="scan") as pool:
                list(pool.map(lambda run, low, high: run.scan(low, high, block), runs, cuts[:-1], cuts[1:]))
        unfit = {lane for channel in tile.channels for lane in channel.unfit}
        found: list[Shortlist | None] = [None] * len(probes)
        for lane, number in enumerate(order):
            if lane not in unfit:
                found[number] = _merged(runs, lane, count, self.layout.records)
        return found

    def _bind(self, probes: Sequence[ScanProbe], space: TableSpace) -> _Tile:
        space.begin()
        by_channel: dict[str, dict[int, Plan]] = {name: {} for name in self.layout.channels}
        for lane, probe in enumerate(probes):
            for plan in probe.plans:
                by_channel[plan.channel][lane] = plan
        binder = ChannelBinder(self.curves, self.multiply, space)
        channels = {
            name: binder.bind(plans, self.layout.channels[plans[next(iter(plans))].channel])
            for name, plans in by_channel.items()
            if plans
        }
        tolerances = np.zeros(kernel.LANES, np.float32)
        shifts = np.zeros(kernel.LANES, np.float32)
        for lane, probe in enumerate(probes):
            rounding = sum(
                float(channels[plan.channel].bounded[0, lane]) / 2 * sum(not isinstance(t, Dense) for t in plan.terms)
                for plan in probe.plans
            )
            tolerances[lane] = FLOAT32_SLACK + rounding + dense_gap(probe.plans, self.layout, self.curves)
            shifts[lane] = max(0.0, sum(plan.ceiling for plan in probe.plans) - POWER_LIMIT)
        return _Tile(probes, tuple(channels.values()), tolerances, shifts)


def _dense_vectors(probe: ScanProbe) -> int:
    return sum(term.query.shape[0] for plan in probe.plans for term in plan.terms if isinstance(term, Dense))


class _Run:
    """One worker's pass over a range of records: owns its buffers, shares nothing that changes."""

    def __init__(self, tile: _Tile, count: int) -> None:
        lanes = kernel.LANES
        self.tile = tile
        self.sums = np.zeros(lanes, np.float64)
        self.rows = np.empty((lanes, _ROOM), np.int64)
        self.scores = np.empty((lanes, _ROOM), np.float32)
        self.counts = np.zeros(lanes, np.int64)
        self.thresholds = np.full(lanes, np.inf, np.float32)
        # A score beyond every evidence, below which only excluded records lie.
        self.thresholds[: len(tile.probes)] = kernel.EXCLUDED / 2
        self.crowded = np.zeros(lanes, np.bool_)
        self._count = count
        self._kept = np.zeros(lanes, np.int64)

    def scan(self, start: int, stop: int, block: int) -> None:
        """Score records `start:stop`."""
        excluded = np.array([-1 if probe.excluded is None else probe.excluded for probe in self.tile.probes])
        total = np.zeros((block, kernel.LANES), np.float32)
        spare = np.zeros((block, kernel.LANES), np.float32)
        for low in range(start, stop, block):
            high = min(low + block, stop)
            scores, addends = total[: high - low], spare[: high - low]
            for channel in self.tile.channels:
                channel.add(scores, addends, low, high)
            for lane in np.flatnonzero((excluded >= low) & (excluded < high)):
                scores[excluded[lane] - low, lane] = kernel.EXCLUDED
            kernel.tile_collect(
                scores, low, self.tile.shifts, self.thresholds, self.sums, self.rows, self.scores, self.counts
            )
            self._cut_back()

    def _cut_back(self) -> None:
        """Drop what can no longer be listed, in lanes that have grown enough for it to pay."""
        grown = self.counts > np.maximum(2 * self._kept, max(4 * self._count, 512))
        for lane in np.flatnonzero(grown):
            held = int(self.counts[lane])
            scores = self.scores[lane, :held]
            kth = np.partition(scores, -self._count)[-self._count]
            lowest = kth - np.float32(2 * self.tile.tolerances[lane])
            kept = scores >= lowest
            remaining = int(kept.sum())
            self.rows[lane, :remaining] = self.rows[lane, :held][kept]
            self.scores[lane, :remaining] = scores[kept]
            self.counts[lane] = self._kept[lane] = remaining
            self.thresholds[lane] = lowest
        crowded = self.counts > _ROOM - BLOCK
        if crowded.any():
            self.crowded |= crowded
            self.counts[crowded] = 0
            self.thresholds[crowded] = np.inf


def _merged(runs: Sequence[_Run], lane: int, count: int, records: int) -> Shortlist | None:
    if any(run.crowded[lane] for run in runs):
        return None
    tile = runs[0].tile
    rows = np.concatenate([run.rows[lane, : run.counts[lane]] for run in runs])
    scores = np.concatenate([run.scores[lane, : run.counts[lane]] for run in runs])
    if scores.shape[0] > count:
        kept = scores >= np.partition(scores, -count)[-count] - np.float32(2 * tile.tolerances[lane])
        rows, scores = rows[kept], scores[kept]
    eligible = records - (tile.probes[lane].excluded is not None)
    total = sum(float(run.sums[lane]) for run in runs)
    log10_sum = float(tile.shifts[lane]) + math.log10(total) if total > 0.0 and eligible else -math.inf
    return Shortlist(rows, scores.astype(np.float64), log10_sum, eligible)
