"""What a person tells and what is heard of it: names and places by how much the person can say.

Every departure from the truth is logged with its cause, so that a benchmark can name the cause of a miss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.placenames.nameparts import LEVELS, split_name
from matcher.synthetic.lottery import draw
from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Telling
from matcher.synthetic.sources import Sources

_SHORTEST_CORE = 2


@dataclass(frozen=True, slots=True)
class Corruption:
    """One departure of a record from the truth.

    Parameters
    ----------
    record_id : str
        Case number.
    field : str
        Field concerned.
    truth, written : str
        What would be true, and what the record holds; empty = nothing.
    cause : str
        Why: `misheard`, `fragment`, `nickname`, `lie`, `not_told`, `omitted`, `station_given`, `guessed`, ...
    """

    record_id: str
    field: str
    truth: str
    written: str
    cause: str

    @property
    def values(self) -> tuple[str, str, str, str, str]:
        """A row of the truth table."""
        return self.record_id, self.field, self.truth, self.written, self.cause


@dataclass(frozen=True, slots=True)
class Told:
    """A statement as heard.

    Parameters
    ----------
    text : str
        As it reaches the form; empty = nothing was told.
    level : str
        How much the person told, a key of the recipe's table.
    causes : tuple of str
        Why the text departs from the truth; empty = it does not.
    """

    text: str
    level: str
    causes: tuple[str, ...] = ()


def tell_name(rng: np.random.Generator, sources: Sources, person: Person, telling: Telling, ability: str) -> Told:
    """Tell one's name.

    Parameters
    ----------
    ability : str
        Row of the recipe's table, such as `fresh`, `long_stayer`, `resolved` or `report`.
    """
    level = draw(rng, telling.name[ability])
    if level == "none":
        return Told("", level, ("not_told",))
    if level == "registered":
        return Told(person.name, level)
    if level == "lie":
        other: str = sources.names.surname(rng) + sources.names.given(rng, person.sex)
        return Told(other, level, ("lie",))
    spoken = {"full": person.name, "given": person.given, "surname": person.surname, "nickname": person.nickname}[level]
    causes = () if level == "full" else ("nickname",) if level == "nickname" else ("fragment",)
    if rng.random() < telling.heard_exactly:
        return Told(spoken, level, causes)
    # A surname goes before what is not one, for the ear expects surnames in front; it is cut off again.
    before = 0 if level in {"full", "surname"} else len(person.surname)
    heard = sources.names.misheard(rng, person.surname[:before] + spoken, person.home.region)[before:]
    return Told(heard, level, causes if heard == spoken else (*causes, "misheard"))


def tell_place(rng: np.random.Generator, sources: Sources, person: Person, telling: Telling, ability: str) -> Told:
    """Tell where one comes from; parameters as for `tell_name`."""
    level = draw(rng, telling.place[ability])
    if level == "none":
        return Told("", level, ("not_told",))
    if level == "registered":
        return Told(person.household.text, level)
    if rng.random() < telling.place_is_lie.get(ability, 0.0):
        return Told(sources.places.home(rng).text, level, ("lie",))
    home = person.home
    causes: tuple[str, ...] = ()
    names = list(home.levels)
    if rng.random() < telling.old_place_name and any(home.former):
        names = [former or name for name, former in zip(home.levels, home.former, strict=True)]
        causes = ("old_name",)
    spoken = place_words(rng, names, level, telling.place_levels)
    if level != "full":
        causes = (*causes, "fragment")
    if rng.random() >= telling.heard_exactly:
        core, suffix = place_parts(spoken[-1])
        heard = sources.places.misheard(rng, core, home.region)
        if heard != core:
            return Told("".join([*spoken[:-1], heard + suffix]), level, (*causes, "misheard"))
    return Told("".join(spoken), level, causes)


def place_words(rng: np.random.Generator, names: Sequence[str], level: str, shares: Mapping[str, float]) -> list[str]:
    """Choose which levels of a place are named and how.

    Parameters
    ----------
    names : sequence of str
        Names from the province down.
    level : str
        `full`: all levels; `village`: the deepest name alone; `county`, `province`: down to that level;
        `some`: a few levels, each kept with the probability in `shares`.
    shares : mapping
        Probability that `province`, `prefecture`, `county`, `township` is named when `some` are.
    """
    if level == "full":
        return list(names)
    if level == "village":
        return [short_place(names[-1])]
    if level == "province":
        return [names[0]]
    if level == "county":
        return [names[0], names[min(2, len(names) - 1)]]
    keys = ("province", "prefecture", "county", "township")
    kept = [
        short_place(name)
        for depth, name in enumerate(names[:-1])
        if rng.random() < shares[keys[min(depth, len(keys) - 1)]]
    ]
    return [*kept, names[-1]]


def short_place(name: str) -> str:
    """Say a place as people do, without its administrative suffix.

    >>> short_place("临泉县"), short_place("单县")
    ('临泉', '单县')
    """
    return place_parts(name)[0]


def place_parts(name: str) -> tuple[str, str]:
    """Split a name into what identifies it and its suffix of whatever level.

    >>> place_parts("阿坝藏族羌族自治州"), place_parts("大王庄村"), place_parts("北京")
    (('阿坝', '自治州'), ('大王庄', '村'), ('北京', ''))
    """
    for level in LEVELS:
        core, suffix = split_name(name, level)
        if suffix and len(core) >= _SHORTEST_CORE:
            return core, suffix
    return name, ""
