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
Points = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64]
"""Places on the axis of homes."""


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
    spoken : ndarray of float64, shape (B,)
        How much likelier the accent makes each step; 1 without an accent.
    rest : float
        LR of a person at whose home no told place lies, but for the accent: `height` is nowhere below `rest * spoken`.
    accent : str
        The accent behind `spoken`, as `AccentMap.key_of` writes it; empty = none.
    """

    edges: Float64
    height: Float64
    spoken: Float64
    rest: float
    accent: str = ""

    @property
    def prior(self) -> Float64:
        """Prior probability of each step, shape (B,)."""
        widths: Float64 = np.diff(self.edges) / self.edges[-1]
        return widths

    def between(self, low: Points, high: Points) -> Float64:
        """Return the mean LR over the homes of each interval of the axis."""
        return self._mean(self.height, low, high)

    def spoken_between(self, low: Points, high: Points) -> Float64:
        """Return how much likelier the accent makes each interval of the axis."""
        return self._mean(self.spoken, low, high) if self.accent else np.ones(low.size)

    def _mean(self, values: Float64, low: Points, high: Points) -> Float64:
        integral = np.concatenate([[0.0], np.cumsum(values * np.diff(self.edges))])
        ends, begins = (np.interp(points, self.edges, integral) for points in (high, low))
        mean: Float64 = (ends - begins) / (high - low)
        return mean

    def with_accent(self, accent: str, accents: AccentMap) -> HomeDensity:
        """Return the density given an accent as well, scaled to mean 1."""
        axis, own, area = self._joined(accents.edges)
        spoken = accents.relative(accent)[area]
        weighted = self.height[own] * spoken
        mean = float(np.diff(axis) / axis[-1] @ weighted)
        return HomeDensity(axis, weighted / mean, spoken, self.rest / mean, accent)

    def mean_product(self, other: HomeDensity) -> float:
        """Return the LR of two densities: the mean over homes of their product."""
        axis, own, theirs = self._joined(other.edges)
        return float(np.diff(axis) / axis[-1] @ (self.height[own] * other.height[theirs]))

    def _joined(self, edges: Points) -> tuple[Float64, Int64, Int64]:
        """Return the steps of both axes together, and the step of each axis that each of them is in."""
        axis = np.union1d(self.edges, edges)
        middle = (axis[:-1] + axis[1:]) / 2.0
        return axis, np.searchsorted(self.edges, middle) - 1, np.searchsorted(edges, middle) - 1


def intervals(gazetteer: Gazetteer, places: NDArray[np.int32]) -> tuple[Int64, Int64]:
    """Return the intervals of the axis that places cover."""
    return gazetteer.leaves_before[places], gazetteer.leaves_before[gazetteer.end[places]]


def density_of(gazetteer: Gazetteer, statements: Sequence[Statement], accents: AccentMap) -> HomeDensity:
    """Join the statements of one person into one density.

    Places are mixed, because several may contradict each other; the accent, the same in all statements of a person,
    weighs them against each other.
    """
    total = float(gazetteer.leaves_before[-1])
    edges, steps, opened = [np.array([0.0, total])], [np.zeros(2)], [np.zeros(2, np.int64)]
    base = 0.0
    for statement in statements:
        found, share = statement.resolution, statement.reliability / len(statements)
        base += 1.0 / len(statements) - share * float(found.weights.sum())
        low, high = (edge.astype(np.float64) for edge in intervals(gazetteer, found.nodes))
        height = share * found.weights * total / (high - low)
        edges += [low, high]
        steps += [height, -height]
        opened += [np.ones(low.size, np.int64), np.full(low.size, -1)]
    axis, where = np.unique(np.concatenate(edges), return_inverse=True)
    change, depth = np.zeros(axis.shape[0]), np.zeros(axis.shape[0], np.int64)
    np.add.at(change, where, np.concatenate(steps))
    np.add.at(depth, where, np.concatenate(opened))
    # Outside all places rounding would leave traces of the closed steps; a density is never below its base.
    inside = np.cumsum(depth)[:-1] > 0
    height = np.where(inside, np.maximum(base + np.cumsum(change)[:-1], base), base)
    mixed = HomeDensity(axis, height, np.ones(height.shape[0]), base)
    accent = statements[0].accent
    return mixed.with_accent(accent, accents) if accent else mixed


def likelihood_ratio(gazetteer: Gazetteer, density: HomeDensity, statement: Statement, accents: AccentMap) -> float:
    """Return the LR of one more statement of the same person: the readable twin of a `StatementTable`."""
    return density.mean_product(density_of(gazetteer, [statement], accents))
