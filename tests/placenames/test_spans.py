"""Segments scanned together against each segment compared name by name."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import VILLAGE
from matcher.placenames.query import parse
from matcher.placenames.scan import scan_plainly
from matcher.placenames.search import Searcher
from matcher.placenames.spans import Look, NameTrees, Spans, missed_cost

CUTOFF = 8.5


@pytest.mark.parametrize("text", ["云阳县江口镇千丘村", "河北宣花五里太", "某丘村"])
def test_own_names_cost_what_plain_comparison_says(searcher: Searcher, gazetteer: Gazetteer, text: str) -> None:
    (query, *_) = parse(text, lambda core: core in gazetteer.upper_cores)
    costs = searcher.costs.of(query.letters, None)
    spans = Spans(NameTrees(gazetteer), costs, query, Look(((0, gazetteer.current),), CUTOFF, seats=False, accent=None))
    for segment in {cut.own for cut in query.cuts[:6]}:
        span = slice(segment.start, segment.stop)
        plain = scan_plainly(gazetteer.names, costs.replace[span], costs.drop, costs.insert[span], cutoff=CUTOFF)
        expected: set[tuple[int, int, float]] = set()
        for name in np.flatnonzero(np.isfinite(plain)).tolist():
            for posting in range(gazetteer.first_posting[name], gazetteer.first_posting[name + 1]):
                place, via = int(gazetteer.posting_place[posting]), int(gazetteer.posting_via[posting])
                if place < gazetteer.current:
                    expected.add((place, via, round(float(plain[name]), 3)))
        fit = spans.own(segment)
        found = zip(fit.place.tolist(), fit.via.tolist(), fit.own.tolist(), strict=True)
        assert {(place, via, round(own, 3)) for place, via, own in found} == expected


def test_a_surrounding_costs_least_where_it_is_named_and_never_more_than_nothing(
    searcher: Searcher, gazetteer: Gazetteer
) -> None:
    (query, *_) = parse("云阳千丘", lambda core: core in gazetteer.upper_cores)
    cut = next(cut for cut in query.cuts if cut.around)
    look = Look(((0, gazetteer.current),), CUTOFF, seats=False, accent=None)
    table = Spans(NameTrees(gazetteer), searcher.costs.of(query.letters, None), query, look).around(cut.around[0])
    (low, _), *_ = gazetteer.region("云阳县")
    assert table[gazetteer.upper_index[low]] == 0.0
    assert table.max() == pytest.approx(missed_cost(cut.around[0])) == pytest.approx(float(table[-1]))


def test_townships_of_fitting_villages_are_considered_only_when_asked(searcher: Searcher, gazetteer: Gazetteer) -> None:
    (query, *_) = parse("千丘", lambda core: core in gazetteer.upper_cores)
    costs, everywhere = searcher.costs.of(query.letters, None), ((0, gazetteer.current),)
    with_seats, without = (
        Spans(NameTrees(gazetteer), costs, query, Look(everywhere, CUTOFF, seats=seats, accent=None)).own(
            query.cuts[0].own
        )
        for seats in (True, False)
    )
    village = next(row for row in without.place.tolist() if gazetteer.level[row] == VILLAGE)
    assert int(gazetteer.parent[village]) in with_seats.place.tolist()
    assert int(gazetteer.parent[village]) not in without.place.tolist()
