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
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from bench.places_constellation import AreaRecall, simulate
from bench.places_peers import peers
from bench.places_report import CUTS, Outcome, markdown, recalled, table
from bench.places_tasks import Contestant, Task, drawn_tasks, is_right, read_tasks
from matcher.errors import MatcherError
from matcher.placenames.answers import region_for
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.search import Searcher
from matcher.settings import Settings


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
        click.echo(markdown(rows))
    else:
        for row in rows:
            click.echo(json.dumps(asdict(row), ensure_ascii=False) if as_json else row.text())
    if homes:
        for item in simulate(searcher, homes=homes, seed=seed):
            click.echo(json.dumps(asdict(item)) if as_json else _area_line(item))


def _area_line(item: AreaRecall) -> str:
    known = "accent known" if item.accent_known else "accent unknown"
    level = {3: "county", 4: "township"}[item.level]
    return f"constellation {level:9} {item.names} names, {known:14} n {item.homes:>4}  {recalled(item.recall)}"
