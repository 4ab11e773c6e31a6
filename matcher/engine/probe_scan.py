"""The compiled scan for one probe: the plans of `matcher.engine.scan`, bound to a layout and run by blocks.

Errors against float64, which `tolerance` bounds: float32 rounding, the gridded curves, and the eight bits of the
coarse vectors and queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine import kernel
from matcher.engine.channel import Plan
from matcher.engine.combination import Combination
from matcher.engine.curve_tables import CurveTables, merged
from matcher.engine.layout import ChannelLayout, DenseVectors, Layout, Many, Singles
from matcher.engine.shortlist import ScanProbe
from matcher.engine.terms import AnyOf, Dense, Lookup
from matcher.engine.vectors import quantised

Float32 = NDArray[np.float32]
AddTerm = Callable[[Float32, int, int], None]
"""Adds some terms of a channel to the scores of records `low:high`."""

BLOCK = 1 << 15
"""Records a block: scores of the block stay in the second-level cache from column to column."""

LARGEST_LOG10_LR = 37.0
"""Beyond it a float32 LR overflows; no bounded evidence comes near, and the readable scan serves whoever does."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """One channel bound to a layout: its terms, and floor, ceiling and weight."""

    terms: tuple[AddTerm, ...]
    bounds: Float32

    def sums(self, spare: Float32, low: int, high: int) -> Float32:
        """Add up the terms over records `low:high` in memory that is zero."""
        for add in self.terms:
            add(spare, low, high)
        return spare


def scan_probe(
    layout: Layout, probe: ScanProbe, curves: CurveTables, *, block: int = BLOCK, threads: int = 1
) -> Float32:
    """Score every record for one probe; as `matcher.engine.scan.scan`."""
    scores = np.zeros(layout.records, np.float32)
    bound = {plan.channel: _bound(plan, probe.combination, layout, curves) for plan in probe.plans}
    ties = [
        (bound.pop(tie.first), bound.pop(tie.second), tie.share)
        for tie in probe.combination.ties
        if tie.first in bound and tie.second in bound
    ]

    def fill(low: int) -> None:
        high = min(low + block, layout.records)
        spare = np.zeros((2, high - low), np.float32)
        for own in bound.values():
            kernel.add_bounded(scores[low:high], own.sums(spare[0], low, high), own.bounds)
        for first, second, share in ties:
            values = first.sums(spare[0], low, high), second.sums(spare[1], low, high)
            kernel.add_tied(scores[low:high], *values, np.stack([first.bounds, second.bounds]), share)

    starts = range(0, layout.records, block)
    if threads == 1:
        for low in starts:
            fill(low)
    else:
        with ThreadPoolExecutor(threads, thread_name_prefix="scan") as pool:
            list(pool.map(fill, starts))
    return scores


def _bound(plan: Plan, combination: Combination, layout: Layout, curves: CurveTables) -> _Bound:
    bounds = np.array([plan.floor, plan.ceiling, combination.weight(plan.channel)], np.float32)
    return _Bound(tuple(bind(plan, layout.channels[plan.channel], curves)), bounds)


def power_sum(scores: Float32, *, shift: float, block: int = BLOCK) -> float:
    """Return the sum of 10**(score - shift) over all records."""
    return float(sum(kernel.power_sum(scores[low : low + block], shift) for low in range(0, scores.shape[0], block)))


def representable(plans: Sequence[Plan]) -> bool:
    """Tell whether all LRs that must be averaged fit float32."""
    for plan in plans:
        for term in plan.terms:
            if isinstance(term, AnyOf) and not _fits(term.table):
                return False
            if isinstance(term, Dense) and not all(_fits(curve.values) for own in term.curves for curve in own):
                return False
    return True


def cosine_error(term: Dense, column: DenseVectors) -> float:
    """Bound the error of a coarse inner product: |x.q - x'.q'| <= |x - x'| |q| + |x'| |q - q'|."""
    _, _, errors = quantised(term.query)
    lengths = np.sqrt(np.einsum("qd,qd->q", term.query, term.query))
    worst = column.error * lengths + (1.0 + 1e-6 + column.error) * errors
    return float(worst.max(initial=0.0))


def dense_gap(plans: Sequence[Plan], layout: Layout, curves: CurveTables) -> float:
    """Bound what coarse vectors and gridded curves can change in any record's log10 LR."""
    total = 0.0
    for plan in plans:
        for term in plan.terms:
            if isinstance(term, Dense):
                error = cosine_error(term, layout.channels[plan.channel].dense[term.column])
                total += max(curves.gap(own, error) for own in term.curves)
    return total


def bind(plan: Plan, channel: ChannelLayout, curves: CurveTables) -> list[AddTerm]:
    """Prepare the tables of one channel; terms over single columns are read in one pass."""
    lookups = [term for term in plan.terms if isinstance(term, Lookup)]
    found = [_lookups(lookups, channel.singles)] if lookups and channel.singles is not None else []
    for term in plan.terms:
        if isinstance(term, AnyOf):
            found.append(_any_of(term, channel.many[term.column]))
        elif isinstance(term, Dense) and len(channel.dense[term.column].vectors):
            found.append(_dense(term, channel.dense[term.column], curves))
    return found


def _lookups(terms: Sequence[Lookup], singles: Singles) -> AddTerm:
    table = np.zeros(singles.size, np.float32)
    for term in terms:
        place = singles.places[term.column]
        table[place] += term.table[: place.stop - place.start].astype(np.float32)

    def add(scores: Float32, low: int, high: int) -> None:
        first, last = within(singles.rows, low, high)
        if first < last:
            kernel.add_lookups(scores, low, singles.rows[first:last], singles.entries[first:last], table)

    return add


def _any_of(term: AnyOf, column: Many) -> AddTerm:
    linear = np.empty(term.table.shape[0], np.float32)
    kernel.powers(term.table.astype(np.float32), linear)

    def add(scores: Float32, low: int, high: int) -> None:
        offsets = column.offsets[low : high + 1]
        own = slice(int(offsets[0]), int(offsets[-1]))
        if own.start < own.stop:
            sums = np.zeros(high - low, np.float32)
            kernel.sum_codes(sums, low, column.owners[own], column.codes[own], linear)
            kernel.add_means(scores, offsets, sums, 1)

    return add


def _dense(term: Dense, column: DenseVectors, curves: CurveTables) -> AddTerm:
    queries, steps = quantised_queries(term)
    grid, starts = merged([curves.linear(own) for own in term.curves])
    vectors = column.vectors

    def add(scores: Float32, low: int, high: int) -> None:
        offsets = column.offsets[low : high + 1]
        own = slice(int(offsets[0]), int(offsets[-1]))
        if own.start < own.stop:
            coarse, scales, strata = vectors.coarse[own], vectors.scales[own], column.strata[own]
            sums = np.zeros(high - low, np.float32)
            kernel.sum_dense(sums, low, column.owners[own], coarse, scales, strata, queries, steps, grid, starts)
            kernel.add_means(scores, offsets, sums, queries.shape[0])

    return add


def within(rows: NDArray[np.uint32], low: int, high: int) -> tuple[int, int]:
    """Return which part of ascending records lies in `low:high`."""
    # Bounds of the records' own type: any other would convert all of them at every call.
    first, last = rows.searchsorted(np.array([low, high], np.uint32))
    return int(first), int(last)


def quantised_queries(term: Dense) -> tuple[NDArray[np.int8], Float32]:
    """Return the query codes, shape (Q, d), and how many curve cells one unit of their products is, shape (Q,)."""
    codes, scales, _ = quantised(term.query)
    return codes, (scales * np.float32(kernel.HALF_CELLS)).astype(np.float32)


def _fits(values: NDArray[np.float64]) -> bool:
    return bool(values.max(initial=0.0) <= LARGEST_LOG10_LR and values.min(initial=0.0) >= -LARGEST_LOG10_LR)
