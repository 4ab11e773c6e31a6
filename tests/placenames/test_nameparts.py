from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.placenames.nameparts import LEVELS, split_name, strip_parents

CASES = list(csv.DictReader(Path("tests/golden/place_nameparts.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_names_split_into_core_and_suffix(case: dict[str, str]) -> None:
    parts = split_name(case["name"], int(case["level"]))
    assert (parts.core, parts.suffix) == (case["core"], case["suffix"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["县", "族", "村", "族自治县", "社区居委会", "x"])
def test_a_core_is_never_empty(name: str, level: int) -> None:
    assert split_name(name, level).core


def test_parents_are_dropped_only_from_the_front() -> None:
    assert strip_parents("东源县锡场镇林禾村委会", ("东源县", "锡场镇")) == "林禾村委会"
    assert strip_parents("林禾东源县村委会", ("东源县",)) == "林禾东源县村委会"
    assert strip_parents("东源县村", ("东源县",)) == "东源县村"
