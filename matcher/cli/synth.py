"""`matcher synth`: a synthetic world with its truth tables, from a recipe and a seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from matcher.cli.options import emit_json, json_option, progress


@click.command()
@click.option(
    "--recipe",
    "recipe_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Recipe in TOML; start from datasets-synthetic/recipes/tiny.toml.",
)
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Everything follows from recipe and seed.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory to make."
)
@click.option(
    "--photographs/--no-photographs",
    default=None,
    help="Give real photographs to a few persons, whatever the recipe says.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Draw the blocks of a large world at the same time; the files stay the same.",
)
@json_option
def synth(
    recipe_path: Path,
    seed: int,
    output: Path,
    photographs: bool | None,  # noqa: FBT001 - click passes options by name
    processes: int,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Generate a synthetic world: the files that stations would hand over, and the truth about them.

    Same recipe and seed, same bytes. OUTPUT/stations holds the forms of the stations (mixed encodings, Chinese
    headers), profiles.csv the laboratory's table, embeddings.parquet the faces, photos/ a few real photographs,
    truth/ who is who, and MANIFEST.json the checksum of every file. Nobody in it exists.

    \b
    Examples:
      matcher synth --recipe datasets-synthetic/recipes/tiny.toml --seed 7 --output world
      matcher synth --recipe datasets-synthetic/recipes/m.toml --seed 11 --output world-m --processes 2 --json
    """
    from matcher.settings import Settings
    from matcher.synthetic.crew import drafts_by
    from matcher.synthetic.recipe import load_recipe
    from matcher.synthetic.reference import open_sources
    from matcher.synthetic.world import imagine_world
    from matcher.synthetic.writing import write_world

    recipe = load_recipe(recipe_path)
    if photographs is not None:
        recipe = replace(recipe, world=replace(recipe.world, photographs=photographs))
    settings = Settings.from_environment()
    sources = open_sources(recipe, settings, seed=seed)
    world = imagine_world(recipe, sources, seed=seed)
    summary = write_world(world, output, drawing=drafts_by(processes, settings), progress=progress)
    if as_json:
        emit_json({"directory": str(summary.directory), "seed": seed, **summary.counts})
        return
    click.echo(f"{summary.directory}: " + ", ".join(f"{count} {name}" for name, count in summary.counts.items()))
