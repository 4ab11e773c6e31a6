"""From the words of a record to a distribution over places: where may the person mean?

The distribution is the posterior over listed places, with the mass of "a place in no list" kept apart: natural
villages and old brigade names are in no list, and then the surroundings that were named are all that is known. Names
that sound roughly alike are looked up directly; what is not found so goes to the exhaustive search.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.placenames.costs import Letter
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import VILLAGE
from matcher.placenames.query import Cut, Query, Segment, parse
from matcher.placenames.search import SYLLABLE_NATS, Searcher, hint_cost, prior_cost
from matcher.placenames.soundkeys import SoundKeys

Int32 = NDArray[np.int32]
Float64 = NDArray[np.float64]

UNLISTED = 0.10
"""Prior share of homes whose name is in no list. A knob: of the published stories of found families whose clue was a
village name, three of nine named a natural village or brigade that no list has; station-wide figures do not exist."""
QUICK_PENALTY = 1.1
QUICK_CUTOFF = 4.0
MAX_NODES = 1000
NEGLIGIBLE = 1e-5
EXHAUSTIVE_TOP = 200
MOST_KEPT = 1 << 20
"""Resolutions in memory, about 400 bytes each; beyond that the memory starts anew."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a told place may mean.

    Parameters
    ----------
    nodes : ndarray of int32, shape (K,)
        Places, ascending; the person may come from anywhere inside each.
    weights : ndarray of float64, shape (K,)
        Posterior probability of each.
    via : ndarray of int32, shape (K,)
        Row that bears the name that fits, for the explanation.
    unlisted : float
        Probability that the words mean a place in no list; `weights` and this sum to 1.
    """

    nodes: Int32
    weights: Float64
    via: Int32
    unlisted: float

    def packed(self) -> str:
        """Write the resolution as one line, so that an index can keep what was expensive to find."""
        rows = zip(self.nodes.tolist(), self.via.tolist(), self.weights.tolist(), strict=True)
        return ";".join(f"{node},{via},{weight!r}" for node, via, weight in rows)

    @classmethod
    def unpacked(cls, line: str) -> Resolution:
        """Read what `packed` wrote."""
        rows = [row.split(",") for row in line.split(";")] if line else []
        weights = np.array([float(weight) for _, _, weight in rows])
        nodes, via = (np.array([int(row[column]) for row in rows], np.int32) for column in (0, 1))
        return cls(nodes, weights, via, max(0.0, float(1.0 - weights.sum())))


_NOTHING = Resolution(np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int32), 1.0)


class Resolver:
    """Resolves told places against one gazetteer; results are kept, threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._keys = SoundKeys(gazetteer)
        self._searcher = Searcher(gazetteer)
        self._all_priors = self._searcher.all_priors
        self._kept: dict[str, Resolution] = {}

    def resolve(self, text: str) -> Resolution:
        """Resolve the words of a told place; normalised text in, equal text gives the same answer from memory."""
        found = self._kept.get(text)
        if found is None:
            found = self._resolve(text)
            self.keep(text, found)
        return found

    def keep(self, text: str, resolution: Resolution) -> None:
        """Remember a resolution that was found earlier with the same gazetteer."""
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[text] = resolution

    def _resolve(self, text: str) -> Resolution:
        try:
            queries = parse(text, self._known)
        except UsageError:
            return _NOTHING
        found: dict[int, tuple[float, int]] = {}
        cuts = [(query, cut) for query in queries for cut in query.cuts if cut.penalty <= QUICK_PENALTY]
        for query, cut in cuts:
            _keep_best(found, self._places_of_cut(query, cut))
        if not found:
            _keep_best(found, self._exhaustively(text))
        for query, cut in cuts:
            _keep_best(found, self._somewhere_in(query, cut))
        return self._posterior(found, syllables=min(len(query.letters) for query in queries))

    def _known(self, core: str) -> bool:
        return core in self.gazetteer.upper_cores

    def _places_of_cut(self, query: Query, cut: Cut) -> Iterator[tuple[int, int, float]]:
        """Yield (place, row that bears the name, cost) for places whose name and surroundings all fit."""
        place, via, own = self._places_like(query.letters[cut.own.start : cut.own.stop])
        if not place.size:
            return
        total = own + cut.penalty + prior_cost(self.gazetteer, place, via)
        if cut.own.hints:
            total = total + hint_cost(cut.own.hints, self.gazetteer.level[via])
        around = self._around_cost(query, cut.around, place)
        fits = np.isfinite(around)
        yield from zip(place[fits].tolist(), via[fits].tolist(), (total + around)[fits].tolist(), strict=True)

    def _somewhere_in(self, query: Query, cut: Cut) -> Iterator[tuple[int, int, float]]:
        """Yield the surroundings of an unlisted place: all that is known when the innermost name is in no list."""
        unlisted = SYLLABLE_NATS * (cut.own.stop - cut.own.start) - math.log(UNLISTED)
        for index, segment in enumerate(cut.around):
            place, via, own = self._places_like(query.letters[segment.start : segment.stop])
            if segment.hints and place.size:
                own = own + hint_cost(segment.hints, self.gazetteer.level[via])
            others = cut.around[:index] + cut.around[index + 1 :]
            around = self._around_cost(query, others, place)
            fits = (np.isfinite(around)) & (self.gazetteer.level[place] < VILLAGE)
            place, via = place[fits], via[fits]
            inside = self.gazetteer.leaves(place) / self.gazetteer.leaves_before[-1] * self._all_priors
            cost = own[fits] + around[fits] + cut.penalty + unlisted - np.log(inside)
            yield from zip(place.tolist(), via.tolist(), cost.tolist(), strict=True)

    def _around_cost(self, query: Query, segments: Sequence[Segment], place: Int32) -> Float64:
        """Return what the surroundings cost for each place; infinite where one does not fit."""
        total = np.zeros(place.size)
        if segments and place.size:
            above = self.gazetteer.surroundings(place).tolist()
            for segment in segments:
                known = self._around(query, segment)
                total += np.array([[known.get(row, math.inf) for row in rows] for rows in above]).min(axis=0)
        return total

    def _around(self, query: Query, segment: Segment) -> dict[int, float]:
        place, via, cost = self._places_like(query.letters[segment.start : segment.stop])
        if segment.hints:
            cost = cost + hint_cost(segment.hints, self.gazetteer.level[via])
        costs: dict[int, float] = {}
        for row, bearer, value in zip(place.tolist(), via.tolist(), cost.tolist(), strict=True):
            costs[row] = min(value, costs.get(row, math.inf))
            costs[bearer] = min(value, costs.get(bearer, math.inf))
        return costs

    def _places_like(self, letters: Sequence[Letter]) -> tuple[Int32, Int32, Float64]:
        """List places by the coarse sound of their own name, with the cost of the difference in sound and writing."""
        gazetteer = self.gazetteer
        ids = self._keys.names_like(letters)
        if not ids.size:
            return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)
        starts = gazetteer.names.offsets[ids]
        cost = np.zeros(ids.size)
        for position, letter in enumerate(letters):
            cost += self._searcher.costs.row(letter, None)[gazetteer.names.codes[starts + position]]
        near = cost <= QUICK_CUTOFF
        ids, cost = ids[near], cost[near]
        first, last = gazetteer.first_posting[ids], gazetteer.first_posting[ids + 1]
        rows = np.concatenate(
            [np.arange(low, high) for low, high in zip(first, last, strict=True)] or [np.zeros(0, int)]
        )
        return gazetteer.posting_place[rows], gazetteer.posting_via[rows], np.repeat(cost, last - first)

    def _exhaustively(self, text: str) -> Iterator[tuple[int, int, float]]:
        for item in self._searcher.search(text, top=EXHAUSTIVE_TOP):
            yield item.gid, item.via, item.cost

    def _posterior(self, found: dict[int, tuple[float, int]], *, syllables: int) -> Resolution:
        """Weigh the places against each other and against an unlisted place with a name as long as the words."""
        if not found:
            return _NOTHING
        nodes = np.array(sorted(found), np.int32)
        listed = np.exp(-np.array([found[int(node)][0] for node in nodes]))
        unlisted = UNLISTED * self._all_priors * math.exp(-SYLLABLE_NATS * syllables)
        weights = listed / (listed.sum() + unlisted)
        kept = weights >= NEGLIGIBLE
        if kept.sum() > MAX_NODES:
            kept &= weights >= np.sort(weights)[-MAX_NODES]
        via = np.array([found[int(node)][1] for node in nodes], np.int32)
        return Resolution(nodes[kept], weights[kept], via[kept], max(0.0, float(1.0 - weights[kept].sum())))


def _keep_best(found: dict[int, tuple[float, int]], ways: Iterable[tuple[int, int, float]]) -> None:
    for place, via, cost in ways:
        known = found.get(place)
        if known is None or (cost, via) < known:
            found[place] = (cost, via)
