"""The elements that transcribed names (Uyghur, Tibetan, Mongolian, Yi) are built from; how a name splits into them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matcher.phonetic.readings import readings

MAX_SYLLABLES = 16


@dataclass(frozen=True, slots=True)
class Element:
    """One lexical element.

    Parameters
    ----------
    share : float
        Its share among elements; the shares of all elements sum to 1.
    forms : tuple of str
        Usual transcriptions, the commonest first.
    """

    share: float
    forms: tuple[str, ...]


@cache
def lexicon() -> tuple[Element, ...]:
    """Return the element lexicon; languages count by the size of their peoples."""
    sizes = {"uyg": 0.50, "tib": 0.25, "mon": 0.13, "yi": 0.12}
    text = files("matcher.phonetic").joinpath("data/elements.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    totals = {language: sum(float(r["share"]) for r in rows if r["language"] == language) for language in sizes}
    return tuple(
        Element(sizes[row["language"]] * float(row["share"]) / totals[row["language"]], tuple(row["forms"].split()))
        for row in rows
    )


@cache
def lexical_forms() -> dict[str, float]:
    """Map each written form of the lexicon to its share; an element's first form counts double."""
    shares: dict[str, float] = {}
    for element in lexicon():
        weights = [2.0, *([1.0] * (len(element.forms) - 1))]
        for form, weight in zip(element.forms, weights, strict=True):
            shares[form] = shares.get(form, 0.0) + element.share * weight / sum(weights)
    return shares


@cache
def character_shares() -> dict[str, float]:
    """Map each character of the lexicon to its share among transcribed syllables."""
    shares: dict[str, float] = {}
    for form, share in lexical_forms().items():
        for character in form:
            shares[character] = shares.get(character, 0.0) + share
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


@cache
def usual_forms() -> dict[str, dict[str, float]]:
    """Map each lexical form to the usual transcriptions of its element, with their shares."""
    table: dict[str, dict[str, float]] = {}
    for element in lexicon():
        total = sum(lexical_forms()[form] for form in element.forms)
        shares = {form: lexical_forms()[form] / total for form in element.forms}
        table.update(dict.fromkeys(element.forms, shares))
    return table
