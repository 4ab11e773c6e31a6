"""Exact log10 LRs of chosen records in float64, many at a time; the same numbers as `scan.exact_parts` adds up to.

A shortlist holds what the scan cannot tell apart: a few hundred records, or every record that ties when a probe says
little. `leaders` reduces it to those that can still be listed, so that the record-by-record explanation is made for
few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Plan
from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn
from matcher.engine.combination import PLAIN, Combination
from matcher.engine.gallery import Gallery
from matcher.engine.terms import AnyOf, Dense, Lookup, Term

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]

RESOLUTION = 1e-9
"""Totals closer than this are ties, ranked by record id; float64 sums of a hundred addends agree to 1e-13."""

_ROWS = 1 << 14
"""Records evaluated at a time: their vectors are decoded to float64."""


def exact_totals(plans: Sequence[Plan], gallery: Gallery, rows: Rows, combination: Combination = PLAIN) -> Float64:
    """Return the fused log10 LR of the records named, shape (n,)."""
    total = np.zeros(rows.shape[0], np.float64)
    for low in range(0, rows.shape[0], _ROWS):
        own = rows[low : low + _ROWS]
        values = {plan.channel: channel_totals(plan, gallery.codes[plan.channel], own) for plan in plans}
        total[low : low + _ROWS] = combination.fused(values, own.shape[0])
    return total


def channel_totals(plan: Plan, columns: Mapping[str, ColumnCodes], rows: Rows) -> Float64:
    """Return the bounded log10 LR of one channel for the records named, shape (n,)."""
    total = np.zeros(rows.shape[0], np.float64)
    for term in plan.terms:
        total += _term_totals(term, columns[term.column], rows)
    return np.clip(total, plan.floor, plan.ceiling)


def leaders(totals: Float64, count: int) -> NDArray[np.int64]:
    """Return the positions within `totals` that can be among the best `count`, ascending.

    Of records with the same total only the first `count` are returned: positions ascend with the record id, which
    decides among ties.
    """
    if totals.shape[0] <= count:
        return np.arange(totals.shape[0])
    kth = np.partition(totals, -count)[-count]
    reached = np.flatnonzero(totals >= kth - 2 * RESOLUTION)
    if reached.shape[0] <= 2 * count:
        return reached
    order = np.argsort(totals[reached], kind="stable")
    values = totals[reached][order]
    begins = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    rank = np.arange(values.shape[0]) - np.repeat(begins, np.diff([*begins, values.shape[0]]))
    return np.sort(reached[order[rank < count]])


def _term_totals(term: Term, codes: ColumnCodes, rows: Rows) -> Float64:
    match term:
        case Lookup():
            return term.table[cast(SingleColumn, codes).codes[rows]]
        case AnyOf():
            many = cast(ManyColumn, codes)
            items, owners = _items(many.offsets, rows)
            return _log10_means(10.0 ** term.table[many.codes[items]], owners, rows.shape[0])
        case Dense():
            return _dense_totals(term, cast(DenseColumn, codes), rows)


def _dense_totals(term: Dense, codes: DenseColumn, rows: Rows) -> Float64:
    items, owners = _items(codes.offsets, rows)
    if not items.shape[0]:
        return np.zeros(rows.shape[0])
    cosines = np.asarray(codes.vectors[items], np.float64) @ term.query.T.astype(np.float64)
    strata = codes.strata[items]
    linear = np.zeros(items.shape[0])
    for stratum in np.unique(strata):
        own = strata == stratum
        for q, by_stratum in enumerate(term.curves):
            linear[own] += 10.0 ** by_stratum[int(stratum)].curve.at(cosines[own, q])
    return _log10_means(linear / len(term.curves), owners, rows.shape[0])


def _items(offsets: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows]:
    """Return the positions of all values of the records, and for each the record's place in `rows`."""
    first, lengths = offsets[rows], offsets[rows + 1] - offsets[rows]
    owners = np.repeat(np.arange(rows.shape[0]), lengths)
    within = np.arange(owners.shape[0]) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return first[owners] + within, owners


def _log10_means(linear: Float64, owners: Rows, count: int) -> Float64:
    """Average LRs by owner; 0 for an owner without any."""
    counts = np.bincount(owners, minlength=count)
    sums = np.bincount(owners, weights=linear, minlength=count)
    return np.log10(np.divide(sums, counts, out=np.ones(count), where=counts > 0))
