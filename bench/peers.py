"""What others do with the same records: similarity scores by hand-set weights, on the same workspace.

`hand_weights` is the usual practice of case systems without likelihoods: one similarity in [0, 1] per field, missing
fields count nothing, weights .5 face, .2 name, .2 place, .1 age. Names and places are compared as toneless pinyin by
edit ratio (rapidfuzz), faces by cosine, ages by years apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from bench import splink_peer
from bench.peer_fields import Fields, Float32, pinyin

WEIGHTS = {"face": 0.5, "name": 0.2, "place": 0.2, "age": 0.1}
"""The usual weights; nobody publishes how they were chosen."""

_YEARS_APART = 10.0


Scores = Callable[[str], Float32]
"""From a probe to the value of each record, shape (N,)."""

Prepare = Callable[[Fields, Sequence[str]], Scores]
"""From all records, in the order of the gallery, and the open cases to scores of one of them."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer that has seen the records."""

    name: str
    scores: Scores


def peers() -> Mapping[str, Prepare]:
    """Return every peer that is installed, by name."""
    found: dict[str, Prepare] = {"hand_weights": lambda fields, _: HandWeights(fields).scores}
    if splink_peer.available():
        found["splink"] = splink_peer.splink_scores
    return found


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
    """Texts of all records, each spelling once; several per record.

    Parameters
    ----------
    rows : ndarray of int64, shape (T,)
        Record of each text, ascending.
    first : ndarray of int64, shape (R,)
        Where the texts of each record that has any begin.
    codes : ndarray of int64, shape (T,)
        Number of each text's spelling.
    spelled : tuple of str
        Distinct spellings.
    """

    count: int
    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    codes: NDArray[np.int64]
    spelled: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> _Texts:
        spell = cache(pinyin)
        pairs = [(row, spell(text)) for row, several in enumerate(texts) for text in several]
        number = {text: code for code, text in enumerate(dict.fromkeys(text for _, text in pairs))}
        rows = np.array([row for row, _ in pairs], np.int64)
        codes = np.array([number[text] for _, text in pairs], np.int64)
        return cls(len(texts), rows, np.unique(rows, return_index=True)[1], codes, tuple(number))

    def similarity(self, row: int) -> Float32:
        """Return the best edit ratio in [0, 1] between a record's texts and every record's."""
        low, high = np.searchsorted(self.rows, [row, row + 1])
        own = [self.spelled[code] for code in self.codes[low:high] if self.spelled[code]]
        best = np.zeros(self.count, np.float32)
        if own:
            similar = cdist(own, self.spelled, scorer=ratio, dtype=np.float32).max(axis=0) / 100.0
            best[self.rows[self.first]] = np.maximum.reduceat(similar[self.codes], self.first)
        return best
