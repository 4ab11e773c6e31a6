"""The statements of a gallery laid out, so that the LRs of all of them with one probe cost little.

Statements share places, and a probe tells of few: all it says of any other place is one number, times what its accent
says there. So the sums over all places of all statements are kept for each accent, and a probe adds what it says beyond
that of the places that it names, of those around them and of those inside. `overlap.likelihood_ratio` is the readable
twin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.overlap import Float64, HomeDensity, Int64, Statement, intervals

Int32 = NDArray[np.int32]

ROUNDING = 1e-12
"""Share by which a step of a density may exceed its rest without saying anything: rounding."""
KEPT_BYTES = 1 << 27
"""Memory for sums by accent; at a million records there is room for two dozen accents."""


@dataclass(frozen=True, slots=True)
class StatementTable:
    """V statements by the D distinct intervals of the axis that their places cover.

    Parameters
    ----------
    points : ndarray of int32, shape (E,)
        Ends of intervals on the axis, ascending.
    first, last : ndarray of int32, shape (D,)
        Ends of the distinct intervals, each inside one area where a statement with an accent has it.
    begin : ndarray of int32, shape (D + 1,)
        `owner[begin[i]:begin[i + 1]]` are the statements that have interval i.
    owner : ndarray of int32, shape (M,)
        Statements, one interval after the other.
    weights : ndarray of float64, shape (M,)
        Probability of each, times reliability and what the accent says of its area.
    base : ndarray of float64, shape (V,)
        Probability that a statement says nothing about where the home is.
    scale : ndarray of float64, shape (V,)
        Sum of the weights and the base of each.
    accent : ndarray of uint8 or uint16, shape (V,)
        Row of `factors`.
    factors : ndarray of float64, shape (A, areas)
        What each accent says of each area.
    areas : ndarray of int64, shape (areas + 1,)
        Edges of the areas.
    """

    points: Int32
    first: Int32
    last: Int32
    begin: Int32
    owner: Int32
    weights: Float64
    base: Float64
    scale: Float64
    accent: NDArray[np.unsignedinteger]
    factors: Float64
    areas: Int64
    _spoken: dict[str, Float64] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, gazetteer: Gazetteer, statements: Sequence[Statement], accents: AccentMap) -> StatementTable:
        """Lay out statements."""
        keys = sorted({statement.accent for statement in statements} | {""})
        row = {key: number for number, key in enumerate(keys)}
        accent = np.array([row[statement.accent] for statement in statements], np.min_scalar_type(len(keys)))
        factors = np.stack([accents.relative(key) for key in keys])
        found = [statement.resolution for statement in statements]
        owner = np.repeat(np.arange(len(statements), dtype=np.int32), [item.nodes.size for item in found])
        nodes = np.concatenate([np.zeros(0, np.int32), *(item.nodes for item in found)])
        reliability = np.array([statement.reliability for statement in statements], np.float64)
        weights = np.concatenate([np.zeros(0), *(item.weights for item in found)]) * reliability[owner]
        low, high = intervals(gazetteer, nodes)
        piece, low, high, share = _within_areas(low, high, accents.edges, accent[owner] > 0)
        owner = owner[piece]
        area = np.searchsorted(accents.edges, low, side="right") - 1
        weights = weights[piece] * share * factors[accent[owner], area]
        unlisted = np.array([item.unlisted for item in found], np.float64)
        base = 1.0 - reliability + reliability * unlisted
        points, first, last, interval = _distinct(low, high)
        order = np.argsort(interval, kind="stable")
        return cls(
            points=points,
            first=first,
            last=last,
            begin=np.searchsorted(interval[order], np.arange(first.size + 1)).astype(np.int32),
            owner=owner[order],
            weights=weights[order],
            base=base,
            scale=base + np.bincount(owner, weights, base.size),
            accent=accent,
            factors=factors,
            areas=accents.edges,
        )

    def likelihood_ratios(self, density: HomeDensity) -> Float64:
        """Return the LR of each statement, shape (V,)."""
        prior = np.diff(self.areas) / self.areas[-1]
        anywhere = self.factors @ (prior * density.between(self.areas[:-1], self.areas[1:]))
        shares: Float64 = self.base * anywhere[self.accent]
        shares += density.rest * self._sums_of_accent(density)
        shares += self._sums_beyond(density)
        shares /= self.scale
        return shares

    def _sums_of_accent(self, density: HomeDensity) -> Float64:
        """Return what the accent of a density says of the places of each statement, times their weights, (V,)."""
        found = self._spoken.get(density.accent)
        if found is None:
            spoken = density.spoken_between(self.points[self.first], self.points[self.last])
            # Every interval is meant, so that nothing need be picked out.
            shares = self.weights * np.repeat(spoken, np.diff(self.begin))
            found = np.bincount(self.owner, shares, self.base.size).astype(np.float64, copy=False)
            while self._spoken and (len(self._spoken) + 1) * found.nbytes > KEPT_BYTES:
                self._spoken.pop(next(iter(self._spoken)), None)
            self._spoken[density.accent] = found
        return found

    def _sums_beyond(self, density: HomeDensity) -> Float64:
        """Return what a density says beyond its accent of the places of each statement, times their weights, (V,)."""
        concerned = self._concerned(density)
        low, high = self.points[self.first[concerned]], self.points[self.last[concerned]]
        beyond = density.between(low, high) - density.rest * density.spoken_between(low, high)
        return self._summed(concerned, beyond)

    def _concerned(self, density: HomeDensity) -> Int64:
        """Return the intervals of which a density says more than its accent does."""
        raised = density.height > density.rest * density.spoken * (1.0 + ROUNDING)
        before = np.concatenate([[0], np.cumsum(raised)]).astype(np.int32)
        inner = density.edges[1:-1]
        # Raised steps that end at or before the beginning of an interval, and those that begin before its end.
        passed = np.repeat(before[:-1], _between_edges(self.points, inner, "left"))
        begun = np.repeat(before[1:], _between_edges(self.points, inner, "right"))
        return np.flatnonzero(begun[self.last] > passed[self.first])

    def _summed(self, chosen: Int64, values: Float64) -> Float64:
        """Return the sum of weight times value over the chosen intervals of each statement, shape (V,)."""
        begin, counts = self.begin[chosen], self.begin[chosen + 1] - self.begin[chosen]
        items = np.repeat(begin - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        shares = self.weights[items] * np.repeat(values, counts)
        return np.bincount(self.owner[items], shares, self.base.size).astype(np.float64, copy=False)


def _between_edges(points: Int32, inner: Float64, side: Literal["left", "right"]) -> Int64:
    """Count the points of each step; a point at an edge belongs to the step after it (left) or before it (right)."""
    ends = np.searchsorted(points, inner, side)
    return np.diff(np.concatenate([[0], ends, [points.size]]))


def _distinct(low: Int64, high: Int64) -> tuple[Int32, Int32, Int32, Int64]:
    """Return the points of the axis, the ends of each distinct interval among them, and which one each is."""
    points, ends = np.unique(np.concatenate([low, high]), return_inverse=True)
    pairs, interval = np.unique(ends[: low.size] * np.int64(points.size) + ends[low.size :], return_inverse=True)
    first, last = np.divmod(pairs, np.int64(max(points.size, 1)))
    return points.astype(np.int32), first.astype(np.int32), last.astype(np.int32), interval


def _within_areas(
    low: Int64, high: Int64, edges: Int64, divided: NDArray[np.bool_]
) -> tuple[Int64, Int64, Int64, Float64]:
    """Cut intervals at the edges of areas where asked; return (interval, low, high, share of it) of each piece."""
    first = np.searchsorted(edges, low, side="right") - 1
    last = np.searchsorted(edges, high) - 1
    counts = np.where(divided, last - first + 1, 1)
    piece = np.repeat(np.arange(low.size), counts)
    area = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    cut = divided[piece]
    start = np.where(cut, np.maximum(low[piece], edges[area]), low[piece])
    stop = np.where(cut, np.minimum(high[piece], edges[area + 1]), high[piece])
    return piece, start, stop, (stop - start) / (high - low)[piece]
