"""Names in Latin letters: golden spellings of each system, and that a spelling finds its owner."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import name_table_of
from matcher.phonetic.population import default_model
from matcher.phonetic.romanise import romanised_forms
from matcher.phonetic.spellings import hong_kong, wade_giles
from matcher.phonetic.syllables import code_of
from matcher.phonetic.written import understand

GOLDEN = Path(__file__).parents[1] / "golden" / "name_romanised.csv"
CASES = list(csv.DictReader(GOLDEN.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["written"])
def test_spelling_supports_its_owner_against_a_stranger(case: dict[str, str]) -> None:
    query = compile_name(understand(case["written"]), default_model())
    assert query is not None
    owner, stranger = np.log10(likelihood_ratios(query, name_table_of([case["name"], "慕容雪梅"])))
    assert owner > 2.0
    assert stranger < owner - 3.0


@pytest.mark.parametrize(
    ("spelling", "syllables"),
    [
        ("hsieh", {"xie"}),
        ("ch'iu", {"qiu"}),
        ("tzu", {"zi", "ci"}),
        ("szu", {"si"}),
        ("jen", {"ren"}),
        ("tung", {"dong", "tong"}),
    ],
)
def test_wade_giles_table(spelling: str, syllables: set[str]) -> None:
    assert {code for code, _ in wade_giles()[spelling]} == {code_of(item) for item in syllables}


def test_spellings_of_a_sound_sum_to_one() -> None:
    totals: dict[int, float] = {}
    for row in wade_giles().values():
        for code, share in row:
            totals[code] = totals.get(code, 0.0) + share
    assert all(total == pytest.approx(1.0) for total in totals.values())


def test_hong_kong_spelling_finds_characters() -> None:
    assert dict(hong_kong("wong"))["黄"] > 0.5
    assert dict(hong_kong("cheung"))["张"] > 0.3
    assert hong_kong("xyzzy") == ()


@pytest.mark.parametrize("text", ["smith", "john smith", "xx", "", "qqq www", "a" * 300])
def test_other_languages_are_no_pinyin(text: str) -> None:
    assert romanised_forms(text) == () or all(tokens for _, tokens in romanised_forms(text))
