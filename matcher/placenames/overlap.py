"""Likelihood ratio of what two records tell of a home: how much more often one person tells both than two persons do.

Model: a person has one home h, drawn over innermost places in proportion to `Gazetteer.leaves`. What is told is
independent of everything else given h. A statement t says r_t, the posterior of h given its words; it is about the home
with probability `reliability` and says nothing otherwise; the mass of an unlisted place says nothing either. An accent
says how much likelier each area is. All of it is a density over homes relative to the prior, with mean 1, and
LR = sum over h of prior(h) d1(h) d2(h). The mean LR over a random person is 1 by construction, and a village inside a
county agrees with the county as strongly as the county is rare.

Homes are points of the axis of innermost places, a place is an interval of it, and densities are step functions: all
sums are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Statement:
    """A resolved statement.

    Parameters
    ----------
    resolution : Resolution
        What its words may mean.
    reliability : float
        Probability that it is about the home.
    accent : str
        Accent recorded with it, as `AccentMap.key_of` writes it; empty = none.
    """

    resolution: Resolution
    reliability: float
    accent: str = ""


@dataclass(frozen=True, slots=True)
class HomeDensity:
    """What is told about the home, relative to the prior: a step function with mean 1.

    Parameters
    ----------
    edges : ndarray of float64, shape (B + 1,)
        Steps on the axis of innermost places, from 0 to their number.
    height : ndarray of float64, shape (B,)
        LR of a person whose home lies in the step.
    """

    edges: Float64
    height: Float64

    @property
    def prior(self) -> Float64:
        """Prior probability of each step, shape (B,)."""
        widths: Float64 = np.diff(self.edges) / self.edges[-1]
        return widths

    def between(self, low: Int64, high: Int64) -> Float64:
        """Return the mean LR over the homes of each interval of the axis."""
        integral = np.concatenate([[0.0], np.cumsum(self.height * np.diff(self.edges))])
        inside = np.interp(high, self.edges, integral) - np.interp(low, self.edges, integral)
        mean: Float64 = inside / (high - low)
        return mean

    def before(self, points: Float64) -> Float64:
        """Return the integral of the density up to each of many ascending points of the axis."""
        widths = np.diff(self.edges)
        integral = np.concatenate([[0.0], np.cumsum(self.height * widths)])
        slope = np.diff(integral) / widths
        ends = np.searchsorted(points, self.edges[1:-1])
        counts = np.diff(np.concatenate([[0], ends, [points.size]]))
        found: Float64 = np.repeat(slope, counts)
        found *= points - np.repeat(self.edges[:-1], counts)
        found += np.repeat(integral[:-1], counts)
        return found

    def times(self, edges: NDArray[np.number], factor: Float64) -> HomeDensity:
        """Return the density given one more piece of evidence, itself a step function, scaled to mean 1."""
        joined = self._product(edges, factor)
        return HomeDensity(joined.edges, joined.height / float(joined.prior @ joined.height))

    def mean_product(self, other: HomeDensity) -> float:
        """Return the LR of two densities: the mean over homes of their product."""
        joined = self._product(other.edges, other.height)
        return float(joined.prior @ joined.height)

    def _product(self, edges: NDArray[np.number], factor: Float64) -> HomeDensity:
        axis = np.union1d(self.edges, edges)
        middle = (axis[:-1] + axis[1:]) / 2.0
        own, other = (np.searchsorted(bounds, middle) - 1 for bounds in (self.edges, edges))
        return HomeDensity(axis, self.height[own] * factor[other])


def intervals(gazetteer: Gazetteer, places: NDArray[np.int32]) -> tuple[Int64, Int64]:
    """Return the intervals of the axis that places cover."""
    return gazetteer.leaves_before[places], gazetteer.leaves_before[gazetteer.end[places]]


def density_of(gazetteer: Gazetteer, statements: Sequence[Statement], accents: AccentMap) -> HomeDensity:
    """Join the statements of one person into one density.

    Places are mixed, because several may contradict each other; the accent, the same in all statements of a person,
    weighs them against each other.
    """
    total = float(gazetteer.leaves_before[-1])
    edges, steps = [np.array([0.0, total])], [np.zeros(2)]
    base = 0.0
    for statement in statements:
        found, share = statement.resolution, statement.reliability / len(statements)
        base += 1.0 / len(statements) - share * float(found.weights.sum())
        low, high = (edge.astype(np.float64) for edge in intervals(gazetteer, found.nodes))
        height = share * found.weights * total / (high - low)
        edges += [low, high]
        steps += [height, -height]
    axis, where = np.unique(np.concatenate(edges), return_inverse=True)
    change = np.zeros(axis.shape[0])
    np.add.at(change, where, np.concatenate(steps))
    # Rounding may leave a trace of a closed step; a density is never below its base.
    mixed = HomeDensity(axis, np.maximum(base + np.cumsum(change)[:-1], base))
    accent = statements[0].accent
    return mixed.times(accents.edges, accents.relative(accent)) if accent else mixed


def likelihood_ratio(gazetteer: Gazetteer, density: HomeDensity, statement: Statement, accents: AccentMap) -> float:
    """Return the LR of one more statement of the same person: the readable twin of `likelihood_ratios`."""
    return density.mean_product(density_of(gazetteer, [statement], accents))


@dataclass(frozen=True, slots=True)
class StatementTable:
    """Statements laid out for computing the LRs of all of them at once.

    Statements share places: what a density says is worked out once for each distinct interval.

    Parameters
    ----------
    points : ndarray of float64, shape (E,)
        Ends of intervals on the axis, ascending.
    first, last : ndarray of int64, shape (D,)
        Ends of the distinct intervals, each inside one area where a statement with an accent has it.
    width : ndarray of float64, shape (D,)
        Homes in each.
    interval : ndarray of int64, shape (M,)
        Intervals of all statements, one statement after the other.
    weights : ndarray of float64, shape (M,)
        Probability of each, times reliability and what the accent says of its area.
    stated, start : ndarray of int64, shape (S,)
        Statements that have intervals, ascending, and where those of each begin.
    base : ndarray of float64, shape (V,)
        Probability that a statement says nothing about where the home is.
    scale : ndarray of float64, shape (V,)
        Sum of the weights and the base of each.
    accent : ndarray of int64, shape (V,)
        Row of `factors`.
    factors : ndarray of float64, shape (A, areas)
        What each accent says of each area.
    areas : ndarray of int64, shape (areas + 1,)
        Edges of the areas.
    """

    points: Float64
    first: Int64
    last: Int64
    width: Float64
    interval: Int64
    weights: Float64
    stated: Int64
    start: Int64
    base: Float64
    scale: Float64
    accent: Int64
    factors: Float64
    areas: Int64

    @classmethod
    def of(cls, gazetteer: Gazetteer, statements: Sequence[Statement], accents: AccentMap) -> StatementTable:
        """Lay out statements."""
        keys = sorted({statement.accent for statement in statements} | {""})
        row = {key: number for number, key in enumerate(keys)}
        accent = np.array([row[statement.accent] for statement in statements], np.int64)
        factors = np.stack([accents.relative(key) for key in keys])
        found = [statement.resolution for statement in statements]
        owner = np.repeat(np.arange(len(statements)), [item.nodes.size for item in found])
        nodes = np.concatenate([np.zeros(0, np.int32), *(item.nodes for item in found)])
        reliability = np.array([statement.reliability for statement in statements], np.float64)
        weights = np.concatenate([np.zeros(0), *(item.weights for item in found)]) * reliability[owner]
        low, high = intervals(gazetteer, nodes)
        piece, low, high, share = _within_areas(low, high, accents.edges, accent[owner] > 0)
        area = np.searchsorted(accents.edges, low, side="right") - 1
        weights = weights[piece] * share * factors[accent[owner[piece]], area]
        unlisted = np.array([item.unlisted for item in found], np.float64)
        base = 1.0 - reliability + reliability * unlisted
        points, first, last, interval = _distinct(low, high)
        stated, start = np.unique(owner[piece], return_index=True)
        return cls(
            points=points,
            first=first,
            last=last,
            width=points[last] - points[first],
            interval=interval,
            weights=weights,
            stated=stated,
            start=start,
            base=base,
            scale=base + np.bincount(owner[piece], weights, base.size),
            accent=accent,
            factors=factors,
            areas=accents.edges,
        )

    def likelihood_ratios(self, density: HomeDensity) -> Float64:
        """Return the LR of each statement, shape (V,)."""
        before = density.before(self.points)
        mean = (before[self.last] - before[self.first]) / self.width
        prior = np.diff(self.areas) / self.areas[-1]
        anywhere = self.factors @ (prior * density.between(self.areas[:-1], self.areas[1:]))
        shares: Float64 = self.base * anywhere[self.accent]
        if self.stated.size:
            shares[self.stated] += np.add.reduceat(self.weights * mean[self.interval], self.start)
        return shares / self.scale


def _distinct(low: Int64, high: Int64) -> tuple[Float64, Int64, Int64, Int64]:
    """Return the points of the axis, the ends of each distinct interval among them, and which one each is."""
    points, ends = np.unique(np.concatenate([low, high]), return_inverse=True)
    pairs, interval = np.unique(ends[: low.size] * np.int64(points.size) + ends[low.size :], return_inverse=True)
    first, last = np.divmod(pairs, np.int64(max(points.size, 1)))
    return points.astype(np.float64), first, last, interval


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
