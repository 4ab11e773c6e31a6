"""A whole synthetic world from one recipe and one seed, written as the files that stations would hand over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.errors import UsageError
from matcher.face.ages import CHILD_BELOW_YEARS
from matcher.synthetic import files, truth
from matcher.synthetic.accounts import give_account, photo_day
from matcher.synthetic.casting import cast
from matcher.synthetic.clerks import fill_in
from matcher.synthetic.files import PhotoRow
from matcher.synthetic.genomes import Genomes
from matcher.synthetic.hardsets import plan_hard_cases
from matcher.synthetic.journeys import plan_cases
from matcher.synthetic.kinfaces import KinFaces
from matcher.synthetic.laboratory import Sample, samples_of, take_samples
from matcher.synthetic.people import DAYS_PER_YEAR, grow_clans
from matcher.synthetic.photographs import photograph_pair, require_portraits
from matcher.synthetic.population import Population
from matcher.synthetic.recipe import Recipe, plain
from matcher.synthetic.sources import Sources
from matcher.synthetic.stations import Station, found_stations, reporting_body
from matcher.synthetic.streams import Streams
from matcher.synthetic.telling import Corruption
from matcher.synthetic.traces import Trace, in_register_order, lay_out
from matcher.synthetic.truth import Written

FORMAT = 1
"""Version of the layout of the written directory."""

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class World:
    """A world in memory, before it is written.

    Parameters
    ----------
    traces : tuple of Trace
        All records, numbered.
    samples : tuple of Sample
        All laboratory samples.
    population : Population
        All people drawn so far.
    """

    recipe: Recipe
    sources: Sources
    streams: Streams
    stations: tuple[Station, ...]
    population: Population
    traces: tuple[Trace, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What was written.

    Parameters
    ----------
    directory : Path
        Where.
    counts : mapping
        Number of people drawn, cases, intakes, gallery records, photographs, embeddings, samples, corruptions.
    """

    directory: Path
    counts: Mapping[str, int]


def imagine_world(recipe: Recipe, sources: Sources, *, seed: int, advance: Advance = lambda _steps: None) -> World:
    """Draw the people, their journeys and every record's place in the registers.

    Parameters
    ----------
    advance : callable
        Told the number of gallery records planned since the last call.
    """
    streams = Streams(seed)
    year = recipe.world.today.year
    clans = grow_clans(recipe.pedigree, sources, streams, last_birth_year=year - 1)
    population = Population(clans, recipe.pedigree.persons_per_wanderer)
    cases = list(plan_hard_cases(recipe, population, streams))
    brought = sum(case.traces for case in cases)
    for case in plan_cases(recipe, population, streams, first=len(cases), records=brought):
        cases.append(case)
        advance(case.traces)
    stations = found_stations(recipe, sources, streams)
    reports = reporting_body(recipe, sources, streams)
    traces = lay_out(recipe, streams, cases, population.people, stations, reports)
    genomes = Genomes(population.people, sources, streams)
    samples = take_samples(recipe, streams, traces, population, genomes)
    return World(
        recipe, sources, streams, (*stations, reports), population, tuple(in_register_order(traces)), tuple(samples)
    )


def write_world(world: World, directory: Path, *, advance: Advance = lambda _steps: None) -> WorldSummary:
    """Write a world's forms, laboratory table, embeddings, photographs, truth tables and manifest.

    Parameters
    ----------
    directory : Path
        Absent or empty.
    advance : callable
        Told the number of records finished since the last call.

    Raises
    ------
    UsageError
        When the directory holds something.
    """
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"'{directory}' is not empty", remedy="name a new directory with --output")
    directory.mkdir(parents=True, exist_ok=True)
    pictured = _photographs(world, directory) if world.recipe.world.photographs else {}
    written, corruptions = _write_forms(world, directory, pictured, advance)
    photos = _embeddings(world, written, pictured)
    files.write_embeddings(directory / "embeddings.parquet", world.sources.faces.model_id, photos)
    files.write_profiles(
        directory / "profiles.csv",
        [(s.sample_id, s.typing.genotypes) for s in sorted(world.samples, key=lambda s: s.sample_id)],
    )
    corruptions += [c for sample in world.samples for c in _typing_corruptions(sample)]
    _write_truth(world, directory / "truth", written, corruptions)
    files.write_json(directory / "recipe.json", plain(world.recipe))
    counts = {
        "people": len(world.population.people), "cases": len({t.case.case for t in world.traces}),
        "intakes": sum(t.kind == "intake" for t in world.traces),
        "gallery_records": sum(t.kind != "intake" for t in world.traces), "photographs": len(pictured),
        "embeddings": len(photos), "samples": len(world.samples), "corruptions": len(corruptions),
    }  # fmt: skip
    manifest = {
        "format": FORMAT, "title": world.recipe.world.title, "seed": world.streams.seed, "counts": counts,
        "model_id": world.sources.faces.model_id, "versions": dict(world.sources.versions),
        "sha256": files.hashes(directory),
    }  # fmt: skip
    files.write_json(directory / "MANIFEST.json", manifest)
    return WorldSummary(directory, counts)


def _write_forms(
    world: World, directory: Path, pictured: Mapping[str, int], advance: Advance
) -> tuple[list[Written], list[Corruption]]:
    written: list[Written] = []
    corruptions: list[Corruption] = []
    groups = samples_of(world.samples)
    rows: dict[tuple[str, int], list[dict[str, str]]] = {}
    for trace in world.traces:
        own = tuple(groups.get(trace.record_id, ()))
        account = give_account(world.recipe, world.sources, world.streams, trace)
        owners = sorted({sample.owner for sample in own})
        sent = {owner: tuple(sample.sample_id for sample in own if sample.owner == owner) for owner in owners}
        account = replace(account, samples=sent)
        rng = world.streams.of("clerks", *trace.key)
        cells, slips = fill_in(rng, world.sources, trace.station, world.recipe.stations, account)
        table = rows.setdefault((trace.kind, trace.station.number), [])
        table.append(cells)
        if rng.random() < world.recipe.stations.duplicated_row:
            table.append(cells)
            slips.append(Corruption(trace.record_id, "row", "", "", "duplicated_row"))
        day = pictured.get(trace.record_id) or photo_day(world.recipe, world.streams, trace)
        written.append(Written(trace, account.name.level, account.place.level, day, own))
        corruptions += slips
        advance(1)
    stations = {station.number: station for station in world.stations}
    for (kind, number), table in sorted(rows.items()):
        station = stations[number]
        name = f"{kind}-{station.code}{files.SUFFIXES[station.form]}"
        files.write_form(directory / "stations" / name, station.form, list(station.headers.values()), table)
    return written, corruptions


def _embeddings(world: World, written: Sequence[Written], pictured: Mapping[str, int]) -> list[PhotoRow]:
    faces = KinFaces(world.population.people, world.recipe.faces, world.sources, world.streams)
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


def _photographs(world: World, directory: Path) -> dict[str, int]:
    """Give real faces to a few pairs of records, and write their photographs; returns their day by case number."""
    folder = directory / "photos"
    require_portraits()
    pictured: dict[str, int] = {}
    for number, (portrait, *pair) in enumerate(cast(world.traces)):
        rng = world.streams.of("photographs", number)
        folder.mkdir(exist_ok=True)
        for trace, content in zip(pair, photograph_pair(rng, portrait), strict=True):
            (folder / f"{trace.record_id}.jpg").write_bytes(content)
            pictured[trace.record_id] = trace.case.loss_day if trace.kind == "missing" else trace.day
    return pictured


def _typing_corruptions(sample: Sample) -> list[Corruption]:
    slips = [Corruption(sample.record_id, "dna", locus, "", "locus_drop_out") for locus in sample.typing.dropped_loci]
    slips += [
        Corruption(sample.record_id, "dna", locus, "", "allele_drop_out") for locus in sample.typing.dropped_alleles
    ]
    if sample.swapped_with:
        slips.append(Corruption(sample.record_id, "dna", sample.sample_id, sample.swapped_with, "sample_swap"))
    return slips


def _write_truth(world: World, folder: Path, written: Sequence[Written], corruptions: Sequence[Corruption]) -> None:
    people = world.population.people
    recorded = {record.trace.person.person for record in written}
    kin = truth.kin_rows(people, sorted(recorded))
    clans = {people[person].clan for person in recorded}
    persons = [people[n] for clan in sorted(clans) for n in world.population.members[clan]]
    files.write_table(folder / "persons.parquet", truth.PERSONS, truth.person_rows(persons))
    files.write_table(folder / "records.parquet", truth.RECORDS, truth.record_rows(written))
    files.write_table(folder / "kin.parquet", truth.KIN, kin)
    files.write_table(folder / "probes.parquet", truth.PROBES, truth.probe_rows(written, kin))
    files.write_table(folder / "corruptions.parquet", truth.CORRUPTIONS, truth.corruption_rows(corruptions))
