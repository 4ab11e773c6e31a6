"""How alike two Mandarin syllables sound to an ear that knows no dialect: a distance over articulation.

Initials are compared by place, manner, aspiration and voicing, finals by medial, nucleus and coda. The distance feeds
a softmax, so only its order and rough proportions matter.

Source: features after Lin, The Sounds of Chinese (2007), chapters 2-3 (places and manners of
articulation, syllable structure). The proportions of the distances are our judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.syllables import SyllableParts, parts_of, syllable_count

Float64 = NDArray[np.float64]

TEMPERATURE = 0.28
"""Softmax temperature, a judgement: a general mishearing is the nearest syllable in about one case of six."""

# place (front to back), manner, aspirated
_INITIALS: dict[str, tuple[float, str, int]] = {
    "b": (0.0, "stop", 0), "p": (0.0, "stop", 1), "m": (0.0, "nasal", 0), "f": (0.6, "fricative", 0),
    "d": (2.0, "stop", 0), "t": (2.0, "stop", 1), "n": (2.0, "nasal", 0), "l": (2.0, "lateral", 0),
    "z": (2.0, "affricate", 0), "c": (2.0, "affricate", 1), "s": (2.0, "fricative", 0),
    "zh": (2.8, "affricate", 0), "ch": (2.8, "affricate", 1), "sh": (2.8, "fricative", 0), "r": (2.8, "approximant", 0),
    "j": (3.3, "affricate", 0), "q": (3.3, "affricate", 1), "x": (3.3, "fricative", 0),
    "g": (5.0, "stop", 0), "k": (5.0, "stop", 1), "h": (5.0, "fricative", 0), "": (5.0, "zero", 0),
}  # fmt: skip

_MANNER = {
    ("stop", "affricate"): 0.55, ("stop", "fricative"): 0.9, ("stop", "nasal"): 0.9, ("stop", "lateral"): 0.9,
    ("stop", "approximant"): 1.1, ("stop", "zero"): 1.0, ("affricate", "fricative"): 0.55,
    ("affricate", "nasal"): 1.1, ("affricate", "lateral"): 1.1, ("affricate", "approximant"): 0.9,
    ("affricate", "zero"): 1.2, ("fricative", "nasal"): 1.1, ("fricative", "lateral"): 1.0,
    ("fricative", "approximant"): 0.7, ("fricative", "zero"): 0.55, ("nasal", "lateral"): 0.4,
    ("nasal", "approximant"): 0.7, ("nasal", "zero"): 0.8, ("lateral", "approximant"): 0.5,
    ("lateral", "zero"): 0.8, ("approximant", "zero"): 0.6,
}  # fmt: skip

_PLACE_WEIGHT = 0.32
_ASPIRATION = 0.45

# medial, nucleus, coda
_FINALS: dict[str, tuple[str, str, str]] = {
    "a": ("", "a", ""), "o": ("", "o", ""), "e": ("", "e", ""), "ai": ("", "a", "i"), "ei": ("", "e", "i"),
    "ao": ("", "a", "u"), "ou": ("", "o", "u"), "an": ("", "a", "n"), "en": ("", "e", "n"), "ang": ("", "a", "ng"),
    "eng": ("", "e", "ng"), "ong": ("", "o", "ng"), "er": ("", "e", "r"), "-i": ("", "z", ""),
    "i": ("i", "i", ""), "ia": ("i", "a", ""), "io": ("i", "o", ""), "ie": ("i", "e", ""), "iai": ("i", "a", "i"),
    "iao": ("i", "a", "u"), "iou": ("i", "o", "u"), "ian": ("i", "a", "n"), "in": ("i", "i", "n"),
    "iang": ("i", "a", "ng"), "ing": ("i", "i", "ng"), "iong": ("v", "o", "ng"),
    "u": ("u", "u", ""), "ua": ("u", "a", ""), "uo": ("u", "o", ""), "uai": ("u", "a", "i"), "uei": ("u", "e", "i"),
    "uan": ("u", "a", "n"), "uen": ("u", "e", "n"), "uang": ("u", "a", "ng"), "ueng": ("u", "e", "ng"),
    "v": ("v", "v", ""), "ve": ("v", "e", ""), "van": ("v", "a", "n"), "vn": ("v", "v", "n"),
}  # fmt: skip

_MEDIAL = {("", "i"): 0.55, ("", "u"): 0.5, ("", "v"): 0.8, ("i", "u"): 0.7, ("i", "v"): 0.35, ("u", "v"): 0.5}
_NUCLEUS = {
    ("a", "e"): 0.55, ("a", "o"): 0.6, ("a", "i"): 1.0, ("a", "u"): 1.0, ("a", "v"): 1.0, ("a", "z"): 1.1,
    ("e", "o"): 0.4, ("e", "i"): 0.6, ("e", "u"): 0.6, ("e", "v"): 0.7, ("e", "z"): 0.6,
    ("o", "i"): 1.0, ("o", "u"): 0.4, ("o", "v"): 0.8, ("o", "z"): 0.9,
    ("i", "u"): 1.0, ("i", "v"): 0.4, ("i", "z"): 0.5, ("u", "v"): 0.6, ("u", "z"): 0.7, ("v", "z"): 0.6,
}  # fmt: skip
_CODA = {
    ("n", "ng"): 0.25, ("", "n"): 0.6, ("", "ng"): 0.7, ("", "i"): 0.5, ("", "u"): 0.5, ("", "r"): 0.5,
    ("i", "u"): 0.8, ("i", "n"): 0.7, ("i", "ng"): 0.9, ("u", "ng"): 0.7, ("u", "n"): 0.9, ("n", "r"): 0.7,
    ("ng", "r"): 0.8, ("i", "r"): 0.8, ("u", "r"): 0.8,
}  # fmt: skip

_APICAL_AFTER = 0.15
"""`-i` after zh and `i` after j differ only as their initials do."""


@cache
def initial_distance(first: str, second: str) -> float:
    """Return the distance of two initials (empty string = none), 0 for equal ones.

    >>> initial_distance("zh", "z") < initial_distance("zh", "g")
    True
    """
    if first == second:
        return 0.0
    place_a, manner_a, aspirated_a = _INITIALS[first]
    place_b, manner_b, aspirated_b = _INITIALS[second]
    place = 0.0 if "" in (first, second) else abs(place_a - place_b) * _PLACE_WEIGHT
    if {first, second} == {"f", "h"}:  # one fricative that only the lips tell from the other
        place = 0.45
    return place + _between(_MANNER, manner_a, manner_b) + _ASPIRATION * abs(aspirated_a - aspirated_b)


@cache
def final_distance(first: str, second: str) -> float:
    """Return the distance of two finals, 0 for equal ones.

    >>> final_distance("in", "ing") < final_distance("in", "an")
    True
    """
    if first == second:
        return 0.0
    if {first, second} == {"i", "-i"}:
        return _APICAL_AFTER
    medial_a, nucleus_a, coda_a = _FINALS[first]
    medial_b, nucleus_b, coda_b = _FINALS[second]
    return (
        _between(_MEDIAL, medial_a, medial_b)
        + _between(_NUCLEUS, nucleus_a, nucleus_b)
        + _between(_CODA, coda_a, coda_b)
    )


def parts_distance(first: SyllableParts, second: SyllableParts) -> float:
    """Return the distance of two syllables given by their parts, which need not be a Mandarin syllable."""
    return initial_distance(first.initial, second.initial) + final_distance(first.final, second.final)


@cache
def distances() -> Float64:
    """Return distances between all syllables, shape (S, S); row and column 0 (unknown) are infinite but for [0, 0]."""
    size = syllable_count()
    parts = [parts_of(code) for code in range(1, size)]
    result = np.full((size, size), np.inf)
    result[0, 0] = 0.0
    result[1:, 1:] = _between_all([part.initial for part in parts], initial_distance)
    result[1:, 1:] += _between_all([part.final for part in parts], final_distance)
    return result


def _between_all(sounds: Sequence[str], distance: Callable[[str, str], float]) -> Float64:
    """Return the distance of every two of many sounds, of which few are distinct."""
    numbers = {sound: number for number, sound in enumerate(dict.fromkeys(sounds))}
    own = np.array([numbers[sound] for sound in sounds])
    table = np.array([[distance(a, b) for b in numbers] for a in numbers])
    return np.asarray(table[own[:, None], own])


@cache
def nearest_syllables(initial: str, final: str) -> Float64:
    """Return P(heard syllable) for a sound that Mandarin may lack, shape (S,); sums to 1, 0 for the unknown code."""
    wanted = SyllableParts(initial, final)
    sizes = np.array([parts_distance(wanted, parts_of(code)) for code in range(1, syllable_count())])
    weights = np.exp(-(sizes - sizes.min()) / TEMPERATURE)
    return np.concatenate([[0.0], weights / weights.sum()])


@cache
def general_mishearing() -> Float64:
    """Return P(heard | true) of a general mishearing, a syllable never heard as itself; shape (S, S), rows sum to 1."""
    weights = np.exp(-distances() / TEMPERATURE)
    np.fill_diagonal(weights, 0.0)
    weights[0, :] = 0.0
    weights[0, 0] = 1.0
    result: Float64 = weights / weights.sum(axis=1, keepdims=True)
    return result


def _between(table: dict[tuple[str, str], float], first: str, second: str) -> float:
    if first == second:
        return 0.0
    return table[first, second] if (first, second) in table else table[second, first]
