"""Read a station's own place list: natural villages, aliases, old names; what cannot be used is rejected with a reason.

Headers are those of the ministry's place-name query service (the interface that MZ/T 164-2020 specifies: standard_name,
place_code, place_type, province_name, city_name, area_name, old_name) and the usual Chinese ones. Files are read by the
readers of the intake: CSV in UTF-8, GBK or GB18030, XLSX, or JSON lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from matcher.errors import InputError
from matcher.phonetic.normalise import normalise
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE
from matcher.placenames.names import folded
from matcher.types import Reject
from matcher.workspace.ingest.limits import DEFAULT_LIMITS
from matcher.workspace.ingest.sheets import Sheet, open_sheet

_LEVEL_WORDS = {
    COUNTY: ("县级", "3"),
    TOWNSHIP: ("乡级", "乡", "镇", "街道", "4"),
    VILLAGE: ("村级", "自然村", "行政村", "农村居民点", "村", "居民点", "社区", "5"),
}
"""Words of place types (GB/T 18521-2001) that tell a level; anything else is taken for a village."""
_ABOVE = ("province", "city", "county", "township", "village", "parent_code")
_SEVERAL = re.compile(r"[、,，;；/|]+")
_YEARS = range(1000, 2101)
_LONGEST_NAME = 40

Keep = Callable[[str, str, tuple[str, str]], None]
"""Notes a value that is left out of a row: column, value, reason code and remedy."""


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """One usable row.

    Parameters
    ----------
    row : int
        Row as a spreadsheet shows it.
    level : int
        3 county, 4 township, 5 village.
    name, code : str
        Normalised name; digits of its code, empty when none was given.
    above : mapping of str to str
        `province`, `city`, `county`, `township`, `village` by name and `parent_code`, where given.
    others : tuple of (str, str)
        Further names with how they are one: `alias` or `former`.
    current : str
        Today's name where `name` is an old one; empty = `name` is today's.
    years : tuple of (int or None, int or None)
        First and last year of the name.
    """

    row: int
    level: int
    name: str
    code: str
    above: Mapping[str, str]
    others: tuple[tuple[str, str], ...]
    current: str
    years: tuple[int | None, int | None]


@dataclass(slots=True)
class OwnList:
    """One file: its rows, and what was rejected.

    Parameters
    ----------
    name, sha256 : str
        File name and digest.
    ignored : tuple of str
        Headers without a meaning here.
    places : list of OwnPlace
        Usable rows in order.
    rejects : list of Reject
        Everything else; placing the rows adds to it.
    """

    name: str
    sha256: str
    ignored: tuple[str, ...]
    places: list[OwnPlace] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def reject(self, row: int, column: str | None, value: str, reason: tuple[str, str], *, lost: bool) -> None:
        """Note a value or row that is not used; `reason` is a code and a remedy."""
        self.rejects.append(Reject(self.name, row, column, value[:80], *reason, record_lost=lost))


def read_own_list(path: Path) -> OwnList:
    """Read a list.

    Raises
    ------
    InputError
        For a file that cannot be read as a table, or has no column for the name.
    LimitError
        Beyond the caps on untrusted files.
    """
    try:
        sheet = open_sheet(path, DEFAULT_LIMITS, is_known=lambda header: _field_of(header) is not None)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})", remedy="give a CSV or XLSX file") from error
    fields = [_field_of(header) for header in sheet.headers]
    if "name" not in fields:
        shown = "、".join(sheet.headers[:8])
        raise InputError(
            f"{path}: no column for the name of the place among: {shown}",
            remedy=f"name one of the columns {', '.join(_headers_of('name')[:4])}",
        )
    ignored = tuple(header for header, known in zip(sheet.headers, fields, strict=True) if header and not known)
    found = OwnList(sheet.name, sheet.sha256, ignored, rejects=list(sheet.broken))
    for number, values in _rows(sheet, fields):
        place = _place_of(found, number, values)
        if place is not None:
            found.places.append(place)
    return found


def _rows(sheet: Sheet, fields: list[str | None]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in sheet.read_rows():
        values: dict[str, str] = {}
        for known, cell in zip(fields, cells, strict=False):
            text = cell.strip()
            if known and text:
                values[known] = f"{values[known]}、{text}" if known in values else text
        yield number, values


def _place_of(found: OwnList, number: int, values: dict[str, str]) -> OwnPlace | None:
    name = normalise(values.get("name", ""))
    if not name:
        found.reject(number, "name", "", ("no_name", "fill in the name of the place"), lost=True)
        return None
    if not folded(name) or len(name) > _LONGEST_NAME:
        remedy = f"give one name in Chinese characters, at most {_LONGEST_NAME}"
        found.reject(number, "name", name, ("unreadable_name", remedy), lost=True)
        return None

    def keep(column: str, value: str, reason: tuple[str, str]) -> None:
        found.reject(number, column, value, reason, lost=False)

    code = values.get("code", "")
    if code and not (code.isascii() and code.isdigit() and len(code) <= 12):
        keep("code", code, ("bad_code", "give 6, 9 or 12 digits, or leave it empty"))
        code = ""
    years = _year(values, "valid_from", keep), _year(values, "valid_to", keep)
    if None not in years and years[0] > years[1]:  # type: ignore[operator]
        keep("valid_to", str(years[1]), ("ends_before_it_begins", "exchange the years"))
        years = (None, None)
    others = [(normalise(item), kind) for kind in ("alias", "former") for item in _SEVERAL.split(values.get(kind, ""))]
    above: dict[str, str] = {key: values[key] for key in _ABOVE if key in values}
    return OwnPlace(
        row=number,
        level=_level_of(values.get("type", "")),
        name=name,
        code=code,
        above=above,
        others=tuple((item, kind) for item, kind in dict(others).items() if item and folded(item) and item != name),
        current=normalise(values.get("current", "")),
        years=years,
    )


def _level_of(kind: str) -> int:
    for level, words in _LEVEL_WORDS.items():
        if any(kind == word or (len(word) > 1 and word in kind) for word in words):
            return level
    return VILLAGE


def _year(values: Mapping[str, str], column: str, keep: Keep) -> int | None:
    text = values.get(column, "")
    if not text:
        return None
    match = re.fullmatch(r"(\d{4})(?:年|\.0)?(?:\D.*)?", text)
    if match and int(match[1]) in _YEARS:
        return int(match[1])
    keep(column, text, ("bad_year", "give a year such as 1958"))
    return None


def _field_of(header: str) -> str | None:
    return _fields().get(normalise(header).lower())


def _headers_of(known: str) -> list[str]:
    return [header for header, meaning in _fields().items() if meaning == known]


@cache
def _fields() -> dict[str, str]:
    text = files("matcher.placenames").joinpath("data/place_list_columns.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {normalise(row["header"]).lower(): row["field"] for row in rows}
