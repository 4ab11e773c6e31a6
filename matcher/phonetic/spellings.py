"""Spelling systems other than pinyin: Wade-Giles, and the romanisation of Hong Kong and Macau.

Both give P(spelling | sound). Wade-Giles spells Mandarin syllables; Hong Kong spells Cantonese ones, so its table runs
over characters.

Source: Wade & Giles, A Chinese-English Dictionary (2nd ed., 1912), table of sounds; the Hong Kong Government's spelling
of names as described in Kataoka & Lee, A System without a System: Cantonese Romanization Used in Hong Kong Place and
Personal Names (2008).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import Levenshtein

from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.syllables import SyllableParts, parts_of, syllable_count

APOSTROPHE_KEPT = 0.4
"""Share of Wade-Giles spellings that keep the apostrophe of aspiration; passports and newspapers drop it."""

UMLAUT_KEPT = 0.5

_WADE_INITIALS = {
    "b": "p", "p": "p'", "d": "t", "t": "t'", "g": "k", "k": "k'", "j": "ch", "q": "ch'", "x": "hs", "zh": "ch",
    "ch": "ch'", "r": "j", "z": "ts", "c": "ts'",
}  # fmt: skip
_WADE_FINALS = {
    "ong": "ung", "ian": "ien", "ie": "ieh", "iong": "iung", "iou": "iu", "uei": "ui", "uen": "un", "v": "ü",
    "ve": "üeh",
    "van": "üan", "vn": "ün", "er": "erh",
}  # fmt: skip
_WADE_WHOLE = {
    "zi": "tzu", "ci": "tz'u", "si": "szu", "zhi": "chih", "chi": "ch'ih", "shi": "shih", "ri": "jih", "yi": "i",
    "ye": "yeh",
    "yan": "yen", "you": "yu", "yu": "yü", "yue": "yüeh", "yuan": "yüan", "yun": "yün", "yong": "yung", "ge": "ko",
    "ke": "k'o",
    "he": "ho", "gui": "kuei", "kui": "k'uei", "e": "o", "ei": "ei", "duo": "to", "tuo": "t'o", "nuo": "no",
    "luo": "lo",
    "zuo": "tso", "cuo": "ts'o", "suo": "so", "zhuo": "cho", "chuo": "ch'o", "ruo": "jo",
}  # fmt: skip


@cache
def wade_giles() -> dict[str, tuple[tuple[int, float], ...]]:
    """Map a spelling in lower case to (syllable code, P(spelling | syllable)).

    >>> from matcher.phonetic.syllables import text_of
    >>> sorted(text_of(code) for code, _ in wade_giles()["chiang"])
    ['jiang', 'qiang']
    """
    table: dict[str, dict[int, float]] = {}
    for code in range(1, syllable_count()):
        for spelling, share in _wade_variants(_wade_of(code)):
            row = table.setdefault(spelling, {})
            row[code] = row.get(code, 0.0) + share
    return {spelling: tuple(row.items()) for spelling, row in table.items()}


def _wade_of(code: int) -> str:
    from matcher.phonetic.syllables import inventory

    syllable = inventory()[code]
    if syllable in _WADE_WHOLE:
        return _WADE_WHOLE[syllable]
    parts: SyllableParts = parts_of(code)
    if not parts.initial:
        return syllable
    return _WADE_INITIALS.get(parts.initial, parts.initial) + _WADE_FINALS.get(parts.final, parts.final)


def _wade_variants(spelling: str) -> list[tuple[str, float]]:
    found = [(spelling, 1.0)]
    for sign, plain, kept in (("'", "", APOSTROPHE_KEPT), ("ü", "u", UMLAUT_KEPT)):
        if sign in spelling:
            found = [
                variant
                for text, share in found
                for variant in ((text, share * kept), (text.replace(sign, plain), share * (1.0 - kept)))
            ]
    return found


_HK_INITIALS = {
    "b": {"p": 0.9, "b": 0.1}, "p": {"p": 1.0}, "m": {"m": 1.0}, "f": {"f": 1.0}, "d": {"t": 0.9, "d": 0.1},
    "t": {"t": 1.0}, "n": {"n": 0.9, "l": 0.1}, "l": {"l": 1.0}, "g": {"k": 0.9, "g": 0.1}, "k": {"k": 1.0},
    "ng": {"ng": 0.7, "": 0.3}, "h": {"h": 1.0}, "gw": {"kw": 0.8, "k": 0.15, "gw": 0.05}, "kw": {"kw": 0.9, "k": 0.1},
    "w": {"w": 1.0}, "z": {"ch": 0.55, "ts": 0.35, "j": 0.07, "z": 0.03}, "c": {"ch": 0.55, "ts": 0.45},
    "s": {"s": 0.7, "sh": 0.3}, "j": {"y": 0.95, "j": 0.05}, "": {"": 0.8, "ng": 0.2},
}  # fmt: skip
_HK_FINALS = {
    "aa": {"a": 0.9, "ah": 0.1}, "aai": {"ai": 1.0}, "aau": {"au": 1.0}, "aam": {"am": 1.0}, "aan": {"an": 1.0},
    "aang": {"ang": 1.0}, "aap": {"ap": 1.0}, "aat": {"at": 1.0}, "aak": {"ak": 1.0}, "ai": {"ai": 1.0},
    "au": {"au": 1.0},
    "am": {"am": 0.8, "um": 0.2}, "an": {"an": 0.75, "un": 0.25}, "ang": {"ang": 1.0}, "ap": {"ap": 0.8, "up": 0.2},
    "at": {"at": 0.9, "ut": 0.1}, "ak": {"ak": 0.9, "uk": 0.1}, "e": {"e": 0.9, "eh": 0.1}, "ei": {"ei": 0.7,
    "ee": 0.15, "i": 0.1, "ay": 0.05},
    "eng": {"eng": 0.7, "ing": 0.3}, "ek": {"ek": 0.7, "ik": 0.3}, "i": {"i": 0.6, "ee": 0.2, "ze": 0.1, "y": 0.1},
    "iu": {"iu": 0.9, "ew": 0.1},
    "im": {"im": 1.0}, "in": {"in": 1.0}, "ing": {"ing": 0.85, "eng": 0.15}, "ip": {"ip": 1.0}, "it": {"it": 1.0},
    "ik": {"ik": 0.8, "ick": 0.2},
    "o": {"o": 0.85, "or": 0.15}, "oi": {"oi": 0.9, "oy": 0.1}, "ou": {"o": 0.7, "ou": 0.2, "oo": 0.1},
    "on": {"on": 1.0},
    "ong": {"ong": 1.0}, "ot": {"ot": 1.0}, "ok": {"ok": 0.9, "ock": 0.1}, "u": {"u": 0.6, "oo": 0.4},
    "ui": {"ui": 1.0},
    "un": {"un": 0.6, "oon": 0.4}, "ung": {"ung": 1.0}, "ut": {"ut": 0.7, "oot": 0.3}, "uk": {"uk": 1.0},
    "oe": {"eu": 0.5, "oe": 0.5},
    "eoi": {"ui": 1.0}, "eon": {"un": 1.0}, "eot": {"ut": 1.0}, "oeng": {"eung": 1.0}, "oek": {"euk": 0.8, "eok": 0.2},
    "yu": {"yu": 0.5, "u": 0.2, "ue": 0.3}, "yun": {"uen": 0.5, "un": 0.3, "yun": 0.1, "yuen": 0.1},
    "yut": {"uet": 0.6, "ut": 0.3, "yut": 0.1},
    "m": {"m": 1.0}, "ng": {"ng": 1.0},
}  # fmt: skip


@cache
def hong_kong(spelling: str) -> tuple[tuple[str, float], ...]:
    """List (true character, P(spelling | character)) for one word of a name spelt in Hong Kong; empty when none fits.

    >>> [character for character, share in hong_kong("kwok") if share > 0.5][:2]
    ['国', '郭']
    """
    found: dict[str, float] = {}
    for jyutping, share in _fitting(spelling).items():
        for character, weight in _characters()[jyutping]:
            found[character] = found.get(character, 0.0) + share * weight
    order = cold_start()
    return tuple(sorted(found.items(), key=lambda item: (-order.given_character(item[0]), item[0])))


LOOSE_SHARE = 0.05
"""Share of spellings that differ by one letter from those of the table: colloquial readings and private habits."""


def _fitting(spelling: str) -> dict[str, float]:
    """Map jyutping to P(spelling | jyutping); a word that no sound is spelt as fits nothing."""
    spellings = _hong_kong_spellings()
    found = {jyutping: share * (1.0 - LOOSE_SHARE) for jyutping, share in spellings.get(spelling, {}).items()}
    if not found:
        return {}
    for other, row in spellings.items():
        if other != spelling and abs(len(other) - len(spelling)) < 2 and Levenshtein.distance(other, spelling) == 1:
            for jyutping, share in row.items():
                found[jyutping] = found.get(jyutping, 0.0) + share * LOOSE_SHARE / _NEIGHBOURS
    return found


_NEIGHBOURS = 8
"""Typical number of spellings one letter away."""


@cache
def _hong_kong_spellings() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for jyutping in _characters():
        initial, final = _jyutping_parts(jyutping)
        for first, share in _HK_INITIALS[initial].items():
            for rest, other in _HK_FINALS.get(final, {}).items():
                # The glide of yu- and the y of the initial are written once more often than twice.
                for spelling, part in _glide_variants(first + rest):
                    row = table.setdefault(spelling, {})
                    row[jyutping] = row.get(jyutping, 0.0) + share * other * part
    return table


def _glide_variants(spelling: str) -> tuple[tuple[str, float], ...]:
    if spelling.startswith("yy"):
        return ((spelling[1:], 0.7), (spelling, 0.3))
    return ((spelling, 1.0),)


def _jyutping_parts(jyutping: str) -> tuple[str, str]:
    if jyutping in ("m", "ng"):
        return "", jyutping
    for width in (2, 1):
        if jyutping[:width] in _HK_INITIALS and jyutping[width:] in _HK_FINALS:
            return jyutping[:width], jyutping[width:]
    return "", jyutping


@cache
def _characters() -> dict[str, list[tuple[str, float]]]:
    """Map jyutping to (character, weight of this reading)."""
    table: dict[str, list[tuple[str, float]]] = {}
    text = files("matcher.phonetic").joinpath("data/cantonese.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        syllables = row["jyutping"].split()[:3]
        weights = [1.0] if len(syllables) == 1 else [0.75, *([0.25 / (len(syllables) - 1)] * (len(syllables) - 1))]
        for jyutping, weight in zip(syllables, weights, strict=True):
            table.setdefault(jyutping, []).append((row["character"], weight))
    return table
