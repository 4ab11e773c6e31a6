"""How a clerk writes an account into the form of the station: dates, ages, names nobody knows, slips of the pen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Stations
from matcher.synthetic.sources import Sources
from matcher.synthetic.stations import Station
from matcher.synthetic.telling import Corruption, Told
from matcher.types import DAYS_PER_YEAR, RecordKind, Sex

_EPOCH = date(1970, 1, 1)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Account:
    """What is there to be written about one person on one day.

    Parameters
    ----------
    record_id : str
        Case number.
    kind : RecordKind
        Sort of record.
    person : Person
        Whom it is about.
    day : int
        Day of the event, days since 1970-01-01.
    name, place : Told
        As heard.
    nickname : str
        Name used at home, given by the family beside the registered one; empty = none.
    second_place : str
        Another home named at another time; empty = none.
    found, lost : str
        Where the person was found, or last seen; empty = not that kind of record.
    birth_known : bool
        The exact birth date is known.
    accent : str
        Dialect region in words; empty = not recorded.
    sound_marked : bool
        The clerk marks the name as known by sound only.
    samples : mapping
        Laboratory samples by whose it is: `own`, `father`, `mother`, `child`, ...
    remarks : str
        Free text.
    """

    record_id: str
    kind: RecordKind
    person: Person
    day: int
    name: Told
    nickname: str
    place: Told
    second_place: str
    found: str
    lost: str
    birth_known: bool
    accent: str
    sound_marked: bool
    samples: Mapping[str, tuple[str, ...]]
    remarks: str


@dataclass(slots=True)
class _Desk:
    """A form being filled in."""

    rng: np.random.Generator
    station: Station
    habits: Stations
    account: Account
    sources: Sources
    cells: dict[str, str]
    corruptions: list[Corruption]


def fill_in(
    rng: np.random.Generator, sources: Sources, station: Station, habits: Stations, account: Account
) -> tuple[dict[str, str], list[Corruption]]:
    """Fill in a form; returns its cells by header and every departure from the truth."""
    desk = _Desk(rng, station, habits, account, sources, {}, [])
    _write(desk, "record_id", account.record_id)
    _write(desk, "station", station.name)
    _name(desk)
    _sex(desk)
    _age(desk)
    _date(desk)
    _rest(desk)
    _swap(desk)
    if station.traditional:
        desk.cells = {
            header: text if header == station.headers["record_id"] else sources.names.traditional(text)
            for header, text in desk.cells.items()
        }
    return desk.cells, desk.corruptions


def _write(desk: _Desk, field: str, text: str) -> None:
    header = desk.station.headers.get(field)
    if header is not None:
        desk.cells[header] = text


def _log(desk: _Desk, field: str, truth: str, written: str, cause: str) -> None:
    desk.corruptions.append(Corruption(desk.account.record_id, field, truth, written, cause))


def _omitted(desk: _Desk, field: str, truth: str) -> bool:
    """Decide whether the station leaves a field empty, and log it."""
    if not truth or desk.rng.random() >= desk.station.omits.get(field, 0.0):
        return False
    _log(desk, field, truth, "", "omitted")
    return True


def _name(desk: _Desk) -> None:
    told, person = desk.account.name, desk.account.person
    if told.text and not _omitted(desk, "name", person.name):
        for cause in told.causes:
            _log(desk, "name", person.name, told.text, cause)
        mark = desk.station.sound_mark if desk.account.sound_marked else ""
        _write(desk, "name", told.text + mark)
        _write(desk, "nickname", desk.account.nickname)
        return
    if not told.text:
        _log(desk, "name", person.name, "", "not_told")
    _write(desk, "name", _nameless(desk))


def _nameless(desk: _Desk) -> str:
    rng, account = desk.rng, desk.account
    if rng.random() < desk.habits.station_given_name:
        given = desk.sources.names.surname(rng) + desk.sources.names.given(rng, account.person.sex)
        _log(desk, "name", account.person.name, given, "station_given")
        return given
    if rng.random() >= desk.habits.placeholder_written:
        return ""
    style = desk.station.missing_style
    if style == "无名男女":
        return "无名男" if account.person.sex == "male" else "无名女"
    return f"救助{account.record_id.replace('-', '')}" if style == "救助编号" else style


def _sex(desk: _Desk) -> None:
    sex = desk.account.person.sex
    if _omitted(desk, "sex", sex):
        return
    if desk.rng.random() < desk.habits.wrong_sex:
        wrong: Sex = "female" if sex == "male" else "male"
        _log(desk, "sex", sex, wrong, "wrong_sex")
        sex = wrong
    _write(desk, "sex", "男" if sex == "male" else "女")


def _age(desk: _Desk) -> None:
    rng, account = desk.rng, desk.account
    birth = account.person.birth_day
    if account.birth_known:
        if not _omitted(desk, "birth", iso(birth)):
            _write(desk, "birth", write_date(birth, "dash"))
        return
    true_age = (account.day - birth) / DAYS_PER_YEAR
    spread = desk.habits.age_error_sd_years * min(1.0, max(0.15, true_age / 40.0))
    guess = max(0, round(float(rng.normal(true_age, spread))))
    if guess > 12 and rng.random() < desk.habits.age_heaping:
        guess = 5 * round(guess / 5)
    if _omitted(desk, "age", str(int(true_age))):
        return
    if guess != int(true_age):
        _log(desk, "age", str(int(true_age)), str(guess), "guessed")
    _write(desk, "age", _age_text(desk.station, guess))


def _age_text(station: Station, age: int) -> str:
    style = station.age_style
    text = {
        "plain": f"{age}", "about": f"约{age}岁", "around": f"{age}岁左右", "years": f"{age}岁",
        "range": f"{max(0, age - 3)}-{age + 3}岁",
    }[style]  # fmt: skip
    return text.translate(_FULL_WIDTH) if station.full_width else text


def _date(desk: _Desk) -> None:
    day = desk.account.day
    if _omitted(desk, "event", iso(day)):
        return
    if desk.rng.random() < desk.habits.date_typo:
        wrong = day + int(desk.rng.choice([-365, -30, -10, 10, 30]))
        _log(desk, "event", iso(day), iso(wrong), "date_typo")
        day = wrong
    _write(desk, "event", write_date(day, desk.station.date_style))


def _rest(desk: _Desk) -> None:
    account, person, station = desk.account, desk.account.person, desk.station
    height = str(person.height_cm) if (account.day - person.birth_day) / DAYS_PER_YEAR >= 18 else ""
    written = str(round(float(desk.rng.normal(person.height_cm, 2.0)))) if height else ""
    if written and not _omitted(desk, "height", height):
        _write(desk, "height", written.translate(_FULL_WIDTH) if station.full_width else written)
    if account.accent and not _omitted(desk, "accent", account.accent):
        _write(desk, "accent", account.accent)
    if account.place.text and not _omitted(desk, "home", person.home.text):
        for cause in account.place.causes:
            _log(desk, "home", person.home.text, account.place.text, cause)
        second = f"；{account.second_place}" if account.second_place else ""
        if second:
            _log(desk, "home", person.home.text, account.second_place, "contradiction")
        _write(desk, "home", account.place.text + second)
    elif not account.place.text:
        _log(desk, "home", person.home.text, "", "not_told")
    for field, text in (("found", account.found), ("lost", account.lost)):
        if text and not _omitted(desk, field, text):
            _write(desk, field, text)
    _write(desk, "remarks", account.remarks)
    for owner, samples in account.samples.items():
        _write(desk, f"sample_{owner}", ";".join(samples))


def _swap(desk: _Desk) -> None:
    """Let two neighbouring cells change places in a few rows; the case number stays where it is."""
    headers = [header for field, header in desk.station.headers.items() if field != "record_id"]
    fields = [field for field in desk.station.headers if field != "record_id"]
    at = int(desk.rng.integers(len(headers) - 1))
    if desk.rng.random() >= desk.habits.swapped_columns:
        return
    left, right = (desk.cells.get(header, "") for header in headers[at : at + 2])
    if left == right:
        return
    desk.cells[headers[at]], desk.cells[headers[at + 1]] = right, left
    _log(desk, fields[at], left, right, "swapped_columns")
    _log(desk, fields[at + 1], right, left, "swapped_columns")


def write_date(day: int, style: str) -> str:
    """Write a day number as a station does.

    >>> write_date(0, "han_short"), write_date(0, "dot")
    ('70年1月', '1970.1.1')
    """
    value = _EPOCH + timedelta(days=day)
    year, month, number = value.year, value.month, value.day
    forms: Mapping[str, str] = {
        "dash": value.isoformat(),
        "dot": f"{year}.{month}.{number}",
        "slash": f"{year}/{month}/{number}",
        "han": f"{year}年{month}月{number}日",
        "han_short": f"{year % 100:02d}年{month}月",
        "compact": f"{year}{month:02d}{number:02d}",
    }
    return forms[style]


def iso(day: int) -> str:
    """Write a day number as YYYY-MM-DD."""
    return write_date(day, "dash")
