"""One channel of a tile of probes: its terms bound to the columns, ready to be added block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.engine import kernel
from matcher.engine.channel import Plan
from matcher.engine.curve_tables import CurveTables, merged
from matcher.engine.layout import ChannelLayout, DenseVectors, Many, Singles
from matcher.engine.probe_scan import LARGEST_LOG10_LR, quantised_queries, within
from matcher.engine.products import Multiply
from matcher.engine.terms import AnyOf, Dense
from matcher.engine.tile_tables import STEPS, Lanes, LaneTable, TableSpace, TileTable, joined_lookups, tile_table

Float32 = NDArray[np.float32]
OneTerm = TypeVar("OneTerm", AnyOf, Dense)
AddTerms = Callable[[Float32, int, int, Float32], None]
"""Adds a group of terms to the scores of records `low:high`, shape (high - low, LANES), within the bounds given."""


@dataclass(frozen=True, slots=True)
class TileChannel:
    """All terms of one channel for the probes of a tile.

    Parameters
    ----------
    groups : tuple of AddTerms
        Their sum, within the bounds, is the channel's score.
    bounded, unbounded : ndarray of float32, shape (4, LANES)
        Step, floor, ceiling and weight of each lane, with the channel's bounds and weights and without.
    unfit : frozenset of int
        Lanes whose values float32 cannot hold; what is added for them means nothing.
    """

    groups: tuple[AddTerms, ...]
    bounded: Float32
    unbounded: Float32
    unfit: frozenset[int]

    def add(self, total: Float32, spare: Float32, low: int, high: int) -> None:
        """Add the channel's scores of records `low:high` to the totals; `spare` is zero before and after."""
        if len(self.groups) == 1:
            self.groups[0](total, low, high, self.bounded)
        elif self.groups:
            for group in self.groups:
                group(spare, low, high, self.unbounded)
            kernel.tile_bounded(total, spare, self.bounded)


_NOTHING = np.zeros((4, kernel.LANES), np.float32)
SILENT = TileChannel((), _NOTHING, _NOTHING, frozenset())
"""A channel for which no probe of a tile has evidence."""


@dataclass(frozen=True, slots=True)
class ChannelBinder:
    """What the binding of any channel needs; `multiply` is the integer matrix product, `space` takes the tables."""

    curves: CurveTables
    multiply: Multiply
    space: TableSpace

    def bind(self, plans: Mapping[int, Plan], weights: Mapping[int, float], channel: ChannelLayout) -> TileChannel:
        """Prepare one channel's plans and their weights, by lane."""
        lanes = Lanes.expected(plans, weights)
        lookups, any_of = self._tables(plans, channel, lanes)
        if not all(table.fits for table in [*([lookups] if lookups else []), *(table for _, table in any_of)]):
            lanes = Lanes.measured(plans, weights)
            lookups, any_of = self._tables(plans, channel, lanes)
        groups: list[AddTerms] = []
        if lookups and channel.singles is not None:
            groups.append(_lookups(channel.singles, lookups))
        groups += [_any_of(channel.many[column], table) for column, table in any_of]
        for own in _by_column(plans, Dense):
            column = channel.dense[own[0][1].column]
            if len(column.vectors):
                groups.append(self._dense(own, column))
        unfit = frozenset(lane for lane in plans if not fits_float32(plans[lane], float(lanes.steps[lane]) * STEPS))
        return TileChannel(tuple(groups), lanes.bounded(), lanes.unbounded(), unfit)

    def _tables(
        self, plans: Mapping[int, Plan], channel: ChannelLayout, lanes: Lanes
    ) -> tuple[TileTable | None, list[tuple[str, TileTable]]]:
        """Return the joined table of the single columns, and a table for each ragged column."""
        joined = {lane: joined_lookups(plan) for lane, plan in plans.items()}
        lookups = None
        if any(joined.values()) and channel.singles is not None:
            places = channel.singles.places
            tables = [
                LaneTable(lane, places[column].start, table[: places[column].stop - places[column].start])
                for lane, own in joined.items()
                for column, table in own.items()
            ]
            lookups = tile_table(tables, channel.singles.size, lanes.steps, self.space)
        any_of = []
        for own in _by_column(plans, AnyOf):
            tables = [LaneTable(lane, 0, term.table) for lane, term in own]
            size = max(table.table.shape[0] for table in tables)
            any_of.append((own[0][1].column, tile_table(tables, size, lanes.steps, self.space)))
        return lookups, any_of

    def _dense(self, terms: Sequence[tuple[int, Dense]], column: DenseVectors) -> AddTerms:
        vectors_of = {lane: (*quantised_queries(term), term.curves) for lane, term in terms}
        counts = {lane: own[0].shape[0] for lane, own in vectors_of.items()}
        widths = [
            1 + max(lane for lane, count in counts.items() if count > number) for number in range(max(counts.values()))
        ]
        groups = np.cumsum([0, *widths], dtype=np.int64)
        shares = np.zeros(kernel.LANES, np.float32)
        queries = np.zeros((int(groups[-1]), column.vectors.shape[1]), np.int8)
        steps = np.zeros(int(groups[-1]), np.float32)
        # A column without a vector, between lanes that have one, reads LRs of 0.
        sets = [np.zeros(len(terms[0][1].curves[0]) * kernel.GRID_CELLS, np.float32)] * int(groups[-1])
        for lane, (codes, cells, curves) in vectors_of.items():
            shares[lane] = 1.0 / counts[lane]
            for number, begin in enumerate(groups[: counts[lane]]):
                place = int(begin) + lane
                queries[place], steps[place] = codes[number], cells[number]
                sets[place] = self.curves.linear(curves[number])
        grid, starts = merged(sets)
        columns, start = np.ascontiguousarray(queries.T), starts.astype(np.int32)
        multiply, vectors = self.multiply, column.vectors

        def add(target: Float32, low: int, high: int, lanes: Float32) -> None:
            offsets = column.offsets[low : high + 1]
            own = slice(int(offsets[0]), int(offsets[-1]))
            if own.start < own.stop:
                dots = multiply(vectors.coarse[own], columns)
                bounds = np.stack([shares, *lanes[1:]])
                kernel.tile_dense(
                    target, offsets, dots, vectors.scales[own], column.strata[own], steps, grid, start, groups, bounds
                )

        return add


def fits_float32(plan: Plan, reach: float) -> bool:
    """Tell whether all LRs of a plan can be averaged in float32, given how far its tables reach."""
    averaged = [reach] if any(isinstance(term, AnyOf) for term in plan.terms) else []
    for term in plan.terms:
        if isinstance(term, Dense):
            averaged += [float(np.abs(curve.values[[0, -1]]).max()) for own in term.curves for curve in own]
    return math.isfinite(plan.ceiling) and max(averaged, default=0.0) <= LARGEST_LOG10_LR


def _by_column(plans: Mapping[int, Plan], kind: type[OneTerm]) -> list[list[tuple[int, OneTerm]]]:
    """Group the terms of one kind by column; a lane's second term over a column goes to a second group."""
    groups: dict[tuple[str, int], list[tuple[int, OneTerm]]] = {}
    for lane, plan in plans.items():
        seen: dict[str, int] = {}
        for term in plan.terms:
            if isinstance(term, kind):
                number = seen[term.column] = seen.get(term.column, -1) + 1
                groups.setdefault((term.column, number), []).append((lane, term))
    return list(groups.values())


def _lookups(singles: Singles, table: TileTable) -> AddTerms:
    def add(target: Float32, low: int, high: int, lanes: Float32) -> None:
        first, last = within(singles.rows, low, high)
        if first < last:
            rows, entries = singles.rows[first:last], singles.entries[first:last]
            kernel.tile_lookups(target, low, rows, entries, table.entries, lanes)

    return add


def _any_of(column: Many, table: TileTable) -> AddTerms:
    def add(target: Float32, low: int, high: int, lanes: Float32) -> None:
        offsets = column.offsets[low : high + 1]
        if offsets[0] < offsets[-1]:
            kernel.tile_any_of(target, offsets, column.codes, table.entries, lanes)

    return add
