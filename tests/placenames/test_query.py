from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import UsageError
from matcher.placenames.cutting import Segment
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.generic_words import generic_words
from matcher.placenames.query import Query, parse

CASES = list(csv.DictReader(Path("tests/golden/place_queries.csv").read_text("utf-8").splitlines()))


def text_of(query: Query, segment: Segment) -> str:
    return "".join(letter.character for letter in query.letters[segment.start : segment.stop])


@pytest.mark.parametrize("case", CASES, ids=[case["query"] for case in CASES])
def test_the_intended_cut_is_among_those_kept(case: dict[str, str], gazetteer: Gazetteer) -> None:
    levels = tuple(map(int, case["levels"].split()))
    cuts = [
        (" ".join(text_of(query, segment) for segment in cut.around), text_of(query, cut.own), cut.own.hints)
        for query in parse(case["query"], lambda core: core in gazetteer.upper_cores)
        for cut in query.cuts
    ]
    assert (case["around"], case["own"], levels) in cuts


def test_pinyin_is_read_in_every_way_and_its_generic_words_are_known() -> None:
    queries = parse("xian", lambda _core: False)
    assert sorted(len(query.letters) for query in queries) == [1, 2]
    (query, *_) = parse("wu ao cun", lambda _core: False)
    assert query.cuts[0].own == Segment(0, 2, (5,), "村")


@pytest.mark.parametrize("text", ["", "   ", "？！", "😀😀", "的", "123", "，。", "\ud800"])
def test_nothing_to_search_is_a_usage_error(text: str) -> None:
    if text in {"123", "？！"}:
        assert parse(text, lambda _core: False)
        return
    with pytest.raises(UsageError, match="holds no place name -> give Chinese characters or pinyin"):
        parse(text, lambda _core: False)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(alphabet="五里台村县公社的那边老家在什么?*x，, 2队ab'😀\u3000ǖ□省", max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        queries = parse(text, lambda core: core == "五里")
    except UsageError:
        return
    for query in queries:
        for cut in query.cuts:
            for segment in (*cut.around, cut.own):
                assert 0 <= segment.start < segment.stop <= len(query.letters)


def test_very_long_text_is_cut() -> None:
    (query, *_) = parse("五里台" * 4000, lambda _core: False)
    assert len(query.letters) <= 30


def test_generic_words_are_ordered_longest_first_where_one_ends_with_another() -> None:
    words = [item.word for item in generic_words()]
    for index, word in enumerate(words):
        assert not any(other.endswith(word) for other in words[index + 1 :] if other != word), word
