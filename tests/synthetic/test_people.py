"""Clans obey the laws of families."""

from __future__ import annotations

from itertools import combinations, islice

import numpy as np
import pytest

from matcher.synthetic.people import Person, grow_clans, relation
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.types import DAYS_PER_YEAR


@pytest.fixture(scope="module")
def clans(recipe: Recipe, sources: Sources) -> list[list[Person]]:
    return list(islice(grow_clans(recipe.pedigree, sources, Streams(7), last_birth_year=2025), 300))


def test_children_fit_their_parents(clans: list[list[Person]]) -> None:
    for clan in clans:
        people = {person.person: person for person in clan}
        for child in clan:
            assert child.birth_year <= 2025
            if child.father is None or child.mother is None:
                continue
            father, mother = people[child.father], people[child.mother]
            assert (father.sex, mother.sex) == ("male", "female")
            assert child.surname == father.surname
            assert child.home == father.household
            assert 16 * DAYS_PER_YEAR < child.birth_day - mother.birth_day < 47 * DAYS_PER_YEAR
            assert child.generation == max(father.generation, mother.generation) + 1


def test_a_generation_shares_its_character_more_often_than_chance(clans: list[list[Person]]) -> None:
    same: dict[bool, list[bool]] = {True: [], False: []}
    for clan in clans:
        born = [p for p in clan if p.mother is not None and p.sex == "male" and len(p.given) == 2]
        for one, other in combinations(born, 2):
            if one.surname == other.surname and one.father != other.father:
                same[one.generation == other.generation].append(one.given[0] == other.given[0])
    # The sources of this test know five characters only, so chance alone gives one in five.
    assert np.mean(same[True]) > np.mean(same[False]) + 0.1


def test_a_clan_depends_on_its_number_alone(recipe: Recipe, sources: Sources, clans: list[list[Person]]) -> None:
    again = list(islice(grow_clans(recipe.pedigree, sources, Streams(7), last_birth_year=2025), 50))
    assert again == clans[:50]


def test_relations_are_symmetric_and_siblings_are_the_children_of_one_couple(clans: list[list[Person]]) -> None:
    seen = set()
    for clan in clans[:60]:
        people = {person.person: person for person in clan}
        for one, other in combinations(people, 2):
            name = relation(people, one, other)
            assert name == relation(people, other, one)
            seen.add(name)
            if name == "sibling":
                assert people[one].mother == people[other].mother
    assert {"parent_child", "sibling", "cousin", "grandparent", "avuncular", None} <= seen


def test_identical_twins_share_birth_and_sex(clans: list[list[Person]]) -> None:
    people = {person.person: person for clan in clans for person in clan}
    twins = [person for person in people.values() if person.twin is not None]
    assert twins
    for person in twins:
        twin = people[int(person.twin or 0)]
        assert twin.twin == person.person
        assert (twin.sex, twin.birth_day, twin.mother) == (person.sex, person.birth_day, person.mother)
        assert relation(people, person.person, twin.person) == "identical_twin"


def test_paternity_departs_from_the_register_at_the_rate_of_the_recipe(
    clans: list[list[Person]], recipe: Recipe
) -> None:
    born = [p for clan in clans for p in clan if p.father is not None]
    share = np.mean([p.genetic_father is None for p in born])
    rate = recipe.pedigree.non_paternity
    assert abs(share - rate) < 4 * np.sqrt(rate / len(born))


def test_nobody_is_taken_twice(recipe: Recipe, sources: Sources) -> None:
    clans = grow_clans(recipe.pedigree, sources, Streams(3), last_birth_year=2025)
    population = Population(clans, 2.0)
    rng = np.random.default_rng(1)
    taken = [population.take("male", int(year)) for year in rng.integers(1930, 2015, 400)]
    numbers = [person.person for person in taken]
    siblings = [s for s in (population.take_sibling(n, born_before=20000) for n in numbers) if s is not None]
    assert siblings
    numbers += [s.person for s in siblings]
    assert len(set(numbers)) == len(numbers)
    for person in taken:
        assert person.sex == "male"
