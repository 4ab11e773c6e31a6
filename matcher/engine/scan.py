"""The one scan: every record, every plan, summed block by block; then the exact value of chosen records.

`scan` runs in float32 with gridded curves; `exact_parts` reads the same plans record by record in float64. What is
shown to people comes from `exact_parts` alone. `scan_tolerance` bounds the difference, so that the best k of the
exact values can be taken from a slightly longer scanned list without losing anybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Plan
from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn
from matcher.engine.combination import PLAIN, Combination
from matcher.engine.gallery import Gallery
from matcher.engine.terms import AnyOf, Dense, Lookup, Term
from matcher.types import Part

BLOCK = 1 << 16
"""Records a block: the float32 accumulator stays in the second-level cache."""

FLOAT32_SLACK = 1e-4
"""Allowance for rounding in log10 LR: a hundred float32 additions of magnitude ten, twice over."""

_SAMPLED = 256
"""Scores sampled for each place of a list; some hundred times the list is then left to sort."""

Columns = Mapping[str, ColumnCodes]


def scan(
    gallery: Gallery,
    plans: Sequence[Plan],
    combination: Combination = PLAIN,
    *,
    block: int = BLOCK,
    threads: int = 1,
) -> NDArray[np.float32]:
    """Score every record against the plans of one probe.

    Parameters
    ----------
    gallery : Gallery
        N encoded records.
    plans : sequence of Plan
        At most one per channel.
    combination : Combination
        How the channels are fused.
    block : int
        Records per block; the result does not depend on it.
    threads : int
        Worker threads over blocks (NumPy releases the interpreter lock); the result does not depend on it.

    Returns
    -------
    ndarray of float32, shape (N,)
        Fused log10 LRs.
    """
    total = np.zeros(len(gallery), np.float32)

    def fill(low: int) -> None:
        high = min(low + block, len(gallery))
        values = {plan.channel: channel_scores(plan, gallery.codes[plan.channel], low, high) for plan in plans}
        total[low:high] = combination.fused(values, high - low)

    starts = range(0, len(gallery), block)
    if threads == 1:
        for low in starts:
            fill(low)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, starts))
    return total


def channel_scores(plan: Plan, columns: Columns, low: int, high: int) -> NDArray[np.float32]:
    """Sum and bound the terms of one channel for records `low:high`; float32, shape (high - low,)."""
    score = np.zeros(high - low, np.float32)
    for term in plan.terms:
        score += _score(term, columns[term.column], low, high)
    return np.clip(score, np.float32(plan.floor), np.float32(plan.ceiling))


def exact_parts(plan: Plan, columns: Columns, row: int) -> tuple[Part, ...]:
    """Return the addends of one channel for one record, in float64; they sum to the bounded log10 LR.

    A part `bounded` holds what the channel's floor or ceiling changed. A column that says nothing (exactly 0, as
    missing evidence does) is left out, so no parts means no evidence.
    """
    values = ((term.column, _exact(term, columns[term.column], row)) for term in plan.terms)
    parts = [Part(plan.channel, column, value) for column, value in values if value != 0.0]
    total = math.fsum(part.log10_lr for part in parts)
    bounded = min(max(total, plan.floor), plan.ceiling)
    if bounded != total:
        parts.append(Part(plan.channel, "bounded", bounded - total))
    return tuple(parts)


def present(columns: Columns, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each of the records named, shape (n,), whether it has evidence in any of the columns."""
    found = np.zeros(rows.shape[0], np.bool_)
    for codes in columns.values():
        if isinstance(codes, SingleColumn):
            found |= codes.codes[rows] != 0
        else:
            found |= codes.offsets[rows + 1] > codes.offsets[rows]
    return found


def scan_tolerance(plans: Sequence[Plan]) -> float:
    """Bound |scan - exact| for any record, in log10 LR."""
    gaps = (term.scan_gap for plan in plans for term in plan.terms if isinstance(term, Dense))
    return FLOAT32_SLACK + sum(gaps)


def shortlist(scores: NDArray[np.float32], count: int, tolerance: float) -> NDArray[np.int64]:
    """Return every position that can be among the best `count` once scores are exact to within `tolerance`.

    Parameters
    ----------
    scores : ndarray of float32, shape (N,)
        Scanned scores; excluded records hold minus infinity.
    count : int
        Length of the final list.
    tolerance : float
        Bound on |scan - exact|.

    Returns
    -------
    ndarray of int64
        Positions, ascending; at least `count` of them where that many records are eligible.
    """
    lowest = _reached_by(scores, count)
    found = np.flatnonzero(scores >= lowest) if lowest > -np.inf else np.flatnonzero(scores > -np.inf)
    if lowest == -np.inf and found.shape[0] <= count:
        return found
    kth = np.partition(scores[found], -count)[-count]
    return np.flatnonzero(scores >= kth - np.float32(2 * tolerance))


def _reached_by(scores: NDArray[np.float32], count: int) -> np.float32:
    """Return a value that at least `count` scores reach: the count-th of a sample, which is far cheaper to find."""
    sample = scores[:: max(1, scores.shape[0] // (_SAMPLED * max(1, count)))]
    return np.float32(np.partition(sample, -count)[-count] if sample.shape[0] > count else -np.inf)


def _score(term: Term, codes: ColumnCodes, low: int, high: int) -> NDArray[np.float32]:
    match term:
        case Lookup():
            return term.score(cast(SingleColumn, codes), low, high)
        case AnyOf():
            return term.score(cast(ManyColumn, codes), low, high)
        case Dense():
            return term.score(cast(DenseColumn, codes), low, high)


def _exact(term: Term, codes: ColumnCodes, row: int) -> float:
    match term:
        case Lookup():
            return term.exact(cast(SingleColumn, codes), row)
        case AnyOf():
            return term.exact(cast(ManyColumn, codes), row)
        case Dense():
            return term.exact(cast(DenseColumn, codes), row)
