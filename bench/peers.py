"""What others do with the same records: similarity scores by hand-set weights, on the same workspace.

`hand_weights` is the usual practice of case systems without likelihoods: one similarity in [0, 1] per field, missing
fields count nothing, weights .5 face, .2 name, .2 place, .1 age. Names and places are compared as toneless pinyin by
edit ratio (rapidfuzz), faces by cosine, ages by years apart.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from bench import splink_peer
from bench.peer_fields import Fields, Float32, pinyin

WEIGHTS = {"face": 0.5, "name": 0.2, "place": 0.2, "age": 0.1}
"""The usual weights; nobody publishes how they were chosen."""

_YEARS_APART = 10.0


def peer_scores(
    fields: Fields, probes: Sequence[str], cpu_seconds: dict[str, float]
) -> Mapping[str, Mapping[str, Float32]]:
    """Score the probes with every peer that is installed: peer -> probe -> value of each record.

    Parameters
    ----------
    fields : Fields
        All records, in the order of the gallery.
    probes : sequence of str
        Open cases.
    cpu_seconds : dict
        Takes the process time of each peer.
    """
    started = time.process_time()
    weights = HandWeights(fields)
    found: dict[str, Mapping[str, Float32]] = {"hand_weights": {probe: weights.scores(probe) for probe in probes}}
    cpu_seconds["hand_weights"] = time.process_time() - started
    if splink_peer.available():
        started = time.process_time()
        found["splink"] = splink_peer.splink_scores(fields, probes)
        cpu_seconds["splink"] = time.process_time() - started
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
