"""Clans: three or four generations of families with names, homes and births that fit together.

A founding couple has children, sons' and daughters' partners come from outside, names follow the father, and a
generation character is shared by the brothers and cousins of one generation, as custom has it (字辈).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from matcher.synthetic.recipe import Pedigree
from matcher.synthetic.sources import Home, Sources
from matcher.synthetic.streams import Streams
from matcher.types import DAYS_PER_YEAR, Sex

_EPOCH_YEAR = 1970
_EPOCH_ORDINAL = date(_EPOCH_YEAR, 1, 1).toordinal()
_YOUNGEST_PARENT = 17
_OLDEST_MOTHER = 46
_NICKNAMES = ("小{0}", "阿{0}", "{0}{0}", "{0}娃", "{0}子")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the world; only the truth tables ever show this.

    Parameters
    ----------
    person : int
        Number of the person in the world.
    clan : int
        Number of the clan.
    father, mother : int or None
        Persons; the registered parents.
    genetic_father : int or None
        Differs from `father` where paternity is not what the register says.
    twin : int or None
        Identical twin.
    generation : int
        0 = founders of the clan.
    sex : Sex
        Sex.
    birth_day : int
        Days since 1970-01-01.
    surname, given, nickname : str
        Registered name and the name used at home.
    home, household : Home
        Where the person grew up, and where the register has them.
    height_cm : int
        Adult height.
    """

    person: int
    clan: int
    father: int | None
    mother: int | None
    genetic_father: int | None
    twin: int | None
    generation: int
    sex: Sex
    birth_day: int
    surname: str
    given: str
    nickname: str
    home: Home
    household: Home
    height_cm: int

    @property
    def name(self) -> str:
        """Registered name."""
        return self.surname + self.given

    @property
    def birth_year(self) -> int:
        """Calendar year of birth."""
        return year_of(self.birth_day)


@cache
def year_of(day: int) -> int:
    """Return the calendar year of a day number."""
    return date.fromordinal(_EPOCH_ORDINAL + day).year


def day_of(year: float) -> int:
    """Return the day number of a decimal year."""
    return round((year - _EPOCH_YEAR) * DAYS_PER_YEAR)


@dataclass(slots=True)
class _Clan:
    """A clan while it grows."""

    number: int
    first: int
    rng: np.random.Generator
    sources: Sources
    recipe: Pedigree
    generation_characters: tuple[str, ...]
    persons: list[Person]


def grow_clans(
    recipe: Pedigree, sources: Sources, streams: Streams, *, last_birth_year: int, number: int = 0, first: int = 0
) -> Iterator[list[Person]]:
    """Yield clan after clan for ever; a clan's people depend on the seed and the clan's number only.

    Parameters
    ----------
    last_birth_year : int
        Nobody is born after it.
    number, first : int
        Numbers of the first clan and of its first person.
    """
    while True:
        clan = _grow(recipe, sources, streams.of("clans", number), number, first, last_birth_year)
        yield clan
        number, first = number + 1, first + len(clan)


def _grow(
    recipe: Pedigree, sources: Sources, rng: np.random.Generator, number: int, first: int, last_birth_year: int
) -> list[Person]:
    characters = tuple(sources.names.given(rng, "male")[0] for _ in range(recipe.generations))
    clan = _Clan(number, first, rng, sources, recipe, characters, [])
    low, high = recipe.founder_birth_years
    home = sources.places.home(rng)
    birth = day_of(rng.uniform(low, high + 1))
    husband = _newcomer(clan, sex="male", generation=0, birth_day=birth, home=home)
    couples = [(husband, _partner(clan, husband))]
    for generation in range(1, recipe.generations):
        couples = list(_next_generation(clan, couples, generation, last_birth_year))
    return clan.persons


def _next_generation(
    clan: _Clan, couples: list[tuple[Person, Person]], generation: int, last_birth_year: int
) -> Iterator[tuple[Person, Person]]:
    for father, mother in couples:
        for child in _children(clan, father, mother, generation, last_birth_year):
            marries = generation < clan.recipe.generations - 1 and child.birth_year + _YOUNGEST_PARENT < last_birth_year
            if marries:
                partner = _partner(clan, child)
                yield (child, partner) if child.sex == "male" else (partner, child)


def _children(clan: _Clan, father: Person, mother: Person, generation: int, last_birth_year: int) -> Iterator[Person]:
    rng, recipe = clan.rng, clan.recipe
    cohorts = [cohort for cohort in recipe.children_by_mother_cohort if cohort[0] <= mother.birth_year]
    expected = cohorts[-1][1] if cohorts else recipe.children_by_mother_cohort[0][1]
    count = int(rng.poisson(expected))
    ages = np.sort(rng.normal(recipe.age_at_birth_mean, recipe.age_at_birth_sd, count))
    for age in np.clip(ages, _YOUNGEST_PARENT, _OLDEST_MOTHER):
        birth_day = mother.birth_day + round(float(age) * DAYS_PER_YEAR)
        if year_of(birth_day) > last_birth_year:
            continue
        child = _child(clan, father, mother, generation, birth_day)
        yield child
        if rng.random() < recipe.identical_twins:
            yield _twin(clan, child)


def _child(clan: _Clan, father: Person, mother: Person, generation: int, birth_day: int) -> Person:
    rng, recipe = clan.rng, clan.recipe
    sex: Sex = "male" if rng.random() < 0.5 else "female"
    given = clan.sources.names.given(rng, sex)
    inherits = father.surname == clan.persons[0].surname and rng.random() < recipe.generation_character[sex]
    if inherits and len(given) > 1:
        given = clan.generation_characters[generation] + given[-1]
    genetic = None if rng.random() < recipe.non_paternity else father.person
    home = father.household
    return _add(
        clan,
        Person(
            person=clan.first + len(clan.persons), clan=clan.number, father=father.person, mother=mother.person,
            genetic_father=genetic, twin=None, generation=generation, sex=sex, birth_day=birth_day,
            surname=father.surname, given=given, nickname=_nickname(rng, given), home=home,
            household=_household(clan, home), height_cm=_height(rng, recipe, sex),
        ),
    )  # fmt: skip


def _twin(clan: _Clan, child: Person) -> Person:
    rng = clan.rng
    given = clan.sources.names.given(rng, child.sex)
    given = child.given[0] + given[-1] if len(child.given) > 1 else given
    twin = replace(
        child, person=clan.first + len(clan.persons), twin=child.person, given=given, nickname=_nickname(rng, given)
    )
    clan.persons[child.person - clan.first] = replace(child, twin=twin.person)
    return _add(clan, twin)


def _partner(clan: _Clan, spouse: Person) -> Person:
    rng, recipe = clan.rng, clan.recipe
    shared = 3 if rng.random() < recipe.marries_within_county else 1
    home = clan.sources.places.elsewhere(rng, spouse.home, shared)
    sex: Sex = "female" if spouse.sex == "male" else "male"
    years = rng.normal(-2.0 if sex == "female" else 2.0, 2.0)
    return _newcomer(
        clan, sex=sex, generation=spouse.generation, birth_day=spouse.birth_day + round(years * DAYS_PER_YEAR),
        home=home, joins=spouse.household if sex == "female" else None,
    )  # fmt: skip


def _newcomer(
    clan: _Clan, *, sex: Sex, generation: int, birth_day: int, home: Home, joins: Home | None = None
) -> Person:
    """Add somebody without parents in the clan; `joins` is the household that takes them in."""
    rng = clan.rng
    surname = clan.sources.names.surname(rng)
    given = clan.sources.names.given(rng, sex)
    nickname = _nickname(rng, given)
    household = _household(clan, home)
    return _add(
        clan,
        Person(
            person=clan.first + len(clan.persons), clan=clan.number, father=None, mother=None, genetic_father=None,
            twin=None, generation=generation, sex=sex, birth_day=birth_day, surname=surname, given=given,
            nickname=nickname, home=home, household=household if joins is None else joins,
            height_cm=_height(rng, clan.recipe, sex),
        ),
    )  # fmt: skip


def _add(clan: _Clan, person: Person) -> Person:
    clan.persons.append(person)
    return person


def _household(clan: _Clan, home: Home) -> Home:
    draw = clan.rng.random()
    for shared, name in ((3, "same_county"), (1, "same_province"), (0, "other_province")):
        draw -= clan.recipe.moves.get(name, 0.0)
        if draw < 0:
            return clan.sources.places.elsewhere(clan.rng, home, shared)
    return home


def _nickname(rng: np.random.Generator, given: str) -> str:
    return _NICKNAMES[rng.integers(len(_NICKNAMES))].format(given[-1])


def _height(rng: np.random.Generator, recipe: Pedigree, sex: Sex) -> int:
    return round(float(rng.normal(recipe.height_cm[sex], recipe.height_sd_cm)))


def relation(people: Mapping[int, Person], one: int, other: int) -> str | None:
    """Name the genetic relation of two people of one clan; None where there is none within first cousins.

    Parameters
    ----------
    people : mapping
        Persons by number.
    one, other : int
        Persons.
    """
    first, second = people[one], people[other]
    if first.twin == other:
        return "identical_twin"
    parents_of = {person.person: {person.genetic_father, person.mother} - {None} for person in (first, second)}
    if other in parents_of[one] or one in parents_of[other]:
        return "parent_child"
    shared = len(parents_of[one] & parents_of[other])
    if shared:
        return "sibling" if shared == 2 else "half_sibling"
    grand = {p: _grandparents(people, parents_of[p]) for p in (one, other)}
    if other in grand[one] or one in grand[other]:
        return "grandparent"
    if grand[one] & parents_of[other] or grand[other] & parents_of[one]:
        return "avuncular"
    return "cousin" if grand[one] & grand[other] else None


def _grandparents(people: Mapping[int, Person], parents: set[int | None]) -> set[int]:
    found: set[int] = set()
    for parent in parents:
        if parent is not None and parent in people:
            found |= {g for g in (people[parent].genetic_father, people[parent].mother) if g is not None}
    return found
