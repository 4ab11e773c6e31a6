"""Characters that are mistaken for one another by sight: variants of one character, and look-alikes.

A look-alike is near in strokes and components (`look_alikes.csv`), has one component more or less (王/旺, 东/陈), or
shares a component (晴/静, 江/河). The three ways are taken for equally likely; within the second all characters are,
within the third a component counts by its strokes and the characters that have it are equally likely.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from matcher.phonetic.frequencies import cold_start

Kind = Literal["variant", "shape"]

LEAST_SHARED = 2
"""Strokes that a shared component has at least."""

MOST_ALIKE = 64
"""True characters kept for one written, those most often meant: hundreds of characters have the water radical."""


@cache
def similar_characters(written: str) -> tuple[tuple[str, Kind, float], ...]:
    """List the true characters for which `written` is put by sight, with P(written | true, mistaken by sight).

    Parameters
    ----------
    written : str
        The character on paper.

    Returns
    -------
    tuple of (true character, kind, share)
        `variant`: two forms that registers use for one name (付/傅); `shape`: look-alikes.

    >>> similar_characters("付")[0][:2]
    ('傅', 'variant')
    >>> "王" in {true for true, _, _ in similar_characters("旺")}
    True
    """
    alike = [(true, _share(written, true)) for true in _candidates(written)]
    alike.sort(key=lambda item: (-item[1] * _frequency(item[0]), item[0]))
    shapes = sorted(alike[:MOST_ALIKE], key=lambda item: (-item[1], item[0]))
    variants: list[tuple[str, Kind, float]] = [(other, "variant", 1.0) for other in _variants().get(written, ())]
    return (*variants, *((true, "shape", share) for true, share in shapes))


def _share(written: str, true: str) -> float:
    """Return P(written | true, mistaken for a look-alike)."""
    near, changed, shared, ways = _mistaken_for(true)
    found = near.get(written, 0.0)
    if written in changed:
        found += 1.0 / len(changed)
    own = _components().parts.get(written)
    if own:
        found += sum([weight for component, weight in shared.items() if component in own])
    return found / ways if found else 0.0


@cache
def _mistaken_for(true: str) -> tuple[Mapping[str, float], frozenset[str], Mapping[str, float], int]:
    """Return the three ways in which a character is mistaken for others, and how many of them there are for it."""
    near, changed, shared = _near(true), _changed(true), _shared(true)
    return near, changed, shared, bool(near) + bool(changed) + bool(shared)


@cache
def _frequency(character: str) -> float:
    population = cold_start()
    return population.surname(character) + population.given_character(character)


def _near(character: str) -> dict[str, float]:
    weights = _look_alikes().get(character, {})
    total = sum(weights.values())
    return {other: weight / total for other, weight in weights.items()}


def _candidates(written: str) -> set[str]:
    """Return true characters to be looked at: of those that share a component the commonest."""
    holders = _components().holders
    near, changed, shared, _ = _mistaken_for(written)
    sharing = set().union(*(holders[component] for component in shared))
    common = sorted(sharing, key=_ranks().__getitem__)[: 2 * MOST_ALIKE]
    return {*near, *changed, *common} - {written}


@cache
def _ranks() -> dict[str, int]:
    """Number the characters by how often they are meant, the commonest first."""
    ordered = sorted(_components().parts, key=lambda character: (-_frequency(character), character))
    return {character: rank for rank, character in enumerate(ordered)}


@dataclass(frozen=True, slots=True)
class Components:
    """What characters are made of.

    Parameters
    ----------
    parts : mapping of str to mapping of str to int
        Components of each character with their strokes.
    holders : mapping of str to frozenset of str
        Characters that have each component.
    """

    parts: Mapping[str, Mapping[str, int]]
    holders: Mapping[str, frozenset[str]]


def _changed(character: str) -> frozenset[str]:
    """Return the characters with one component more or less."""
    parts, holders = _components().parts, _components().holders
    fewer = frozenset(part for part in parts.get(character, {}) if part in parts)
    return (holders.get(character, frozenset()) | fewer) - {character}


def _shared(character: str) -> dict[str, float]:
    """Map each component that other characters have too to P(one of those is written), if one is shared.

    A component counts by its strokes; the weights sum to 1 over all characters.
    """
    components = _components()
    sizes = {
        part: size
        for part, size in components.parts.get(character, {}).items()
        if size >= LEAST_SHARED and len(components.holders[part]) > 1
    }
    total = sum(sizes.values())
    return {part: size / total / (len(components.holders[part]) - 1) for part, size in sizes.items()}


@cache
def _components() -> Components:
    parts = {
        row["character"]: {part: int(size, 36) for part, size in zip(row["parts"], row["strokes"], strict=True)}
        for row in _rows("components.csv")
    }
    holders: dict[str, set[str]] = {}
    for character, own in parts.items():
        for part in own:
            holders.setdefault(part, set()).add(character)
    return Components(parts, {part: frozenset(found) for part, found in holders.items()})


@cache
def _variants() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for row in _rows("variants.csv"):
        for one, other in ((row["first"], row["second"]), (row["second"], row["first"])):
            table[one] = (*table.get(one, ()), other)
    return table


@cache
def _look_alikes() -> dict[str, dict[str, float]]:
    """Map each true character to those it may be mistaken for, weighted by the square of likeness beyond 0.4."""
    weights: dict[str, dict[str, float]] = {}
    for row in _rows("look_alikes.csv"):
        for other, tenths in zip(row["true"], row["tenths"], strict=True):
            weight = float(int(tenths) - 4) ** 2
            weights.setdefault(row["written"], {})[other] = weight
            weights.setdefault(other, {})[row["written"]] = weight
    return weights


def _rows(name: str) -> list[dict[str, str]]:
    text = files("matcher.phonetic").joinpath(f"data/{name}").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
