from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.report.text import columns_wide, printable


@given(st.text(st.characters(exclude_categories=()), max_size=30))
@settings(derandomize=True, deadline=None)
def test_printable_text_has_no_controls_and_keeps_its_length(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n"]
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("A0012", 5), ("王山江", 6), ("（音）", 6), ("e\u0301", 1)])
def test_han_characters_take_two_columns(text: str, columns: int) -> None:
    assert columns_wide(text) == columns
