"""`python -m bench names`: how often the right name is found, by kind of error, and how fast; peers side by side.

Queries are JSON lines with `qid, kind, query, target, target_name` (and perhaps `region`), the gallery is Parquet with
`id, name`. Without files a small world is drawn from the package's own frequencies and mishearing. Ranks count distinct
names; within ties the expected rank counts. Times are CPU time of one process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.factors import likelihood_ratios_compiled
from matcher.phonetic.gallery_file import read_gallery
from matcher.phonetic.grouped import grouped
from matcher.phonetic.name_index import NameIndex, build_index
from matcher.phonetic.name_model import compile_name, default_model, likelihood_ratios
from matcher.phonetic.name_table import build_name_table, true_name_of
from matcher.phonetic.sampling import draw_name, mishear
from matcher.phonetic.search import best_names, levels, on_level
from matcher.phonetic.written import understand

CUTS = (1, 10, 100)
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NameTask:
    """One query with its truth; `target` is None when nobody must be found."""

    kind: str
    query: str
    target: str | None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one query: expected recall at `CUTS`, log10 LR of the target, CPU seconds."""

    kind: str
    recall: tuple[float, ...]
    log10_lr: float
    seconds: float


@click.command()
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file with id and name.")
@click.option("--queries", type=click.Path(path_type=Path, dir_okay=False), help="JSON lines with the truth.")
@click.option("--per-kind", type=click.IntRange(1), default=20, show_default=True, help="Queries taken of each kind.")
@click.option("--region/--no-region", "with_region", default=False, show_default=True, help="Tell the accent.")
@click.option("--peers/--no-peers", "with_peers", default=False, show_default=True, help="Measure the peers too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per kind and method.")
def command(
    gallery: Path | None,
    queries: Path | None,
    per_kind: int,
    with_region: bool,  # noqa: FBT001 - click passes options by name
    with_peers: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure the search of personal names.

    \b
    Examples:
      python -m bench names
      python -m bench names --gallery gallery.parquet --queries public.jsonl --per-kind 100 --peers
    """
    if (gallery is None) != (queries is None):
        raise click.UsageError("give both --gallery and --queries, or neither")
    began = time.process_time()
    index = read_gallery(gallery) if gallery is not None else build_index(enumerate(_drawn_names()))
    click.echo(f"{len(index)} distinct names indexed in {time.process_time() - began:.1f} CPU s", err=True)
    tasks = _taken(read_tasks(queries) if queries is not None else _drawn_tasks(), per_kind)
    methods = {"this package": measure(index, tasks, with_region=with_region)}
    if with_peers:
        methods |= measure_peers(index, tasks)
    _report(methods, as_json=as_json)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments; return its exit code."""
    return int(command.main(list(arguments or ()), standalone_mode=False) or 0)


def read_tasks(path: Path) -> list[NameTask]:
    """Read queries; a target of -1 means that nobody must be found."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        NameTask(r["kind"], r["query"], r["target_name"] if r["target"] != -1 else None, r.get("region")) for r in rows
    ]


def measure(index: NameIndex, tasks: Iterable[NameTask], *, with_region: bool) -> list[Outcome]:
    """Search every query for the top 100."""
    return [_measured(index, task, with_region=with_region) for task in tasks]


def _measured(index: NameIndex, task: NameTask, *, with_region: bool) -> Outcome:
    began = time.process_time()
    query = compile_name(understand(task.query), default_model(), task.region if with_region else None)
    ratios = best_names(index, query, CUTS[-1])[1] if query is not None else np.zeros(0)
    seconds = time.process_time() - began
    if task.target is None:
        return Outcome(task.kind, (float(not len(ratios)),) * len(CUTS), float("nan"), seconds)
    target = true_name_of(task.target)
    if query is None or target is None:
        return Outcome(task.kind, (0.0,) * len(CUTS), float("nan"), seconds)
    exact = likelihood_ratios(query, build_name_table([target]))
    if exact[0] <= 0.0:
        return Outcome(task.kind, (0.0,) * len(CUTS), -300.0, seconds)
    own = float(on_level(query, levels(query, exact))[0])
    if len(ratios) == CUTS[-1] and own <= ratios[-1] * (1.0 + 1e-8):
        every = likelihood_ratios_compiled(
            query, index.table, *grouped(index.table)
        )  # the tie may be longer than the list
        ratios = on_level(query, levels(query, every))
    return Outcome(task.kind, expected_recall(ratios, own), float(np.log10(own)), seconds)


def expected_recall(scores: Float64, own: float) -> tuple[float, ...]:
    """Return the expected recall at `CUTS` of an item with score `own` among `scores`, ties broken at random."""
    better = int((scores > own * (1.0 + 1e-8)).sum())
    ties = max(1, int((np.abs(scores - own) <= own * 1e-8).sum()))
    return tuple(min(1.0, max(0.0, (cut - better) / ties)) for cut in CUTS)


def measure_peers(index: NameIndex, tasks: Sequence[NameTask]) -> dict[str, list[Outcome]]:
    """Score every query with every peer."""
    from bench.name_peers import peers

    names = [index.name(number) for number in range(len(index))]
    numbers = {name: number for number, name in enumerate(names)}
    found: dict[str, list[Outcome]] = {}
    for label, peer in peers(names).items():
        outcomes = []
        for task in tasks:
            if task.target is None or task.target not in numbers:
                continue
            began = time.process_time()
            scores = peer(task.query)
            seconds = time.process_time() - began
            own = float(scores[numbers[task.target]])
            recall = expected_recall(scores, own) if own > 0.0 else (0.0,) * len(CUTS)
            outcomes.append(Outcome(task.kind, recall, float("nan"), seconds))
        found[label] = outcomes
    return found


def _taken(tasks: Iterable[NameTask], per_kind: int) -> list[NameTask]:
    counts: dict[str, int] = {}
    kept = []
    for task in tasks:
        counts[task.kind] = counts.get(task.kind, 0) + 1
        if counts[task.kind] <= per_kind:
            kept.append(task)
    return kept


def _report(methods: dict[str, list[Outcome]], *, as_json: bool) -> None:
    for label, outcomes in methods.items():
        by_kind: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_kind.setdefault(outcome.kind, []).append(outcome)
        rows = {kind: np.mean([o.recall for o in found], axis=0) for kind, found in by_kind.items()}
        milliseconds = np.array([o.seconds for o in outcomes]) * 1e3
        if as_json:
            for kind, recall in rows.items():
                click.echo(
                    json.dumps({"method": label, "kind": kind, "n": len(by_kind[kind]), "recall": recall.tolist()})
                )
            continue
        click.echo(
            f"\n{label}: CPU ms a query p50 {np.median(milliseconds):.1f} p95 {np.percentile(milliseconds, 95):.1f}"
        )
        click.echo(f"{'kind':34} {'n':>4} {'R@1':>6} {'R@10':>6} {'R@100':>6} {'median log10 LR':>16}")
        for kind, recall in rows.items():
            values = [o.log10_lr for o in by_kind[kind] if o.log10_lr > -300.0]
            middle = f"{np.median(values):16.2f}" if values else " " * 16
            click.echo(f"{kind:34} {len(by_kind[kind]):4} {recall[0]:6.3f} {recall[1]:6.3f} {recall[2]:6.3f} {middle}")
        macro = np.mean([recall for kind, recall in rows.items() if kind != "placeholder"], axis=0)
        click.echo(f"{'mean over kinds':39} {macro[0]:6.3f} {macro[1]:6.3f} {macro[2]:6.3f}")


def _drawn_names() -> list[str]:
    rng = np.random.default_rng(20261121)
    return [draw_name(rng) for _ in range(20_000)]


def _drawn_tasks() -> list[NameTask]:
    """Mishear drawn names in several accents: a world in which the model is true, for speed and regressions."""
    rng = np.random.default_rng(7)
    names = _drawn_names()
    regions = ("standard", "chuanyu", "yue", "wu", "dongbei")
    return [
        NameTask(f"misheard:{region}", mishear(rng, str(name), region), str(name), region)
        for region in regions
        for name in rng.choice(names, 40)
    ]
