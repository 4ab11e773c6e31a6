"""The pool of clans from which lost persons are taken, each person at most once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from matcher.synthetic.people import Person
from matcher.types import Sex

_FIRST_POOL = 1500
_NEAREST_YEARS = 4
_LARGEST_SEARCH = 400


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
    _free: dict[tuple[Sex, int], list[int]] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)

    def take(self, sex: Sex, birth_year: int) -> Person:
        """Take somebody of a sex born in a year or near it, growing the pool as needed."""
        self._grow_to(max(_FIRST_POOL, int(self.persons_per_wanderer * (len(self._taken) + 1))))
        for _ in range(_LARGEST_SEARCH):
            for distance in range(_NEAREST_YEARS + 1):
                for year in dict.fromkeys((birth_year - distance, birth_year + distance)):
                    person = self._pop(sex, year)
                    if person is not None:
                        return person
            self._grow_to(len(self.people) + 1)
        oldest_first = sorted(
            (abs(year - birth_year), year) for (s, year), free in self._free.items() if s == sex and free
        )
        person = self._pop(sex, oldest_first[0][1]) if oldest_first else None
        if person is None:
            raise ValueError(f"the population has nobody left of sex {sex} near {birth_year}")
        return person

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
        self._taken.add(nearest.person)
        return nearest

    def take_twin(self, *, born_before: int) -> Person:
        """Take one of a pair of identical twins, both free, born before a day, growing the pool as needed."""
        for _ in range(_LARGEST_SEARCH):
            for person in self.people.values():
                free = person.person not in self._taken and person.twin not in self._taken
                if person.twin is not None and free and person.birth_day < born_before:
                    self._taken.add(person.person)
                    return person
            self._grow_to(len(self.people) + 1)
        raise ValueError("no twins are left in the population")

    def take_person(self, number: int) -> Person:
        """Take a certain person who is still free."""
        self._taken.add(number)
        return self.people[number]

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

    def _pop(self, sex: Sex, year: int) -> Person | None:
        free = self._free.get((sex, year), [])
        while free:
            number = free.pop(0)
            if number not in self._taken:
                self._taken.add(number)
                return self.people[number]
        return None

    def _grow_to(self, count: int) -> None:
        while len(self.people) < count:
            for person in next(self.clans):
                self.people[person.person] = person
                self.members.setdefault(person.clan, []).append(person.person)
                self._free.setdefault((person.sex, person.birth_year), []).append(person.person)
