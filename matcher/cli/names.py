"""`matcher names`: personal names by sound, sight and structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import emit_json, json_option, note, open_workspace, progress, read_json_lines

if TYPE_CHECKING:
    from matcher.phonetic.name_index import NameIndex
    from matcher.phonetic.search import NameHit


@click.group()
def names() -> None:
    """Search personal names by sound, sight and structure."""


@names.command()
@click.argument("query", required=False)
@click.option("-w", "--workspace", type=click.Path(path_type=Path, file_okay=False), envvar="MATCHER_WORKSPACE",
              show_envvar=True, help="Search the names of a workspace.")  # fmt: skip
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False),
              help="Search a Parquet file with columns id and name instead.")  # fmt: skip
@click.option("--queries", type=click.Path(path_type=Path, dir_okay=False),
              help="JSON lines with qid, query and perhaps region; prints one JSON line each.")  # fmt: skip
@click.option("--region", help="Speaker's accent: a region id such as chuanyu, or words such as 四川话.")
@click.option("--top", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Number of distinct names.")
@click.option("--own-frequencies", is_flag=True, help="Count how common names are in this gallery itself.")
@json_option
def search(
    query: str | None,
    workspace: Path | None,
    gallery: Path | None,
    queries: Path | None,
    region: str | None,
    top: int,
    own_frequencies: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001
) -> None:
    """Find who may be meant by QUERY: misheard, misspelt, accented, romanised or partial.

    Prints distinct names with the base-10 logarithm of their likelihood ratio and who bears them. QUERY may carry (音),
    be pinyin, or leave characters out (王□江, 王某某). A placeholder such as 无名氏 finds nobody.

    \b
    Examples:
      matcher names search 王兴江 --workspace my-station
      matcher names search "wang shanjiang" --gallery persons.parquet --region 四川话
      matcher names search --gallery persons.parquet --queries told.jsonl --top 100 --json > found.jsonl
    """
    if (query is None) == (queries is None):
        raise click.UsageError("give either QUERY or --queries FILE")
    if (workspace is None) == (gallery is None):
        raise click.UsageError("give either --workspace DIR or --gallery FILE")
    find = _searcher(_open(workspace, gallery), top=top, own_frequencies=own_frequencies)
    if query is not None:
        _print_hits(query, find(query, region), as_json=as_json)
        return
    assert queries is not None
    for qid, text, own_region in _batch(queries):
        emit_json({"qid": qid, "candidates": _candidates(find(text, own_region or region))})


def _open(workspace: Path | None, gallery: Path | None) -> NameIndex:
    from matcher.phonetic.gallery_file import read_gallery
    from matcher.phonetic.name_index import build_index

    with progress("reading names"):
        if gallery is not None:
            return read_gallery(gallery)
        assert workspace is not None
        with open_workspace(workspace, read_only=True) as store:
            evidence = store.evidence()
        ids = evidence.records.column("record_id").to_pylist()
        rows, texts = evidence.names.column("row").to_pylist(), evidence.names.column("text").to_pylist()
        return build_index((ids[row], text) for row, text in zip(rows, texts, strict=True))


def _searcher(index: NameIndex, *, top: int, own_frequencies: bool) -> Callable[[str, str | None], tuple[NameHit, ...]]:
    """Return a function of query and accent that searches the index."""
    from matcher.phonetic.emission import WritingHabits
    from matcher.phonetic.name_model import NameModel, default_model
    from matcher.phonetic.own_frequencies import own_frequencies as frequencies_of
    from matcher.phonetic.regions import region_of_accent
    from matcher.phonetic.search import search_index

    own = NameModel(frequencies_of(index), WritingHabits()) if own_frequencies else default_model()
    return lambda query, region: search_index(index, query, top=top, region=region_of_accent(region), model=own)


def _batch(path: Path) -> Iterator[tuple[object, str, str | None]]:
    from matcher.errors import InputError

    for number, row in read_json_lines(path):
        text, region = row.get("query"), row.get("region")
        if not isinstance(text, str) or not isinstance(region, str | None):
            raise InputError(f"{path}:{number}: 'query' must be text", remedy='write {"qid": 1, "query": "王山江"}')
        yield row.get("qid", number), text, region


def _print_hits(query: str, hits: tuple[NameHit, ...], *, as_json: bool) -> None:
    if as_json:
        emit_json({"query": query, "candidates": _candidates(hits)})
        return
    if not hits:
        note(f"'{query}' carries no evidence about a name, or the gallery is empty")
    for hit in hits:
        shown = " ".join(map(str, hit.ids[:8])) + (f" ... ({len(hit.ids)})" if len(hit.ids) > 8 else "")
        click.echo(f"{hit.log10_lr:8.2f}  {hit.name}  {shown}")


def _candidates(hits: tuple[NameHit, ...]) -> list[dict[str, object]]:
    return [{"name": hit.name, "ids": list(hit.ids), "log10_lr": round(hit.log10_lr, 6)} for hit in hits]
