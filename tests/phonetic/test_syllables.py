"""Syllables, readings and accents: the sound model that names and places share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import UsageError
from matcher.phonetic.accents import CHANGES, regions_with_rules
from matcher.phonetic.confusion import SPEECH_REGIONS, confusion, confusion_stack, region_prior
from matcher.phonetic.readings import readings, surname_readings
from matcher.phonetic.regions import REGION_IDS, region_of_accent, regions
from matcher.phonetic.syllables import (
    code_of,
    code_of_parts,
    inventory,
    parts_of,
    segment_pinyin,
    syllable_count,
    text_of,
)


def test_codes_are_stable() -> None:
    assert syllable_count() == 421
    assert [inventory()[code] for code in (1, 100, 200, 300, 420)] == ["a", "gai", "mang", "shan", "zuo"]
    assert list(inventory()[1:]) == sorted(set(inventory()[1:]))


def test_parts_identify_a_syllable() -> None:
    # "o" and "wo", "weng" and "wong" are the only spellings that share a sound in the scheme.
    for code in range(1, syllable_count()):
        parts = parts_of(code)
        again = code_of_parts(parts.initial, parts.final)
        assert again == code or text_of(code) == "wong"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.integers(1, 420), min_size=1, max_size=4))
def test_segmentation_finds_separated_syllables(codes: list[int]) -> None:
    text = " ".join(text_of(code) for code in codes)
    assert [spelling.code for spelling in segment_pinyin(text)[0]] != []
    assert codes in [[spelling.code for spelling in way] for way in segment_pinyin(text)] or len(codes) > 3


@pytest.mark.parametrize("text", ["", "wáng山", "qqq", "123", "a" * 500, "\ud800", "王"])
def test_not_pinyin(text: str) -> None:
    assert segment_pinyin(text) == () or text == ""


def test_tones_by_mark_and_digit() -> None:
    expected = [("wang", 2), ("shan", 1), ("jiang", 1)]
    for text in ("wáng shān jiāng", "wáng shānjiāng", "wang2shan1jiang1"):
        assert [(text_of(s.code), s.tone) for s in segment_pinyin(text)[0]] == expected


@pytest.mark.parametrize(
    ("surname", "expected"),
    [
        ("曾", "zeng"),
        ("解", "xie"),
        ("仇", "qiu"),
        ("阚", "kan"),
        ("翟", "zhai"),
        ("查", "zha"),
        ("乐", "yue"),
        ("区", "ou"),
    ],
)
def test_surname_reading_first(surname: str, expected: str) -> None:
    first = surname_readings(surname)[0][0]
    assert text_of(first.syllable_code) == expected
    assert first.weight >= 0.9


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.characters())
def test_reading_weights_sum_to_one(character: str) -> None:
    found = readings(character)
    assert not found or abs(sum(r.weight for r in found) - 1.0) < 1e-12
    assert all(0 < r.syllable_code < syllable_count() for r in found)


def test_confusion_rows_are_distributions() -> None:
    stack = confusion_stack()
    assert stack.shape == (len(SPEECH_REGIONS), 421, 421)
    np.testing.assert_allclose(stack.sum(axis=2), 1.0, atol=1e-12)
    assert (stack[:, 1:, 0] == 0).all()
    assert (np.argmax(stack[0], axis=1) == np.arange(421)).all()


def test_every_rule_is_known_and_every_region_has_rules() -> None:
    assert set(regions_with_rules()) == {*REGION_IDS, "child"}
    assert CHANGES["hu>f"]("h", "uang") == ("f", "ang")


@pytest.mark.parametrize(
    ("region", "meant", "heard"),
    [("chuanyu", "ning", "lin"), ("yue", "huang", "wang"), ("xiang", "feng", "hong"), ("dongbei", "ren", "yin")],
)
def test_textbook_mergers(region: str, meant: str, heard: str) -> None:
    own = confusion(region)[code_of(meant), code_of(heard)]
    assert own > 5 * confusion("standard")[code_of(meant), code_of(heard)]
    assert own > 0.05


def test_region_words() -> None:
    for region in regions():
        for word in region.words:
            assert region_of_accent(word) == region.region_id
    assert region_of_accent("普通话") is None
    assert region_of_accent(None) is None


def test_region_prior_sums_to_one() -> None:
    for region in (None, *REGION_IDS):
        assert abs(region_prior(region).sum() - 1.0) < 1e-12
    with pytest.raises(UsageError, match="region 'mars' is not known"):
        confusion("mars")


def test_readings_are_those_of_pypinyin() -> None:
    from pypinyin.pinyin_dict import pinyin_dict

    from matcher.phonetic.readings import _single_characters

    assert _single_characters() == pinyin_dict
