"""One block of a world: people, cases and records that fit into memory; kin and cases never cross its border.

A block can be drawn again at any time: everything in it depends on the recipe, the seed and the block's number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.synthetic.genomes import Genomes
from matcher.synthetic.hardsets import plan_hard_cases
from matcher.synthetic.journeys import Case, plan_cases
from matcher.synthetic.laboratory import Sample, Tube, draw_tubes, type_tubes
from matcher.synthetic.people import grow_clans, year_of
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.stations import Station
from matcher.synthetic.streams import Streams
from matcher.synthetic.traces import Trace, lay_out

Advance = Callable[[int], None]

# Numbers of clans, people and cases start here in each block, so that they are unique in the world.
_CLANS, _PEOPLE, _CASES = 10_000_000, 100_000_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What all blocks of a world share."""

    recipe: Recipe
    sources: Sources
    streams: Streams
    stations: tuple[Station, ...]
    reports: Station


@dataclass(frozen=True, slots=True)
class Draft:
    """A block whose records and tubes have no numbers yet, in the order in which they were drawn."""

    population: Population
    traces: tuple[Trace, ...]
    tubes: tuple[Tube, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its numbers.

    Parameters
    ----------
    population : Population
        Its people.
    traces : tuple of Trace
        Its records, in the order of the registers: by day, then by case number.
    samples : tuple of Sample
        Its laboratory samples.
    """

    population: Population
    traces: tuple[Trace, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Numbers of all records and samples of a world, block by block.

    Parameters
    ----------
    records : tuple of ndarray of int64
        Running number of each record within its station and year, in the order of the drafts.
    samples : tuple of ndarray of int64
        Laboratory number of each tube.
    """

    records: tuple[NDArray[np.int64], ...]
    samples: tuple[NDArray[np.int64], ...]


def draft_block(setting: Setting, number: int, *, advance: Advance = lambda _steps: None) -> Draft:
    """Draw the people, cases, records and tubes of one block.

    Parameters
    ----------
    number : int
        Number of the block, from 0; the hard sets stand in block 0.
    advance : callable
        Told the number of gallery records planned since the last call.
    """
    recipe, streams = setting.recipe, setting.streams
    clans = grow_clans(
        recipe.pedigree, setting.sources, streams, last_birth_year=recipe.world.today.year - 1,
        number=number * _CLANS, first=number * _PEOPLE,
    )  # fmt: skip
    population = Population(clans, recipe.pedigree.persons_per_wanderer)
    cases: list[Case] = [] if number else list(plan_hard_cases(recipe, population, streams))
    brought = sum(case.traces for case in cases)
    share = _share_of(recipe, number)
    for case in plan_cases(share, population, streams, first=number * _CASES + len(cases), records=brought):
        cases.append(case)
        advance(case.traces)
    traces = lay_out(recipe, streams, cases, population.people, setting.stations, setting.reports)
    return Draft(population, tuple(traces), tuple(draw_tubes(recipe, streams, traces, population)))


def _share_of(recipe: Recipe, number: int) -> Recipe:
    """Give a block its part of the world's records and open cases."""
    blocks = recipe.world.blocks
    records, intakes = (
        total // blocks + (number < total % blocks) for total in (recipe.world.gallery_records, recipe.world.intakes)
    )
    return replace(recipe, world=replace(recipe.world, gallery_records=records, intakes=intakes))


def finish_block(setting: Setting, draft: Draft, records: Sequence[int], samples: Sequence[int]) -> Block:
    """Put the register's numbers on a draft, and type its tubes."""
    numbered = {
        trace.key: replace(trace, record_id=f"{trace.station.code}-{year_of(trace.day)}-{int(number):04d}")
        for trace, number in zip(draft.traces, records, strict=True)
    }
    tubes = [replace(tube, trace=numbered[tube.trace.key]) for tube in draft.tubes]
    genomes = Genomes(draft.population.people, setting.sources, setting.streams)
    typed = type_tubes(setting.recipe, setting.streams, tubes, [int(number) for number in samples], genomes)
    traces = sorted(numbered.values(), key=lambda trace: (trace.day, trace.record_id))
    return Block(draft.population, tuple(traces), tuple(typed))


@dataclass(frozen=True, slots=True)
class RegisterRows:
    """What numbering needs to know of a draft: station, day and lot of each record, number of tubes."""

    stations: NDArray[np.int64]
    days: NDArray[np.int64]
    lots: NDArray[np.float64]
    tubes: int


def register_rows(setting: Setting, draft: Draft) -> RegisterRows:
    """Read off a draft what numbering needs."""
    lots = (setting.streams.of("case_number", *trace.key).random() for trace in draft.traces)
    count = len(draft.traces)
    return RegisterRows(
        np.fromiter((trace.station.number for trace in draft.traces), np.int64, count),
        np.fromiter((trace.day for trace in draft.traces), np.int64, count),
        np.fromiter(lots, np.float64, count),
        len(draft.tubes),
    )


def number_all(streams: Streams, rows: Sequence[RegisterRows]) -> Register:
    """Give running numbers by station and year in order of day, ties by lot; laboratory numbers by lot.

    The running number of a record thus tells nothing but the day, whichever block it came from.
    """
    stations, days, lots = (
        np.concatenate([getattr(part, name) for part in rows]) for name in ("stations", "days", "lots")
    )
    years = np.array([year_of(int(day)) for day in np.unique(days)], np.int64)[np.unique(days, return_inverse=True)[1]]
    order = np.lexsort((lots, days, stations))
    group = stations[order] * 10_000 + years[order]
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[first, len(group)])
    numbers = np.empty(len(group), np.int64)
    numbers[order] = np.arange(len(group)) - np.repeat(first, sizes) + 1
    tubes = streams.of("sample_numbers").permutation(sum(part.tubes for part in rows)).astype(np.int64)
    record_ends = np.cumsum([len(part.days) for part in rows])[:-1]
    tube_ends = np.cumsum([part.tubes for part in rows])[:-1]
    return Register(tuple(np.split(numbers, record_ends)), tuple(np.split(tubes, tube_ends)))
