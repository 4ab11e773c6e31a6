"""The fields that peers compare, read out of a workspace's evidence."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from matcher.schema import Evidence
from matcher.types import DAYS_PER_YEAR, RELATIONS

Float32 = NDArray[np.float32]
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
    height_cm : ndarray of float64, shape (N,)
        NaN = unknown.
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
    height_cm: NDArray[np.float64]
    photo_rows: NDArray[np.int64]
    vectors: Float32


def fields_of(evidence: Evidence) -> Fields:
    """Read the fields that peers compare out of a workspace's evidence."""
    records = evidence.records
    middle = pc.add(records["birth_earliest"].cast("float64"), records["birth_latest"].cast("float64"))
    count = records.num_rows
    return Fields(
        tuple(records["record_id"].to_pylist()),
        _texts(evidence.names, "kind", RELATIONS, count),
        _texts(evidence.places, "role", _ELSEWHERE, count),
        1970 + middle.to_numpy() / 2 / DAYS_PER_YEAR,
        tuple(pc.fill_null(records["sex"], "").to_pylist()),
        records["height_cm"].cast("float64").to_numpy(),
        evidence.photos["row"].to_numpy().astype(np.int64),
        _vectors(evidence.photos),
    )


def _texts(table: pa.Table, column: str, left_out: Collection[str], count: int) -> tuple[tuple[str, ...], ...]:
    """Texts of each record, without those of some kinds."""
    kept = table.filter(pc.invert(pc.is_in(table[column], pa.array(sorted(left_out), pa.string()))))
    found: list[list[str]] = [[] for _ in range(count)]
    for row, text in zip(kept["row"].to_pylist(), kept["text"].to_pylist(), strict=True):
        found[row].append(text)
    return tuple(tuple(texts) for texts in found)


def _vectors(photos: pa.Table) -> Float32:
    """Embeddings of all photographs, shape (P, d); without a copy of each by itself."""
    values = photos["vector"].combine_chunks()
    if not len(values):
        return np.zeros((0, 0), np.float32)
    joined = b"".join(values.to_pylist())
    return np.frombuffer(joined, "<f4").reshape(len(values), -1)


def pinyin(text: str) -> str:
    """Spell a text in toneless pinyin, syllables set apart.

    >>> pinyin("王山江(音)")
    'wang shan jiang'
    """
    return " ".join(lazy_pinyin(_NOT_HAN.sub("", _BRACKETED.sub("", text))))
