"""An ear trained on Mandarin alone: IPA syllables of a dialect -> the Mandarin syllables they are taken for.

Initials are compared by place, manner, aspiration and voicing, finals by medial, vowel quality, glide and coda; the
distance goes through a softmax. Used only to build tables.

Source: vowel heights and backness after the IPA chart (2020); Mandarin values of finals after Lin, The Sounds of
Chinese (2007), chapters 3-4.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.syllables import parts_of, syllable_count

Float64 = NDArray[np.float64]
TEMPERATURE = 0.22

# symbol -> (height 0 low - 3 high, backness 0 front - 2 back, rounded)
_VOWELS: dict[str, tuple[float, float, int]] = {
    "i": (3, 0, 0), "ɪ": (2.7, 0.2, 0), "y": (3, 0, 1), "ʏ": (2.7, 0.2, 1), "ɿ": (2.8, 0.8, 0), "ʅ": (2.8, 1, 0),
    "ʮ": (2.8, 0.8, 1),
    "ʯ": (2.8, 1, 1), "ɨ": (3, 1, 0), "ʉ": (3, 1, 1), "ɯ": (3, 2, 0), "u": (3, 2, 1), "ʊ": (2.7, 1.8, 1),
    "e": (2, 0, 0),
    "ø": (2, 0, 1), "ɘ": (2, 1, 0), "ɵ": (2, 1, 1), "ɤ": (2, 2, 0), "o": (2, 2, 1), "E": (1.5, 0, 0),
    "ᴇ": (1.5, 0, 0), "ə": (1.5, 1, 0),
    "ɚ": (1.5, 1, 0), "ɛ": (1, 0, 0), "œ": (1, 0, 1), "ɜ": (1, 1, 0), "ɞ": (1, 1, 1), "ʌ": (1, 2, 0), "ɔ": (1, 2, 1),
    "æ": (0.5, 0, 0), "ɐ": (0.5, 1, 0), "a": (0, 0.6, 0), "ᴀ": (0, 1, 0), "A": (0, 1, 0), "ɑ": (0, 1.8, 0),
    "ɒ": (0, 2, 1), "ɶ": (0, 0, 1),
}  # fmt: skip

# place front to back, manner, voiced; aspiration is read from ʰ
_CONSONANTS: dict[str, tuple[float, str, int]] = {
    "p": (0, "stop", 0), "b": (0, "stop", 1), "ɓ": (0, "stop", 1), "m": (0, "nasal", 1), "f": (0.6, "fricative", 0),
    "v": (0.6, "fricative", 1), "ʋ": (0.6, "glide", 1), "ɸ": (0.3, "fricative", 0), "β": (0.3, "fricative", 1),
    "pf": (0.6, "affricate", 0), "bv": (0.6, "affricate", 1), "θ": (1.8, "fricative", 0), "ð": (1.8, "fricative", 1),
    "tθ": (1.8, "affricate", 0), "t": (2, "stop", 0), "d": (2, "stop", 1), "ɗ": (2, "stop", 1), "n": (2, "nasal", 1),
    "l": (2, "lateral", 1), "ɬ": (2, "fricative", 0), "ɮ": (2, "lateral", 1), "ts": (2, "affricate", 0),
    "dz": (2, "affricate", 1), "s": (2, "fricative", 0), "z": (2, "fricative", 1), "ɾ": (2, "lateral", 1), "r": (2.4,
    "glide", 1),
    "tʃ": (2.9, "affricate", 0), "dʒ": (2.9, "affricate", 1), "ʃ": (2.9, "fricative", 0), "ʒ": (2.9, "fricative", 1),
    "tʂ": (2.8, "affricate", 0), "dʐ": (2.8, "affricate", 1), "ʂ": (2.8, "fricative", 0), "ʐ": (2.8, "glide", 1),
    "ɻ": (2.8, "glide", 1), "ʈ": (2.8, "stop", 0), "ɖ": (2.8, "stop", 1), "ɳ": (2.8, "nasal", 1), "ɭ": (2.8,
    "lateral", 1),
    "tɕ": (3.3, "affricate", 0), "dʑ": (3.3, "affricate", 1), "ɕ": (3.3, "fricative", 0), "ʑ": (3.3, "fricative", 1),
    "ȶ": (3.3, "stop", 0), "ȡ": (3.3, "stop", 1), "ȵ": (3.2, "nasal", 1), "ɲ": (3.2, "nasal", 1), "ȴ": (3.2,
    "lateral", 1),
    "c": (3.6, "stop", 0), "ɟ": (3.6, "stop", 1), "ç": (3.6, "fricative", 0), "j": (3.6, "zero", 1), "k": (5,
    "stop", 0),
    "g": (5, "stop", 1), "ɡ": (5, "stop", 1), "ŋ": (5, "zero", 1), "x": (5, "fricative", 0), "ɣ": (5, "zero", 1),
    "h": (5, "fricative", 0),
    "χ": (5, "fricative", 0), "ɦ": (5, "fricative", 1), "ʔ": (5, "zero", 0), "w": (5, "zero", 1), "": (5, "zero", 0),
    "0": (5, "zero", 0),
}  # fmt: skip

_MANDARIN_INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "tɕ", "q": "tɕʰ", "x": "ɕ", "zh": "tʂ", "ch": "tʂʰ", "sh": "ʂ", "r": "ʐ", "z": "ts", "c": "tsʰ", "s": "s",
    "": "",
}  # fmt: skip
_MANDARIN_FINALS = {
    "a": "a", "o": "o", "e": "ɤ", "ai": "ai", "ei": "ei", "ao": "ɑu", "ou": "ou", "an": "an", "en": "ən", "ang": "ɑŋ",
    "eng": "əŋ", "ong": "ʊŋ", "er": "ɚ", "i": "i", "ia": "ia", "io": "io", "ie": "iɛ", "iai": "iai", "iao": "iɑu",
    "iou": "iou", "ian": "iɛn", "in": "in", "iang": "iɑŋ", "ing": "iŋ", "iong": "yʊŋ", "u": "u", "ua": "ua", "uo": "uo",
    "uai": "uai", "uei": "uei", "uan": "uan", "uen": "uən", "uang": "uɑŋ", "ueng": "uəŋ", "v": "y", "ve": "yɛ",
    "van": "yɛn", "vn": "yn",
}  # fmt: skip

_MANNER = {
    frozenset(("stop", "affricate")): 0.55, frozenset(("stop", "fricative")): 0.9, frozenset(("stop", "nasal")): 0.9,
    frozenset(("stop", "lateral")): 0.9, frozenset(("stop", "glide")): 1.0, frozenset(("stop", "zero")): 1.0,
    frozenset(("affricate", "fricative")): 0.5, frozenset(("affricate", "nasal")): 1.1,
    frozenset(("affricate", "lateral")): 1.1, frozenset(("affricate", "glide")): 0.9,
    frozenset(("affricate", "zero")): 1.2,
    frozenset(("fricative", "nasal")): 1.1, frozenset(("fricative", "lateral")): 1.0,
    frozenset(("fricative", "glide")): 0.6,
    frozenset(("fricative", "zero")): 0.55, frozenset(("nasal", "lateral")): 0.35, frozenset(("nasal", "glide")): 0.7,
    frozenset(("nasal", "zero")): 0.8, frozenset(("lateral", "glide")): 0.5, frozenset(("lateral", "zero")): 0.7,
    frozenset(("glide", "zero")): 0.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Initial:
    """A consonant before the final."""

    place: float
    manner: str
    voiced: int
    aspirated: bool


@dataclass(frozen=True, slots=True)
class Final:
    """A final: medial, nucleus and glide as vowel symbols, and a coda `n`, `ŋ`, `~` (nasalised), `ʔ` or nothing."""

    medial: str
    nucleus: str
    glide: str
    coda: str


def read_initial(text: str) -> Initial | None:
    """Read an IPA initial; None when a symbol is not known."""
    aspirated = "ʰ" in text
    plain = "".join(c for c in _decomposed(text) if c not in "ʰʱʷʲˀ")
    for width in (2, 1):
        if plain[:width] in _CONSONANTS and len(plain) <= 2:
            return Initial(*_CONSONANTS[plain[:width]], aspirated)
    return Initial(*_CONSONANTS[""], aspirated=False) if not plain else None


def read_final(text: str) -> Final | None:
    """Read an IPA final; None when a symbol is not known."""
    decomposed = unicodedata.normalize("NFD", text)
    nasalised = "\u0303" in decomposed
    plain = _decomposed(text)
    coda = plain[-1] if plain and plain[-1] in "mnŋɲȵptkʔʰ" else ""
    body = plain[: len(plain) - len(coda)]
    if not body:
        syllabic = {"m": "u", "n": "ə", "ŋ": "ʊ"}.get(coda)
        return Final("", syllabic, "", {"m": "ŋ"}.get(coda, coda)) if syllabic else None
    if any(symbol not in _VOWELS for symbol in body) or len(body) > 4:
        return None
    coda = {"m": "n", "ɲ": "n", "ȵ": "n", "p": "ʔ", "t": "ʔ", "k": "ʔ"}.get(coda, coda) or ("~" if nasalised else "")
    medial = body[0] if len(body) > 1 and body[0] in "iuyɿʮʯʉ" and not (len(body) == 2 and body in _FALLING) else ""
    rest = body[len(medial) :]
    return Final(medial, rest[0], rest[-1] if len(rest) > 1 else "", coda)


_FALLING = frozenset(("iə", "uə", "yə"))


def heard_as(initial: str, final: str) -> Float64 | None:
    """Return P(Mandarin syllable | dialect syllable in IPA), shape (S,); None when a symbol is not known."""
    first, second = read_initial(initial), read_final(final)
    if first is None or second is None:
        return None
    distances = _initial_distances(first) + _final_distances(second)
    weights = np.exp(-(distances - distances.min()) / TEMPERATURE)
    return np.concatenate([[0.0], weights / weights.sum()])


@cache
def _mandarin() -> tuple[tuple[Initial, Final], ...]:
    found = []
    for code in range(1, syllable_count()):
        parts = parts_of(code)
        apical = "ʅ" if parts.initial in {"zh", "ch", "sh", "r"} else "ɿ"
        initial = read_initial(_MANDARIN_INITIALS[parts.initial])
        final = read_final(_MANDARIN_FINALS.get(parts.final, apical))
        assert initial is not None
        assert final is not None
        found.append((initial, final))
    return tuple(found)


@cache
def _initial_distances(first: Initial) -> Float64:
    return np.array([_initial_distance(first, other) for other, _ in _mandarin()])


@cache
def _final_distances(first: Final) -> Float64:
    return np.array([_final_distance(first, other) for _, other in _mandarin()])


def _initial_distance(a: Initial, b: Initial) -> float:
    place = 0.0 if "zero" in (a.manner, b.manner) else abs(a.place - b.place) * 0.32
    manner = 0.0 if a.manner == b.manner else _MANNER[frozenset((a.manner, b.manner))]
    # Voiced obstruents are heard as either plain or aspirated ones.
    voiced_stop = a.voiced and a.manner in {"stop", "affricate"}
    aspiration = (0.2 if voiced_stop else 0.45) * (a.aspirated != b.aspirated)
    return place + manner + aspiration


def _final_distance(a: Final, b: Final) -> float:
    medial = _vowel_distance(a.medial, b.medial) * 0.5
    glide = _vowel_distance(a.glide, b.glide) * 0.4
    return medial + _vowel_distance(a.nucleus, b.nucleus) * 0.55 + glide + _coda_distance(a.coda, b.coda)


def _vowel_distance(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if not a or not b:
        return 1.0
    (h1, k1, r1), (h2, k2, r2) = _VOWELS[a], _VOWELS[b]
    return abs(h1 - h2) * 0.45 + abs(k1 - k2) * 0.35 + abs(r1 - r2) * 0.35


def _coda_distance(a: str, b: str) -> float:
    if a == b:
        return 0.0
    pair = {a, b}
    if pair == {"n", "ŋ"}:
        return 0.28
    if "~" in pair:
        return 0.25 if pair & {"n", "ŋ"} else 0.4
    if "ʔ" in pair:
        return 0.12 if "" in pair else 0.7
    return 0.65


def _decomposed(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn" and c not in "ːˑ()")
