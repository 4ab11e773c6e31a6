from __future__ import annotations

import pytest

from matcher.errors import UsageError
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher


def first_path(searcher: Searcher, query: str, **options: str) -> str:
    found = searcher.search(query, top=1, scope=options.get("scope"), region=options.get("region"))
    return "".join(searcher.gazetteer.path(found[0].gid)) if found else ""


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("芜湖", "安徽省芜湖市"),
        ("云阳千丘", "重庆市云阳县江口镇千丘村委会"),
        ("老家好像是云阳那边的帆水乡", "重庆市云阳县"),
        ("襄樊", "湖北省襄阳市"),
        ("灌县", "四川省成都市都江堰市"),
        ("邻什么县", "四川省广安市邻水县"),
        ("zhangjiakou", "河北省张家口市"),
        ("張家口宣化縣", "河北省张家口市宣化区"),
        ("宣化县大仓盖公社梅家营大队", "河北省张家口市宣化区大仓盖镇梅家营村委会"),
    ],
)
def test_told_places_are_found_first(searcher: Searcher, query: str, path: str) -> None:
    assert first_path(searcher, query).startswith(path)


def test_a_scope_keeps_everything_else_out(searcher: Searcher, gazetteer: Gazetteer) -> None:
    found = searcher.search("芜湖", scope="451222", top=5)
    assert found
    assert all("天峨县" in gazetteer.path(item.gid) for item in found)
    assert gazetteer.name(found[0].gid).startswith("五福")


def test_a_vanished_county_is_a_scope(searcher: Searcher, gazetteer: Gazetteer) -> None:
    found = searcher.search("梅家营", scope="宣化县", top=1)
    assert gazetteer.path(found[0].gid)[2] == "宣化区"


def test_an_unknown_scope_is_refused_with_a_remedy(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="scope '火星' is not in the gazetteer -> give a code"):
        searcher.search("五里台", scope="火星")


def test_equal_places_share_a_tie_group(searcher: Searcher, gazetteer: Gazetteer) -> None:
    found = searcher.search("城关镇", top=40)
    groups = [item.tie_group for item in found]
    assert groups == sorted(groups)
    same_name = [item for item in searcher.search("朝阳区", top=10) if gazetteer.name(item.gid) == "朝阳区"]
    assert len({item.tie_group for item in same_name}) == 1
    assert len(same_name) == 2


def test_nothing_close_gives_nothing(searcher: Searcher) -> None:
    assert searcher.search("特古西加尔巴瓦", scope="451222") == ()


def test_results_are_deterministic_and_ranked(searcher: Searcher) -> None:
    first, second = searcher.search("云虎", top=30), searcher.search("云虎", top=30)
    assert first == second
    assert [item.cost for item in first] == sorted(item.cost for item in first)


def test_a_longer_list_begins_with_the_shorter(searcher: Searcher) -> None:
    assert searcher.search("五福", top=30)[:5] == searcher.search("五福", top=5)


def test_the_mean_lr_over_the_area_is_one(searcher: Searcher) -> None:
    """P(query | place) averages to P(query): the LRs of what is found cannot average above 1."""
    found = searcher.search("新华", scope="13,14,15", top=1000)
    places = sum(high - low for low, high in searcher.gazetteer.region("13,14,15"))
    assert sum(10**item.log10_lr for item in found) / places < 1.5
    assert found[0].log10_lr > 1.0
