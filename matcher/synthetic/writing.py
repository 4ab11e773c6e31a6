"""Writing a world: blocks are drawn to drafts, numbered all together, and written as the files stations hand over."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from matcher.errors import UsageError
from matcher.progress import Advance, Progress, no_progress
from matcher.synthetic import drafts, files
from matcher.synthetic.drafts import Draft, Drawing, drafts_here
from matcher.synthetic.recipe import plain
from matcher.synthetic.registers import Numbers, number_all
from matcher.synthetic.truth import CORRUPTIONS
from matcher.synthetic.world import World

FORMAT = 1
"""Version of the layout of the written directory."""

_FORM_ROWS = 50_000
"""A longer form is handed over in parts, as a registry exports it: a workbook is read whole, and ends at 2**20 rows."""


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


def write_world(
    world: World, directory: Path, *, drawing: Drawing = drafts_here, progress: Progress = no_progress
) -> WorldSummary:
    """Write a world's forms, laboratory table, embeddings, photographs, truth tables and manifest.

    Parameters
    ----------
    directory : Path
        Absent or empty.
    drawing : callable
        Who draws the blocks; the files are the same whoever does.
    progress : callable
        Opens a progress bar for each stage.

    Raises
    ------
    UsageError
        When the directory holds something.
    """
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"'{directory}' is not empty", remedy="name a new directory with --output")
    directory.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=directory, prefix=".spool-") as spool, files.open_tables(directory) as tables:
        drawn = []
        with progress("drawing", world.recipe.world.gallery_records) as advance:
            for draft in drawing(world, Path(spool), advance):
                # People bear no number of a register.
                tables.move("truth/persons.parquet", draft.folder / drafts.PEOPLE)
                tables.move("truth/kin.parquet", draft.folder / drafts.KIN)
                # `update`, unlike `+`, keeps a count of nought.
                counts.update(draft.counts)
                drawn.append(draft)
        forms = Path(spool) / "forms"
        with progress("numbering", len(drawn)) as advance:
            for draft, numbers in _numbered(world, drawn):
                _number(draft, numbers, tables, forms)
                _photographs(draft.folder / drafts.PHOTOS, numbers, directory / "photos")
                shutil.rmtree(draft.folder)
                advance(1)
        with progress("writing forms", len(list(forms.iterdir()))) as advance:
            _forms(world, forms, directory / "stations", advance)
    files.write_json(directory / "recipe.json", plain(world.recipe))
    manifest = {
        "format": FORMAT, "title": world.recipe.world.title, "seed": world.streams.seed, "counts": dict(counts),
        "model_id": world.sources.faces.model_id, "versions": dict(world.sources.versions),
        "sha256": files.hashes(directory),
    }  # fmt: skip
    files.write_json(directory / "MANIFEST.json", manifest)
    return WorldSummary(directory, dict(counts))


def _numbered(world: World, drawn: Sequence[Draft]) -> Iterator[tuple[Draft, Numbers]]:
    """Yield the drafts with the final numbers of their records and samples."""
    registers = number_all(world.streams, [draft.entries for draft in drawn])
    codes = {station.number: station.code for station in (*world.stations, world.reports)}
    for block, draft in enumerate(drawn):
        yield draft, registers.numbers(block, codes)


def _number(draft: Draft, numbers: Numbers, tables: files.Tables, forms: Path) -> None:
    """Put the final numbers on a draft and append it to the tables; rows of forms wait for the other blocks."""
    records = _read_lines(draft.folder / drafts.RECORDS, numbers)
    records.sort(key=lambda record: (record["row"]["day"], record["row"]["record_id"]))
    samples = _read_lines(draft.folder / drafts.SAMPLES, numbers)
    slips = [slip for record in records for slip in record["slips"]] + [slip for *_, lost in samples for slip in lost]
    tables.write_truth("records", [record["row"] for record in records])
    tables.write_truth("probes", [_sorted_probe(record["probe"]) for record in records if record["probe"]])
    tables.write_truth("corruptions", [dict(zip(CORRUPTIONS.names, slip, strict=True)) for slip in slips])
    tables.write_profiles(sorted((sample, genotypes) for sample, genotypes, _ in samples))
    tables.append("embeddings.parquet", _numbered_faces(draft.folder / drafts.EMBEDDINGS, numbers))
    _spool_forms(records, forms)


def _read_lines(path: Path, numbers: Numbers) -> list[Any]:
    return [json.loads(line) for line in numbers.put_into(path.read_text("utf-8")).splitlines()]


def _sorted_probe(row: Mapping[str, Any]) -> Mapping[str, object]:
    return {**row, "mates": sorted(row["mates"]), "kin": sorted(row["kin"])}


def _numbered_faces(path: Path, numbers: Numbers) -> pa.Table:
    table = files.read_arrow(path)
    column = table.schema.get_field_index("record_id")
    records = [numbers.put_into(record_id) for record_id in table.column(column).to_pylist()]
    return table.set_column(column, table.schema.field(column), pa.array(records, pa.string()))


def _spool_forms(records: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Append the rows of a block to those of each form."""
    folder.mkdir(exist_ok=True)
    rows: dict[str, list[str]] = {}
    for record in records:
        cells = json.dumps(record["cells"], ensure_ascii=False)
        row = f"{record['row']['day']}\t{record['row']['record_id']}\t{cells}\n"
        rows.setdefault(record["form"], []).extend([row] * record["copies"])
    for name, lines in rows.items():
        with (folder / name).open("a", encoding="utf-8") as spool:
            spool.writelines(lines)


def _forms(world: World, spool: Path, folder: Path, advance: Advance) -> None:
    """Turn the spooled rows into the stations' own forms, in the order of their registers."""
    stations = {station.code: station for station in (*world.stations, world.reports)}
    for path in sorted(spool.iterdir()):
        station = stations[path.name.split("-", 1)[1]]
        with path.open(encoding="utf-8", newline="\n") as spooled:
            lines = sorted(spooled, key=_by_day)
        for part, start in enumerate(range(0, len(lines), _FORM_ROWS), 1):
            rows = [json.loads(line.split("\t", 2)[2]) for line in lines[start : start + _FORM_ROWS]]
            name = path.name + (f"-{part}" if part > 1 else "") + files.SUFFIXES[station.form]
            files.write_form(folder / name, station.form, list(station.headers.values()), rows)
        advance(1)


def _by_day(line: str) -> tuple[int, str]:
    day, record_id, _ = line.split("\t", 2)
    return int(day), record_id


def _photographs(drafted: Path, numbers: Numbers, folder: Path) -> None:
    for path in sorted(drafted.iterdir()) if drafted.is_dir() else ():
        folder.mkdir(exist_ok=True)
        shutil.move(path, folder / numbers.put_into(path.name))
