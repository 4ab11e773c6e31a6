"""Placeholders: golden lists of names that are none, and of names that look like it but are."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.placeholders import is_placeholder, surname_of_partial

GOLDEN = Path(__file__).parents[1] / "golden" / "name_placeholders.csv"
CASES = list(csv.DictReader(GOLDEN.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_golden(case: dict[str, str]) -> None:
    assert is_placeholder(case["text"]) == (case["kind"] == "placeholder")
    assert (surname_of_partial(case["text"]) or "") == case["surname"]


def test_no_common_name_is_a_placeholder() -> None:
    surnames = list(cold_start().surnames)[:400]
    given_characters = list(cold_start().given)[:120]
    flagged = [s + g for s in surnames for g in given_characters if is_placeholder(s + g)]
    assert flagged == []


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=30))
def test_any_text(text: str) -> None:
    assert is_placeholder(text) in (True, False)
    surname_of_partial(text)
