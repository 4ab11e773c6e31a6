"""Taking many names apart at once: ordinary ones by array operations, all others one by one.

The result is that of `name_table.build_name_table` over `name_table.true_name_of`, which is the readable twin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.frequencies import cold_start, compound_surnames
from matcher.phonetic.name_table import (
    MAX_GIVEN,
    UNUSUAL_STARTS,
    GalleryName,
    NameRows,
    NameTable,
    TranscribedName,
    TrueName,
    build_name_table,
    ordinary_characters,
    special_words,
    table_of_rows,
    true_name_of,
)

_LONGEST = 4
_CODE_POINTS = 0x110000
"""Elements of more than one character are numbered from here."""

Parse = Callable[[str], GalleryName | None]


def table_of_texts(texts: Sequence[str], parse: Parse = true_name_of) -> NameTable:
    """Take apart names as written; `parse` serves the names that are not ordinary."""
    return table_of_rows(rows_of_texts(texts, parse)) if texts else _no_names()


@cache
def _no_names() -> NameTable:
    return build_name_table(())


def rows_of_texts(texts: Sequence[str], parse: Parse = true_name_of) -> NameRows:
    """Split names into rows of elements."""
    characters, split = _splits(texts)
    surnames = np.full((len(texts), 2), -1, np.int32)
    givens = np.full((len(texts), MAX_GIVEN), -1, np.int32)
    for count in (0, 1, 2):
        rows = np.flatnonzero(split == count)
        surnames[rows, :count] = characters[rows, :count]
        width = min(MAX_GIVEN, _LONGEST - count)
        own = characters[rows, count : count + width].astype(np.int32)
        givens[rows, :width] = np.where(own > 0, own, -1)
    longer: dict[str, int] = {}
    transcribed: list[tuple[int, TranscribedName]] = []
    for row in np.flatnonzero(split < 0).tolist():
        name = parse(texts[row])
        if isinstance(name, TranscribedName):
            transcribed.append((row, name))
        elif name is not None:
            _fill(name, surnames[row], givens[row], longer)
    return _renumbered(surnames, givens, tuple(longer), transcribed)


def are_ordinary(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which names consist of surname and given name as written, shape (N,)."""
    return np.asarray(_splits(texts)[1] >= 0)


def _fill(name: TrueName, surname: NDArray[np.int32], given: NDArray[np.int32], longer: dict[str, int]) -> None:
    for row, part in ((surname, name.surname), (given, name.given)):
        for position, element in enumerate(part):
            code = ord(element) if len(element) == 1 else longer.setdefault(element, _CODE_POINTS + len(longer))
            row[position] = code


def _renumbered(
    surnames: NDArray[np.int32],
    givens: NDArray[np.int32],
    longer: tuple[str, ...],
    transcribed: list[tuple[int, TranscribedName]],
) -> NameRows:
    """Number the elements that occur from 0."""
    used = np.unique(np.concatenate([surnames.ravel(), givens.ravel()]))
    used = used[used >= 0]
    elements = tuple(chr(code) if code < _CODE_POINTS else longer[code - _CODE_POINTS] for code in used.tolist())

    def numbers(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.where(rows >= 0, np.searchsorted(used, rows), -1).astype(np.int32)

    return NameRows(numbers(surnames), numbers(givens), elements, transcribed)


def _splits(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int8]]:
    """Return the first characters of each name, and the length of its surname, -1 if the name is not ordinary."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    characters = np.array([text[:_LONGEST] for text in texts], f"U{_LONGEST}").view(np.uint32).reshape(-1, _LONGEST)
    words = _words()
    starts = _pairs(characters)
    compound = np.isin(starts, words.compounds)
    beyond = np.arange(_LONGEST) >= lengths[:, None]
    ordinary = (words.ordinary[characters] | beyond).all(axis=1) & (lengths >= 2) & (lengths <= _LONGEST)
    ordinary &= ~np.isin(starts, words.unusual_starts)
    ordinary &= np.where(compound, lengths > 2, lengths < _LONGEST)
    for row in np.flatnonzero(ordinary & np.isin(starts, words.special_starts)).tolist():
        ordinary[row] = texts[row] not in special_words()
    with_surname = (lengths > 2) | words.listed[characters[:, 0]]
    return characters, np.where(ordinary, np.where(compound, 2, with_surname), -1).astype(np.int8)


@dataclass(frozen=True, slots=True)
class _Words:
    """What tells ordinary names from others: characters as flags by code point, beginnings as packed pairs."""

    ordinary: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    compounds: NDArray[np.uint64]
    unusual_starts: NDArray[np.uint64]
    special_starts: NDArray[np.uint64]


@cache
def _words() -> _Words:
    return _Words(
        ordinary=_flags(ordinary_characters()),
        listed=_flags(name for name in cold_start().surnames if len(name) == 1),
        compounds=_starts(compound_surnames()),
        unusual_starts=_starts(UNUSUAL_STARTS),
        special_starts=_starts(special_words()),
    )


def _flags(characters: Iterable[str]) -> NDArray[np.bool_]:
    flags = np.zeros(_CODE_POINTS, np.bool_)
    flags[[ord(character) for character in characters]] = True
    return flags


def _starts(words: Iterable[str]) -> NDArray[np.uint64]:
    starts = sorted({word[:2] for word in words if len(word) > 1})
    return np.unique(_pairs(np.array(starts, "U2").view(np.uint32).reshape(-1, 2)))


def _pairs(characters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    return (characters[:, 0].astype(np.uint64) << np.uint64(32)) | characters[:, 1]
