"""`python -m bench places`: how often the right place is found, by kind of query, and how fast; peers side by side.

Queries are JSON lines with `query, answers, kind` and, optionally, `scope, dialect, truth, n_same`. Without a file
queries are drawn from the gazetteer itself and garbled. A place is found when its code is among `answers`; where the
gazetteer gives villages no codes, when its county and core name are those of the truth. Times are CPU time of one
process, the peers' too.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from bench.places_constellation import AreaRecall, simulate
from bench.places_peers import peers
from bench.places_tasks import Contestant, Task, drawn_tasks, is_right, read_tasks
from matcher.errors import MatcherError
from matcher.placenames.answers import region_for
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher
from matcher.settings import Settings

CUTS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rank of the right place (0 = first, -1 = not listed) and CPU seconds of one query."""

    kind: str
    rank: int
    seconds: float


def measure(gazetteer: Gazetteer, tasks: Iterable[Task], contestant: Contestant) -> list[Outcome]:
    """Run one contestant over the tasks."""
    outcomes: list[Outcome] = []
    for task in tasks:
        began = time.process_time()
        found = contestant(task)
        seconds = time.process_time() - began
        rank = next((rank for rank, gid in enumerate(found) if is_right(gazetteer, gid, task)), -1)
        outcomes.append(Outcome(task.kind, rank, seconds))
    return outcomes


def this_package(searcher: Searcher, *, with_dialect: bool) -> Contestant:
    """Search as `matcher places search` does."""

    def answer(task: Task) -> list[int]:
        region = region_for(task.dialect) if with_dialect else None
        try:
            return [item.gid for item in searcher.search(task.query, scope=task.scope, region=region, top=CUTS[-1])]
        except MatcherError:
            return []

    return answer


def table(results: dict[str, list[Outcome]], tasks: Sequence[Task]) -> list[dict[str, object]]:
    """Tabulate recall by kind and contestant, with the ceiling that exact ties set."""
    rows: list[dict[str, object]] = []
    kinds = sorted({task.kind for task in tasks})
    for kind in ["ALL", *kinds]:
        same = np.array([task.same for task in tasks if kind in ("ALL", task.kind)])
        ceiling = [float(np.minimum(1.0, cut / same).mean()) for cut in CUTS]
        rows.append(
            {
                "kind": kind,
                "contestant": "tie ceiling",
                "n": same.size,
                "recall": ceiling,
                "p50_ms": None,
                "p95_ms": None,
                "p99_ms": None,
            }
        )
        for name, outcomes in results.items():
            chosen = [item for item in outcomes if kind in ("ALL", item.kind)]
            ranks = np.array([item.rank for item in chosen])
            recall = [float(((ranks >= 0) & (ranks < cut)).mean()) for cut in CUTS]
            median, late, worst = np.percentile([item.seconds * 1e3 for item in chosen], [50, 95, 99])
            rows.append({"kind": kind, "contestant": name, "n": len(chosen), "recall": recall,
                         "p50_ms": float(median), "p95_ms": float(late), "p99_ms": float(worst)})  # fmt: skip
    return rows


@click.command()
@click.option(
    "--queries", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSON lines with the truth."
)
@click.option("--gazetteer", "folder", type=click.Path(path_type=Path, file_okay=False), help="Gazetteer folder.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Take every n-th query.")
@click.option("--peers/--no-peers", "with_peers", default=False, show_default=True, help="Measure the peers too.")
@click.option("--dialect/--no-dialect", "with_dialect", default=True, show_default=True, help="Use the accent given.")
@click.option("--seed", type=int, default=7, show_default=True, help="Seed of drawn queries.")
@click.option(
    "--constellation",
    "homes",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Simulate so many homes told by several garbled names.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print one Markdown table.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per kind and contestant.")
def command(
    queries: Path | None,
    folder: Path | None,
    every: int,
    with_peers: bool,  # noqa: FBT001 - click passes options by name
    with_dialect: bool,  # noqa: FBT001
    seed: int,
    homes: int,
    as_markdown: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure the search of places.

    \b
    Examples:
      python -m bench places
      python -m bench places --queries public.jsonl --every 5 --peers --markdown
      python -m bench places --constellation 60
    """
    began = time.process_time()
    gazetteer = Gazetteer.open(folder or Settings.from_environment().gazetteer)
    opened = time.process_time() - began
    tasks = read_tasks(queries)[::every] if queries else drawn_tasks(gazetteer, seed=seed)
    searcher = Searcher(gazetteer)
    searcher.search("五里台")  # compile the kernel, build the sound model
    results = {"this package": measure(gazetteer, tasks, this_package(searcher, with_dialect=with_dialect))}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{len(gazetteer):,} rows opened in {opened * 1e3:.0f} CPU ms; peak memory {memory:.0f} MiB", err=True)
    if with_peers:
        for name, contestant in peers(gazetteer):
            if contestant is None:
                click.echo(f"{name}: not installed (dependency group peers)", err=True)
            else:
                results[name] = measure(gazetteer, tasks, contestant)
    rows = table(results, tasks)
    if as_markdown:
        click.echo(_markdown(rows))
    else:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
    if homes:
        for item in simulate(searcher, homes=homes, seed=seed):
            click.echo(json.dumps(asdict(item)) if as_json else _area_line(item))


def _markdown(rows: Sequence[dict[str, object]]) -> str:
    """Lay out recall at 1/5/20, a line for each kind and a column for each contestant."""
    names = list(dict.fromkeys(str(row["contestant"]) for row in rows))
    lines = ["| kind (n) | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for kind in dict.fromkeys(str(row["kind"]) for row in rows):
        here = {str(row["contestant"]): row for row in rows if row["kind"] == kind}
        cells = ["/".join(f"{value:.3f}" for value in _recall(here[name])) for name in names]
        lines.append(f"| {kind} ({here[names[0]]['n']}) | " + " | ".join(cells) + " |")
    times = [here["p50_ms"] for here in rows if here["kind"] == "ALL"]
    lines.append("| CPU ms, median | " + " | ".join("-" if ms is None else f"{ms:.1f}" for ms in times) + " |")
    return "\n".join(lines)


def _recall(row: dict[str, object]) -> list[float]:
    recall = row["recall"]
    assert isinstance(recall, list)
    return recall


def _area_line(item: AreaRecall) -> str:
    figures = "  ".join(f"R@{cut} {value:.3f}" for cut, value in zip(CUTS, item.recall, strict=True))
    known = "accent known" if item.accent_known else "accent unknown"
    level = {3: "county", 4: "township"}[item.level]
    return f"constellation {level:9} {item.names} names, {known:14} n {item.homes:>4}  {figures}"


def _line(row: dict[str, object]) -> str:
    recall = _recall(row)
    times = (
        ""
        if row["p50_ms"] is None
        else f"  p50 {row['p50_ms']:6.1f} ms  p95 {row['p95_ms']:6.1f} ms  p99 {row['p99_ms']:6.1f} ms"
    )
    figures = "  ".join(f"R@{cut} {value:.3f}" for cut, value in zip(CUTS, recall, strict=True))
    return f"{row['kind']!s:14} {row['contestant']!s:26} n {row['n']!s:>5}  {figures}{times}"
