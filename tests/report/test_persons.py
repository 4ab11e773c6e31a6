"""One person once: the further records, the person's posterior and what was left out stand in every output."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.llr import Language
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.html.render import render_html
from matcher.report.phrases import named
from matcher.report.sheet_rows import sheet_rows
from matcher.types import PersonRecord, Suppression
from tests.report.conftest import first_case


def grouped(language: Language, count: int = 2) -> ReportBatch:
    case = first_case()
    first, *rest = case.candidates.leads
    others = tuple(PersonRecord(f"W{n:03d}", 3.0, 0.001) for n in range(count))
    candidates = replace(
        case.candidates,
        leads=(replace(first, posterior=0.5, others=others), *rest),
        suppressed=(Suppression("X007", "李敏", "scar", "2026-01-01"),),
        learned_from=41,
    )
    return ReportBatch("t", "2026-11-21", language, (CaseView(case.probe, candidates, case.records),))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_html_shows_the_person_once_with_its_records(language: Language) -> None:
    page = render_html(grouped(language))
    for words in ("W000", "W001", "X007", "41", "50.2"):
        assert words in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sheet_shows_them_in_the_row_of_the_best_record(language: Language) -> None:
    row = next(row for row in sheet_rows(grouped(language)) if row.rank == 1)
    assert row.values["posterior"] == pytest.approx(0.502)
    assert "W000" in str(row.values["facts"])


def test_a_hundred_records_are_not_all_spelled_out() -> None:
    assert named([f"W{n:03d}" for n in range(100)], "en").endswith("W011 and more")
    assert named(["W1", "W2"], "zh") == "W1、W2"
