"""Other ways to search names, as a practitioner would build them: each scores every distinct name of a gallery.

Pinyin comes from pypinyin's default, one reading a character, as all of these recipes do. Names that share a spelling
are scored once. rapidfuzz compares a batch of queries with all spellings in one call, which is its fastest form.
"""

from __future__ import annotations

import importlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

Scores = NDArray[np.float64]
Peer = Callable[[Sequence[str]], Iterator[Scores]]
"""Scores every name of a gallery for each query, in order; a greater score is a better match, 0 is none."""

BATCH = 16
"""Queries that rapidfuzz takes at once."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """Distinct spellings of a gallery's names, and which of them each name has."""

    texts: tuple[str, ...]
    of: NDArray[np.int64]

    @classmethod
    def collect(cls, texts: Sequence[str]) -> Spellings:
        """Number the distinct spellings."""
        numbers: dict[str, int] = {}
        of = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
        return cls(tuple(numbers), of)


def peers(names: Sequence[str]) -> dict[str, Peer]:
    """Prepare every peer for one gallery of distinct names; DimSim takes part when it is installed."""
    spelled = Spellings.collect([_pinyin(name) for name in names])
    written = Spellings.collect(names)
    tokens = _Bm25(spelled)
    found: dict[str, Peer] = {
        "exact pinyin": _each(_exact(spelled)),
        "pinyin ratio": lambda queries: _fuzzy([_pinyin(q) for q in queries], spelled, fuzz.ratio),
        "pinyin Jaro-Winkler": lambda queries: _fuzzy([_pinyin(q) for q in queries], spelled, JaroWinkler.similarity),
        "character ratio": lambda queries: _fuzzy(queries, written, fuzz.ratio),
        "mean of character and pinyin ratio": lambda queries: (
            (one + two) / 2.0
            for one, two in zip(
                _fuzzy(queries, written, fuzz.ratio),
                _fuzzy([_pinyin(q) for q in queries], spelled, fuzz.ratio),
                strict=True,
            )
        ),
        "BM25 over pinyin n-grams": _each(lambda query: tokens.scores(_pinyin(query))),
    }
    dimsim = _dimsim(names)
    if dimsim is not None:
        found["DimSim"] = _each(dimsim)
    return found


def _each(score: Callable[[str], Scores]) -> Peer:
    return lambda queries: (score(query) for query in queries)


def _pinyin(name: str) -> str:
    return " ".join(lazy_pinyin(name)).lower()


def _exact(spelled: Spellings) -> Callable[[str], Scores]:
    numbers = {text: number for number, text in enumerate(spelled.texts)}
    return lambda query: (spelled.of == numbers.get(_pinyin(query), -1)).astype(np.float64)


def _fuzzy(queries: Sequence[str], choices: Spellings, scorer: Callable[..., float]) -> Iterator[Scores]:
    for low in range(0, len(queries), BATCH):
        scores = process.cdist(queries[low : low + BATCH], choices.texts, scorer=scorer, dtype=np.float32)
        for row in scores:
            yield row[choices.of].astype(np.float64)


class _Bm25:
    """Okapi BM25 (k1 = 1.2, b = 0.75) over syllables, pairs of syllables and first letters."""

    def __init__(self, documents: Spellings) -> None:
        self.of = documents.of
        postings: dict[str, list[tuple[int, int]]] = {}
        self.lengths = np.zeros(len(documents.texts))
        # Names count, not spellings: a spelling that many names share is that much commoner.
        self.weights = np.bincount(documents.of, minlength=len(documents.texts))
        for number, document in enumerate(documents.texts):
            counts = Counter(_grams(document))
            self.lengths[number] = sum(counts.values())
            for gram, count in counts.items():
                postings.setdefault(gram, []).append((number, count))
        self.postings = {gram: np.array(rows, np.int32) for gram, rows in postings.items()}

    def scores(self, query: str) -> Scores:
        """Score every document."""
        total = np.zeros(len(self.lengths))
        names = float(self.weights.sum())
        mean = float(self.lengths @ self.weights) / names if names else 1.0
        for gram in _grams(query):
            rows = self.postings.get(gram)
            if rows is None:
                continue
            holding = float(self.weights[rows[:, 0]].sum())
            rarity = math.log(1.0 + (names - holding + 0.5) / (holding + 0.5))
            count = rows[:, 1]
            total[rows[:, 0]] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * self.lengths[rows[:, 0]] / mean))
        return total[self.of]


def _grams(spelled: str) -> list[str]:
    syllables = spelled.split()
    pairs = [f"{first} {second}" for first, second in pairwise(syllables)]
    return [*syllables, *pairs, "".join(syllable[0] for syllable in syllables)]


def _dimsim(names: Sequence[str]) -> Callable[[str], Scores] | None:
    """Return the peer, None when the package is not there; it compares names of one length alone.

    Its distance is the mean over positions of a distance of two characters, so that a table for each character of a
    query serves all names; called name by name it would take 60 microseconds each.
    """
    try:
        distance = importlib.import_module("dimsim").get_distance
    except ImportError:
        return None
    characters = {c: number for number, c in enumerate(sorted({c for name in names for c in name if _is_known(c)}))}
    rows = {length: [n for n, name in enumerate(names) if len(name) == length] for length in range(1, 7)}
    codes = {
        length: np.array([[characters.get(c, -1) for c in names[row]] for row in of], np.int64).reshape(-1, length)
        for length, of in rows.items()
    }

    @cache
    def distances(character: str) -> Scores:
        return np.array([*(_distance(distance, character, other) for other in characters), np.inf])

    def scores(query: str) -> Scores:
        result = np.zeros(len(names))
        if len(query) in rows and all(_is_known(c) for c in query):
            tables = [distances(character) for character in query]
            total = np.sum([table[codes[len(query)][:, at]] for at, table in enumerate(tables)], axis=0)
            result[rows[len(query)]] = 1.0 / (1.0 + total / len(query))
        return result

    return scores


def _is_known(character: str) -> bool:
    return "一" <= character <= "龥"


def _distance(measure: Callable[[str, str], float], one: str, other: str) -> float:
    try:
        return float(measure(one, other))
    except Exception:  # whatever a foreign library raises for a character it does not know
        return np.inf
