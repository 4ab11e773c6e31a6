"""Cases: who is lost, when, where they were picked up since, and which traces the database holds of it.

A case is a plan of days; what was said and written on each of them is the matter of `telling` and `clerks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from matcher.synthetic.lottery import draw
from matcher.synthetic.people import Person, year_of
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.streams import Streams
from matcher.types import DAYS_PER_YEAR, Sex

Stratum = Literal["fresh", "long_stayer"]
AgeAtLoss = Literal["child", "adult", "elder"]

_OLDEST_YEARS = 95.0
_YOUNGEST_RESCUE_YEARS = 5.0
_ATTEMPTS = 40
_YEARS_OF_RECORDS = 15.0


@dataclass(frozen=True, slots=True)
class Case:
    """One lost person with every day on which a record about them was made.

    Parameters
    ----------
    case : int
        Number of the case.
    person : int
        The person.
    open : bool
        True: an unidentified intake stands at `found_day`; False: the story is over and only traces remain.
    stratum : Stratum
        `fresh`: found within days; `long_stayer`: in a station for months to decades.
    age_at_loss : AgeAtLoss
        Age group when lost.
    loss_day, found_day : int
        Days since 1970-01-01; `found_day` is the admission that the open case dates from.
    rescue_days : tuple of int
        Admissions at stations of which the database holds a record.
    report_days : tuple of int
        Missing reports of the family that the database holds.
    lost_with : int or None
        Case of the brother or sister who was lost on the same day.
    designed : str
        Hard set that the case was made for; empty = the case came about by chance.
    """

    case: int
    person: int
    open: bool
    stratum: Stratum
    age_at_loss: AgeAtLoss
    loss_day: int
    found_day: int
    rescue_days: tuple[int, ...]
    report_days: tuple[int, ...]
    lost_with: int | None = None
    designed: str = ""

    @property
    def traces(self) -> int:
        """Count the gallery records."""
        return len(self.rescue_days) + len(self.report_days)


@dataclass(frozen=True, slots=True)
class _Plan:
    stratum: Stratum
    age_at_loss: AgeAtLoss
    sex: Sex
    birth_day: int
    loss_day: int
    found_day: int


def plan_cases(
    recipe: Recipe, population: Population, streams: Streams, *, first: int = 0, records: int = 0
) -> Iterator[Case]:
    """Yield the open cases, then closed ones until the gallery has its size.

    Parameters
    ----------
    population : Population
        Where the persons are taken from; grows as needed.
    first : int
        Number of the first case.
    records : int
        Gallery records that other cases have brought already.
    """
    number, opened = first, 0
    while opened < recipe.world.intakes or records < recipe.world.gallery_records:
        case = _case(recipe, population, streams.of("cases", number), number, is_open=opened < recipe.world.intakes)
        yield case
        number, opened, records = number + 1, opened + case.open, records + case.traces
        sibling = _lost_sibling(recipe, population, streams.of("lost_together", case.case), case)
        if sibling is not None:
            together = _together(recipe, streams.of("cases", number), case, sibling, number)
            yield together
            number, records = number + 1, records + together.traces


def _lost_sibling(recipe: Recipe, population: Population, rng: np.random.Generator, case: Case) -> Person | None:
    if case.age_at_loss != "child" or rng.random() >= recipe.loss.kin_lost_together:
        return None
    return population.take_sibling(case.person, born_before=case.loss_day - int(2 * DAYS_PER_YEAR))


def _case(recipe: Recipe, population: Population, rng: np.random.Generator, number: int, *, is_open: bool) -> Case:
    plan = _plan(recipe, rng, is_open=is_open)
    person = population.take(
        plan.sex, year_of(plan.birth_day), born_before=plan.loss_day - int(DAYS_PER_YEAR),
        among_kin=rng.random() < recipe.loss.kin_lost,
    )  # fmt: skip
    return with_traces(
        recipe, rng, person,
        Case(number, person.person, is_open, plan.stratum, plan.age_at_loss, plan.loss_day, plan.found_day, (), ()),
    )  # fmt: skip


def _together(recipe: Recipe, rng: np.random.Generator, other: Case, sibling: Person, number: int) -> Case:
    case = Case(
        number, sibling.person, open=False, stratum=other.stratum, age_at_loss=other.age_at_loss,
        loss_day=other.loss_day, found_day=other.found_day, rescue_days=(), report_days=(), lost_with=other.case,
    )  # fmt: skip
    return with_traces(recipe, rng, sibling, case)


def _plan(recipe: Recipe, rng: np.random.Generator, *, is_open: bool) -> _Plan:
    loss, today = recipe.loss, today_of(recipe)
    stratum: Stratum = "fresh" if rng.random() < loss.fresh_share else "long_stayer"
    now = today if is_open else today - int(rng.uniform(60, _YEARS_OF_RECORDS * DAYS_PER_YEAR))
    group = draw(rng, loss.age_group[stratum])
    sex: Sex = "female" if rng.random() < loss.female[group] else "male"
    for _ in range(_ATTEMPTS):
        age = _age_at_loss(rng, recipe, group)
        found_day, loss_day = draw_days(rng, recipe, stratum, now)
        if age + (now - loss_day) / DAYS_PER_YEAR <= _OLDEST_YEARS:
            break
    else:
        found_day = now
        loss_day = now - int(max(1.0, _OLDEST_YEARS - age) * DAYS_PER_YEAR * rng.uniform(0.2, 1.0))
    birth_day = loss_day - round(age * DAYS_PER_YEAR)
    return _Plan(stratum, age_name(age), sex, birth_day, loss_day, found_day)


def _age_at_loss(rng: np.random.Generator, recipe: Recipe, group: str) -> float:
    if group == "child":
        return float(rng.uniform(2.0, 16.0))
    if group == "adult":
        return float(rng.uniform(18.0, 60.0))
    return float(np.clip(rng.normal(recipe.loss.elder_age_mean, recipe.loss.elder_age_sd), 60.0, 92.0))


def age_name(age: float) -> AgeAtLoss:
    """Name the age group of an age in years."""
    return "child" if age < 18 else "adult" if age < 60 else "elder"


def draw_days(rng: np.random.Generator, recipe: Recipe, stratum: Stratum, now: int) -> tuple[int, int]:
    """Draw (found day, loss day) of a case that stands today at day `now`."""
    loss = recipe.loss
    if stratum == "fresh":
        found = now - int(rng.integers(0, 30))
        away = 10 ** rng.normal(np.log10(loss.fresh_days_median), loss.fresh_days_log10_sd)
        return found, found - int(min(away, 90.0))
    weights = {str(i): share for i, (_, _, share) in enumerate(loss.separation_years)}
    low, high, _ = loss.separation_years[int(draw(rng, weights))]
    separation = rng.uniform(low, high)
    stay = 10.0 + rng.exponential(6.0) if rng.random() < loss.stay_ten_years else rng.uniform(0.25, 10.0)
    stay = min(stay, max(0.25, 0.9 * separation))
    first = day_number(recipe.traces.records_since) + int(rng.uniform(0.0, 2.0) * DAYS_PER_YEAR)
    return max(first, now - int(stay * DAYS_PER_YEAR)), now - int(max(separation, stay) * DAYS_PER_YEAR)


def with_traces(recipe: Recipe, rng: np.random.Generator, person: Person, case: Case) -> Case:
    """Draw the days of a case's records; a closed case has at least one."""
    traces = recipe.traces
    rescues = _rescuedraw_days(recipe, rng, person, case) if rng.random() < traces.rescued_before[case.stratum] else ()
    reports = _reportdraw_days(recipe, rng, case) if rng.random() < traces.missing_report[case.stratum] else ()
    if case.open and rng.random() < traces.open_case_unmated[case.stratum]:
        rescues, reports = (), ()
    if not case.open and not rescues and not reports:
        rescues = (case.found_day,)
    return replace(case, rescue_days=rescues, report_days=reports)


def _rescuedraw_days(recipe: Recipe, rng: np.random.Generator, person: Person, case: Case) -> tuple[int, ...]:
    count = _repeats(rng, recipe.traces.repeat_exponent, recipe.traces.repeat_maximum)
    old_enough = person.birth_day + int(_YOUNGEST_RESCUE_YEARS * DAYS_PER_YEAR)
    earliest = max(old_enough, day_number(recipe.traces.records_since))
    if case.stratum == "long_stayer":
        low, high = max(case.loss_day, earliest), case.found_day
        days = rng.uniform(low, max(high, low + 1), count)
    else:
        gaps = rng.exponential(recipe.traces.years_between_rescues_mean * DAYS_PER_YEAR / max(1, count**0.5), count)
        days = case.loss_day - 1 - np.cumsum(gaps)
    kept = {int(day) for day in days if earliest <= day < case.found_day}
    if not case.open:
        kept.add(case.found_day)
    return tuple(sorted(kept))


def _repeats(rng: np.random.Generator, exponent: float, maximum: int) -> int:
    """Draw k >= 1 with P(K >= k) = k ** -exponent, cut at `maximum`."""
    return int(min(maximum, np.floor((1.0 - rng.random()) ** (-1.0 / exponent))))


def _reportdraw_days(recipe: Recipe, rng: np.random.Generator, case: Case) -> tuple[int, ...]:
    traces, today = recipe.traces, today_of(recipe)
    delay = 10 ** rng.normal(np.log10(traces.report_delay_days_median), traces.report_delay_log10_sd)
    if case.stratum == "fresh":
        delay = min(delay, float(max(0, case.found_day - case.loss_day)) + 2.0)
    latest = max(case.loss_day + 1, today)
    first = case.loss_day + int(delay)
    if first > latest:
        first = int(rng.uniform(case.loss_day, latest))
    if rng.random() < traces.report_on_two_platforms:
        return (first, int(rng.uniform(first, max(first + 1, latest))))
    return (first,)


def day_number(day: date) -> int:
    """Return the day number of a date."""
    return int(np.datetime64(day, "D").astype(int))


def today_of(recipe: Recipe) -> int:
    """Return the day number of the world's date."""
    return day_number(recipe.world.today)
