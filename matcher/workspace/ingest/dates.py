"""Dates as stations write them, as honest intervals of days.

A partial date is the interval of all days it can mean. A date of the lunar calendar is the whole lunar year: the lunar
new year falls between 21 January and 20 February, so year Y ends on 19 February of Y + 1 at the latest.
Source of that range: GB/T 33661-2017, Calculation and promulgation of the Chinese calendar, and the dates of the
Purple Mountain Observatory for 1900-2100.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from matcher.types import DayInterval
from matcher.workspace.ingest.text import UnreadableValueError, han_to_digits, plain

EARLIEST_YEAR = 1880
_EPOCH = date(1970, 1, 1).toordinal()
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system, with its invented 29 February 1900
_LONGEST_TEXT = 60

REMEDY = "use YYYY, YYYY-MM or YYYY-MM-DD (2019, 2019年3月, 2019.3.5); leave it empty when unknown"


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date as an interval; `lunar` says that it was given in the lunar calendar and kept as the whole year."""

    interval: DayInterval
    lunar: bool = False


_SEPARATED = re.compile(
    r"(\d{4}|\d{2}(?=\s*年|[-./]\d{1,2}[-./]))\s*(?:年|[-./])\s*(\d{1,2})(?:\s*(?:月份?|[-./])\s*(?:(\d{1,2})\s*[日号]?)?)?"
)
_YEAR = re.compile(r"(\d{4})\s*年?|(\d{2})\s*年")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_DECADE = re.compile(r"(?:(\d{2})世纪)?(\d{2}|\d{4})年代[初中末]?期?")
_LUNAR = re.compile(r"农历|阴历|旧历|正月|冬月|腊月|闰|初[一二三四五六七八九十\d]|廿|除夕")
_RANGE = re.compile(r"(.+?)\s*(?:至|到|~|—+|–|--+)\s*(.+)|(\d{2,4}[./年][^-]*)-(\d[^-]*)")
_YEARS = re.compile(r"(\d{4})年?-(\d{4})年?")
_TIME = re.compile(r"[ T]\d{1,2}(?:[::时]\d{1,2}(?:[::分]\d{1,2}(?:\.\d+)?秒?)?分?)?(?:Z|[+-]\d{2}:?\d{2})?$")
_ROUGH = re.compile(r"约|大约|大概|左右|前后|许|可能|估计|\?")
# Parts of a year or month without sharp ends: the whole year or month is kept.
_PART = re.compile(r"(?:上半年|下半年|年[初中底末]|[春夏秋]季?天?|冬季?天?|[上中下]旬|初|中|底|末)$")
_EDGES = " .,。;:、"
_NOISE = re.compile(r"[()\[\]【】\"'“”]|公历|阳历|西历|生于|出生|生人|生$|的时候|时$")


def parse_date(text: str, *, today: int) -> DateReading:
    """Read a date.

    Parameters
    ----------
    text : str
        As written.
    today : int
        Day of reading, days since 1970-01-01; two-digit years are taken as the latest that is not after it, and a date
        after it is refused.

    Raises
    ------
    UnreadableValueError
        `bad_date` for what is not a date, `future_date`, `date_too_early`.

    >>> parse_date("2019.3", today=20000).interval == days(date(2019, 3, 1), date(2019, 3, 31))
    True
    """
    if len(text) > _LONGEST_TEXT:
        raise UnreadableValueError("bad_date", REMEDY)
    return _reading(text, today)


@lru_cache(1 << 16)
def _reading(text: str, today: int) -> DateReading:
    """Read a date; forms name the same few thousand days again and again."""
    written = plain(text)
    lunar = bool(_LUNAR.search(written))
    dotted = re.sub(r"(?<=\d)[,。](?=\d)", ".", han_to_digits(written))
    cleaned = _NOISE.sub("", _TIME.sub("", dotted)).strip(_EDGES)
    interval = _lunar_year(cleaned, today) if lunar else _read(cleaned, today)
    if interval.earliest > today:
        raise UnreadableValueError("future_date", "the date lies in the future; " + REMEDY)
    if interval.earliest < days_of(EARLIEST_YEAR, 1, 1):
        raise UnreadableValueError("date_too_early", f"dates before {EARLIEST_YEAR} are not accepted; " + REMEDY)
    return DateReading(interval, lunar)


def days_of(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 to a date."""
    return date(year, month, day).toordinal() - _EPOCH


def days(first: date, last: date) -> DayInterval:
    """Make an interval of two dates, both included."""
    return DayInterval(first.toordinal() - _EPOCH, last.toordinal() - _EPOCH)


def date_of(day: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(day + _EPOCH)


def _read(text: str, today: int) -> DayInterval:
    if decade := _DECADE.fullmatch(_ROUGH.sub("", text)):
        return _decade(decade)
    if years := _YEARS.fullmatch(text):
        return _span(_calendar(int(years[1])), _calendar(int(years[2])))
    if parts := _RANGE.fullmatch(text):
        return _range(parts[1] or parts[3], parts[2] or parts[4], today)
    rough = bool(_ROUGH.search(text))
    core = _ROUGH.sub("", text).strip()
    part = _PART.search(core)
    if part:
        core = core[: part.start()].strip(" 的")
        core += "年" if re.fullmatch(r"\d{2}|\d{4}", core) else ""
    interval = _exact(core, today)
    if part and part.group().startswith("冬"):
        interval = DayInterval(interval.earliest, interval.latest + 60)  # a winter ends in February
    return _widened(interval) if rough else interval


def _exact(text: str, today: int) -> DayInterval:
    """Read a date without words around it."""
    if found := _SEPARATED.fullmatch(text):
        month, day = int(found[2]), int(found[3]) if found[3] else None
        return _calendar(_full_year(found[1], today), month, day)
    if found := _YEAR.fullmatch(text):
        return _calendar(_full_year(found[1] or found[2], today))
    if found := _DAY_FIRST.fullmatch(text):
        return _day_first(int(found[1]), int(found[2]), int(found[3]))
    if found := _SERIAL.fullmatch(text):
        serial = _EXCEL_EPOCH + timedelta(days=int(found[1]))
        return days(serial, serial)
    if found := _COMPACT.fullmatch(text):
        return _calendar(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    raise UnreadableValueError("bad_date", REMEDY)


def _calendar(year: int, month: int | None = None, day: int | None = None) -> DayInterval:
    if not EARLIEST_YEAR - 1 <= year <= 2200:
        raise UnreadableValueError("bad_date", REMEDY)
    try:
        if month is None:
            return days(date(year, 1, 1), date(year, 12, 31))
        if day is None:
            return days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
        return days(date(year, month, day), date(year, month, day))
    except (ValueError, calendar.IllegalMonthError):
        raise UnreadableValueError("bad_date", "there is no such day in the calendar; " + REMEDY) from None


def _full_year(text: str, today: int) -> int:
    if len(text) == 4:
        return int(text)
    year = 2000 + int(text)
    return year if year <= date_of(today).year else year - 100


def _day_first(first: int, second: int, year: int) -> DayInterval:
    """Read 05/03/2019, which is one of two days unless one order is impossible."""
    readings = []
    for month, day in ((first, second), (second, first)):
        try:
            readings.append(_calendar(year, month, day))
        except UnreadableValueError:
            continue
    if not readings:
        raise UnreadableValueError("bad_date", "there is no such day in the calendar; " + REMEDY)
    return _span(*readings)


def _decade(found: re.Match[str]) -> DayInterval:
    century, year = found[1], int(found[2])
    if century:
        year += (int(century) - 1) * 100
    elif len(found[2]) == 2:
        year += 1900 if year >= 30 else 2000
    if year % 10:
        raise UnreadableValueError("bad_date", REMEDY)
    return _span(_calendar(year), _calendar(year + 9))


def _range(first: str, last: str, today: int) -> DayInterval:
    start = _read(first.strip(), today)
    end_text = last.strip()
    if re.fullmatch(r"\d{1,2}月?(?:\d{1,2}[日号]?)?", end_text):
        end_text = f"{date_of(start.earliest).year}年{end_text}{'' if '月' in end_text else '月'}"
    return _span(start, _read(end_text, today))


def _span(*parts: DayInterval) -> DayInterval:
    return DayInterval(min(part.earliest for part in parts), max(part.latest for part in parts))


def _widened(interval: DayInterval) -> DayInterval:
    """Widen an "about" by one unit of what was written on either side: a year, a month or a day."""
    first, last = date_of(interval.earliest), date_of(interval.latest)
    if first == last:
        return DayInterval(interval.earliest - 1, interval.latest + 1)
    if (first.year, first.month) == (last.year, last.month):
        before, after = first - timedelta(days=1), last + timedelta(days=1)
        return _span(_calendar(before.year, before.month), _calendar(after.year, after.month))
    return _span(_calendar(first.year - 1), _calendar(last.year + 1))


def _lunar_year(text: str, today: int) -> DayInterval:
    found = re.search(r"(\d{4})|(\d{2})\s*年", text)
    if not found:
        raise UnreadableValueError("bad_date", "a lunar date needs its year; " + REMEDY)
    year = _full_year(found[1] or found[2], today)
    if not EARLIEST_YEAR <= year <= 2200:
        raise UnreadableValueError("bad_date", REMEDY)
    return days(date(year, 1, 21), date(year + 1, 2, 19))
