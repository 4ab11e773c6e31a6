"""Normalisation: golden cases and properties over arbitrary text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.phonetic.normalise import MAX_LENGTH, normalise

GOLDEN = Path(__file__).parents[1] / "golden" / "name_normalise.csv"
CASES = list(csv.DictReader(GOLDEN.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_golden(case: dict[str, str]) -> None:
    assert normalise(_unescape(case["text"])) == case["expected"]


def _unescape(text: str) -> str:
    while "\\u" in text:
        at = text.index("\\u")
        text = text[:at] + chr(int(text[at + 2 : at + 6], 16)) + text[at + 6 :]
    return text


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=40))
def test_idempotent_on_any_text(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@settings(max_examples=20, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(), min_size=300, max_size=400))
def test_output_is_short_and_printable(text: str) -> None:
    result = normalise(text * 30)
    assert len(result) <= MAX_LENGTH
    assert all(not 0xD800 <= ord(c) <= 0xDFFF and not 0xE000 <= ord(c) <= 0xF8FF for c in result)
