"""Generic words of place names, such as 公社 and 县, with the levels they speak of."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class GenericWord(NamedTuple):
    """A generic word such as 公社, with the levels it speaks of.

    Parameters
    ----------
    word : str
        The word.
    levels : tuple of int
        Levels.
    strong : bool
        It ends a segment wherever it stands; other words are often parts of names.
    pinyin : tuple of str
        Syllables by which it is known at the end of a query in Latin letters; empty = not looked for.
    """

    word: str
    levels: tuple[int, ...]
    strong: bool
    pinyin: tuple[str, ...]


@cache
def generic_words() -> tuple[GenericWord, ...]:
    """Return the generic words, longest and strongest first."""
    return tuple(
        GenericWord(row["word"], tuple(map(int, row["levels"].split())), row["ends_segment"] == "always",
                    tuple(row["pinyin"].split()))
        for row in data_rows("generic_words.csv")
    )  # fmt: skip


@cache
def generic_by_first() -> dict[str, tuple[GenericWord, ...]]:
    """Return the generic words by their first character, in the order of `generic_words`."""
    found: dict[str, tuple[GenericWord, ...]] = {}
    for item in generic_words():
        found[item.word[0]] = (*found.get(item.word[0], ()), item)
    return found


def data_rows(name: str) -> list[dict[str, str]]:
    """Read a table of the data folder."""
    text = files("matcher.placenames").joinpath(f"data/{name}").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
