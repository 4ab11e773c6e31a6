"""The page about what was learned: self-contained, in both languages, and every number in it."""

from __future__ import annotations

import re

import pytest

from matcher.leads.adjustment import Review, learn
from matcher.report.calibration import render_calibration

REVIEWS = [Review(f"A{n}", 0.95 if n % 3 else 0.25, right=n % 2 == 0, stratum="fresh") for n in range(60)]
OTHERS = [Review(f"B{n}", 0.5, right=n % 2 == 0, stratum="long_stayer") for n in range(10)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_else(language: str) -> None:
    page = render_calibration(learn(REVIEWS), language)  # type: ignore[arg-type]
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "default-src" in page
    assert "style=" not in page, "the policy forbids style attributes"


def test_counts_and_verdict_are_shown() -> None:
    learned = learn(REVIEWS)
    page = render_calibration(learned, "en")
    fresh = learned["fresh"]
    assert fresh.adjustment is not None
    assert f"{fresh.adjustment.a:+.3f}" in page
    assert ">40<" in page
    assert ">20<" in page
    assert f"{fresh.before.ece:.3f}" in page
    assert "60 leads of 60 reviewed cases" in page


def test_each_stratum_has_its_own_diagrams_and_verdict() -> None:
    page = render_calibration(learn([*REVIEWS, *OTHERS]), "en")
    assert page.count("<svg") == 4
    assert page.index("Fresh arrivals") < page.index("The correction is in use") < page.index("Long-stayers")
    assert "25 reviewed cases of this group are needed" in page[page.index("Long-stayers") :]


def test_a_stay_that_is_not_known_has_a_section_too() -> None:
    assert "滞留时间不明" in render_calibration(learn([Review("A1", 0.5, right=True)]), "zh")


def test_no_reviews_at_all_give_a_page_too() -> None:
    assert "还没有已核实的案件" in render_calibration(learn([]), "zh")
