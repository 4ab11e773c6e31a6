from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.report.figures import days, percent, signed
from matcher.types import DayInterval


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@given(st.floats(0.0, 1.0))
@settings(derandomize=True, deadline=None)
def test_no_probability_is_rounded_to_certainty(share: float) -> None:
    written = percent(share)
    assert written.endswith("%")
    assert float(written.strip("<>%")) not in (0.0, 100.0)
    if written[0] not in "<>":
        assert float(written[:-1]) / 100 == pytest.approx(share, abs=0.0005001)


@given(st.floats(-300, 300))
@settings(derandomize=True, deadline=None)
def test_a_weight_reads_back_within_half_a_hundredth(log10_lr: float) -> None:
    assert float(signed(log10_lr).replace("−", "-")) == pytest.approx(log10_lr, abs=0.00501)


@pytest.mark.parametrize(
    ("first", "last", "chinese", "english"),
    [
        ("2019-03-11", "2019-03-11", "2019-03-11", "2019-03-11"),
        ("2019-03-01", "2019-03-31", "2019年3月", "2019-03"),
        ("2020-02-01", "2020-02-29", "2020年2月", "2020-02"),
        ("2021-02-01", "2021-02-28", "2021年2月", "2021-02"),
        ("2019-12-01", "2019-12-31", "2019年12月", "2019-12"),
        ("1998-01-01", "1998-12-31", "1998年", "1998"),
        ("1958-01-01", "1962-12-31", "1958–1962年", "1958–1962"),
        ("2019-03-02", "2019-03-31", "2019-03-02 至 2019-03-31", "2019-03-02 to 2019-03-31"),
        ("2019-03-01", "2019-04-30", "2019-03-01 至 2019-04-30", "2019-03-01 to 2019-04-30"),
    ],
)
def test_an_interval_reads_as_the_partial_date_it_is(first: str, last: str, chinese: str, english: str) -> None:
    interval = DayInterval(day(first), day(last))
    assert (days(interval, "zh"), days(interval, "en")) == (chinese, english)


def test_a_day_beyond_the_calendar_is_not_an_error() -> None:
    assert days(DayInterval(-10_000_000, 10_000_000), "zh") == "…"
    assert days(DayInterval(-10_000_000, 0), "zh") == "1970-01-01"
