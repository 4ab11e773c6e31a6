"""The fields that peers compare, read out of a workspace's evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from matcher.schema import Evidence
from matcher.types import RELATIONS

Float32 = NDArray[np.float32]
_DAYS_PER_YEAR = 365.2425
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]")
_NOT_HAN = re.compile("[^\u4e00-\u9fff]")
_ELSEWHERE = frozenset({"found", "accent"})


@dataclass(frozen=True, slots=True)
class Fields:
    """Records as a table with several values per cell, in the order of the evidence.

    Parameters
    ----------
    record_ids : tuple of str
        Case numbers.
    names, places : tuple of tuple of str
        As written; places without the place where the person was found.
    birth_year : ndarray of float64, shape (N,)
        Middle of the birth interval; NaN = unknown.
    sex : tuple of str
        `male`, `female`, or empty.
    photo_rows : ndarray of int64, shape (P,)
        Record of each photograph.
    vectors : ndarray of float32, shape (P, d)
        Its embedding.
    """

    record_ids: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    places: tuple[tuple[str, ...], ...]
    birth_year: NDArray[np.float64]
    sex: tuple[str, ...]
    photo_rows: NDArray[np.int64]
    vectors: Float32


def fields_of(evidence: Evidence) -> Fields:
    """Read the fields that peers compare out of a workspace's evidence."""
    records = evidence.records.to_pylist()
    middle = [
        np.nan
        if row["birth_earliest"] is None
        else 1970 + (row["birth_earliest"] + row["birth_latest"]) / 2 / _DAYS_PER_YEAR
        for row in records
    ]
    photos = evidence.photos.to_pylist()
    vectors = np.array([np.frombuffer(photo["vector"], "<f4") for photo in photos], np.float32)
    return Fields(
        tuple(row["record_id"] for row in records),
        _texts([row for row in evidence.names.to_pylist() if row["kind"] not in RELATIONS], len(records)),
        _texts([row for row in evidence.places.to_pylist() if row["role"] not in _ELSEWHERE], len(records)),
        np.array(middle, np.float64),
        tuple(row["sex"] or "" for row in records),
        np.array([photo["row"] for photo in photos], np.int64),
        vectors,
    )


def _texts(rows: Sequence[Mapping[str, object]], count: int) -> tuple[tuple[str, ...], ...]:
    found: list[list[str]] = [[] for _ in range(count)]
    for row in rows:
        found[int(str(row["row"]))].append(str(row["text"]))
    return tuple(tuple(texts) for texts in found)


def pinyin(text: str) -> str:
    """Spell a text in toneless pinyin, syllables set apart.

    >>> pinyin("王山江(音)")
    'wang shan jiang'
    """
    return " ".join(lazy_pinyin(_NOT_HAN.sub("", _BRACKETED.sub("", text))))
