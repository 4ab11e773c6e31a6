"""Numbers and dates as a reader sees them; formatting only, nothing is computed here."""

from __future__ import annotations

from datetime import date, timedelta

from matcher.llr import Language
from matcher.report.phrases import phrases
from matcher.types import DayInterval

_EPOCH = date(1970, 1, 1)
_DECEMBER = 12


def signed(log10_lr: float) -> str:
    """Write a log10 LR with its sign (a true minus) and two decimals; a rounded zero has no sign.

    >>> signed(3.9), signed(-0.704), signed(-0.001)
    ('+3.90', '−0.70', '0.00')
    """
    text = f"{log10_lr:+.2f}"
    return "0.00" if text in {"+0.00", "-0.00"} else text.replace("-", "−")


def percent(share: float) -> str:
    """Write a probability so that it is never rounded to certainty.

    >>> percent(0.642), percent(0.0213), percent(0.9972), percent(0.9999999), percent(0.0)
    ('64.2%', '2.13%', '99.72%', '>99.99%', '<0.01%')
    """
    if share < 0.0001:
        return "<0.01%"
    if share > 0.9999:
        return ">99.99%"
    decimals = 1 if 0.1 <= share < 0.99 else 2
    return f"{share * 100:.{decimals}f}%"


def count(number: int) -> str:
    """Write a count with separators.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def days(interval: DayInterval, language: Language) -> str:
    """Write an interval of days as the partial date it stands for.

    >>> days(DayInterval(-4383, -2558), "zh")
    '1958–1962年'
    >>> days(DayInterval(17956, 17956), "en")
    '2019-03-01'
    >>> days(DayInterval(17956, 17986), "zh")
    '2019年3月'
    """
    text = phrases(language)
    first, last = _day(interval.earliest), _day(interval.latest)
    if first is None or last is None or first == last:
        return str(first or last or "…")
    whole_years = (first.month, first.day, last.month, last.day) == (1, 1, _DECEMBER, 31)
    if whole_years and first.year == last.year:
        return text["unit.year"].format(year=first.year)
    if whole_years:
        return text["unit.years"].format(first=first.year, last=last.year)
    if first.day == 1 and last == _month_end(first):
        return text["unit.month"].format(year=first.year, month=first.month)
    return text["unit.days"].format(first=first, last=last)


def _day(number: int) -> date | None:
    """Return the calendar day, None beyond the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(days=number)
    except OverflowError:
        return None


def _month_end(first: date) -> date:
    if first.month == _DECEMBER:
        return date(first.year, _DECEMBER, 31)
    return date(first.year, first.month + 1, 1) - timedelta(days=1)
