"""How place names are read where the commonest reading of a character misleads: 长 is cháng in names, 单县 is Shànxiàn.

Characters that nearly all place names read in one way have that reading first. A name that only its own people read so
is listed twice, once as the dictionary reads it and once with letters of its own, because speakers say both.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from matcher.phonetic.readings import Reading, parse_marked, readings

_FIRST_LETTER = 0xE000
"""Local letters take private-use characters, which no listed name contains."""


def place_character(character: str) -> tuple[int, int]:
    """Return (syllable code, tone) of a character that place names read alike; (0, 0) for any other."""
    return _place_characters().get(character, (0, 0))


def first_reading(character: str) -> tuple[int, int]:
    """Return (syllable code, tone) of the likeliest reading of a character in place names."""
    first = readings(character)[0]
    return _place_characters().get(character, (first.syllable_code, first.tone))


def local_letter(letter: str) -> tuple[Reading, ...]:
    """Return the reading of a local letter; empty for any other character."""
    sound = _letters()[1].get(letter)
    return (Reading(*sound, 1.0),) if sound else ()


@cache
def local_names() -> dict[tuple[str, str], str]:
    """Return the spelling in local letters of each (province, core name) that is read in a way of its own."""
    letters, _ = _letters()
    return {
        (row["province"], row["core"]): "".join(
            letters.get((character, sound), character) for character, sound in _sounds(row)
        )
        for row in _rows("local_readings.csv")
    }


@cache
def _letters() -> tuple[dict[tuple[str, tuple[int, int]], str], dict[str, tuple[int, int]]]:
    """Number the (character, reading) pairs that differ from the dictionary; and the reading of each letter."""
    pairs = {
        (character, sound)
        for row in _rows("local_readings.csv")
        for character, sound in _sounds(row)
        if sound != first_reading(character)
    }
    letters = {pair: chr(_FIRST_LETTER + number) for number, pair in enumerate(sorted(pairs))}
    return letters, {letter: sound for (_, sound), letter in letters.items()}


def _sounds(row: dict[str, str]) -> list[tuple[str, tuple[int, int]]]:
    return list(zip(row["core"], map(parse_marked, row["pinyin"].split()), strict=True))


@cache
def _place_characters() -> dict[str, tuple[int, int]]:
    return {row["character"]: parse_marked(row["pinyin"]) for row in _rows("place_characters.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("matcher.placenames").joinpath(f"data/{name}").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
