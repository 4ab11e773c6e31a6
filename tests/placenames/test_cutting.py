"""The sixteen likeliest ways to cut a piece are those that trying all ways gives."""

from __future__ import annotations

import pytest

from matcher.placenames import cutting
from matcher.placenames.cutting import MAX_CUTS, Segment, cut_piece
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.generic_words import generic_words

TEXTS = (
    "云阳县江口镇千丘村", "重庆市云阳县江口镇千丘村民委员会", "河北省张家口市宣化县五里台", "新村",
    "县", "村村村村", "□村", "凯里大风洞乡大风洞村",
    "黔东南苗族侗族自治州凯里市", "安徽六安西河口", "上海市宝山区上钢新村", "老街镇红旗公社永红大队",
    "贵州遵义市绥阳县枧坝镇红旗村", "衡阳市衡阳县县城", "大塘坝乡□□村", "云阳县江口镇千丘村三组",
)  # fmt: skip

Way = tuple[tuple[Segment, ...], float]


def all_ways(text: str, gazetteer: Gazetteer) -> list[Way]:
    """List every way in the order of penalty: the readable twin, which gives nothing up."""
    found = cutting.TEAM.search(text)
    text = text[: found.start()] if found and found.start() >= 2 else text
    marks = [cutting._marks(text, start) for start in range(len(text))]
    tails = [item for item in generic_words() if text.endswith(item.word)]
    ways: list[Way] = []
    open_ends: list[tuple[int, tuple[Segment, ...], float]] = [(0, (), 0.0)]
    while open_ends:
        start, done, penalty = open_ends.pop()
        for segment, cost in cutting._endings(text, start, tails):
            ways.append(((*done, segment), penalty + cost + cutting._inside(marks, start, segment.stop)))
        follow = []
        for stop, core_stop, hints, cost in cutting._breaks(text, start, marks, gazetteer.upper_cores.__contains__):
            after = penalty + cost + cutting._inside(marks, start, core_stop)
            if after <= cutting._MOST_PENALTY and len(done) < cutting._MOST_OUTER_SEGMENTS:
                follow.append((stop, (*done, Segment(start, core_stop, hints)), after))
        open_ends += follow[::-1]  # depth first, in the order of the breaks
    return sorted(ways, key=lambda way: way[1])


@pytest.mark.parametrize("text", TEXTS)
def test_ways_that_are_given_up_are_not_among_the_likeliest(text: str, gazetteer: Gazetteer) -> None:
    assert cut_piece(text, gazetteer.upper_cores.__contains__) == all_ways(text, gazetteer)[:MAX_CUTS]
