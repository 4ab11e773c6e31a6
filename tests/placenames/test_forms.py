"""Every form in which a place is told, from the query to the first answer; and input that is none."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import MatcherError, UsageError
from matcher.placenames.answers import answers, search_batch
from matcher.placenames.search import Searcher

FORMS = list(csv.DictReader(Path("tests/golden/place_forms.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("form", FORMS, ids=[f"{form['form']}: {form['query']}" for form in FORMS])
def test_the_place_meant_comes_first(searcher: Searcher, form: dict[str, str]) -> None:
    found = searcher.search(form["query"], scope=form["scope"] or None, top=1)
    assert found
    assert "".join(searcher.gazetteer.path(found[0].gid)).startswith(form["path"])


@pytest.mark.parametrize(
    ("query", "scope", "message"),
    [
        ("", None, "holds no place name"),
        ("😀😀", None, "holds no place name"),
        ("五里台", "火星", "scope '火星' is not in the gazetteer"),
        ("五里台", "999999", "scope '999999' is not in the gazetteer"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_remedy(
    searcher: Searcher, query: str, scope: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=f"{message}.* -> "):
        searcher.search(query, scope=scope)


def test_an_unknown_region_of_speech_is_refused(searcher: Searcher) -> None:
    with pytest.raises(UsageError, match="region 'mars' is not known -> use one of standard"):
        searcher.search("云阳", region="mars")


def test_ten_thousand_characters_are_answered(searcher: Searcher) -> None:
    assert isinstance(searcher.search("五里台" * 3334, top=3), tuple)
    assert isinstance(searcher.search("什么" * 5000, scope="500235", top=3), tuple)


def test_a_scope_of_several_areas_and_of_a_vanished_county(searcher: Searcher) -> None:
    found = searcher.search("千丘", scope="河北省，云阳县", top=1)
    assert searcher.gazetteer.path(found[0].gid)[:2] == ("重庆市", "云阳县")
    assert searcher.search("梅家营", scope="宣化县", top=1)


def test_an_accent_prefers_where_it_is_spoken(searcher: Searcher) -> None:
    plain, accented = (searcher.search("云阳", region=region, top=500) for region in (None, "chuanyu"))
    one = next(item for item in plain if searcher.gazetteer.name(item.gid) == "云阳县")
    other = next(item for item in accented if searcher.gazetteer.name(item.gid) == "云阳县")
    assert other.cost < one.cost


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.text(alphabet="五里台村县公社的那边老家在什么?*x，, 2队ab'😀\u3000ǖ□省云阳qiu", max_size=25))
def test_any_text_is_answered_or_refused(searcher: Searcher, text: str) -> None:
    try:
        found = searcher.search(text, scope="500235", top=5)
    except MatcherError:
        return
    assert [item.tie_group for item in found] == sorted(item.tie_group for item in found)
    assert all(answer.why for answer in answers(searcher.gazetteer, found))


def test_a_batch_says_unknown_where_nothing_is_close(searcher: Searcher) -> None:
    (found,) = search_batch(searcher, [(1, {"id": 7, "query": "特古西加尔巴瓦", "scope": "451222"})], top=20)
    assert found == {"id": 7, "candidates": [], "unknown": True}
