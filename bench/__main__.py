"""`python -m bench`: measure the product on synthetic worlds; `python -m bench NAME` runs one channel's own bench."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.recipes import suites
from matcher.errors import MatcherError

if TYPE_CHECKING:
    from bench.lines import Line
    from bench.tasks import Built, RawResults

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
CHANNEL_BENCHES = ("names", "places", "dna", "faces", "engine", "fit")
AT_BEST_BLAS = ("faces", "engine")
"""Those whose peers multiply matrices."""


_SUITES = click.Choice(suites(), case_sensitive=False)
_DIRECTORY = click.Path(path_type=Path, file_okay=False, exists=True)
_built_option = click.option(
    "--built", type=_DIRECTORY, default=None, help="World and workspace of an earlier `run --keep-workspace`, instead."
)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def bench(ctx: click.Context) -> None:
    """Measure the product on synthetic worlds whose truth is known.

    Without a command: the leads of the demo's world (tiny, seed 7), as a table.

    \b
    Examples:
      python -m bench
      python -m bench run --suite s --seed 11
      python -m bench run --built DIRECTORY --cases 200
      python -m bench report bench/results/s-11 --markdown
      python -m bench gate --suite s --seed 12
      python -m bench names
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(run)


@bench.command()
@click.option("--suite", type=_SUITES, default="tiny", show_default=True, help="Recipe in datasets-synthetic/recipes.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of the world.")
@click.option(
    "--keep-workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Directory for world and workspace, emptied first.  [default: a temporary one]",
)
@_built_option
@click.option("--cases", type=click.IntRange(min=1), default=None, help="Measure this many cases, sampled.")
@click.option("--peers/--no-peers", default=True, show_default=True, help="Let peers score the same records.")
def run(
    suite: str,
    seed: int,
    keep_workspace: Path | None,
    built: Path | None,
    cases: int | None,
    peers: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Generate a world, match it, keep the raw results and print the figures."""
    from bench.tasks import read
    from bench.worlds import world

    with world(suite, seed, built, kept=keep_workspace) as made:
        folder = _measured(made, cases=cases, peers=peers)
    _show(read(folder), markdown=False)


@bench.command()
@click.argument("folders", type=_DIRECTORY, nargs=-1, required=True)
@click.option("--markdown", is_flag=True, help="Tables in Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
@click.option(
    "--plots", type=click.Path(path_type=Path, file_okay=False), default=None, help="Write reliability diagrams here."
)
@click.option(
    "--baseline",
    type=_DIRECTORY,
    default=None,
    help="Raw results of an earlier run: show what changed.",
)
def report(
    folders: tuple[Path, ...],
    markdown: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001 - click passes options by name
    plots: Path | None,
    baseline: Path | None,
) -> None:
    """Compute the figures of kept raw results again; of several runs together, as if they were one."""
    from bench.plots import reliability_diagrams
    from bench.tasks import pooled, read

    results = pooled([read(folder) for folder in folders])
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        for stratum, svg in reliability_diagrams(results):
            (plots / f"reliability-{stratum}.svg").write_text(svg, "utf-8")
    if baseline is not None:
        _changes(results, read(baseline), markdown=markdown)
        return
    _show(results, markdown=markdown, as_json=as_json)


@bench.command()
@click.option("--suite", type=_SUITES, default="s", show_default=True, help="Recipe in datasets-synthetic/recipes.")
@click.option("--seed", type=click.IntRange(min=0), default=11, show_default=True, help="Any seed: made afresh.")
@click.option(
    "--folder",
    type=_DIRECTORY,
    default=None,
    help="Judge kept raw results instead of running.",
)
@click.option(
    "--gates",
    "path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=ROOT / "bench" / "gates.toml",
    show_default="bench/gates.toml",
    help="File with the gates.",
)
def gate(suite: str, seed: int, folder: Path | None, path: Path) -> None:
    """Run a suite and hold it against its gates; the exit code is 1 when a gate fails."""
    from bench.gates import judge, read_gates, text
    from bench.tasks import read
    from bench.worlds import world

    gates = [item for item in read_gates(path) if item.suite == suite]
    if not gates:
        raise click.UsageError(f"{path.name} has no gate for the suite '{suite}'")
    if folder is None:
        with world(suite, seed, None) as made:
            folder = _measured(made, cases=None, peers=True)
    verdicts = judge(_figures(read(folder)), gates, suite=suite)
    click.echo(text(verdicts))
    if not all(verdict.passed for verdict in verdicts):
        raise click.exceptions.Exit(1)


@bench.command()
@click.argument("folder", type=_DIRECTORY)
@click.option("--rank", type=click.IntRange(min=1), default=50, show_default=True, help="Beyond this rank is a miss.")
@click.option("--markdown", is_flag=True, help="Tables in Markdown.")
def misses(folder: Path, rank: int, markdown: bool) -> None:  # noqa: FBT001 - click passes options by name
    """Show the cases that were missed, with what connects them and what was done to their records."""
    from bench import tables
    from bench.misses import missed
    from bench.tasks import read

    click.echo(tables.misses(missed(read(folder), rank=rank), markdown=markdown))


@bench.command()
@click.option("--suite", type=_SUITES, default="s", show_default=True, help="Recipe in datasets-synthetic/recipes.")
@click.option("--seed", type=click.IntRange(min=0), default=11, show_default=True, help="Seed of the world.")
@click.option("--rank", type=click.IntRange(min=1), default=10, show_default=True, help="Beyond this rank is a miss.")
@_built_option
@click.option("--markdown", is_flag=True, help="Table in Markdown.")
def whynot(suite: str, seed: int, rank: int, built: Path | None, markdown: bool) -> None:  # noqa: FBT001 - click's
    """Ask why-not about every miss and compare its answers with what was done to the records."""
    from bench import why_not
    from bench.worlds import world

    with world(suite, seed, built) as made:
        answers = why_not.ask(made, rank=rank)
    click.echo(why_not.text(answers, markdown=markdown))


@bench.command()
@click.option(
    "--suite", "suites", type=_SUITES, multiple=True, default=("s",), show_default=True, help="Recipe; may be repeated."
)
@click.option("--seed", "seeds", type=click.IntRange(min=0), multiple=True, default=(11,), show_default=True)
@click.option(
    "--built",
    type=_DIRECTORY,
    multiple=True,
    help="Worlds and workspaces of earlier `run --keep-workspace`, pooled, instead.",
)
@click.option("--markdown", is_flag=True, help="Table in Markdown.")
def reviews(
    suites: tuple[str, ...],
    seeds: tuple[int, ...],
    built: tuple[Path, ...],
    markdown: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Simulate reviews and measure how honest first leads are before and after learning; seeds are pooled."""
    from bench import bent_reviews
    from bench import reviews as simulated
    from bench.worlds import given, world

    by_world: dict[str, list[simulated.ReviewedCase]] = {}
    for suite, seed, directory in map(given, built) if built else product(suites, seeds, [None]):
        with world(suite, seed, directory) as made:
            by_world.setdefault(suite, []).extend(simulated.reviewed_cases(made))
    click.echo(simulated.text(by_world, seed=1, markdown=markdown))
    click.echo("")
    click.echo(bent_reviews.text([case for cases in by_world.values() for case in cases], seed=1, markdown=markdown))


def _measured(built: Built, *, cases: int | None, peers: bool) -> Path:
    """Measure a world and return the folder with the raw results."""
    from bench.recipes import suite_of
    from bench.tasks import Plan, keep, measure, told_of
    from matcher.cli.options import progress

    told = told_of(built)
    suite = suite_of(told.title)
    with progress("cases", min(cases or told.intakes, told.intakes)) as tick:
        results = measure(built, Plan(f"{suite}.toml", told.seed, cases, peers), tick=tick)
    folder = RESULTS / (f"{suite}-{told.seed}" if cases is None else f"{suite}-{told.seed}-{cases}-cases")
    keep(results, folder)
    click.echo(f"raw results: {folder}", err=True)
    return folder


def _figures(results: RawResults) -> list[Line]:
    from bench import comparisons, figures

    return [*figures.lines(results), *comparisons.comparisons(results)]


def _show(results: RawResults, *, markdown: bool, as_json: bool = False) -> None:
    from bench import tables

    computed = _figures(results)
    if as_json:
        click.echo(tables.as_json(computed))
        return
    described = results.run
    click.echo(
        f"{described['recipe']}, seed {described['seed']}: {_cases(described)} against "
        f"{described['gallery_records']} records; CPU seconds {_seconds(described)}"
    )
    click.echo("")
    click.echo(tables.text(computed, markdown=markdown))


def _cases(run: Mapping[str, object]) -> str:
    measured, there = run["probes"], run["open_cases"]
    return f"{measured} cases" if measured == there else f"{measured} of {there} cases, sampled with the world's seed,"


def _seconds(run: Mapping[str, object]) -> str:
    steps = run["cpu_seconds"]
    assert isinstance(steps, dict)
    return ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps.items())


def _changes(results: RawResults, baseline: RawResults, *, markdown: bool) -> None:
    from bench import tables

    click.echo(tables.changes(_figures(results), _figures(baseline), markdown=markdown))


def main(arguments: Sequence[str]) -> int:
    """Dispatch to a channel's bench or to the bench of the whole product; returns the exit code."""
    try:
        command, named, rest = _command(list(arguments))
        # Without its standalone mode click answers with the code of an early exit.
        code = command.main(rest, prog_name=f"python -m {named}", standalone_mode=False)
    except MatcherError as error:
        click.echo(f"bench: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0


def _command(arguments: list[str]) -> tuple[click.Command, str, list[str]]:
    """Return the command that is asked for, its name, and the arguments left."""
    name = arguments[0] if arguments else ""
    if name not in CHANNEL_BENCHES:
        return bench, "bench", arguments
    if name in AT_BEST_BLAS:
        from bench.machine import with_best_blas

        with_best_blas(arguments)
    return importlib.import_module(f"bench.{name}").command, f"bench {name}", arguments[1:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
