"""The laboratory's side of a world: which samples exist, whose they are, and the profiles reported for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.synthetic.genomes import Genomes, Typing, choose_references, kinship, type_sample
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.streams import Streams
from matcher.synthetic.traces import SECOND_ENTRY, Trace

OWN = "own"
"""Owner of a sample taken from the record's own subject."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One laboratory sample.

    Parameters
    ----------
    sample_id : str
        Running number of the laboratory, without meaning.
    record_id : str
        Record it was sent in with.
    owner : str
        `own`, or the relation of the donor to the record's subject.
    donor : int
        Person it was taken from.
    typing : Typing
        Reported genotypes and what failed.
    swapped_with : str
        Sample whose tube was taken for this one; empty = none.
    """

    sample_id: str
    record_id: str
    owner: str
    donor: int
    typing: Typing
    swapped_with: str = ""


@dataclass(frozen=True, slots=True)
class Tube:
    """One tube of blood on its way to the laboratory: with which record, whose, by relation and by person."""

    trace: Trace
    owner: str
    donor: int


def draw_tubes(recipe: Recipe, streams: Streams, traces: Sequence[Trace], population: Population) -> list[Tube]:
    """Choose the subjects who are sampled and the relatives who give a reference."""
    return [tube for trace in traces for tube in _tubes(recipe, streams, trace, population)]


def type_tubes(
    recipe: Recipe, streams: Streams, tubes: Sequence[Tube], numbers: Sequence[str], genomes: Genomes
) -> list[Sample]:
    """Type the tubes of one block under the laboratory's numbers, and swap a few of them."""
    samples = [
        Sample(
            number, tube.trace.record_id, tube.owner, tube.donor,
            type_sample(streams.of("typing", tube.donor, *tube.trace.key), recipe.dna, genomes.of(tube.donor)),
        )
        for tube, number in zip(tubes, numbers, strict=True)
    ]  # fmt: skip
    block = tubes[0].trace.case.case if tubes else 0
    return _swapped(recipe, streams.of("swaps", block), samples)


def _tubes(recipe: Recipe, streams: Streams, trace: Trace, population: Population) -> list[Tube]:
    if trace.index >= SECOND_ENTRY:
        return []
    rng = streams.of("samples", *trace.key)
    if trace.kind != "missing":
        typed = rng.random() < recipe.dna.typed[trace.ability]
        return [Tube(trace, OWN, trace.person.person)] if typed else []
    person, people = trace.person, population.people
    donors = choose_references(rng, recipe.dna, people, population.members[person.clan], person.person)
    return [Tube(trace, kinship(people, person.person, donor) or "", donor) for donor in donors]


def _swapped(recipe: Recipe, rng: np.random.Generator, samples: list[Sample]) -> list[Sample]:
    for index in range(len(samples)):
        other = int(rng.integers(len(samples)))
        if rng.random() < recipe.dna.sample_swap and other != index and not samples[other].swapped_with:
            one, two = samples[index], samples[other]
            samples[index] = replace(one, typing=two.typing, swapped_with=two.sample_id)
            samples[other] = replace(two, typing=one.typing, swapped_with=one.sample_id)
    return samples


def samples_of(samples: Sequence[Sample]) -> Mapping[str, list[Sample]]:
    """Group samples by the record they were sent in with."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.record_id, []).append(sample)
    return groups
