"""Ages as stations write them, and the birth interval that an age on a day means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from matcher.types import DayInterval
from matcher.workspace.ingest.dates import date_of
from matcher.workspace.ingest.text import UnreadableValueError, han_to_digits, plain

OLDEST = 120
REMEDY = "use whole years such as 50, 约50, 50-60岁 or 五十多岁; leave it empty when unknown"
_LONGEST_TEXT = 40

_GUESS = re.compile(
    r"约|大约|大概|左右|上下|目测|看着|看似|看起来|貌似|估计|估|前后|可能|应该|疑似|推测|骨龄|来岁|开外|出头|多岁|余岁|多$|余$|来$|[??]"
)
_WORDS = re.compile(
    r"约|大约|大概|左右|上下|目测|看着|看似|看起来|貌似|估计|估|前后|可能|应该|疑似|推测|骨龄|之间|年龄|现年|[::??()\s]|周岁|岁数|有"
)
_NOMINAL = "虚岁"
_TWO_TENS = re.compile(r"([一二三四五六七八九])([一二三四五六七八九])十多?岁?")
_TWO_UNITS = re.compile(r"(?:([一二三四五六七八九]?)十)?([一二三四五六七八九])([一二三四五六七八九])岁?")
_RANGE = re.compile(r"(\d{1,3})岁?(?:-+|~|—+|–|至|到|、|/)(\d{1,3})岁?(?:之间)?")
_SOME_MORE = re.compile(r"(\d{1,3})(多|余|几|开外|出头)岁?")
_OR_MORE = re.compile(r"(\d{1,3})岁?(?:以上|及以上)")
_OR_LESS = re.compile(r"(?:不到|未满)(\d{1,3})岁?|(\d{1,3})岁?(?:以下|以内)")
_YEARS = re.compile(r"(\d{1,3})(?:\.\d)?(?:来|周)?岁?(?:半|零?\d{1,2}个?月)?")
_MONTHS = re.compile(r"(\d{1,2})个?(?:多)?月(?:龄|大)?|(\d{1,3})(?:天|日龄)大?")


@dataclass(frozen=True, slots=True)
class AgeReading:
    """Completed years of age, both ends included; `estimated` says that somebody guessed."""

    youngest: int
    oldest: int
    estimated: bool


def parse_age(text: str) -> AgeReading:
    """Read an age.

    "About" is taken as rounding: to fives where the number ends in 0 or 5 (two years on either side), else by one
    year. "五十多" is 50 to 59, "七八岁" is 7 to 8, "五六十岁" is 50 to 69; a nominal age (虚岁) is one or two years
    less.

    Raises
    ------
    UnreadableValueError
        `bad_age` for what is not an age, `impossible_age` beyond 120 years.

    >>> parse_age("目测60岁左右"), parse_age("７岁")
    (AgeReading(youngest=58, oldest=62, estimated=True), AgeReading(youngest=7, oldest=7, estimated=False))
    """
    if len(text) > _LONGEST_TEXT:
        raise UnreadableValueError("bad_age", REMEDY)
    written = plain(text)
    guessed = bool(_GUESS.search(written))
    nominal = _NOMINAL in written
    core = _WORDS.sub("", written.replace(_NOMINAL, ""))
    youngest, oldest, vague = _read(core)
    if nominal:
        youngest, oldest = max(0, youngest - 2), max(0, oldest - 1)
    elif guessed and not vague:
        slack = 2 if youngest % 5 == 0 and youngest > 5 else 1
        youngest, oldest = max(0, youngest - slack), oldest + slack
    if not 0 <= youngest <= oldest <= OLDEST:
        raise UnreadableValueError("impossible_age", f"an age lies between 0 and {OLDEST}; " + REMEDY)
    return AgeReading(youngest, oldest, guessed or vague)


def birth_interval(age: AgeReading, on: DayInterval) -> DayInterval:
    """Return the birth dates of somebody of this age on some day of an interval.

    >>> interval = birth_interval(AgeReading(50, 50, False), DayInterval(0, 0))
    >>> date_of(interval.earliest).isoformat(), date_of(interval.latest).isoformat()
    ('1919-01-02', '1920-01-01')
    """
    first = years_before(date_of(on.earliest), age.oldest + 1)
    last = years_before(date_of(on.latest), age.youngest)
    epoch = date(1970, 1, 1).toordinal()
    return DayInterval(first.toordinal() + 1 - epoch, last.toordinal() - epoch)


def years_before(day: date, years: int) -> date:
    """Go back whole years; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _read(core: str) -> tuple[int, int, bool]:
    """Return youngest, oldest, and whether the words themselves are vague."""
    if found := _TWO_TENS.fullmatch(core):
        low, high = (int(han_to_digits(digit)) for digit in found.groups())
        if high == low + 1:
            return low * 10, high * 10 + 9, True
    if found := _TWO_UNITS.fullmatch(core):
        tens = 0 if "十" not in core else int(han_to_digits(f"{found[1]}十"))
        low, high = int(han_to_digits(found[2])), int(han_to_digits(found[3]))
        if high == low + 1:
            return tens + low, tens + high, True
    return _read_digits(han_to_digits(core))


def _read_digits(core: str) -> tuple[int, int, bool]:
    if core == "半岁":
        return 0, 0, False
    if found := _RANGE.fullmatch(core):
        low, high = sorted((int(found[1]), int(found[2])))
        return low, high, True
    if found := _SOME_MORE.fullmatch(core):
        age = int(found[1])
        more = 4 if found[2] == "出头" else 9
        return age, age + (more if age % 10 == 0 and age else 1), True
    if found := _OR_MORE.fullmatch(core):
        return int(found[1]), OLDEST, True
    if found := _OR_LESS.fullmatch(core):
        return 0, int(found[1]) - 1 if found[1] else int(found[2]), True
    if found := _MONTHS.fullmatch(core):
        years = int(found[1]) // 12 if found[1] else int(found[2]) // 365
        return years, years, False
    if found := _YEARS.fullmatch(core):
        return int(found[1]), int(found[1]), False
    raise UnreadableValueError("bad_age", REMEDY)
