"""Distinct names as sequences of character codes, sorted so that neighbours share their beginnings.

Characters, not syllables, are the letters of the search: the cost of hearing one character as another holds readings,
tones and interchangeable morphemes at once, and equal characters can be told from equal sounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.phonetic.normalise import fold_character, is_han
from matcher.phonetic.readings import Reading, readings
from matcher.placenames.local_readings import local_letter, place_character
from matcher.placenames.tables import ALPHABET, NAMES, POSTINGS

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
MAX_NAME = 24
"""Characters of a name that are indexed; the longest core in the known lists has 22."""


@cache
def _fold(character: str) -> str:
    character = _DIGITS.get(character, character)
    return fold_character(character) if is_han(character) else ""


def folded(name: str) -> str:
    """Return the characters of a name that sound: Han only, simplified, digits as numerals, others dropped.

    >>> folded("2 號院"), folded("阿不都·外力")
    ('二号院', '阿不都外力')
    """
    return "".join(map(_fold, name))[:MAX_NAME]


def alphabet_table(characters: Sequence[str]) -> pa.Table:
    """Tabulate characters with their readings."""
    found = [local_letter(character) or place_readings(character) for character in characters]
    return pa.table(
        [
            pa.array(characters, pa.string()),
            pa.array([[item.syllable_code for item in options] for options in found], pa.list_(pa.uint16())),
            pa.array([[item.tone for item in options] for options in found], pa.list_(pa.uint8())),
            pa.array([[item.weight for item in options] for options in found], pa.list_(pa.float32())),
        ],
        schema=ALPHABET,
    )


@lru_cache(maxsize=65536)
def place_readings(character: str) -> tuple[Reading, ...]:
    """Return the readings of a character in place names, most likely first.

    >>> from matcher.phonetic.syllables import text_of
    >>> [text_of(item.syllable_code) for item in place_readings("长")]
    ['chang', 'zhang']
    """
    options = readings(character)
    chosen = place_character(character)
    sounds = [(item.syllable_code, item.tone) for item in options]
    if chosen not in sounds:
        return options
    order = [chosen, *(sound for sound in sounds if sound != chosen)]
    return tuple(Reading(*sound, item.weight) for sound, item in zip(order, options, strict=True))


def name_tables(
    cores: Sequence[str], links: NDArray[np.int32], levels: NDArray[np.int8], local: Mapping[int, str]
) -> dict[str, pa.Table]:
    """Build `names`, `postings` and `alphabet`.

    Parameters
    ----------
    cores : sequence of str, length R
        Core of every row of the places table.
    links : ndarray of int32, shape (L, 2)
        Pairs (place meant, row that bears the name).
    levels : ndarray of int8, shape (R,)
        Level of every row.
    local : mapping of int to str
        Rows whose name is also listed as it is read there, with letters of `local_readings.local_letter`.
    """
    texts = [folded(core) for core in cores]
    alphabet = sorted(set().union(*map(set, texts), *map(set, local.values())))
    code_of = {character: code for code, character in enumerate(alphabet)}
    usable = np.fromiter((bool(text) for text in texts), bool, len(texts))
    links = links[usable[links[:, 1]]]
    # UTF-32 strings sort by code point, which is the order of the codes: the alphabet is sorted.
    borne = [texts[row] for row in links[:, 1]]
    read_locally = [index for index, row in enumerate(links[:, 1].tolist()) if row in local]
    borne += [local[int(links[index, 1])] for index in read_locally]
    links = np.concatenate([links, links[read_locally]])
    distinct, name_of_link = np.unique(np.array(borne), return_inverse=True)
    order = np.lexsort((links[:, 1], links[:, 0], name_of_link))
    links, name_of_link = links[order], name_of_link[order]
    first = np.searchsorted(name_of_link, np.arange(distinct.shape[0])).astype(np.int32)
    top = np.minimum.reduceat(levels[links[:, 0]], first)
    names: list[str] = distinct.tolist()
    columns = [
        pa.array(names, pa.string()),
        pa.array([[code_of[character] for character in name] for name in names], pa.list_(pa.uint16())),
        pa.array(shared_prefixes(names), pa.uint8()),
        pa.array(top, pa.int8()),
        pa.array(first, pa.int32()),
    ]
    postings = [pa.array(links[:, 0], pa.int32()), pa.array(links[:, 1], pa.int32())]
    return {
        "names": pa.table(columns, schema=NAMES),
        "postings": pa.table(postings, schema=POSTINGS),
        "alphabet": alphabet_table(alphabet),
    }


def shared_prefixes(names: Sequence[str]) -> list[int]:
    """Count for each name the leading characters it shares with the one before.

    >>> shared_prefixes(["五里", "五里台", "五星"])
    [0, 2, 1]
    """
    counts: list[int] = []
    before = ""
    for name in names:
        length = 0
        for one, other in zip(before, name, strict=False):
            if one != other:
                break
            length += 1
        counts.append(length)
        before = name
    return counts
