"""What others do with the same records: similarity scores by hand-set weights, on the same workspace.

`hand_weights` is the usual practice of case systems without likelihoods: one similarity in [0, 1] per field, missing
fields count nothing, weights .5 face, .2 name, .2 place, .1 age. Names and places are compared as toneless pinyin by
edit ratio (rapidfuzz), faces by cosine, ages by years apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from matcher.schema import Evidence

Float32 = NDArray[np.float32]
WEIGHTS = {"face": 0.5, "name": 0.2, "place": 0.2, "age": 0.1}
"""The usual weights; nobody publishes how they were chosen."""

_YEARS_APART = 10.0
_ELSEWHERE = frozenset({"found", "accent"})
_DAYS_PER_YEAR = 365.2425


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
        _texts(evidence.names.to_pylist(), len(records)),
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
    return " ".join(lazy_pinyin("".join(character for character in text if "\u4e00" <= character <= "\u9fff")))


class HandWeights:
    """Similarities of all records prepared once, read probe by probe."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._row = {record_id: row for row, record_id in enumerate(fields.record_ids)}
        self._names = _Texts.of(fields.names)
        self._places = _Texts.of(fields.places)

    def scores(self, probe_id: str) -> Float32:
        """Return the weighted sum for every record, shape (N,)."""
        row = self._row[probe_id]
        total = WEIGHTS["name"] * self._names.similarity(row) + WEIGHTS["place"] * self._places.similarity(row)
        return np.asarray(total + WEIGHTS["face"] * self._faces(row) + WEIGHTS["age"] * self._ages(row), np.float32)

    def _faces(self, row: int) -> Float32:
        fields = self._fields
        own = fields.vectors[fields.photo_rows == row]
        best = np.zeros(len(fields.record_ids), np.float32)
        if len(own):
            cosine = np.clip(np.max(fields.vectors @ own.T, axis=1), 0.0, 1.0)
            np.maximum.at(best, fields.photo_rows, cosine)
        return best

    def _ages(self, row: int) -> Float32:
        years = np.abs(self._fields.birth_year - self._fields.birth_year[row])
        return np.asarray(np.nan_to_num(np.clip(1.0 - years / _YEARS_APART, 0.0, 1.0), nan=0.0), np.float32)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of all records, spelled; several per record."""

    count: int
    rows: NDArray[np.int64]
    spelled: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> _Texts:
        pairs = [(row, pinyin(text)) for row, several in enumerate(texts) for text in several]
        return cls(len(texts), np.array([row for row, _ in pairs], np.int64), tuple(text for _, text in pairs))

    def similarity(self, row: int) -> Float32:
        """Return the best edit ratio in [0, 1] between a record's texts and every record's."""
        own = [self.spelled[i] for i in np.flatnonzero(self.rows == row) if self.spelled[i]]
        best = np.zeros(self.count, np.float32)
        if own:
            similar = cdist(own, self.spelled, scorer=ratio, dtype=np.float32).max(axis=0) / 100.0
            np.maximum.at(best, self.rows, similar)
        return best
