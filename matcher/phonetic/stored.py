"""A table of names as plain arrays, to be kept in files and opened without taking any name apart again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.grouped import GroupedNames
from matcher.phonetic.name_table import NameTable, TranscribedName, transcribed_table
from matcher.phonetic.slots import build_slot

Array = NDArray[np.generic]
Arrays = Mapping[str, Array]

PARSE_VERSION = "1"
"""Changes whenever the same text would be taken apart differently by other code."""

_GROUPS = ("first", "surname_codes", "given_codes", "given_lengths")


def arrays_of(table: NameTable, groups: GroupedNames) -> dict[str, Array]:
    """Return everything but what the groups tell: which row of the table each of their names is."""
    transcribed = table.transcribed
    return {
        **{name: getattr(groups, name) for name in _GROUPS},
        "surnames": table.surnames,
        "givens": table.givens,
        "surname_elements": _packed(table.surname_slot.elements),
        "given_elements": _packed(table.given_slot.elements),
        "transcribed_rows": transcribed.rows,
        "transcribed_elements": _packed(transcribed.elements),
        "transcribed_first": transcribed.first,
        "transcribed_second": transcribed.second,
        "transcribed_dotted": transcribed.dotted,
    }


def groups_from(arrays: Arrays) -> GroupedNames:
    """Return the groups that `arrays_of` took."""
    return GroupedNames(*(arrays[name] for name in _GROUPS))  # type: ignore[arg-type]


def table_from(arrays: Arrays, rows: NDArray[np.int64], count: int) -> NameTable:
    """Return the table that `arrays_of` took.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        From `arrays_of`.
    rows : ndarray of int64, shape (H,)
        The table's row of each name of the groups.
    count : int
        Length of the table.
    """
    groups = groups_from(arrays)
    surname_of, given_of = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    surname_of[rows] = groups.surname_codes
    given_of[rows] = groups.given_of()
    elements = _unpacked(arrays["transcribed_elements"])
    names = [
        (row, TranscribedName((elements[first], *([elements[second]] if second >= 0 else [])), dotted))
        for row, first, second, dotted in zip(
            *(arrays[f"transcribed_{part}"].tolist() for part in ("rows", "first", "second", "dotted")), strict=True
        )
    ]
    return NameTable(
        surname_slot=build_slot("surname", _unpacked(arrays["surname_elements"])),
        given_slot=build_slot("given", _unpacked(arrays["given_elements"])),
        surnames=np.asarray(arrays["surnames"], np.int32),
        givens=np.asarray(arrays["givens"], np.int32),
        surname_of=surname_of,
        given_of=given_of,
        transcribed=transcribed_table(names),
    )


@cache
def parse_stamp() -> str:
    """Name the version of the rules and tables by which names are taken apart."""
    digest = hashlib.sha256(PARSE_VERSION.encode())
    directory = files("matcher.phonetic").joinpath("data")
    for entry in sorted(directory.iterdir(), key=lambda item: item.name):
        if entry.name.endswith((".csv", ".txt")):
            digest.update(entry.name.encode() + entry.read_bytes())
    return digest.hexdigest()[:16]


def _packed(texts: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode("utf-8", "surrogatepass"), np.uint8)


def _unpacked(packed: Array) -> list[str]:
    return packed.tobytes().decode("utf-8", "surrogatepass").split("\n") if packed.size else []
