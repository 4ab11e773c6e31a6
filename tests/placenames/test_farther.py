"""The quick exhaustive look-up of a told place against the same model place by place, without any bound."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from matcher.placenames.costs import SoundCosts
from matcher.placenames.cutting import Segment
from matcher.placenames.farther import TOP, FarSearch
from matcher.placenames.gazetteer import Gazetteer, NameList
from matcher.placenames.nameparts import TOWNSHIP, VILLAGE
from matcher.placenames.priors import LEVEL_PRIOR, SEAT, SEAT_OWN, hint_cost, prior_cost, word_cost
from matcher.placenames.query import Cut, Query, parse
from matcher.placenames.scan import scan_plainly
from matcher.placenames.search import CONVINCING, CUTOFFS, ENOUGH
from matcher.placenames.spans import AROUND_CUTOFF, missed_cost

TEXTS = ("云养县前秋", "天鹅县武府村", "襄饭市", "某丘村")


class Plainly:
    """The readable twin: every name, every place, every cut."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.costs = SoundCosts(gazetteer.alphabet)

    def places(self, text: str) -> dict[int, float]:
        queries = parse(text, lambda core: core in self.gazetteer.upper_cores)
        for cutoff in CUTOFFS:
            found: dict[int, float] = {}
            ways = [(query, cut) for query in queries for cut in query.cuts]
            for query, cut in sorted(ways, key=lambda way: way[1].penalty):
                if min(found.values(), default=math.inf) <= cut.penalty + LEVEL_PRIOR[TOWNSHIP]:
                    break
                for place, cost in self._of_cut(query, cut, cutoff):
                    found[place] = min(cost, found.get(place, math.inf))
            if len(found) >= ENOUGH or min(found.values(), default=math.inf) <= CONVINCING:
                break
        best = sorted(found.items(), key=lambda item: (round(item[1], 4), item[0]))[:TOP]
        return dict(sorted(best))

    def _of_cut(self, query: Query, cut: Cut, cutoff: float) -> Iterator[tuple[int, float]]:
        gazetteer = self.gazetteer
        around = [self._around(query, segment) for segment in cut.around]
        for place, via, own in self._bearers(gazetteer.names, query, cut.own, cutoff):
            options = [(place, int(gazetteer.level[via]), 0.0)]
            if own <= SEAT_OWN and gazetteer.level[place] == VILLAGE:
                township = int(gazetteer.parent[place])
                options.append((township, int(gazetteer.level[township]), SEAT))
            for row, named, extra in options:
                one = np.array([row], np.int32)
                cost = own + extra + float(prior_cost(gazetteer, one, np.array([via], np.int32))[0]) + cut.penalty
                cost += float(word_cost(gazetteer, cut.own.word, np.array([via], np.int32))[0])
                if cut.own.hints:
                    cost += float(hint_cost(cut.own.hints, np.array([named], np.int8))[0])
                above = gazetteer.surroundings(one)[:, 0].tolist()
                for segment, known in zip(cut.around, around, strict=True):
                    cost += min([missed_cost(segment), *(known[item] for item in above if item in known)])
                yield row, cost

    def _around(self, query: Query, segment: Segment) -> dict[int, float]:
        known: dict[int, float] = {}
        for place, via, own in self._bearers(self.gazetteer.upper_names, query, segment, AROUND_CUTOFF):
            hint = float(hint_cost(segment.hints, self.gazetteer.level[[via]])[0]) if segment.hints else 0.0
            for row in (place, via):
                known[row] = min(own + hint, known.get(row, math.inf))
        return known

    def _bearers(
        self, names: NameList, query: Query, segment: Segment, cutoff: float
    ) -> Iterator[tuple[int, int, float]]:
        costs = self.costs.of(query.letters[segment.start : segment.stop], None)
        found = scan_plainly(names, costs.replace, costs.drop, costs.insert, cutoff=cutoff)
        for index in np.flatnonzero(np.isfinite(found)).tolist():
            name = int(names.name_ids[index])
            for row in range(self.gazetteer.first_posting[name], self.gazetteer.first_posting[name + 1]):
                place, via = self.gazetteer.posting_place[row], self.gazetteer.posting_via[row]
                yield int(place), int(via), float(found[index])


@pytest.fixture(scope="module")
def plainly(gazetteer: Gazetteer) -> Plainly:
    return Plainly(gazetteer)


@pytest.mark.parametrize("text", TEXTS)
def test_the_best_places_are_those_of_the_plain_search(plainly: Plainly, text: str) -> None:
    gazetteer = plainly.gazetteer
    far = FarSearch(gazetteer, plainly.costs, all_priors=1e4)
    found = far.places(parse(text, lambda core: core in gazetteer.upper_cores))
    expected = plainly.places(text)
    kept = {place: cost for place, cost in expected.items() if place in set(found.place.tolist())}
    assert found.place.tolist() == list(kept)
    np.testing.assert_allclose(found.cost, list(kept.values()), atol=1e-3)
    # What was left out explains the words e^20 times worse than its own name would.
    assert min((cost for place, cost in expected.items() if place not in kept), default=math.inf) > 20.0
