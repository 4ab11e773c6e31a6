"""Places for words that nothing listed sounds like: all names within the cut-off of the search, exactly, and quickly.

The model is that of `search.Searcher`; what is left out is only what cannot be among the best: a place that costs more
than the last of them so far, before its surroundings are looked at.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.costs import SoundCosts
from matcher.placenames.cutting import Segment
from matcher.placenames.ending_scan import EndingTree, Near, ending_tree, scan_endings
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.lookup import (
    NOWHERE,
    Bearers,
    Letters,
    Surroundings,
    bearers_of,
    best_of_each,
    hint_costs,
    surroundings_of,
)
from matcher.placenames.nameparts import TOWNSHIP, VILLAGE
from matcher.placenames.priors import LEVEL_PRIOR, SEAT, SEAT_OWN, prior_cost, word_cost
from matcher.placenames.query import Cut, Query
from matcher.placenames.search import CONVINCING, CUTOFFS, ENOUGH, LEAST_LOG10_LR, TIE_DECIMALS
from matcher.placenames.spans import AROUND_CUTOFF, missed_cost

Float64 = NDArray[np.float64]

TOP = 200
_ROUNDING = 2.0 * 10.0**-TIE_DECIMALS
_PREFIXES_KEPT = 1 << 12
_SHORTEST = 1


class FarSearch:
    """One gazetteer made ready; threads may share it."""

    def __init__(self, gazetteer: Gazetteer, costs: SoundCosts, all_priors: float) -> None:
        self._gazetteer = gazetteer
        self._costs = costs
        self._all_priors = all_priors
        self._near_upper = lru_cache(maxsize=_PREFIXES_KEPT)(self._scan_upper)
        self._around = lru_cache(maxsize=_PREFIXES_KEPT)(self._surroundings)

    def places(self, queries: Sequence[Query]) -> Bearers:
        """Return the best places for the readings of one text, at most `TOP`, ascending."""
        for cutoff in CUTOFFS:
            found = self._within(queries, cutoff)
            if found.place.size >= ENOUGH or float(found.cost.min(initial=math.inf)) <= CONVINCING:
                break
        order = np.lexsort((found.place, np.round(found.cost, TIE_DECIMALS)))[:TOP]
        chosen = np.zeros(found.place.size, bool)
        chosen[order] = True
        return found.where(chosen & self._plausible(found))

    def _plausible(self, found: Bearers) -> NDArray[np.bool_]:
        """Tell which places explain the words not absurdly worse than a random place does."""
        average = float(np.exp(-found.cost).sum()) / self._all_priors + math.exp(-2 * CUTOFFS[0])
        likelihood = found.cost - prior_cost(self._gazetteer, found.place, found.via)
        plausible: NDArray[np.bool_] = likelihood <= -math.log(average) - LEAST_LOG10_LR * math.log(10.0)
        return plausible

    def _within(self, queries: Sequence[Query], cutoff: float) -> Bearers:
        """Try the cuts, likelier ones first, until none can hold a better place than the best."""
        names = _NamesNear(self.tree, self._costs, cutoff)
        ways = sorted(((query, cut) for query in queries for cut in query.cuts), key=lambda way: way[1].penalty)
        found = NOWHERE
        limit = math.inf
        for query, cut in ways:
            if float(found.cost.min(initial=math.inf)) <= cut.penalty + LEVEL_PRIOR[TOWNSHIP]:
                break
            found = best_of_each([found, self._places_of_cut(query, cut, names, limit)])
            if found.place.size > TOP:
                limit = float(np.partition(found.cost, TOP - 1)[TOP - 1]) + _ROUNDING
                found = found.where(found.cost <= limit)
        return found

    def _places_of_cut(self, query: Query, cut: Cut, names: _NamesNear, limit: float) -> Bearers:
        gazetteer = self._gazetteer
        around = [self._around(query.letters[: item.stop], item.start, item.hints) for item in cut.around]
        fixed = cut.penalty + sum(item.cheapest for item in around)
        near = names.of(query, cut.own)
        reach = near.cost <= limit - fixed
        if not reach.any():
            return NOWHERE
        own, seat = self._with_seats(bearers_of(gazetteer, near.ids[reach], near.cost[reach]))
        named = np.where(seat, gazetteer.level[own.place], gazetteer.level[own.via])
        cost: Float64 = own.cost + SEAT * seat + fixed + hint_costs(cut.own.hints)[named]
        cost += prior_cost(gazetteer, own.place, own.via) + word_cost(gazetteer, cut.own.word, own.via)
        reached = cost <= limit
        found = Bearers(own.place[reached], own.via[reached], cost[reached])
        above = gazetteer.surroundings(found.place)
        dearer = sum((item.least(above) for item in around), np.zeros(found.place.size)) + cut.penalty - fixed
        found = Bearers(found.place, found.via, found.cost + dearer)
        return found.where(found.cost <= limit)

    def _with_seats(self, own: Bearers) -> tuple[Bearers, NDArray[np.bool_]]:
        """Add the townships of villages whose name fits well: old townships live on as villages."""
        close = np.flatnonzero((own.cost <= SEAT_OWN) & (self._gazetteer.level[own.place] == VILLAGE))
        township = self._gazetteer.parent[own.place[close]]
        close, township = close[township >= 0], township[township >= 0]
        joined = Bearers(
            np.concatenate([own.place, township]),
            np.concatenate([own.via, own.via[close]]),
            np.concatenate([own.cost, own.cost[close]]),
        )
        return joined, np.arange(joined.place.size) >= own.place.size

    def _surroundings(self, letters: Letters, start: int, hints: tuple[int, ...]) -> Surroundings:
        """Return what the last segment of some letters costs as a surrounding."""
        near = self._near_upper(letters)[len(letters) - start]
        missed = missed_cost(Segment(start, len(letters), hints))
        return surroundings_of(self._gazetteer, bearers_of(self._gazetteer, near.ids, near.cost), hints, missed=missed)

    def _scan_upper(self, letters: Letters) -> dict[int, Near]:
        costs = self._costs.of(letters, None)
        lengths = range(_SHORTEST, len(letters) + 1)
        return scan_endings(self.upper_tree, costs, lengths=lengths, cutoff=AROUND_CUTOFF)

    @cached_property
    def tree(self) -> EndingTree:
        """All names, spelled backwards."""
        return ending_tree(self._gazetteer.names)

    @cached_property
    def upper_tree(self) -> EndingTree:
        """Names of places above villages, spelled backwards."""
        return ending_tree(self._gazetteer.upper_names)


class _NamesNear:
    """Names near the innermost segments of one text; one pass for all segments that end at the same place."""

    def __init__(self, tree: EndingTree, costs: SoundCosts, cutoff: float) -> None:
        self._tree = tree
        self._costs = costs
        self._cutoff = cutoff
        self._found: dict[Letters, dict[int, Near]] = {}

    def of(self, query: Query, own: Segment) -> Near:
        """Return the names near a segment."""
        letters = query.letters[: own.stop]
        if letters not in self._found:
            lengths: dict[int, list[int]] = defaultdict(list)
            for cut in query.cuts:
                lengths[cut.own.stop].append(cut.own.stop - cut.own.start)
            longest = max(lengths[own.stop])
            costs = self._costs.of(letters[-longest:], None)
            self._found[letters] = scan_endings(
                self._tree, costs, lengths=sorted(set(lengths[own.stop])), cutoff=self._cutoff
            )
        return self._found[letters][own.stop - own.start]
