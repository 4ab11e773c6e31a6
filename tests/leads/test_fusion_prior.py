"""Priors follow the case: how long somebody has been at the station."""

from __future__ import annotations

import pytest

from matcher.leads.fusion_prior import LONG_STAY_DAYS, prior_in_database, prior_of_hypothesis, stratum_of
from matcher.types import DayInterval, Stratum, Subject

TODAY = 20_000


@pytest.mark.parametrize(
    ("event", "stratum"),
    [
        (DayInterval(TODAY, TODAY), "fresh"),
        (DayInterval(TODAY - LONG_STAY_DAYS, TODAY - LONG_STAY_DAYS), "fresh"),
        (DayInterval(TODAY - LONG_STAY_DAYS - 1, TODAY - LONG_STAY_DAYS - 1), "long_stayer"),
        (DayInterval(TODAY - 800, TODAY - 400), "long_stayer"),
        (DayInterval(TODAY - 300, TODAY - 1), None),
        (None, None),
    ],
)
def test_the_day_of_arrival_decides(event: DayInterval | None, stratum: Stratum | None) -> None:
    assert stratum_of(Subject("A", "intake", event=event), TODAY) == stratum


def test_without_a_today_or_for_a_family_report_nothing_is_assumed() -> None:
    arrived = DayInterval(TODAY, TODAY)
    assert stratum_of(Subject("A", "intake", event=arrived), None) is None
    assert stratum_of(Subject("A", "missing", event=arrived), TODAY) is None


def test_a_case_of_unknown_stay_is_treated_with_the_smaller_prior() -> None:
    assert prior_in_database(None) == min(prior_in_database("fresh"), prior_in_database("long_stayer"))
    assert prior_of_hypothesis("self", 0.7) == 0.7
    assert 0.0 < prior_of_hypothesis("sibling", 0.7) < 0.1
