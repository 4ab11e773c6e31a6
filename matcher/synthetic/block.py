"""One block of a world: people, cases and records that fit into memory; kin and cases never cross its border.

Everything in a block depends on the recipe, the seed and the block's number, so blocks can be drawn in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matcher.progress import Advance, untold
from matcher.synthetic.genomes import Genomes
from matcher.synthetic.hardsets import plan_hard_cases
from matcher.synthetic.journeys import Case, plan_cases
from matcher.synthetic.laboratory import Sample, draw_tubes, type_tubes
from matcher.synthetic.people import grow_clans
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.registers import Entries, provisional_record, provisional_sample
from matcher.synthetic.traces import Trace, lay_out
from matcher.synthetic.world import World

# Numbers of clans, people and cases start here in each block, so that they are unique in the world.
_CLANS, _PEOPLE, _CASES = 10_000_000, 100_000_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A block with provisional numbers: the final ones wait until all blocks have told how many records they have.

    Parameters
    ----------
    population : Population
        Its people.
    traces : tuple of Trace
        Its records, by day, then station, then lot.
    samples : tuple of Sample
        Its laboratory samples.
    entries : Entries
        What the registers need to know of it, in the order of `traces`.
    """

    population: Population
    traces: tuple[Trace, ...]
    samples: tuple[Sample, ...]
    entries: Entries


def draw_block(world: World, number: int, *, advance: Advance = untold) -> Block:
    """Draw the people, cases, records and samples of one block.

    Parameters
    ----------
    number : int
        Number of the block, from 0; the hard sets stand in block 0.
    advance : callable
        Told the number of gallery records planned since the last call.
    """
    recipe, streams = world.recipe, world.streams
    clans = grow_clans(
        recipe.pedigree, world.sources, streams, last_birth_year=recipe.world.today.year - 1,
        number=number * _CLANS, first=number * _PEOPLE,
    )  # fmt: skip
    population = Population(clans, recipe.pedigree.persons_per_wanderer)
    cases: list[Case] = [] if number else list(plan_hard_cases(recipe, population, streams))
    brought = sum(case.traces for case in cases)
    share = _share_of(recipe, number)
    for case in plan_cases(share, population, streams, first=number * _CASES + len(cases), records=brought):
        cases.append(case)
        advance(case.traces)
    traces = lay_out(recipe, streams, cases, population.people, world.stations, world.reports)
    return _registered(world, population, traces)


def _share_of(recipe: Recipe, number: int) -> Recipe:
    """Give a block its part of the world's records and open cases."""
    blocks = recipe.world.blocks
    records, intakes = (
        total // blocks + (number < total % blocks) for total in (recipe.world.gallery_records, recipe.world.intakes)
    )
    return replace(recipe, world=replace(recipe.world, gallery_records=records, intakes=intakes))


def _registered(world: World, population: Population, traces: Sequence[Trace]) -> Block:
    """Put provisional numbers on a block's records and samples, and type the samples."""
    lots = [float(world.streams.of("case_number", *trace.key).random()) for trace in traces]
    order = sorted(range(len(traces)), key=lambda at: (traces[at].day, traces[at].station.code, lots[at]))
    positions = sorted(range(len(order)), key=order.__getitem__)
    drawn = [replace(trace, record_id=provisional_record(at)) for trace, at in zip(traces, positions, strict=True)]
    tubes = draw_tubes(world.recipe, world.streams, drawn, population)
    genomes = Genomes(population.people, world.sources, world.streams)
    numbers = [provisional_sample(at) for at in range(len(tubes))]
    samples = type_tubes(world.recipe, world.streams, tubes, numbers, genomes)
    ordered = tuple(drawn[at] for at in order)
    entries = Entries.of(
        [(trace.station.number, trace.day) for trace in ordered], [lots[at] for at in order], len(tubes)
    )
    return Block(population, ordered, tuple(samples), entries)
