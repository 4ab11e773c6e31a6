"""Dialect statistics and look-alikes: distributions, and textbook facts that the tables must show."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.phonetic.build.ear import heard_as, read_final, read_initial
from matcher.phonetic.dialects import VIEWS, dialect
from matcher.phonetic.regions import REGION_IDS
from matcher.phonetic.similar import similar_characters
from matcher.phonetic.syllables import code_of, text_of


def test_rows_are_distributions() -> None:
    for region in REGION_IDS:
        for view in VIEWS:
            table = dialect(region, view)
            assert table is None or np.allclose(table.sum(axis=2 - 1), 1.0)
    assert dialect("yue", "ear") is not None


@pytest.mark.parametrize(
    ("region", "true", "heard", "least"),
    [
        ("yue", "huang", "wang", 0.2),
        ("xiang", "feng", "hong", 0.1),
        ("min", "fei", "hui", 0.05),
        ("wu", "jing", "jin", 0.15),
    ],
)
def test_homophony_shows_textbook_mergers(region: str, true: str, heard: str, least: float) -> None:
    table = dialect(region, "homophony")
    assert table is not None
    assert table[code_of(true), code_of(heard)] > least


@pytest.mark.parametrize(
    ("initial", "final", "expected"),
    [
        ("t", "oŋ", "dong"),
        ("tɕʰ", "iɛn", "qian"),
        ("", "uaŋ", "wang"),
        ("x", "u", "hu"),
        ("l", "iŋ", "ling"),
        ("ts", "ɿ", "zi"),
    ],
)
def test_mandarin_ear(initial: str, final: str, expected: str) -> None:
    heard = heard_as(initial, final)
    assert heard is not None
    assert heard.sum() == pytest.approx(1.0)
    assert text_of(int(np.argmax(heard))) == expected


def test_unknown_symbols_are_refused() -> None:
    assert read_initial("☃") is None
    assert read_final("☃") is None


def test_look_alikes_are_distributions_over_what_is_written() -> None:
    alike = {true for true, kind, _ in similar_characters("晴") if kind == "shape"}
    assert {"睛", "清", "情"} <= alike
    assert all(0.0 < share <= 1.0 for _, _, share in similar_characters("清"))
