"""Places for words that nothing listed sounds like: all names within the cut-off of the search, exactly, and quickly.

The model is that of `search.Searcher`; what is left out is only what cannot be among the best: a place that costs more
than the last of them so far, before its surroundings are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

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

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

TOP = 200
_ROUNDING = 2.0 * 10.0**-TIE_DECIMALS
_PREFIXES_KEPT = 1 << 12
_SCANS_KEPT = 1 << 6
_SHORTEST = 1


class Candidates(NamedTuple):
    """What an innermost segment may mean, whatever surrounds it.

    Parameters
    ----------
    place, via : ndarray of int32, shape (K,)
        Place meant, and row that bears the name.
    named, hinted, prior : ndarray of float, shape (K,)
        What the name, the level that its generic word speaks of, and the place itself cost.
    above : ndarray of int32, shape (steps, K)
        What lies or once lay above each, -1 for none.
    """

    place: Int32
    via: Int32
    named: Float64
    hinted: Float64
    prior: Float32
    above: Int32


class FarSearch:
    """One gazetteer made ready; threads may share it."""

    def __init__(self, gazetteer: Gazetteer, costs: SoundCosts, all_priors: float) -> None:
        self._gazetteer = gazetteer
        self._costs = costs
        self._all_priors = all_priors
        self.near = lru_cache(maxsize=_SCANS_KEPT)(self._scan)
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
        names = _NamesNear(self, cutoff)
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
        around = [self._around(query.letters[: item.stop], item.start, item.hints) for item in cut.around]
        fixed = cut.penalty + sum(item.cheapest for item in around)
        own = names.of(query, cut.own)
        cost = own.named + fixed + own.hinted + own.prior
        reached = cost <= limit
        if not reached.any():
            return NOWHERE
        above = own.above[:, reached]
        dearer = sum((item.least(above) for item in around), np.zeros(above.shape[1])) + cut.penalty - fixed
        found = Bearers(own.place[reached], own.via[reached], cost[reached] + dearer)
        return found.where(found.cost <= limit)

    def candidates(self, near: Near, own: Segment) -> Candidates:
        """Return what the names near an innermost segment may mean."""
        gazetteer = self._gazetteer
        found, seat = self._with_seats(bearers_of(gazetteer, near.ids, near.cost))
        level = np.where(seat, gazetteer.level[found.place], gazetteer.level[found.via])
        prior = prior_cost(gazetteer, found.place, found.via) + word_cost(gazetteer, own.word, found.via)
        return Candidates(
            place=found.place,
            via=found.via,
            named=found.cost + SEAT * seat,
            hinted=hint_costs(own.hints)[level],
            prior=prior,
            above=gazetteer.surroundings(found.place),
        )

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

    def _scan(self, letters: Letters, lengths: tuple[int, ...], cutoff: float) -> dict[int, Near]:
        return scan_endings(self.tree, self._costs.of(letters, None), lengths=lengths, cutoff=cutoff)

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

    def __init__(self, search: FarSearch, cutoff: float) -> None:
        self._search = search
        self._cutoff = cutoff
        self._found: dict[tuple[Letters, Segment], Candidates] = {}

    def of(self, query: Query, own: Segment) -> Candidates:
        """Return what a segment may mean; whatever its cut, it costs the same."""
        key = query.letters[: own.stop], own
        if key not in self._found:
            lengths = sorted({cut.own.stop - cut.own.start for cut in query.cuts if cut.own.stop == own.stop})
            near = self._search.near(query.letters[own.stop - lengths[-1] : own.stop], tuple(lengths), self._cutoff)
            self._found[key] = self._search.candidates(near[own.stop - own.start], own)
        return self._found[key]
