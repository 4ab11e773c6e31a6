"""The page about what was learned: self-contained, in both languages, and every number in it."""

from __future__ import annotations

import re

import pytest

from matcher.leads.adjustment import Review, learn
from matcher.report.calibration import render_calibration

REVIEWS = [Review(f"A{n}", 0.95 if n % 3 else 0.25, right=n % 2 == 0) for n in range(60)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_needs_nothing_else(language: str) -> None:
    page = render_calibration(REVIEWS, learn(REVIEWS), language)  # type: ignore[arg-type]
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "default-src" in page
    assert "style=" not in page, "the policy forbids style attributes"


def test_counts_and_verdict_are_shown() -> None:
    learned = learn(REVIEWS)
    page = render_calibration(REVIEWS, learned, "en")
    assert learned.adjustment is not None
    assert f"{learned.adjustment.a:+.3f}" in page
    assert ">40<" in page
    assert ">20<" in page
    assert f"{learned.before.ece:.3f}" in page
    assert "60 leads of 60 reviewed cases" in page


def test_too_few_cases_are_said() -> None:
    few = REVIEWS[:10]
    assert "25 reviewed cases are needed" in render_calibration(few, learn(few), "en")


def test_no_reviews_at_all_give_a_page_too() -> None:
    assert "ECE -" in render_calibration([], learn([]), "zh")
