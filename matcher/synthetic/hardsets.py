"""Hard cases made on purpose: twins, brothers lost together, namesakes, repeat wanderers, children found as adults.

Chance brings few of them, and they are where engines fail. Each is an open case whose person has records in the
gallery; where a double belongs to the set, the double has records too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import numpy as np

from matcher.synthetic.journeys import AgeAtLoss, Case, age_name, day_number, draw_days, today_of, with_traces
from matcher.synthetic.people import Person, year_of
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import HardSets, Recipe
from matcher.synthetic.streams import Streams
from matcher.types import DAYS_PER_YEAR, Sex

_YOUNGEST_LOSS_YEARS = 4.0

Make = Callable[[Recipe, Population, np.random.Generator], Iterator[Case]]


def plan_hard_cases(recipe: Recipe, population: Population, streams: Streams) -> Iterator[Case]:
    """Yield every hard case of a recipe with its doubles, numbered from 0."""
    number = 0
    for item in fields(HardSets):
        for index in range(getattr(recipe.hard_sets, item.name)):
            made = list(_MAKERS[item.name](recipe, population, streams.of(f"hard_{item.name}", index)))
            for offset, case in enumerate(made):
                lost_with = number if offset and item.name == "lost_together" else None
                designed = item.name if case.open else ""
                yield replace(case, case=number + offset, designed=designed, lost_with=lost_with)
            number += len(made)


def _twins(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    person = population.take_twin(born_before=today_of(recipe) - int(20 * DAYS_PER_YEAR))
    yield _mated(recipe, rng, person, _open(recipe, rng, person))
    yield _double(recipe, rng, population.take_person(int(person.twin or 0)))


def _lost_together(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    while True:
        person, case = _lost_child(recipe, population, rng, years=(12.0, 40.0))
        sibling = population.take_sibling(person.person, born_before=case.loss_day - int(2 * DAYS_PER_YEAR))
        if sibling is not None:
            break
    yield _mated(recipe, rng, person, case)
    double = replace(case, person=sibling.person, open=False, found_day=case.found_day - int(rng.integers(0, 400)))
    yield _mated(recipe, rng, sibling, double)


def _namesakes(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    sex: Sex = "male" if rng.random() < 0.5 else "female"
    person = population.take(sex, recipe.world.today.year - int(rng.integers(30, 70)))
    yield _mated(recipe, rng, person, _open(recipe, rng, person))
    yield _double(recipe, rng, population.take_namesake(person))


def _repeat_wanderers(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    person = population.take("male", recipe.world.today.year - int(rng.integers(40, 65)))
    found = today_of(recipe) - int(rng.integers(0, 30))
    earliest = max(day_number(recipe.traces.records_since), person.birth_day + int(18 * DAYS_PER_YEAR))
    days = np.sort(rng.choice(np.arange(earliest, found), recipe.traces.repeat_maximum, replace=False))
    yield Case(
        0, person.person, open=True, stratum="fresh", age_at_loss="adult", loss_day=int(days[-1]), found_day=found,
        rescue_days=tuple(int(day) for day in days[:-1]), report_days=(),
    )  # fmt: skip


def _child_to_adult(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    _, case = _lost_child(recipe, population, rng, years=(30.0, 45.0))
    report = case.loss_day + int(rng.exponential(3.0) * DAYS_PER_YEAR)
    yield replace(case, report_days=(min(report, today_of(recipe)),))


def _told_nothing(recipe: Recipe, population: Population, rng: np.random.Generator) -> Iterator[Case]:
    sex: Sex = "male" if rng.random() < 0.6 else "female"
    person = population.take(sex, recipe.world.today.year - int(rng.integers(25, 75)))
    yield _mated(recipe, rng, person, _open(recipe, rng, person))


_MAKERS: dict[str, Make] = {
    "twins": _twins,
    "lost_together": _lost_together,
    "namesakes": _namesakes,
    "repeat_wanderers": _repeat_wanderers,
    "child_to_adult": _child_to_adult,
    "told_nothing": _told_nothing,
}


def _open(recipe: Recipe, rng: np.random.Generator, person: Person) -> Case:
    """Make a long-stayer of a person who could have been lost from the age of four."""
    found, lost = draw_days(rng, recipe, "long_stayer", today_of(recipe))
    lost = max(lost, person.birth_day + int(_YOUNGEST_LOSS_YEARS * DAYS_PER_YEAR))
    found = max(found, lost + 1)
    age = age_name((lost - person.birth_day) / DAYS_PER_YEAR)
    return _long_stayer(person, age, lost, found)


def _double(recipe: Recipe, rng: np.random.Generator, person: Person) -> Case:
    """Give somebody who resembles the open case a closed case of their own."""
    case = replace(_open(recipe, rng, person), open=False)
    return with_traces(recipe, rng, person, case)


def _mated(recipe: Recipe, rng: np.random.Generator, person: Person, case: Case) -> Case:
    """Draw the traces of a case and see to it that there is one: the family's report, if nothing else."""
    drawn = with_traces(recipe, rng, person, case)
    if drawn.traces:
        return drawn
    return replace(drawn, report_days=(int(rng.uniform(case.loss_day, today_of(recipe))),))


def _lost_child(
    recipe: Recipe, population: Population, rng: np.random.Generator, *, years: tuple[float, float]
) -> tuple[Person, Case]:
    """Take somebody lost at 4-10 a number of years ago; the case has no traces yet."""
    sex: Sex = "male" if rng.random() < 0.6 else "female"
    separation, age = rng.uniform(*years), rng.uniform(_YOUNGEST_LOSS_YEARS, 10.0)
    lost = today_of(recipe) - int(separation * DAYS_PER_YEAR)
    person = population.take(sex, year_of(lost - int(age * DAYS_PER_YEAR)))
    lost = max(lost, person.birth_day + int(_YOUNGEST_LOSS_YEARS * DAYS_PER_YEAR))
    stay = int(rng.uniform(0.3, 8.0) * DAYS_PER_YEAR)
    return person, _long_stayer(person, "child", lost, today_of(recipe) - stay)


def _long_stayer(person: Person, age: AgeAtLoss, lost: int, found: int) -> Case:
    return Case(
        0, person.person, open=True, stratum="long_stayer", age_at_loss=age, loss_day=lost, found_day=found,
        rescue_days=(), report_days=(),
    )  # fmt: skip
