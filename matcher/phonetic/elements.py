"""The elements that transcribed names (Uyghur, Tibetan, Mongolian, Yi) are built from; how a name splits into them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matcher.phonetic.readings import readings

MAX_SYLLABLES = 16


@dataclass(frozen=True, slots=True)
class Language:
    """How the names of one language are built; the shares are judgements.

    Parameters
    ----------
    code : str
        As in the element lexicon.
    share : float
        Share among transcribed names, after the sizes of the peoples that bear them.
    two_elements : float
        Share of names of two elements: own and father's name, or a compound.
    dotted : float
        Share of those with a dot between them.
    suffixed : float
        Share of elements with one of the suffixes of the language (古丽, 汗, 江).
    """

    code: str
    share: float
    two_elements: float
    dotted: float
    suffixed: float = 0.0


LANGUAGES = (
    Language("uyg", 0.50, 0.85, 0.95, 0.10),
    Language("tib", 0.25, 0.80, 0.03),
    Language("mon", 0.13, 0.35, 0.03),
    Language("yi", 0.12, 0.90, 0.03),
)

FIRST_FORM_WEIGHT = 2.0
"""An element's first form counts as so many of its others."""


@cache
def elements_by_language() -> dict[str, tuple[tuple[float, dict[str, float]], ...]]:
    """Map a language, or its suffixes (`uyg_suffix`), to (share of the element, shares of its usual transcriptions)."""
    text = files("matcher.phonetic").joinpath("data/elements.csv").read_text("utf-8")
    found: dict[str, list[tuple[float, dict[str, float]]]] = {}
    for row in csv.DictReader(text.splitlines()):
        weights = dict.fromkeys(row["forms"].split(), 1.0)
        weights[row["forms"].split()[0]] = FIRST_FORM_WEIGHT
        total = sum(weights.values())
        forms = {form: weight / total for form, weight in weights.items()}
        found.setdefault(row["language"], []).append((float(row["share"]), forms))
    totals = {code: sum(share for share, _ in rows) for code, rows in found.items()}
    return {code: tuple((share / totals[code], forms) for share, forms in rows) for code, rows in found.items()}


@cache
def usual_forms() -> dict[str, dict[str, float]]:
    """Map each written form of the lexicon to the usual transcriptions of its element, with their shares.

    >>> usual_forms()["吐尔逊古丽"]["图尔逊古力"] > 0.0
    True
    """
    table: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        for _, forms in _elements(language):
            table.update(dict.fromkeys(forms, forms))
    return table


@cache
def forms_of(language: Language) -> dict[str, float]:
    """Map each written form of a language to its share among elements."""
    return _summed((form, share * part) for share, forms in _elements(language) for form, part in forms.items())


@cache
def transcription_shares(language: Language) -> dict[str, float]:
    """Map a text to the probability that it is a usual transcription of a random element of a language."""
    true = forms_of(language).items()
    return _summed((form, share * part) for own, share in true for form, part in usual_forms()[own].items())


@cache
def lexical_forms() -> dict[str, float]:
    """Map each written form of the lexicon to its share among the elements of all languages."""
    forms = ((language.share, forms_of(language)) for language in LANGUAGES)
    return _summed((form, weight * share) for weight, table in forms for form, share in table.items())


def _elements(language: Language) -> list[tuple[float, dict[str, float]]]:
    """List the elements of a language with their shares and usual transcriptions, those with a suffix among them."""
    plain = elements_by_language()[language.code]
    found = [(share * (1.0 - language.suffixed), forms) for share, forms in plain]
    for other, endings in elements_by_language().get(f"{language.code}_suffix", ()):
        for share, forms in plain:
            joined = {a + b: x * y for a, x in forms.items() for b, y in endings.items()}
            found.append((share * other * language.suffixed, joined))
    return found


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for text, share in pairs:
        totals[text] = totals.get(text, 0.0) + share
    return totals


@cache
def character_shares() -> dict[str, float]:
    """Map each character of the lexicon to its share among transcribed syllables."""
    shares = _summed((character, share) for form, share in lexical_forms().items() for character in form)
    total = sum(shares.values())
    return {character: share / total for character, share in shares.items()}


def elements_of(name: str, separator: str) -> tuple[str, ...] | None:
    """Split a written name into at most two elements; None when it is not of the transcribed kind.

    >>> elements_of("阿迪力·买买提", "·"), elements_of("才让卓玛", "·"), elements_of("王山江", "·")
    (('阿迪力', '买买提'), ('才让', '卓玛'), None)
    """
    parts = tuple(part for part in name.split(separator) if part)
    if len(parts) > 1:
        return (parts[0], "".join(parts[1:]))[:2] if len("".join(parts)) <= MAX_SYLLABLES else None
    if name in lexical_forms():
        return (name,)
    if not 3 <= len(name) <= MAX_SYLLABLES:
        return None
    for split in range(2, len(name) - 1):
        if name[:split] in lexical_forms() and name[split:] in lexical_forms():
            return name[:split], name[split:]
    if len(name) == 4:
        return name[:2], name[2:]
    return (name,) if len(name) > 4 else None


def seems_transcribed(name: str, separator: str) -> bool:
    """Tell whether a query may be a transcribed name: by length, dot, or syllables that transcriptions use."""
    characters = name.replace(separator, "")
    if separator in name or len(characters) > 3:
        return len(characters) > 1
    return len(characters) > 1 and all(_syllable(character) in _syllables() for character in characters)


def _syllable(character: str) -> int:
    found = readings(character)
    return found[0].syllable_code if found else -1


@cache
def _syllables() -> frozenset[int]:
    return frozenset(_syllable(character) for character in character_shares())
