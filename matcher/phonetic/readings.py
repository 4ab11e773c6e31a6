"""Readings of Han characters as syllable codes with tone and weight; the only door to pypinyin.

Invariant: weights of one character sum to 1; the most likely reading comes first.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from matcher.errors import ReferenceDataError
from matcher.phonetic.normalise import fold_character, is_han
from matcher.phonetic.syllables import NEUTRAL_TONE, UNKNOWN_TONE, code_of

MAX_READINGS = 4
"""pypinyin also lists obsolete readings; those come last and are cut."""

# Share of the first reading, the rest being divided by rank: first readings are right for all but 0.36 % of the
# uses of given-name characters, yet a person may use, and a clerk may hear, any other living one.
_FIRST_SHARE = 0.8
_SURNAME_SHARE = 0.9

_TONE_MARKS = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a character.

    Parameters
    ----------
    syllable_code : int
        Code in `matcher.phonetic.syllables`, never 0.
    tone : int
        1-4, 5 = neutral, 0 = unknown.
    weight : float
        Probability of this reading for this character in this role.
    """

    syllable_code: int
    tone: int
    weight: float


@lru_cache(maxsize=65536)
def readings(character: str) -> tuple[Reading, ...]:
    """Return the readings of one character in ordinary use, most likely first; empty when none is known.

    >>> from matcher.phonetic.syllables import text_of
    >>> [text_of(r.syllable_code) + str(r.tone) for r in readings("重")]
    ['zhong4', 'chong2', 'tong2']
    """
    found = _pinyin_of(character)
    if not found and is_han(character):
        found = _pinyin_of(fold_character(character))
    return _weighted(found, _FIRST_SHARE)


@lru_cache(maxsize=16384)
def surname_readings(surname: str) -> tuple[tuple[Reading, ...], ...]:
    """Return the readings of each character of a surname, its reading as a surname first.

    Parameters
    ----------
    surname : str
        One character, or a compound surname such as 万俟.

    >>> from matcher.phonetic.syllables import text_of
    >>> [[text_of(r.syllable_code) for r in options] for options in surname_readings("单")]
    [['shan', 'dan', 'chan']]
    >>> [text_of(options[0].syllable_code) for options in surname_readings("万俟")]
    ['mo', 'qi']
    """
    special = _surname_table().get(surname)
    options: list[tuple[Reading, ...]] = []
    for position, character in enumerate(surname):
        ordinary = _pinyin_of(character)
        if special:
            first = special[position]
            rest = [item for item in ordinary if item[0] != first[0]]
            options.append(_weighted([first, *rest], _SURNAME_SHARE))
        else:
            options.append(readings(character))
    return tuple(options)


def _weighted(found: list[tuple[int, int]], first_share: float) -> tuple[Reading, ...]:
    kept = found[:MAX_READINGS]
    if len(kept) < 2:
        return tuple(Reading(code, tone, 1.0) for code, tone in kept)
    raw = [first_share, *((1.0 - first_share) * 0.5**rank for rank in range(1, len(kept)))]
    total = sum(raw)
    return tuple(Reading(code, tone, share / total) for (code, tone), share in zip(kept, raw, strict=True))


def _pinyin_of(character: str) -> list[tuple[int, int]]:
    """List the distinct (syllable, tone) of a character in pypinyin's order."""
    found: list[tuple[int, int]] = []
    if len(character) != 1:
        return found
    for spelling in _single_characters().get(ord(character), "").split(","):
        reading = parse_marked(spelling)
        if reading[0] and reading not in found:
            found.append(reading)
    return found


def parse_marked(spelling: str) -> tuple[int, int]:
    """Read one syllable with a tone mark, such as `lǚ`, as (syllable code, tone); (0, 0) when it is none.

    >>> from matcher.phonetic.syllables import code_of
    >>> parse_marked("lǚ") == (code_of("lv"), 3)
    True
    """
    tone = NEUTRAL_TONE
    letters: list[str] = []
    for character in unicodedata.normalize("NFD", spelling.strip()):
        if character in _TONE_MARKS:
            tone = _TONE_MARKS[character]
        elif character == "\u0308" and letters:
            letters[-1] = "v"
        else:
            letters.append(character)
    code = code_of("".join(letters))
    return (code, tone) if code else (0, UNKNOWN_TONE)


@cache
def _single_characters() -> Mapping[int, str]:
    """Read the table of single characters alone: importing pypinyin reads its phrases too, for five times as long."""
    package = find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ReferenceDataError("the table of readings is not installed", remedy="run: pip install pypinyin")
    table = Path(package.origin).with_name("pinyin_dict.json")
    return {int(code): spellings for code, spellings in json.loads(table.read_text("utf-8")).items()}


@cache
def _surname_table() -> dict[str, tuple[tuple[int, int], ...]]:
    """Map surnames to their readings where those differ from the ordinary first reading."""
    text = files("matcher.phonetic").joinpath("data/surname_readings.csv").read_text("utf-8")
    table: dict[str, tuple[tuple[int, int], ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        table[row["surname"]] = tuple(parse_marked(item) for item in row["pinyin"].split())
    return table


def known_surnames() -> tuple[str, ...]:
    """List the surnames whose reading is stated, compound surnames among them."""
    return tuple(_surname_table())
