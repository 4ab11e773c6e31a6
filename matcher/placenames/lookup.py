"""Places by the sound of a name, and what surroundings cost: kept from one told place to the next.

Records of one region name the same counties over and over, so each distinct segment is looked up once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.costs import Letter, SoundCosts
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import VILLAGE
from matcher.placenames.priors import hint_cost, prior_cost
from matcher.placenames.soundkeys import SoundKeys

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Letters = tuple[Letter, ...]


class Named(NamedTuple):
    """A segment as it sounds, with the levels that its generic word speaks of."""

    letters: Letters
    hints: tuple[int, ...]


QUICK_CUTOFF = 8.0
"""Nats beyond which a name of the same coarse sound is not taken. With 4.0 more texts go to the exhaustive look-up
(107 of 300 garbled homes instead of 83), and the mean log10 LR at the true home is less (3.88 instead of 3.90)."""
_SEGMENTS_KEPT = 1 << 14
"""Segments in memory; a usual one has some ten places, the commonest name a thousand, 50 bytes each."""


class Bearers(NamedTuple):
    """Places that bear a name; one entry per place and row that bears it.

    Parameters
    ----------
    place, via : ndarray of int32, shape (K,)
        Place meant, and row that bears the name.
    cost : ndarray of float64, shape (K,)
        Nats.
    """

    place: Int32
    via: Int32
    cost: Float64

    def where(self, chosen: NDArray[np.bool_]) -> Bearers:
        """Return the chosen entries."""
        return Bearers(self.place[chosen], self.via[chosen], self.cost[chosen])


class Own(NamedTuple):
    """Bearers of the innermost name: with -ln prior, shape (K,), and what lies or once lay above, shape (steps, K)."""

    found: Bearers
    prior: Float32
    above: Int32


class Inside(NamedTuple):
    """Places in which an unlisted one may lie, with ln of the share of all homes in each."""

    found: Bearers
    log_share: Float64


NOWHERE = Bearers(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))


class Surroundings(NamedTuple):
    """Places that a named surrounding may be, ascending, with the cost of each; any other place costs `missed`."""

    rows: Int32
    cost: Float64
    missed: float
    cheapest: float

    def least(self, above: Int32) -> Float64:
        """Return the cost of the cheapest place above each of K; `above` has shape (steps, K), -1 for none."""
        if not self.rows.size:
            return np.full(above.shape[1], self.missed)
        at = np.minimum(np.searchsorted(self.rows, above), self.rows.size - 1)
        cost: Float64 = np.where(self.rows[at] == above, self.cost[at], self.missed).min(axis=0)
        return cost


@cache
def hint_costs(hints: tuple[int, ...]) -> Float64:
    """Return the cost of each level 0-5 where a generic word speaks of others; 0 throughout where there is none."""
    return hint_cost(hints, np.arange(6, dtype=np.int8)).astype(np.float64) if hints else np.zeros(6)


class SoundLookup:
    """Names by their coarse sound, with the places that bear them; threads may share it."""

    def __init__(self, gazetteer: Gazetteer, costs: SoundCosts, all_priors: float) -> None:
        self._gazetteer = gazetteer
        self._all_priors = all_priors
        self._costs = costs
        self._keys = SoundKeys(gazetteer)
        self.bearers = lru_cache(maxsize=_SEGMENTS_KEPT)(self._bearers)
        self.own = lru_cache(maxsize=_SEGMENTS_KEPT)(self._own)
        self.around = lru_cache(maxsize=_SEGMENTS_KEPT)(self._around)
        self.inside = lru_cache(maxsize=_SEGMENTS_KEPT)(self._inside)

    def _bearers(self, letters: Letters) -> Bearers:
        """List places by the coarse sound of their own name, with the cost of the difference in sound and writing."""
        names = self._gazetteer.names
        ids = self._keys.names_like(letters)
        cost = np.zeros(ids.size)
        for position, letter in enumerate(letters if ids.size else ()):
            cost += self._costs.row(letter, None)[names.codes[names.offsets[ids] + position]]
        near = cost <= QUICK_CUTOFF
        return bearers_of(self._gazetteer, ids[near], cost[near])

    def _own(self, letters: Letters) -> Own | None:
        """Return the bearers of a name with what they cost before anything else is known; None where there is none."""
        found = self.bearers(letters)
        if not found.place.size:
            return None
        prior = prior_cost(self._gazetteer, found.place, found.via)
        return Own(found, prior, self._gazetteer.surroundings(found.place))

    def _around(self, named: Named) -> Surroundings:
        """Return what a named surrounding costs; a place that has none like it above does not fit."""
        return surroundings_of(self._gazetteer, self.bearers(named.letters), named.hints, missed=math.inf)

    def _inside(self, named: Named, others: tuple[Named, ...]) -> Inside | None:
        """List places above villages that bear a name and lie in the others; None where there is none."""
        found = self.bearers(named.letters)
        found = found.where(self._gazetteer.level[found.place] < VILLAGE)
        if not found.place.size:
            return None
        cost = self.least(others, self._gazetteer.surroundings(found.place))
        if cost is None:
            return None
        cost = found.cost + cost + hint_costs(named.hints)[self._gazetteer.level[found.via]]
        found = found._replace(cost=cost).where(np.isfinite(cost))
        share = self._gazetteer.leaves(found.place) / self._gazetteer.leaves_before[-1]
        return Inside(found, np.log(share * self._all_priors))

    def least(self, around: Sequence[Named], above: Int32) -> Float64 | None:
        """Return what the surroundings cost below each column of `above`; None where no place can have them all."""
        known = [self.around(named) for named in around]
        if any(not item.rows.size for item in known):
            return None
        total = np.zeros(above.shape[1])
        for item in known:
            total += item.least(above)
            if math.isinf(total.min()):
                return None
        return total


def bearers_of(gazetteer: Gazetteer, ids: Int32, cost: NDArray[np.floating]) -> Bearers:
    """List every place that bears one of the names."""
    first = gazetteer.first_posting[ids]
    counts = gazetteer.first_posting[ids + 1] - first
    rows = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    return Bearers(
        gazetteer.posting_place[rows], gazetteer.posting_via[rows], np.repeat(cost.astype(np.float64), counts)
    )


def surroundings_of(gazetteer: Gazetteer, found: Bearers, hints: tuple[int, ...], *, missed: float) -> Surroundings:
    """Return the cheapest cost of each place, or row that bears its name, above villages."""
    cost = np.minimum(found.cost + hint_costs(hints)[gazetteer.level[found.via]], missed)
    both = Bearers(np.concatenate([found.place, found.via]), np.tile(found.via, 2), np.tile(cost, 2))
    best = best_of_each([both.where(gazetteer.level[both.place] < VILLAGE)])
    return Surroundings(best.place, best.cost, missed, float(best.cost.min(initial=missed)))


def best_of_each(ways: Sequence[Bearers]) -> Bearers:
    """Merge ways of finding places: the cheapest for each, ties by the row that bears the name; places ascending."""
    place, via, cost = (np.concatenate(column) for column in zip(*ways, strict=True))
    order = np.lexsort((via, cost, place))
    first = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
    return Bearers(place[first], via[first], cost[first])
