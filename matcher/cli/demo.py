"""`matcher demo`: the whole path on a synthetic world and real photographs, with the commands shown."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from matcher.cli.options import emit_json, json_option, note
from matcher.errors import UsageError

RECIPE = Path("datasets-synthetic/recipes/tiny.toml")


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="Directory for the world, the workspace and the results.",
)
@click.option(
    "--recipe",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RECIPE,
    show_default=True,
    help="Recipe of the synthetic world.",
)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Seed of the world.")
@json_option
def demo(
    output: Path,
    recipe: Path,
    seed: int,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show the main job: about 2,000 records and 40 intakes in, ranked and explained leads out.

    Everybody in it is invented; seven of them lend their faces from photographs that installed packages ship, which
    go through the real detector and recogniser. Running it again repeats only what is missing.

    \b
    Example:
      matcher demo --output demo-output
    """
    from matcher.synthetic.handover import ingest_arguments

    if not recipe.is_file():
        raise UsageError(
            f"no recipe '{recipe}' here", remedy="run it in a checkout of the project, or name one: --recipe"
        )
    world, workspace, leads = output / "world", output / "workspace", output / "leads"
    _run("models", "build")
    _run("gazetteer", "build")
    if not _is_made(world, recipe, seed):
        _run("synth", "--recipe", str(recipe), "--seed", str(seed), "--output", str(world))
    if not workspace.is_dir():
        _run("init", str(workspace))
    for handed in ingest_arguments(world):
        _run("ingest", *handed, "--workspace", str(workspace))
    _run("index", "--workspace", str(workspace))
    _run("match", "--workspace", str(workspace), "--output", str(leads))
    _run("report", f"{leads}.jsonl", "--workspace", str(workspace))
    results = {"html": f"{leads}.html", "excel": f"{leads}.xlsx", "json_lines": f"{leads}.jsonl"}
    if as_json:
        emit_json(results)
        return
    click.echo("")
    click.echo(f"HTML report: {Path(results['html']).resolve()}")
    click.echo(f"Excel file:  {Path(results['excel']).resolve()}")
    click.echo(f"JSON lines:  {Path(results['json_lines']).resolve()}")


def _run(*arguments: str) -> None:
    """Run one command of ours as the user would, and show it."""
    from matcher.cli import cli

    note(f"$ matcher {shlex.join(arguments)}")
    cli.main(list(arguments), prog_name="matcher", standalone_mode=False)


def _is_made(world: Path, recipe: Path, seed: int) -> bool:
    """Tell whether the world is there; one of another seed is not touched."""
    manifest = world / "MANIFEST.json"
    if not manifest.is_file():
        return False
    found = json.loads(manifest.read_text("utf-8")).get("seed")
    if found != seed:
        raise UsageError(
            f"'{world}' holds the world of seed {found}, not {seed} from {recipe}",
            remedy="name another directory with --output, or delete this one",
        )
    return True
