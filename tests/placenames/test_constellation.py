from __future__ import annotations

import pytest

from matcher.errors import UsageError
from matcher.placenames.constellation import Area, constellation, interview_words, next_questions
from matcher.placenames.search import Searcher
from matcher.placenames.statistics import count_by_region, directions


def test_several_garbled_names_lead_to_the_county(searcher: Searcher) -> None:
    areas = constellation(searcher, ["千秋", "帆水", "磨子林"])
    assert searcher.gazetteer.path(areas[0].gid) == ("重庆市", "云阳县")
    assert areas[0].posterior > 0.5
    matched = {clue: searcher.gazetteer.path(gid) for clue, gid in areas[0].matches if gid >= 0}
    assert matched["千秋"][-1].startswith("千丘")


def test_a_second_clue_raises_and_a_false_clue_does_not_exclude(searcher: Searcher) -> None:
    def posterior(*clues: str) -> float:
        areas = constellation(searcher, clues, top=3000)
        return next(area.posterior for area in areas if searcher.gazetteer.path(area.gid)[-1] == "云阳县")

    assert posterior("千丘", "帆水") > posterior("千丘")
    assert posterior("千丘", "帆水", "五里台河南") > 0.05


def test_posteriors_sum_to_one_and_townships_work(searcher: Searcher) -> None:
    areas = constellation(searcher, ["千丘"], level=4, scope="云阳", top=1000)
    assert sum(area.posterior for area in areas) == pytest.approx(1.0)
    assert searcher.gazetteer.name(areas[0].gid) == "江口镇"


def test_questions_split_the_leading_areas(searcher: Searcher) -> None:
    gazetteer = searcher.gazetteer
    counties = {gazetteer.name(row): row for low, high in gazetteer.region("宣化区,云阳县,天峨县") for row in (low,)}
    areas = [Area(counties["宣化区"], 0.5, ()), Area(counties["云阳县"], 0.5, ())]
    questions = next_questions(gazetteer, areas)
    assert questions[0].bits == pytest.approx(1.0)
    assert {gazetteer.path(question.gid)[-2] for question in questions} == {"宣化区", "云阳县"}
    assert all("您家附近有没有" in words for words in interview_words(gazetteer, questions))
    assert next_questions(gazetteer, areas[:1]) == ()


@pytest.mark.parametrize(("clues", "level", "message"), [([], 3, "no clue"), (["千丘"], 5, "level 5")])
def test_wrong_usage(searcher: Searcher, clues: list[str], level: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        constellation(searcher, clues, level=level)


def test_counts_by_region_name_whom_to_phone(searcher: Searcher) -> None:
    counts = count_by_region(searcher, "朝阳区", by=1, margin=0.0)
    paths = {searcher.gazetteer.path(item.gid)[-1]: item.places for item in counts}
    # 朝阳县 in Liaoning has another generic word and counts only within a margin.
    assert paths == {"北京市": 1, "吉林省": 1}
    assert [item.share for item in counts] == sorted((item.share for item in counts), reverse=True)
    lines = directions(searcher.gazetteer, counts)
    assert lines[0].startswith("1. 北京市:1处")


def test_regions_without_a_prefecture_count_under_the_province(searcher: Searcher) -> None:
    (count,) = count_by_region(searcher, "千丘", by=2, scope="云阳县", margin=0.0)
    assert searcher.gazetteer.path(count.gid) == ("重庆市",)


def test_an_unknown_level_of_regions_is_refused(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="level 4 is no level of regions"):
        count_by_region(searcher, "千丘", by=4)


def test_a_name_said_twice_tells_no_more_than_once(searcher: Searcher) -> None:
    once = constellation(searcher, ["千秋", "帆水"])
    assert constellation(searcher, ["千秋", "帆水", "千秋", "千秋"]) == once
