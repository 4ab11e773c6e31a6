"""`python -m bench names`: how often the right name is found, by kind of error, and how fast; peers side by side.

Queries are JSON lines with `qid, kind, query, target, target_name` (and perhaps `region`), the gallery is Parquet with
`id, name`. Without files a small world is drawn from the package's own frequencies and mishearing. Ranks count distinct
names; within ties the expected rank counts. Times are CPU time of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from bench.name_report import CUTS, Calibration, Outcome, json_lines, markdown
from bench.name_worlds import NameTask, drawn_names, drawn_tasks, grown
from bench.queries import read_queries
from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.factors import likelihood_ratios_compiled
from matcher.phonetic.gallery_file import read_people
from matcher.phonetic.grouped import grouped
from matcher.phonetic.name_index import NameIndex, RecordId, build_index
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import TranscribedName, build_name_table, true_name_of
from matcher.phonetic.own_frequencies import own_frequencies, plain_population
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.search import best_names, levels, on_level
from matcher.phonetic.written import understand

Float64 = NDArray[np.float64]
PACKAGE = "this package"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the package is measured with."""

    index: NameIndex
    model: NameModel
    bearers: Mapping[str, int]
    with_region: bool = False


@click.command()
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file with id and name.")
@click.option("--queries", type=click.Path(path_type=Path, dir_okay=False), help="JSON lines with the truth.")
@click.option("--per-kind", type=click.IntRange(1), default=5, show_default=True, help="Queries taken of each kind.")
@click.option("--full", is_flag=True, help="Take all queries.")
@click.option("--region/--no-region", "with_region", default=False, show_default=True, help="Tell the accent.")
@click.option("--peers/--no-peers", "with_peers", default=True, show_default=True, help="Measure the peers too.")
@click.option("--grow", type=click.IntRange(1), help="Draw so many persons from the gallery's own names instead.")
@click.option("--own-frequencies", is_flag=True, help="Count how common names are in the gallery itself.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of Markdown.")
def command(
    gallery: Path | None,
    queries: Path | None,
    per_kind: int,
    grow: int | None,
    full: bool,  # noqa: FBT001 - click passes options by name
    with_region: bool,  # noqa: FBT001
    with_peers: bool,  # noqa: FBT001
    own_frequencies: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure the search of personal names, peers side by side.

    \b
    Examples:
      python -m bench names
      python -m bench names --gallery gallery.parquet --queries public.jsonl
      python -m bench names --gallery gallery.parquet --queries public.jsonl --full --json > names.jsonl
      python -m bench names --gallery gallery.parquet --queries public.jsonl --grow 10000000 --no-peers
    """
    if (gallery is None) != (queries is None):
        raise click.UsageError("give both --gallery and --queries, or neither")
    tasks = _taken(read_tasks(queries) if queries is not None else drawn_tasks(), None if full else per_kind)
    began = time.process_time()
    index = build_index(_people(gallery, tasks, grow))
    click.echo(f"{len(index)} distinct names indexed in {time.process_time() - began:.1f} CPU s", err=True)
    names = [index.name(number) for number in range(len(index))]
    bearers = dict(zip(names, index.bearer_counts.tolist(), strict=True))
    trial = Trial(index, _model(index) if own_frequencies else default_model(), bearers, with_region)
    measure(trial, tasks[:2])  # loads and compiles what the first query would pay for
    methods = {PACKAGE: measure(trial, tasks)}
    calibrations = calibrate(trial, tasks, names)
    if with_peers:
        methods |= measure_peers(bearers, tasks)
    click.echo("\n".join(json_lines(methods, calibrations)) if as_json else markdown(methods, calibrations))


def read_tasks(path: Path) -> list[NameTask]:
    """Read queries; a target of -1 means that nobody must be found."""
    return read_queries(path, _task, fields="kind, query, target, target_name")


def _task(row: Mapping[str, Any]) -> NameTask:
    target = row["target_name"] if row["target"] != -1 else None
    return NameTask(row["kind"], row["query"], target, row.get("region"))


def _people(gallery: Path | None, tasks: Sequence[NameTask], grow: int | None) -> Iterator[tuple[RecordId, str]]:
    """Yield everybody of the gallery, then one bearer of each target name that nobody has."""
    names = drawn_names()
    ids: Sequence[RecordId] = range(len(names))
    if gallery is not None:
        people = read_people(gallery)
        ids, names = people.ids, people.names
    if grow is not None:
        names = grown(names, grow)
        ids = range(len(names))
    yield from zip(ids, names, strict=True)
    present = set(names)
    missing = dict.fromkeys(task.target for task in tasks if task.target is not None and task.target not in present)
    yield from ((-2 - number, name) for number, name in enumerate(missing))


def _model(index: NameIndex) -> NameModel:
    return NameModel(own_frequencies(plain_population(index)), WritingHabits())


def measure(trial: Trial, tasks: Iterable[NameTask]) -> list[Outcome]:
    """Search every query for the top 100."""
    return [_measured(trial, task) for task in tasks]


def _measured(trial: Trial, task: NameTask) -> Outcome:
    index = trial.index
    began = time.process_time()
    query = compile_name(understand(task.query), trial.model, task.region if trial.with_region else None)
    numbers, ratios = best_names(index, query, CUTS[-1]) if query is not None else (np.zeros(0, np.int64), np.zeros(0))
    seconds = time.process_time() - began
    if task.target is None:
        return Outcome(task.kind, (float(not len(ratios)),) * len(CUTS), float("nan"), seconds)
    target = true_name_of(task.target)
    if query is None or target is None:
        return Outcome(task.kind, (0.0,) * len(CUTS), float("nan"), seconds)
    exact = likelihood_ratios(query, build_name_table([target]))
    if exact[0] <= 0.0:
        return Outcome(task.kind, (0.0,) * len(CUTS), -300.0, seconds)
    # Ranks go by LR x bearers, as the list does.
    borne = np.array([max(1, trial.bearers.get(task.target, 0))], np.uint32)
    # What is listed stands at the foot of its level; a hair more keeps it there.
    own, found = levels(query, exact, borne), levels(query, ratios * (1.0 + 1e-9), index.bearer_counts[numbers])
    if len(ratios) == CUTS[-1] and own[0] <= found[-1]:
        every = likelihood_ratios_compiled(query, index.table, *grouped(index.table))  # the tie may outgrow the list
        found = levels(query, every, index.bearer_counts)
    log10_lr = float(np.log10(on_level(query, own, borne)[0]))
    return Outcome(task.kind, expected_recall(found, float(own[0])), log10_lr, seconds)


def expected_recall(scores: Float64, own: float) -> tuple[float, ...]:
    """Return the expected recall at `CUTS` of an item with score `own` among `scores`, ties broken at random."""
    near = abs(own) * 1e-9
    better = int((scores > own + near).sum())
    ties = max(1, int((np.abs(scores - own) <= near).sum()))
    return tuple(min(1.0, max(0.0, (cut - better) / ties)) for cut in CUTS)


def calibrate(trial: Trial, tasks: Iterable[NameTask], names: Sequence[str]) -> list[Calibration]:
    """Score everybody for some queries of each kind, Han and transcribed names apart, the true bearers left out."""
    index = trial.index
    groups = grouped(index.table)
    numbers = {name: number for number, name in enumerate(names)}
    found: dict[str, list[tuple[float, float]]] = {}
    for task in _taken(tasks, CALIBRATED):
        query = compile_name(understand(task.query), trial.model, task.region if trial.with_region else None)
        if query is None or task.target is None:
            continue
        ratios = likelihood_ratios_compiled(query, index.table, *groups)
        weights = index.bearer_counts.astype(np.float64)
        if task.target in numbers:
            weights[numbers[task.target]] = 0.0
        total = float(weights.sum())
        is_transcribed = isinstance(true_name_of(task.target), TranscribedName)
        rows = found.setdefault("transcribed names" if is_transcribed else "Han names", [])
        rows.append((float(weights @ ratios) / total, float(weights @ (ratios > 1e3)) / total))
    return [
        Calibration(group, len(rows), float(np.mean(means)), float(np.median(means)), float(np.mean(above)))
        for group, rows in found.items()
        for means, above in [np.array(rows).T]
    ]


def measure_peers(bearers: Mapping[str, int], tasks: Sequence[NameTask]) -> dict[str, list[Outcome]]:
    """Score every query with every peer; CPU time is shared evenly among the queries of a batch.

    Of names with equal scores the one that more people bear goes first, as a practitioner would list them.
    """
    from bench.name_peers import BATCH, peers

    names, borne = list(bearers), np.array(list(bearers.values()), np.float64)
    numbers = {name: number for number, name in enumerate(names)}
    commoner = 1e-5 * borne / (1.0 + borne.max(initial=0.0))
    usable = [task for task in tasks if task.target is not None and task.target in numbers]
    found: dict[str, list[Outcome]] = {}
    for label, peer in peers(names).items():
        outcomes = found.setdefault(label, [])
        peer([usable[0].query] if usable else [])
        for low in range(0, len(usable), BATCH):
            batch = usable[low : low + BATCH]
            began = time.process_time()
            scored = list(peer([task.query for task in batch]))
            seconds = (time.process_time() - began) / len(batch)
            for task, scores in zip(batch, scored, strict=True):
                number = numbers[task.target or ""]
                found_it = scores[number] > 0.0
                order = scores * (1.0 + commoner)
                recall = expected_recall(order, float(order[number])) if found_it else (0.0,) * len(CUTS)
                outcomes.append(Outcome(task.kind, recall, float("nan"), seconds))
    return found


CALIBRATED = 3
"""Queries of each kind that everybody is scored for."""


def _taken(tasks: Iterable[NameTask], per_kind: int | None) -> list[NameTask]:
    counts: dict[str, int] = {}
    kept = []
    for task in tasks:
        counts[task.kind] = counts.get(task.kind, 0) + 1
        if per_kind is None or counts[task.kind] <= per_kind:
            kept.append(task)
    return kept
