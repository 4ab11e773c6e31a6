"""A block on disk before its records have their final numbers: what is written of it, with provisional ones.

A draft lies in a folder of its own: `records.jsonl` (a record's row of its form, its rows of the truth tables and its
departures from the truth), `samples.jsonl`, Arrow tables of people, kin and embeddings, photographs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from matcher.face.ages import CHILD_BELOW_YEARS
from matcher.progress import Advance, untold
from matcher.synthetic import files, truth
from matcher.synthetic.accounts import give_account, photo_day
from matcher.synthetic.block import Block, draw_block
from matcher.synthetic.casting import cast
from matcher.synthetic.clerks import fill_in
from matcher.synthetic.files import PhotoRow
from matcher.synthetic.kinfaces import KinFaces
from matcher.synthetic.laboratory import Sample, samples_of
from matcher.synthetic.photographs import photograph_pair, require_portraits
from matcher.synthetic.registers import Entries
from matcher.synthetic.telling import Corruption
from matcher.synthetic.traces import Trace
from matcher.synthetic.truth import Written
from matcher.synthetic.world import World
from matcher.types import DAYS_PER_YEAR
from matcher.uncollected import uncollected

RECORDS, SAMPLES, PEOPLE, KIN, EMBEDDINGS = "records.jsonl", "samples.jsonl", "people.arrow", "kin.arrow", "faces.arrow"
PHOTOS = "photos"


@dataclass(frozen=True, slots=True)
class Draft:
    """A block that was drawn and written down.

    Parameters
    ----------
    folder : Path
        Where.
    entries : Entries
        What the registers need to know of it.
    counts : Counter
        How many people, cases, records, photographs, embeddings, samples and corruptions it holds.
    """

    folder: Path
    entries: Entries
    counts: Counter[str]


Drawing = Callable[[World, Path, Advance], Iterator[Draft]]
"""Draws the blocks of a world, in order, into folders below a directory."""


def drafts_here(world: World, spool: Path, advance: Advance) -> Iterator[Draft]:
    """Draw the blocks of a world one after the other in this process; one is in memory at a time."""
    for number in range(world.recipe.world.blocks):
        yield write_draft(world, number, spool, advance=advance)


def write_draft(world: World, number: int, spool: Path, *, advance: Advance = untold) -> Draft:
    """Draw a block and write it down in a folder of its own below `spool`."""
    folder = spool / f"block-{number:05d}"
    folder.mkdir(parents=True)
    with uncollected():
        return _write_draft(world, draw_block(world, number, advance=advance), folder, pictures=not number)


def _write_draft(world: World, block: Block, folder: Path, *, pictures: bool) -> Draft:
    pictured = _photographs(world, block, folder / PHOTOS) if world.recipe.world.photographs and pictures else {}
    records = [_record(world, trace, samples, pictured) for trace, samples in _with_samples(block)]
    written = [record.written for record in records]
    embeddings = _embeddings(world, block, written, pictured)
    files.write_arrow(folder / EMBEDDINGS, files.photo_table(world.sources.faces.model_id, embeddings))
    typing = [_typing_corruptions(sample) for sample in block.samples]
    _write_lines(folder / SAMPLES, [
        [sample.sample_id, sample.typing.genotypes, [slip.values for slip in slips]]
        for sample, slips in zip(block.samples, typing, strict=True)
    ])  # fmt: skip
    _write_records(block, records, folder)
    kinds = Counter(trace.kind for trace in block.traces)
    counts = Counter(
        people=len(block.population.people), cases=len({t.case.case for t in block.traces}), intakes=kinds["intake"],
        gallery_records=kinds["rescue"] + kinds["missing"], photographs=len(pictured), embeddings=len(embeddings),
        samples=len(block.samples), corruptions=sum(len(r.slips) for r in records) + sum(map(len, typing)),
    )  # fmt: skip
    return Draft(folder, block.entries, counts)


@dataclass(frozen=True, slots=True)
class _Record:
    """One record as a clerk left it."""

    written: Written
    cells: Mapping[str, str]
    slips: Sequence[Corruption]
    copies: int


def _with_samples(block: Block) -> Iterator[tuple[Trace, tuple[Sample, ...]]]:
    groups = samples_of(block.samples)
    for trace in block.traces:
        yield trace, tuple(groups.get(trace.record_id, ()))


def _record(world: World, trace: Trace, samples: tuple[Sample, ...], pictured: Mapping[str, int]) -> _Record:
    recipe, streams = world.recipe, world.streams
    account = give_account(recipe, world.sources, streams, trace)
    account = replace(account, samples=_numbers_by_owner(samples))
    rng = streams.of("clerks", *trace.key)
    cells, slips = fill_in(rng, world.sources, trace.station, recipe.stations, account)
    copies = 1
    if rng.random() < recipe.stations.duplicated_row:
        copies = 2
        slips.append(Corruption(trace.record_id, "row", "", "", "duplicated_row"))
    day = pictured.get(trace.record_id) or photo_day(recipe, streams, trace)
    return _Record(Written(trace, account.name.level, account.place.level, day, samples), cells, slips, copies)


def _numbers_by_owner(samples: Sequence[Sample]) -> Mapping[str, tuple[str, ...]]:
    owners = sorted({sample.owner for sample in samples})
    return {owner: tuple(s.sample_id for s in samples if s.owner == owner) for owner in owners}


def _write_records(block: Block, records: Sequence[_Record], folder: Path) -> None:
    """Write the records with their rows of the truth tables, and the people who stand behind them."""
    people, written = block.population.people, [record.written for record in records]
    recorded = sorted({row.trace.person.person for row in written})
    kin = truth.kin_rows(people, recorded)
    clans = sorted({people[person].clan for person in recorded})
    persons = [people[number] for clan in clans for number in block.population.members[clan]]
    files.write_arrow(folder / PEOPLE, truth.person_table(persons))
    files.write_arrow(folder / KIN, pa.Table.from_pylist(kin, truth.KIN))
    probes = {row["record_id"]: row for row in truth.probe_rows(written, kin)}
    _write_lines(folder / RECORDS, [
        {
            "form": f"{record.written.trace.kind}-{record.written.trace.station.code}", "copies": record.copies,
            "cells": record.cells, "row": row, "probe": probes.get(row["record_id"]),
            "slips": [slip.values for slip in record.slips],
        }
        for record, row in zip(records, truth.record_rows(written), strict=True)
    ])  # fmt: skip


def _write_lines(path: Path, values: Sequence[object]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _embeddings(world: World, block: Block, written: Sequence[Written], pictured: Mapping[str, int]) -> list[PhotoRow]:
    faces = KinFaces(block.population.people, world.recipe.faces, world.sources, world.streams)
    rows = []
    for record in written:
        trace = record.trace
        if record.photo_day is None or trace.record_id in pictured:
            continue
        vector = faces.photo(world.streams.of("photos", *trace.key), trace.person.person, record.photo_day)
        age = (record.photo_day - trace.person.birth_day) / DAYS_PER_YEAR
        group = "unknown" if trace.kind != "missing" else "child" if age < CHILD_BELOW_YEARS else "adult"
        photo_id = f"{int(world.streams.of('photo_ids', *trace.key).integers(2**63)):016x}"
        rows.append(PhotoRow(photo_id, trace.record_id, vector, record.photo_day, group, "synthetic"))
    return sorted(rows, key=lambda row: row.photo_id)


def _photographs(world: World, block: Block, folder: Path) -> dict[str, int]:
    """Give real faces to a few pairs of records, and write their photographs; returns their day by case number."""
    require_portraits()
    pictured: dict[str, int] = {}
    for number, (portrait, *pair) in enumerate(cast(block.traces)):
        rng = world.streams.of("photographs", number)
        for trace, content in zip(pair, photograph_pair(rng, portrait), strict=True):
            folder.mkdir(exist_ok=True)
            (folder / f"{trace.record_id}.jpg").write_bytes(content)
            pictured[trace.record_id] = _taken(trace)
    return pictured


def _taken(trace: Trace) -> int:
    return trace.case.loss_day if trace.kind == "missing" else trace.day


def _typing_corruptions(sample: Sample) -> list[Corruption]:
    lost = [
        Corruption(sample.record_id, "dna", locus, "", cause)
        for cause, loci in (
            ("locus_drop_out", sample.typing.dropped_loci),
            ("allele_drop_out", sample.typing.dropped_alleles),
        )
        for locus in loci
    ]
    if sample.swapped_with:
        lost.append(Corruption(sample.record_id, "dna", sample.sample_id, sample.swapped_with, "sample_swap"))
    return lost
