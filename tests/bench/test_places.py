from __future__ import annotations

import pytest

from bench.places import measure, this_package
from bench.places_constellation import simulate
from bench.places_peers import _row_of_names, by_edit_similarity, pinyin
from bench.places_report import table
from bench.places_tasks import Task, is_right
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    return Searcher(Gazetteer.sample())


def task(query: str, code: str) -> Task:
    return Task("made up", query, None, None, (code,), "", 1)


def test_this_package_and_an_assembled_peer_are_judged_alike(searcher: Searcher) -> None:
    tasks = [task("云阳县", "500235"), task("张家口 宣花区", "130705"), task("襄樊", "420600")]
    results = {
        "this package": measure(searcher.gazetteer, tasks, this_package(searcher, with_dialect=True)),
        "pinyin": measure(searcher.gazetteer, tasks, by_edit_similarity(searcher.gazetteer, pinyin)),
    }
    rows = {row.contestant: row for row in table(results, tasks) if row.kind == "ALL"}
    assert rows["this package"].recall == (1.0, 1.0, 1.0)
    assert rows["pinyin"].recall != (0.0, 0.0, 0.0)
    assert rows["tie ceiling"].recall == (1.0, 1.0, 1.0)


def test_a_chain_of_names_is_followed_by_name_or_core(searcher: Searcher) -> None:
    gazetteer = searcher.gazetteer
    (row,) = _row_of_names(gazetteer, ["重庆市", "", "云阳县", "江口镇", "千丘村"])
    assert gazetteer.name(row) == "千丘村委会"
    (row,) = _row_of_names(gazetteer, ["重庆市", "", "云阳县", "没有镇", "千丘村"])
    assert is_right(gazetteer, row, task("", "500235"))
    assert _row_of_names(gazetteer, ["火星"]) == []


def test_the_simulation_is_reproducible_and_more_names_help(searcher: Searcher) -> None:
    found = simulate(searcher, homes=4, seed=3)
    assert found == simulate(searcher, homes=4, seed=3)
    recall = {(item.level, item.names, item.accent_known): item.recall for item in found}
    assert recall[3, 3, True][1] >= recall[3, 1, True][1]
    assert all(0.0 <= share <= 1.0 for item in found for share in item.recall)
