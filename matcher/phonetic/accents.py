"""Accented Mandarin: published merger rules per region, composed into P(heard syllable | meant syllable).

A rule is a named change of an initial, a final or both, with the share of occurrences in which a speaker of the region
makes it. Rules, rates and their sources stand in `data/accent_rules.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.articulation import nearest_syllables
from matcher.phonetic.syllables import code_of_parts, parts_of, syllable_count

Float64 = NDArray[np.float64]
Sound = tuple[str, str]
Change = Callable[[str, str], Sound | None]

_GLIDE_I = {
    "an": "ian", "en": "in", "ang": "iang", "eng": "ing", "ao": "iao", "ou": "iou", "e": "ie", "-i": "i", "ong": "iong",
    "u": "v", "uan": "van", "uen": "vn", "uo": "ve", "uei": "v", "a": "ia",
}  # fmt: skip
_WITHOUT_U = {"u": "u", "ua": "a", "uo": "o", "uai": "ai", "uei": "ei", "uan": "an", "uen": "en", "uang": "ang",
              "ong": "eng"}  # fmt: skip
_WITH_U = {"u": "u", "a": "ua", "o": "uo", "ei": "uei", "an": "uan", "en": "uen", "ang": "uang", "eng": "ong"}
_ROUNDED = {"v": "i", "ve": "ie", "van": "ian", "vn": "in"}
_PALATAL = {"zh": "j", "ch": "q", "sh": "x"}
_DENTAL = {"zh": "z", "ch": "c", "sh": "s"}
_ASPIRATED = {"b": "p", "d": "t", "g": "k", "z": "c", "zh": "ch", "j": "q"}
_U_TO_V = {"u": "v", "uan": "van", "uen": "vn", "uei": "v", "ua": "ve", "uo": "ve"}


def _inverse(table: dict[str, str]) -> dict[str, str]:
    return {value: key for key, value in table.items()}


def _initial(table: dict[str, str], *, before: str = "") -> Change:
    def change(initial: str, final: str) -> Sound | None:
        fits = not before or final[:1] in before
        return (table[initial], final) if initial in table and fits else None

    return change


def _final(table: dict[str, str], *, after: str = "") -> Change:
    allowed = set(after.split())

    def change(initial: str, final: str) -> Sound | None:
        fits = not after or initial in allowed
        return (initial, table[final]) if final in table and fits else None

    return change


def _both(initials: dict[str, str], finals: dict[str, str]) -> Change:
    def change(initial: str, final: str) -> Sound | None:
        return (initials[initial], finals[final]) if initial in initials and final in finals else None

    return change


_KEEP_U = {final: final for final in ("u", "ua", "uo", "uai", "uei", "uan", "uen", "uang")}

CHANGES: dict[str, Change] = {
    "zh>z": _initial(_DENTAL),
    "z>zh": _initial(_inverse(_DENTAL)),
    "zh>j": _both(
        _PALATAL, {"-i": "i", "en": "in", "eng": "ing", "an": "ian", "ang": "iang", "ao": "iao", "ou": "iou"}
    ),
    "zhu>ju": _both(_PALATAL, _U_TO_V),
    "j>z": _both({"j": "z", "q": "c", "x": "s"}, {"i": "-i", "in": "en", "ian": "an", "iou": "ou", "iao": "ao"}),
    "zh>d": _initial({"zh": "d", "ch": "t"}),
    "n>l": _initial({"n": "l"}),
    "l>n": _initial({"l": "n"}),
    "n>l(not i)": _initial({"n": "l"}, before="aeou"),
    "r>l": _initial({"r": "l"}),
    "r>y": _both({"r": ""}, _GLIDE_I),
    "r>z": _initial({"r": "z"}),
    "l>y": _both(
        {"l": ""}, {"i": "i", "in": "in", "ing": "ing", "iang": "iang", "ian": "ian", "iou": "iou", "ie": "ie"}
    ),
    "f>hu": _both({"f": "h"}, _WITH_U),
    "hu>f": _both({"h": "f"}, _WITHOUT_U),
    "hu>w": _both({"h": ""}, _KEEP_U),
    "w>hu": _both({"": "h"}, _KEEP_U),
    "k>h": _initial({"k": "h"}),
    "g>d": _initial({"g": "d", "k": "t"}),
    "shu>fu": _both({"sh": "f"}, {"u": "u", "uei": "ei", "uan": "an", "uo": "o"}),
    "shu>xu": _both({"sh": "x"}, {"u": "v", "uen": "vn", "uan": "van"}),
    "unasp>asp": _initial(_ASPIRATED),
    "asp>unasp": _initial(_inverse(_ASPIRATED)),
    "eng>en": _final({"eng": "en"}),
    "en>eng": _final({"en": "eng"}),
    "ing>in": _final({"ing": "in"}),
    "in>ing": _final({"in": "ing"}),
    "ang>an": _final({"ang": "an", "iang": "ian", "uang": "uan"}),
    "an>ang": _final({"an": "ang", "uan": "uang"}),
    "un>ong": _final({"uen": "ong", "vn": "iong"}),
    "ong>un": _final({"ong": "uen", "iong": "vn"}),
    "eng>ong": _final({"eng": "ong"}),
    "ong>eng": _final({"ong": "eng"}),
    "un>en": _final({"uen": "en", "uei": "ei", "uan": "an"}, after="d t n l z c s"),
    "v>i": _final(_ROUNDED),
    "an>ai": _final({"an": "ai", "ian": "ie", "uan": "uai"}),
    "e>uo": _final({"e": "uo"}, after="g k h"),
    "uan>an": _final({"uan": "an"}, after="n l"),
}


@cache
def accent(region: str) -> Float64:
    """Return P(heard | meant) for accented Mandarin of one region; shape (S, S), rows sum to 1."""
    size = syllable_count()
    result = np.zeros((size, size))
    result[0, 0] = 1.0
    rules = _rules()[region]
    for code in range(1, size):
        parts = parts_of(code)
        for (initial, final), probability in _spread((parts.initial, parts.final), rules).items():
            heard = code_of_parts(initial, final)
            if heard:
                result[code, heard] += probability
            else:
                result[code] += probability * nearest_syllables(initial, final)
    return result


def regions_with_rules() -> tuple[str, ...]:
    """List the regions that have published rules, in file order."""
    return tuple(_rules())


def _spread(start: Sound, rules: tuple[tuple[str, float], ...]) -> dict[Sound, float]:
    """Apply the rules to one sound; each part is changed at most once, so `n>l` is not undone by `l>n`."""
    total: dict[Sound, float] = {}
    for sound, probability in _options(start, rules, changes_initial=True).items():
        for changed, share in _options(sound, rules, changes_initial=False).items():
            total[changed] = total.get(changed, 0.0) + probability * share
    return total


def _options(sound: Sound, rules: tuple[tuple[str, float], ...], *, changes_initial: bool) -> dict[Sound, float]:
    """List what one sound becomes by the rules that touch the initial, or by those that touch only the final."""
    applicable: list[tuple[Sound, float]] = []
    for name, rate in rules:
        changed = CHANGES[name](*sound)
        if changed is not None and (changed[0] != sound[0]) == changes_initial:
            applicable.append((changed, rate))
    weight = sum(rate for _, rate in applicable)
    scale = min(1.0, _MOST_CHANGED / weight) if weight else 0.0
    options = {sound: 1.0 - weight * scale}
    for changed, rate in applicable:
        options[changed] = options.get(changed, 0.0) + rate * scale
    return options


_MOST_CHANGED = 0.85
"""Rules compete for one sound; together they never change it more often than this."""


@cache
def _rules() -> dict[str, tuple[tuple[str, float], ...]]:
    text = files("matcher.phonetic").joinpath("data/accent_rules.csv").read_text("utf-8")
    table: dict[str, list[tuple[str, float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        table.setdefault(row["region"], []).append((row["change"], float(row["rate"])))
    return {region: tuple(rules) for region, rules in table.items()}
