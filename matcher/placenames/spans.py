"""The segments of one query against the names of a gazetteer, each scanned once: own names and surroundings.

Segments that end at the same character share a scan, wherever they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.costs import QueryCosts
from matcher.placenames.cutting import Segment
from matcher.placenames.ending_scan import EndingTree, Near, ending_tree, scan_endings
from matcher.placenames.gazetteer import Gazetteer, contains
from matcher.placenames.lookup import bearers_of
from matcher.placenames.nameparts import VILLAGE
from matcher.placenames.priors import SEAT, SEAT_OWN, hint_cost, prior_cost
from matcher.placenames.query import Query

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Ranges = Sequence[tuple[int, int]]

AROUND_CUTOFF = 7.0
SYLLABLE_NATS = 5.0
"""Surprise of one syllable of a name that is in no list: the syllables of listed cores have an entropy of 7.2 bits
(toneless, village list of 2023)."""
AROUND_MISSED = 1.6
"""A named surrounding fits nothing above the place: some other place is meant, or one in no list (estimated)."""


def missed_cost(segment: Segment) -> float:
    """Return the cost of a surrounding that fits nothing."""
    return AROUND_MISSED + SYLLABLE_NATS * (segment.stop - segment.start)


@dataclass(frozen=True, slots=True)
class Look:
    """Where and how far to look.

    Parameters
    ----------
    ranges : sequence of (int, int)
        Rows of the area.
    cutoff : float
        Nats beyond which a name is not proposed.
    seats : bool
        Whether a township may be meant by one of its villages.
    accent : callable or None
        Cost of each place, given where the accent of the speaker is at home.
    """

    ranges: Ranges
    cutoff: float
    seats: bool
    accent: Callable[[Int32], Float32] | None


@dataclass(frozen=True, slots=True)
class Fit:
    """Places whose own name fits a segment.

    Parameters
    ----------
    place, via : ndarray of int32, shape (K,)
        Place and row that bears the name.
    own, cost : ndarray of float32, shape (K,)
        What the name costs; the same with priors.
    named_level : ndarray of int8, shape (K,)
        Level that a generic word after the name should speak of.
    surroundings : ndarray of int32, shape (4 + F, K)
        Positions in `Gazetteer.upper_index` of the places above.
    """

    place: Int32
    via: Int32
    own: Float32
    cost: Float32
    named_level: NDArray[np.int8]
    surroundings: Int32


class NameTrees:
    """The names of a gazetteer as trees, laid out when first needed."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer

    @cached_property
    def all(self) -> EndingTree:
        """All names."""
        return ending_tree(self.gazetteer.names)

    @cached_property
    def upper(self) -> EndingTree:
        """Names of places down to townships, which can be the surroundings of another."""
        return ending_tree(self.gazetteer.upper_names)


class Spans:
    """Costs of the segments of one query against the names, each computed once."""

    def __init__(self, trees: NameTrees, costs: QueryCosts, query: Query, look: Look) -> None:
        self._gazetteer = trees.gazetteer
        self._trees = trees
        self._costs = costs
        self._look = look
        self._lengths = _lengths([cut.own for cut in query.cuts])
        self._around_lengths = _lengths([segment for cut in query.cuts for segment in cut.around])
        self._scans: dict[tuple[int, bool], dict[int, Near]] = {}
        self._own: dict[tuple[int, int], Fit] = {}
        self._around: dict[Segment, Float32] = {}

    def own(self, segment: Segment) -> Fit:
        """Return every place of the area whose own name fits."""
        key = (segment.start, segment.stop)
        if key not in self._own:
            self._own[key] = self._fit(segment)
        return self._own[key]

    def _fit(self, segment: Segment) -> Fit:
        gazetteer, look = self._gazetteer, self._look
        place, via, own = self._bearers(segment, upper=False)
        inside = contains(look.ranges, place)
        place, via, own = place[inside], via[inside], own[inside]
        extra = np.zeros(place.size, np.float32)
        if look.seats:
            place, via, own, extra = _with_seats(gazetteer, place, via, own)
            inside = contains(look.ranges, place)
            place, via, own, extra = place[inside], via[inside], own[inside], extra[inside]
        cost = own + extra + prior_cost(gazetteer, place, via)
        return Fit(
            place=place,
            via=via,
            own=own,
            cost=cost + look.accent(place) if look.accent else cost,
            named_level=np.where(extra > 0, gazetteer.level[place], gazetteer.level[via]),
            surroundings=gazetteer.upper_index[gazetteer.surroundings(place)],
        )

    def around(self, segment: Segment) -> Float32:
        """Return the cost of a surrounding by `Gazetteer.upper_index`; the last entry is "no place"."""
        if segment not in self._around:
            position = self._gazetteer.upper_index
            table = np.full(int(position[-1]) + 1, missed_cost(segment), np.float32)
            place, via, cost = self._bearers(segment, upper=True)
            if segment.hints:
                cost = cost + hint_cost(segment.hints, self._gazetteer.level[via])
            missed = table[-1]
            np.minimum.at(table, position[place], cost)
            np.minimum.at(table, position[via], cost)
            table[-1] = missed
            self._around[segment] = table
        return self._around[segment]

    def _bearers(self, segment: Segment, *, upper: bool) -> tuple[Int32, Int32, Float32]:
        """List every place that bears a name within the cut-off: place, row of the name, cost."""
        near = self._near(segment.stop, upper=upper)[segment.stop - segment.start]
        place, via, cost = bearers_of(self._gazetteer, near.ids, near.cost)
        return place, via, cost.astype(np.float32)

    def _near(self, stop: int, *, upper: bool) -> dict[int, Near]:
        if (stop, upper) not in self._scans:
            lengths = (self._around_lengths if upper else self._lengths)[stop]
            span = slice(stop - lengths[-1], stop)
            costs = QueryCosts(self._costs.replace[span], self._costs.drop, self._costs.insert[span])
            tree, cutoff = (self._trees.upper, AROUND_CUTOFF) if upper else (self._trees.all, self._look.cutoff)
            self._scans[stop, upper] = scan_endings(tree, costs, lengths=lengths, cutoff=cutoff)
        return self._scans[stop, upper]


def _lengths(segments: Sequence[Segment]) -> dict[int, list[int]]:
    """List the lengths of the segments that end at each character, ascending."""
    found: dict[int, set[int]] = {}
    for segment in segments:
        found.setdefault(segment.stop, set()).add(segment.stop - segment.start)
    return {stop: sorted(lengths) for stop, lengths in found.items()}


def _with_seats(gazetteer: Gazetteer, place: Int32, via: Int32, own: Float32) -> tuple[Int32, Int32, Float32, Float32]:
    """Add the townships of villages whose name fits; the last array is what being meant that way costs."""
    near = np.flatnonzero((own <= SEAT_OWN) & (gazetteer.level[place] == VILLAGE))
    township = gazetteer.parent[place[near]]
    near, township = near[township >= 0], township[township >= 0]
    extra = np.concatenate([np.zeros(place.size, np.float32), np.full(near.size, SEAT, np.float32)])
    return (
        np.concatenate([place, township]),
        np.concatenate([via, via[near]]),
        np.concatenate([own, own[near]]),
        extra,
    )
