from __future__ import annotations

import pytest

from matcher.errors import UsageError
from matcher.placenames.answers import answers, region_for, search_batch
from matcher.placenames.search import Searcher

FIELDS = {"code", "name", "path", "level", "log10_lr", "tie_group", "why"}


def test_a_batch_answers_every_request_in_order(searcher: Searcher) -> None:
    requests: list[tuple[int, dict[str, object]]] = [
        (1, {"id": "a", "query": "云阳千丘", "scope": "50", "dialect": "xinan"}),
        (2, {"id": "b", "query": "襄樊", "scope": None, "dialect": None}),
        (3, {"query": "五里台", "scope": "火星"}),
        (4, {"id": "d", "query": 7}),
        (5, {"id": "e"}),
        (6, {"id": "f", "query": "五里台", "dialect": "克林贡"}),
    ]
    found = list(search_batch(searcher, requests, top=3))
    assert [item["id"] for item in found] == ["a", "b", 3, "d", "e", "f"]
    first = found[0]["candidates"]
    assert isinstance(first, list)
    assert set(first[0]) == FIELDS
    assert first[0]["path"][1] == "云阳县"
    for item, message in zip(
        found[2:], ("scope '火星'", "field 'query': 7 is no text", "query ''", "dialect '克林贡'"), strict=True
    ):
        assert item["candidates"] == []
        assert message in str(item["error"])


def test_reasons_name_the_old_name_and_the_surroundings(searcher: Searcher) -> None:
    (answer, *_) = answers(searcher.gazetteer, searcher.search("湖北襄樊", top=1))
    assert answer.code == "420600"
    assert any("旧名襄樊市" in reason for reason in answer.why)
    assert any("合于湖北省" in reason for reason in answer.why)
    (english, *_) = answers(searcher.gazetteer, searcher.search("芸阳", scope="500235", top=1), "en")
    assert english.why == ("'芸阳' and '云阳': same sound",)


def test_a_surrounding_that_does_not_fit_is_said(searcher: Searcher) -> None:
    (answer, *_) = answers(searcher.gazetteer, searcher.search("甘肃省云阳县江口镇千丘村", top=1))
    assert any("不合" in reason for reason in answer.why)


@pytest.mark.parametrize(
    ("word", "region"),
    [("粤语", "yue"), ("XIANG", "xiang"), ("lanyin", "gan_ning_qing_xin"), (None, None), (" ", None)],
)
def test_dialect_words(word: str | None, region: str | None) -> None:
    assert region_for(word) == region


def test_an_unknown_dialect_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"dialect '克林贡' is not known -> use words such as 四川.*chuanyu"):
        region_for("克林贡")
