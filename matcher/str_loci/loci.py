"""Loci, their spellings, and the panels of typing kits."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, cast

from matcher.errors import InputError

_USUAL_SPELLING = 32

LocusKind = Literal["autosomal", "y", "sex"]
"""`sex`: Amelogenin and the Y insertion, which tell the sex and carry no kinship."""


@dataclass(frozen=True, slots=True)
class Locus:
    """One locus.

    Parameters
    ----------
    name : str
        Canonical name; the Penta loci are written without a space.
    kind : LocusKind
        How it is inherited.
    repeat_bp : int or None
        Bases of one repeat; None = not in the kit tables read.
    """

    name: str
    kind: LocusKind
    repeat_bp: int | None


def _spelling(text: str) -> str:
    """Reduce a spelling to what distinguishes loci: letters and digits, upper case, half width."""
    return "".join(ch for ch in unicodedata.normalize("NFKC", text).upper() if ch.isalnum())


def _rows(name: str) -> list[dict[str, str]]:
    with (files("matcher.str_loci") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def _catalogue() -> dict[str, Locus]:
    """Map every known spelling to its locus."""
    spellings: dict[str, Locus] = {}
    for row in _rows("loci.csv"):
        repeat = int(row["repeat_bp"]) if row["repeat_bp"] else None
        locus = Locus(row["locus"], cast("LocusKind", row["kind"]), repeat)
        spellings |= {_spelling(text): locus for text in (locus.name, *row["aliases"].split())}
    return spellings


def find_locus(text: str) -> Locus | None:
    """Return the locus that a laboratory's spelling means; None = unknown.

    >>> find_locus("Penta_D").name, find_locus("THO1").name, find_locus("ｖWA").name
    ('PentaD', 'TH01', 'vWA')
    >>> find_locus("D99S1") is None
    True
    """
    return _found(text) if len(text) <= _USUAL_SPELLING else _catalogue().get(_spelling(text))


@lru_cache(1024)
def _found(text: str) -> Locus | None:
    """Look up a spelling of usual length; a table repeats the same few dozen in millions of rows."""
    return _catalogue().get(_spelling(text))


def loci(kind: LocusKind | None = None) -> tuple[Locus, ...]:
    """List all loci, or those of one kind, in alphabetical order."""
    distinct = {locus.name: locus for locus in _catalogue().values()}
    return tuple(locus for _, locus in sorted(distinct.items()) if kind is None or locus.kind == kind)


@cache
def kits() -> dict[str, frozenset[str]]:
    """Return the loci of each known kit, by kit name."""
    panels: dict[str, set[str]] = {}
    for row in _rows("kits.csv"):
        panels.setdefault(row["kit"], set()).add(row["locus"])
    return {kit: frozenset(panel) for kit, panel in panels.items()}


def kit_loci(kit: str) -> tuple[str, ...]:
    """Return the autosomal loci of a kit in alphabetical order.

    Raises
    ------
    InputError
        For a kit that is not in the list.
    """
    if kit not in kits():
        raise InputError(f"kit '{kit}' is unknown", remedy=f"use one of {', '.join(sorted(kits()))}")
    autosomal = {locus.name for locus in loci("autosomal")}
    return tuple(sorted(kits()[kit] & autosomal))


def likely_kit(typed: Iterable[str]) -> str | None:
    """Name the smallest kit that types all of these loci; None when no known kit does.

    >>> likely_kit(["D6S1043", "PentaE", "CSF1PO", "AMEL"])
    'Goldeneye 20A'
    """
    names = set(typed)
    fitting = [(len(panel), kit) for kit, panel in kits().items() if names and names <= panel]
    return min(fitting)[1] if fitting else None
