"""Other ways to search names, as a practitioner would build them: each scores every distinct name of a gallery.

pinyin readings come from pypinyin's default, one per character, as all of these recipes do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

Scores = NDArray[np.float64]
Peer = Callable[[str], Scores]


def peers(names: Sequence[str]) -> dict[str, Peer]:
    """Prepare every peer for one gallery of distinct names; a greater score is a better match."""
    spelled = [_pinyin(name) for name in names]
    tokens = _Bm25(spelled)
    return {
        "exact pinyin": lambda query: _equal(_pinyin(query), spelled),
        "pinyin ratio": lambda query: _ratio(_pinyin(query), spelled),
        "pinyin Jaro-Winkler": lambda query: _jaro_winkler(_pinyin(query), spelled),
        "character ratio": lambda query: _ratio(query, names),
        "mean of character and pinyin ratio": lambda query: (
            (_ratio(query, names) + _ratio(_pinyin(query), spelled)) / 2.0
        ),
        "BM25 over pinyin n-grams": lambda query: tokens.scores(_pinyin(query)),
    }


def _pinyin(name: str) -> str:
    return " ".join(lazy_pinyin(name)).lower()


def _equal(query: str, spelled: Sequence[str]) -> Scores:
    return np.array([float(other == query) for other in spelled])


def _ratio(query: str, choices: Sequence[str]) -> Scores:
    return np.asarray(process.cdist([query], choices, scorer=fuzz.ratio, dtype=np.float32)[0], np.float64)


def _jaro_winkler(query: str, choices: Sequence[str]) -> Scores:
    return np.asarray(process.cdist([query], choices, scorer=JaroWinkler.similarity, dtype=np.float32)[0], np.float64)


class _Bm25:
    """Okapi BM25 (k1 = 1.2, b = 0.75) over syllables, pairs of syllables and first letters."""

    def __init__(self, documents: Sequence[str]) -> None:
        postings: dict[str, list[tuple[int, int]]] = {}
        self.lengths = np.zeros(len(documents))
        for number, document in enumerate(documents):
            counts = Counter(_grams(document))
            self.lengths[number] = sum(counts.values())
            for gram, count in counts.items():
                postings.setdefault(gram, []).append((number, count))
        self.postings = {gram: np.array(rows, np.int32) for gram, rows in postings.items()}

    def scores(self, query: str) -> Scores:
        """Score every document."""
        total = np.zeros(len(self.lengths))
        mean = self.lengths.mean() if len(self.lengths) else 1.0
        for gram in _grams(query):
            rows = self.postings.get(gram)
            if rows is None:
                continue
            rarity = math.log(1.0 + (len(self.lengths) - len(rows) + 0.5) / (len(rows) + 0.5))
            count = rows[:, 1]
            total[rows[:, 0]] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * self.lengths[rows[:, 0]] / mean))
        return total


def _grams(spelled: str) -> list[str]:
    syllables = spelled.split()
    pairs = [f"{first} {second}" for first, second in pairwise(syllables)]
    return [*syllables, *pairs, "".join(syllable[0] for syllable in syllables)]
