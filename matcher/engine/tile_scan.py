"""The compiled scan for up to `LANES` probes at once: each block of records is read once for all of them.

Nothing of size records x probes is ever kept: a block's scores are turned into sums of LRs and into the few records
that reach the list, and forgotten. The list is exact: a record is dropped only when `count` others are ahead of it by
more than twice the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine import kernel
from matcher.engine.channel import Plan
from matcher.engine.combination import Tie
from matcher.engine.curve_tables import CurveTables
from matcher.engine.layout import Layout
from matcher.engine.probe_scan import dense_gap
from matcher.engine.products import Multiply
from matcher.engine.scan import FLOAT32_SLACK
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.engine.terms import Dense
from matcher.engine.tile_channel import SILENT, ChannelBinder, TileChannel
from matcher.engine.tile_tables import TableSpace
from matcher.types import ChannelName

Float32 = NDArray[np.float32]

BLOCK = 2048
"""Records a block: its scores and their addends, half a megabyte each, stay in the second-level cache."""

_ROOM = 6 * BLOCK
"""Records that a lane can hold before it is cut back to what can still be listed."""

POWER_LIMIT = 30.0
"""Sums of LRs are taken relative to a reference when a total could exceed 10**30: float32 ends at 10**38."""


@dataclass(frozen=True, slots=True)
class _TiedPair:
    """Two tied channels; `lanes` holds the weight of the first, of the second, and the share of each lane."""

    first: TileChannel
    second: TileChannel
    lanes: Float32


@dataclass(frozen=True, slots=True)
class _Tile:
    """A tile ready to run: channels with their tables, and for each lane tolerance and reference of sums."""

    probes: Sequence[ScanProbe]
    channels: tuple[TileChannel, ...]
    tied: tuple[_TiedPair, ...]
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
        tied = [channel for pair in tile.tied for channel in (pair.first, pair.second)]
        unfit = {lane for channel in (*tile.channels, *tied) for lane in channel.unfit}
        found: list[Shortlist | None] = [None] * len(probes)
        for lane, number in enumerate(order):
            if lane not in unfit:
                found[number] = _merged(runs, lane, count, self.layout.records)
        return found

    def _bind(self, probes: Sequence[ScanProbe], space: TableSpace) -> _Tile:
        space.begin()
        by_channel: dict[ChannelName, dict[int, Plan]] = {name: {} for name in self.layout.channels}
        for lane, probe in enumerate(probes):
            for plan in probe.plans:
                by_channel[plan.channel][lane] = plan
        binder = ChannelBinder(self.curves, self.multiply, space)
        ties = _ties(probes, by_channel)
        tied = {name for tie in ties for name in (tie.first, tie.second)}
        channels = {
            name: binder.bind(
                plans,
                # Ties read what a channel says before its weight.
                {lane: 1.0 if name in tied else probes[lane].combination.weight(name) for lane in plans},
                self.layout.channels[name],
            )
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
        pairs = tuple(
            _TiedPair(channels.get(tie.first, SILENT), channels.get(tie.second, SILENT), _tied_lanes(tie, probes))
            for tie in ties
        )
        alone = tuple(channel for name, channel in channels.items() if name not in tied)
        return _Tile(probes, alone, pairs, tolerances, shifts)


def _ties(probes: Sequence[ScanProbe], by_channel: Mapping[ChannelName, Mapping[int, Plan]]) -> list[Tie]:
    """Return the ties of a tile that some probe has evidence for.

    One side is enough: whether a probe's channel is added by itself or in a pair, and with that the rounding of its
    numbers, must not depend on whom it shares the tile with.
    """
    kinds = {tuple((tie.first, tie.second) for tie in probe.combination.ties) for probe in probes}
    if len(kinds) > 1:
        raise ValueError(f"probes of a tile must tie the same channels, got {sorted(kinds)}")
    return [tie for tie in probes[0].combination.ties if by_channel.get(tie.first) or by_channel.get(tie.second)]


def _tied_lanes(tie: Tie, probes: Sequence[ScanProbe]) -> Float32:
    lanes = np.zeros((3, kernel.LANES), np.float32)
    for lane, probe in enumerate(probes):
        own = next(own for own in probe.combination.ties if own.first == tie.first)
        weight = probe.combination.weight
        lanes[:, lane] = weight(tie.first), weight(tie.second), own.share
    return lanes


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
        spares = np.zeros((3, block, kernel.LANES), np.float32)
        for low in range(start, stop, block):
            high = min(low + block, stop)
            scores, (addends, first, second) = total[: high - low], spares[:, : high - low]
            for channel in self.tile.channels:
                channel.add(scores, addends, low, high)
            for pair in self.tile.tied:
                pair.first.add(first, addends, low, high)
                pair.second.add(second, addends, low, high)
                kernel.tile_tied(scores, first, second, pair.lanes)
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
