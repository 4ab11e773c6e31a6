"""Writing a world, block by block: forms of stations, laboratory table, embeddings, photographs, truth, manifest."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.errors import UsageError
from matcher.face.ages import CHILD_BELOW_YEARS
from matcher.synthetic import files, truth
from matcher.synthetic.accounts import give_account, photo_day
from matcher.synthetic.block import Advance, Block, Setting
from matcher.synthetic.casting import cast
from matcher.synthetic.clerks import fill_in
from matcher.synthetic.files import PhotoRow
from matcher.synthetic.kinfaces import KinFaces
from matcher.synthetic.laboratory import Sample, samples_of
from matcher.synthetic.people import DAYS_PER_YEAR
from matcher.synthetic.photographs import photograph_pair, require_portraits
from matcher.synthetic.recipe import plain
from matcher.synthetic.telling import Corruption
from matcher.synthetic.traces import Trace
from matcher.synthetic.truth import Written
from matcher.synthetic.world import World

FORMAT = 1
"""Version of the layout of the written directory."""


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
    setting = world.setting
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=directory, prefix=".spool-") as spool, files.open_tables(directory) as tables:
        for number, block in enumerate(world.blocks()):
            pictured = (
                _photographs(setting, block, directory) if setting.recipe.world.photographs and not number else {}
            )
            # `update`, unlike `+`, keeps a count of nought.
            counts.update(_write_block(setting, block, _Places(Path(spool), tables, pictured), advance))
        _forms(setting, Path(spool), directory / "stations")
    files.write_json(directory / "recipe.json", plain(setting.recipe))
    manifest = {
        "format": FORMAT, "title": setting.recipe.world.title, "seed": setting.streams.seed, "counts": dict(counts),
        "model_id": setting.sources.faces.model_id, "versions": dict(setting.sources.versions),
        "sha256": files.hashes(directory),
    }  # fmt: skip
    files.write_json(directory / "MANIFEST.json", manifest)
    return WorldSummary(directory, dict(counts))


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a block is written: rows of forms in the spool, tables, days of records that got a real photograph."""

    spool: Path
    tables: files.Tables
    pictured: Mapping[str, int]


def _write_block(setting: Setting, block: Block, places: _Places, advance: Advance) -> Counter[str]:
    written, corruptions = _fill_forms(setting, block, places, advance)
    photos = _embeddings(setting, block, written, places.pictured)
    places.tables.write_photos(setting.sources.faces.model_id, photos)
    places.tables.write_profiles(
        [(s.sample_id, s.typing.genotypes) for s in sorted(block.samples, key=lambda s: s.sample_id)]
    )
    corruptions += [c for sample in block.samples for c in _typing_corruptions(sample)]
    _write_truth(block, places.tables, written, corruptions)
    kinds = Counter(trace.kind for trace in block.traces)
    return Counter(
        people=len(block.population.people), cases=len({t.case.case for t in block.traces}), intakes=kinds["intake"],
        gallery_records=kinds["rescue"] + kinds["missing"], photographs=len(places.pictured), embeddings=len(photos),
        samples=len(block.samples), corruptions=len(corruptions),
    )  # fmt: skip


def _fill_forms(
    setting: Setting, block: Block, places: _Places, advance: Advance
) -> tuple[list[Written], list[Corruption]]:
    written: list[Written] = []
    corruptions: list[Corruption] = []
    groups = samples_of(block.samples)
    rows: dict[str, list[str]] = {}
    for trace in block.traces:
        own = tuple(groups.get(trace.record_id, ()))
        account = give_account(setting.recipe, setting.sources, setting.streams, trace)
        account = replace(account, samples=_numbers_by_owner(own))
        rng = setting.streams.of("clerks", *trace.key)
        cells, slips = fill_in(rng, setting.sources, trace.station, setting.recipe.stations, account)
        line = json.dumps([trace.day, trace.record_id, cells], ensure_ascii=False)
        table = rows.setdefault(f"{trace.kind}-{trace.station.code}", [])
        table.append(line)
        if rng.random() < setting.recipe.stations.duplicated_row:
            table.append(line)
            slips.append(Corruption(trace.record_id, "row", "", "", "duplicated_row"))
        day = places.pictured.get(trace.record_id) or photo_day(setting.recipe, setting.streams, trace)
        written.append(Written(trace, account.name.level, account.place.level, day, own))
        corruptions += slips
        advance(1)
    for name, lines in rows.items():
        with (places.spool / name).open("a", encoding="utf-8") as spool:
            spool.writelines(f"{line}\n" for line in lines)
    return written, corruptions


def _numbers_by_owner(samples: Sequence[Sample]) -> Mapping[str, tuple[str, ...]]:
    owners = sorted({sample.owner for sample in samples})
    return {owner: tuple(s.sample_id for s in samples if s.owner == owner) for owner in owners}


def _forms(setting: Setting, spool: Path, folder: Path) -> None:
    """Turn the spooled rows into the stations' own forms, in the order of their registers."""
    stations = {station.code: station for station in (*setting.stations, setting.reports)}
    for path in sorted(spool.iterdir()):
        station = stations[path.name.split("-", 1)[1]]
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        rows.sort(key=lambda row: (row[0], row[1]))
        name = path.name + files.SUFFIXES[station.form]
        files.write_form(folder / name, station.form, list(station.headers.values()), [cells for _, _, cells in rows])


def _embeddings(
    setting: Setting, block: Block, written: Sequence[Written], pictured: Mapping[str, int]
) -> list[PhotoRow]:
    faces = KinFaces(block.population.people, setting.recipe.faces, setting.sources, setting.streams)
    rows = []
    for record in written:
        trace = record.trace
        if record.photo_day is None or trace.record_id in pictured:
            continue
        vector = faces.photo(setting.streams.of("photos", *trace.key), trace.person.person, record.photo_day)
        age = (record.photo_day - trace.person.birth_day) / DAYS_PER_YEAR
        group = "unknown" if trace.kind != "missing" else "child" if age < CHILD_BELOW_YEARS else "adult"
        photo_id = f"{int(setting.streams.of('photo_ids', *trace.key).integers(2**63)):016x}"
        rows.append(PhotoRow(photo_id, trace.record_id, vector, record.photo_day, group, "synthetic"))
    return sorted(rows, key=lambda row: row.photo_id)


def _photographs(setting: Setting, block: Block, directory: Path) -> dict[str, int]:
    """Give real faces to a few pairs of records, and write their photographs; returns their day by case number."""
    require_portraits()
    pictured: dict[str, int] = {}
    for number, (portrait, *pair) in enumerate(cast(block.traces)):
        rng = setting.streams.of("photographs", number)
        for trace, content in zip(pair, photograph_pair(rng, portrait), strict=True):
            (directory / "photos").mkdir(exist_ok=True)
            (directory / "photos" / f"{trace.record_id}.jpg").write_bytes(content)
            pictured[trace.record_id] = _taken(trace)
    return pictured


def _taken(trace: Trace) -> int:
    return trace.case.loss_day if trace.kind == "missing" else trace.day


def _typing_corruptions(sample: Sample) -> Iterator[Corruption]:
    for cause, loci in (
        ("locus_drop_out", sample.typing.dropped_loci),
        ("allele_drop_out", sample.typing.dropped_alleles),
    ):
        for locus in loci:
            yield Corruption(sample.record_id, "dna", locus, "", cause)
    if sample.swapped_with:
        yield Corruption(sample.record_id, "dna", sample.sample_id, sample.swapped_with, "sample_swap")


def _write_truth(
    block: Block, tables: files.Tables, written: Sequence[Written], corruptions: Sequence[Corruption]
) -> None:
    people = block.population.people
    recorded = sorted({record.trace.person.person for record in written})
    kin = truth.kin_rows(people, recorded)
    clans = sorted({people[person].clan for person in recorded})
    persons = [people[n] for clan in clans for n in block.population.members[clan]]
    tables.write_truth("persons", truth.person_rows(persons))
    tables.write_truth("records", truth.record_rows(written))
    tables.write_truth("kin", kin)
    tables.write_truth("probes", truth.probe_rows(written, kin))
    tables.write_truth("corruptions", truth.corruption_rows(corruptions))
