"""Likelihood ratio of two told places: how much more often both are told by one person than by two.

Model: a person has one home h, drawn over innermost places in proportion to `Gazetteer.leaves`. A statement t is
independent of everything else given h; its distribution over places r_t is the posterior of h given t. Then
LR(t, v) = sum over h of r_t(h) r_v(h) / prior(h). A statement is about the home with probability `reliability` and says
nothing otherwise; the mass of an unlisted place says nothing either. The mean LR over a random person is 1 by
construction, and a village inside a county agrees with the county as strongly as the county is rare.

Homes are points of the axis of innermost places, a place is an interval of it, and the density of a probe is a step
function: all sums are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Statement:
    """A resolved statement with the probability that it is about the home."""

    resolution: Resolution
    reliability: float


@dataclass(frozen=True, slots=True)
class HomeDensity:
    """What statements say about the home, relative to the prior: a step function with mean 1.

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

    def over(self, gazetteer: Gazetteer, places: NDArray[np.int32]) -> Float64:
        """Return the mean LR over the homes inside each place."""
        low, high = (gazetteer.leaves_before[edge].astype(np.float64) for edge in (places, gazetteer.end[places]))
        integral = np.concatenate([[0.0], np.cumsum(self.height * np.diff(self.edges))])
        inside = np.interp(high, self.edges, integral) - np.interp(low, self.edges, integral)
        mean: Float64 = inside / (high - low)
        return mean


def density_of(gazetteer: Gazetteer, statements: Sequence[Statement]) -> HomeDensity:
    """Mix statements into one density: their mean, because several may contradict each other."""
    total = float(gazetteer.leaves_before[-1])
    edges, steps = [np.array([0.0, total])], [np.zeros(2)]
    base = 0.0
    for statement in statements:
        found, share = statement.resolution, statement.reliability / len(statements)
        base += 1.0 / len(statements) - share * float(found.weights.sum())
        low = gazetteer.leaves_before[found.nodes].astype(np.float64)
        high = gazetteer.leaves_before[gazetteer.end[found.nodes]].astype(np.float64)
        height = share * found.weights * total / (high - low)
        edges += [low, high]
        steps += [height, -height]
    axis, where = np.unique(np.concatenate(edges), return_inverse=True)
    change = np.zeros(axis.shape[0])
    np.add.at(change, where, np.concatenate(steps))
    # Rounding may leave a trace of a closed step; a density is never below its base.
    return HomeDensity(axis, np.maximum(base + np.cumsum(change)[:-1], base))


def likelihood_ratio(gazetteer: Gazetteer, density: HomeDensity, statement: Statement) -> float:
    """Return the LR of one more statement of the same person: the readable twin of `likelihood_ratios`."""
    found = statement.resolution
    told = found.unlisted + float(found.weights @ density.over(gazetteer, found.nodes))
    return 1.0 - statement.reliability + statement.reliability * told


@dataclass(frozen=True, slots=True)
class StatementTable:
    """Statements laid out for computing the LRs of all of them at once.

    Parameters
    ----------
    nodes, weights, owner : ndarray, shape (M,)
        Places, probabilities, and the statement that each belongs to, ascending.
    unlisted, reliability : ndarray of float64, shape (V,)
        One entry per statement.
    """

    nodes: NDArray[np.int32]
    weights: Float64
    owner: NDArray[np.int64]
    unlisted: Float64
    reliability: Float64

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> StatementTable:
        """Lay out statements."""
        sizes = [statement.resolution.nodes.size for statement in statements]
        found = [statement.resolution for statement in statements]
        return cls(
            np.concatenate([np.zeros(0, np.int32), *(item.nodes for item in found)]),
            np.concatenate([np.zeros(0), *(item.weights for item in found)]),
            np.repeat(np.arange(len(statements)), sizes),
            np.array([item.unlisted for item in found], np.float64),
            np.array([statement.reliability for statement in statements], np.float64),
        )

    def likelihood_ratios(self, gazetteer: Gazetteer, density: HomeDensity) -> Float64:
        """Return the LR of each statement, shape (V,)."""
        shares = self.weights * density.over(gazetteer, self.nodes)
        told = self.unlisted + np.bincount(self.owner, shares, minlength=self.unlisted.size)
        ratios: Float64 = 1.0 - self.reliability + self.reliability * told
        return ratios
