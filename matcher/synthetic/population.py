"""The pool of clans from which lost persons are taken, each person at most once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from matcher.synthetic.people import Person
from matcher.types import Sex

_FIRST_POOL = 1500
_NEAREST_YEARS = 4
_LARGEST_SEARCH = 400

_Pool: TypeAlias = dict[tuple[Sex, int], list[int]]
"""Numbers of people by sex and birth year."""


@dataclass(slots=True)
class Population:
    """People by number, sex and birth year.

    Parameters
    ----------
    clans : iterator of list of Person
        Endless source of clans.
    persons_per_wanderer : float
        How many people the world holds for each person taken.
    """

    clans: Iterator[list[Person]]
    persons_per_wanderer: float
    people: dict[int, Person] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    _untouched: _Pool = field(default_factory=dict)
    _kin: _Pool = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)
    _used: set[int] = field(default_factory=set)

    def take(self, sex: Sex, birth_year: int, *, born_before: int | None = None, among_kin: bool = False) -> Person:
        """Take somebody of a sex born in a year or near it, growing the pool as needed.

        Parameters
        ----------
        born_before : int or None
            Day before which the person must be born; None = any.
        among_kin : bool
            True takes from a clan of which somebody was taken before where it can; False only from untouched clans, so
            that kin meet in the gallery only when they are meant to.
        """
        self._grow_to(max(_FIRST_POOL, int(self.persons_per_wanderer * (len(self._taken) + 1))))
        if among_kin:
            person = self._nearest(self._kin, sex, birth_year, born_before)
            if person is not None:
                return self._take(person)
        for _ in range(_LARGEST_SEARCH):
            person = self._nearest(self._untouched, sex, birth_year, born_before)
            if person is not None:
                return self._take(person)
            self._grow_to(len(self.people) + 1)
        raise ValueError(f"the population has nobody of sex {sex} born near {birth_year}")

    def take_sibling(self, number: int, *, born_before: int) -> Person | None:
        """Take the free brother or sister nearest in age to a person, born before a day."""
        person = self.people[number]
        if person.father is None:
            return None
        siblings = [
            other
            for other in (self.people[n] for n in self.members[person.clan])
            if other.father == person.father
            and other.mother == person.mother
            and other.person not in self._taken
            and other.birth_day < born_before
        ]
        if not siblings:
            return None
        nearest = min(siblings, key=lambda other: (abs(other.birth_day - person.birth_day), other.person))
        return self._take(nearest)

    def take_twin(self, *, born_before: int) -> Person:
        """Take one of a pair of identical twins, both free, born before a day, growing the pool as needed."""
        for _ in range(_LARGEST_SEARCH):
            for person in self.people.values():
                free = person.person not in self._taken and person.twin not in self._taken
                if person.twin is not None and free and person.birth_day < born_before:
                    return self._take(person)
            self._grow_to(len(self.people) + 1)
        raise ValueError("no twins are left in the population")

    def take_person(self, number: int) -> Person:
        """Take a certain person who is still free."""
        return self._take(self.people[number])

    def take_namesake(self, person: Person) -> Person:
        """Take a stranger of the same sex and nearly the same age, and let them bear the same name in the same village.

        The stranger is somebody who came into a clan without parents and has no children in it, so that no family's
        surname is broken.
        """
        parents = {p for other in self.people.values() for p in (other.father, other.mother)}
        strangers = [
            other
            for other in self.people.values()
            if other.sex == person.sex and other.mother is None and other.person not in parents
            and other.person not in self._taken and other.clan != person.clan
        ]  # fmt: skip
        if not strangers:
            raise ValueError("the population has no stranger left to bear a name")
        nearest = min(strangers, key=lambda other: (abs(other.birth_day - person.birth_day), other.person))
        namesake = replace(
            nearest, surname=person.surname, given=person.given, nickname=person.nickname, home=person.home,
            household=person.household,
        )  # fmt: skip
        self.people[nearest.person] = namesake
        return self.take_person(nearest.person)

    def _nearest(self, pool: _Pool, sex: Sex, birth_year: int, born_before: int | None) -> Person | None:
        for distance in range(_NEAREST_YEARS + 1):
            for year in dict.fromkeys((birth_year - distance, birth_year + distance)):
                person = self._first(pool, pool.get((sex, year), []), born_before)
                if person is not None:
                    return person
        return None

    def _first(self, pool: _Pool, free: list[int], born_before: int | None) -> Person | None:
        too_young = []
        found = None
        while free and found is None:
            person = self.people[free.pop()]
            if person.person in self._taken:
                continue
            if pool is self._untouched and person.clan in self._used:
                self._kin.setdefault((person.sex, person.birth_year), []).append(person.person)
            elif born_before is not None and person.birth_day >= born_before:
                too_young.append(person.person)
            else:
                found = person
        free.extend(too_young)
        return found

    def _take(self, person: Person) -> Person:
        self._taken.add(person.person)
        self._used.add(person.clan)
        return person

    def _grow_to(self, count: int) -> None:
        while len(self.people) < count:
            for person in next(self.clans):
                self.people[person.person] = person
                self.members.setdefault(person.clan, []).append(person.person)
                self._untouched.setdefault((person.sex, person.birth_year), []).append(person.person)
