"""`matcher names`: personal names by sound, sight and structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import (
    emit_json,
    json_option,
    note,
    open_workspace,
    optional_workspace,
    progress,
    read_json_lines,
)

if TYPE_CHECKING:
    from matcher.phonetic.frequencies import NameFrequencies
    from matcher.phonetic.name_index import NameIndex
    from matcher.phonetic.own_frequencies import Population, Stratum
    from matcher.phonetic.search import NameHit

QUERY_REMEDY = 'write one JSON object a line, such as {"qid": 1, "query": "王山江"}'


@click.group()
def names() -> None:
    """Search personal names by sound, sight and structure."""


@names.command()
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="Parquet file with columns id and name.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="Directory of the index; a former index there is replaced.")  # fmt: skip
@json_option
def index(gallery: Path, output: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes options by name
    """Take the names of a gallery apart once and keep them, so that searches start at once.

    \b
    Examples:
      matcher names index --gallery persons.parquet --output persons-index
      matcher names search 王兴江 --index persons-index
    """
    from matcher.phonetic.gallery_file import read_gallery
    from matcher.phonetic.index_files import save_index

    with progress("taking names apart"):
        manifest = save_index(read_gallery(gallery), output, gallery=gallery)
    if as_json:
        emit_json({"index": str(output), "names": manifest.names, "bearers": manifest.bearers})
    else:
        click.echo(f"{manifest.names} distinct names of {manifest.bearers} persons in '{output}'")


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a batch: its id, the name, the accent in words, and the stratum of the person."""

    qid: object
    text: str
    region: str | None
    stratum: Stratum


@names.command()
@click.argument("query", required=False)
@optional_workspace("Search the names of a workspace.")
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False),
              help="Search a Parquet file instead: id, name, perhaps sex, cohort, province.")  # fmt: skip
@click.option("--index", "directory", type=click.Path(path_type=Path, file_okay=False),
              help="Search an index made by `matcher names index` instead.")  # fmt: skip
@click.option("--queries", type=click.Path(path_type=Path, dir_okay=False),
              help="JSON lines: qid, query, perhaps region, sex, cohort, province; prints a line each.")  # fmt: skip
@click.option("--region", help="Speaker's accent: a region id such as chuanyu, or words such as 四川话.")
@click.option("--top", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Number of distinct names.")
@click.option("--own-frequencies", is_flag=True,
              help="Count how common names are in this gallery itself, by sex, cohort and province.")  # fmt: skip
@json_option
def search(
    query: str | None,
    workspace: Path | None,
    gallery: Path | None,
    directory: Path | None,
    queries: Path | None,
    region: str | None,
    top: int,
    own_frequencies: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001
) -> None:
    """Find who may be meant by QUERY: misheard, misspelt, accented, romanised or partial.

    Prints distinct names with the base-10 logarithm of their likelihood ratio and who bears them. QUERY may carry (音),
    be pinyin, or leave characters out (王□江, 王某某). A placeholder such as 无名氏 finds nobody.
    With --own-frequencies a name is as rare as among the gallery's people of the sex, cohort and province told.

    \b
    Examples:
      matcher names search 王兴江 --workspace my-station
      matcher names search "wang shanjiang" --gallery persons.parquet --region 四川话
      matcher names search --gallery persons.parquet --queries told.jsonl --top 100 --json > found.jsonl
    """
    if (query is None) == (queries is None):
        raise click.UsageError("give either QUERY or --queries FILE")
    given = directory is not None or gallery is not None
    if (directory is not None and gallery is not None) or (workspace is None and not given):
        raise click.UsageError("give one of --workspace DIR, --gallery FILE and --index DIR")
    if region is not None:
        _check_region(region)
    population = _open(None if given else workspace, gallery, directory)
    find = _searcher(population, top=top, own_frequencies=own_frequencies)
    if query is not None:
        from matcher.phonetic.own_frequencies import Stratum

        _print_hits(query, find(Query(None, query, region, Stratum())), as_json=as_json)
        return
    assert queries is not None
    for item in _batch(queries, region):
        emit_json({"qid": item.qid, "candidates": _candidates(find(item))})


def _check_region(region: str) -> None:
    from matcher.phonetic.regions import REGION_IDS, region_of_accent

    if region_of_accent(region) is None and "普通话" not in region:
        raise click.UsageError(
            f"--region '{region}' names no region; write one of {', '.join(REGION_IDS)}, or words such as 四川话"
        )


def _open(workspace: Path | None, gallery: Path | None, directory: Path | None) -> Population:
    from matcher.phonetic.gallery_file import read_people
    from matcher.phonetic.index_files import open_index
    from matcher.phonetic.own_frequencies import plain_population, population_of

    with progress("reading names"):
        if directory is not None:
            return plain_population(open_index(directory))
        if gallery is not None:
            return population_of(read_people(gallery))
        assert workspace is not None
        return plain_population(_of_workspace(workspace))


def _of_workspace(workspace: Path) -> NameIndex:
    from matcher.phonetic.name_index import build_index
    from matcher.types import RELATIONS

    with open_workspace(workspace, read_only=True) as store:
        evidence = store.evidence()
    ids = evidence.records.column("record_id").to_pylist()
    own = (name for name in evidence.names.to_pylist() if name["kind"] not in RELATIONS)
    return build_index((ids[name["row"]], name["text"]) for name in own)


def _searcher(population: Population, *, top: int, own_frequencies: bool) -> Callable[[Query], tuple[NameHit, ...]]:
    """Return a function of a query that searches the names."""
    from functools import cache, lru_cache

    from matcher.phonetic.emission import WritingHabits
    from matcher.phonetic.own_frequencies import own_frequencies as frequencies_of
    from matcher.phonetic.population import NameModel, default_model
    from matcher.phonetic.regions import region_of_accent
    from matcher.phonetic.search import search_index

    @cache
    def general() -> NameFrequencies:
        return frequencies_of(population)

    @lru_cache(maxsize=64)
    def model(stratum: Stratum) -> NameModel:
        return NameModel(frequencies_of(population, stratum, general()), WritingHabits())

    def find(query: Query) -> tuple[NameHit, ...]:
        used = model(query.stratum) if own_frequencies else default_model()
        return search_index(population.index, query.text, top=top, region=region_of_accent(query.region), model=used)

    return find


def _batch(path: Path, region: str | None) -> Iterator[Query]:
    from matcher.errors import InputError
    from matcher.phonetic.gallery_file import sex_of
    from matcher.phonetic.own_frequencies import Stratum

    for number, row in read_json_lines(path):
        text = row.get("query")
        if not isinstance(text, str):
            raise InputError(f"{path}:{number}: query {_shown(text)} is not text", remedy=QUERY_REMEDY)
        told = {field: row.get(field) for field in ("region", "sex", "cohort", "province")}
        words = {field: str(value) if isinstance(value, int | str) else None for field, value in told.items()}
        wrong = [field for field, value in told.items() if value is not None and words[field] is None]
        sex = sex_of(words["sex"] or "")
        if wrong or (words["sex"] and sex is None):
            field = wrong[0] if wrong else "sex"
            raise InputError(f"{path}:{number}: {field} {_shown(told[field])} is not known", remedy=QUERY_REMEDY)
        stratum = Stratum(sex, words["cohort"], words["province"])
        yield Query(row.get("qid", number), text, words["region"] or region, stratum)


def _shown(value: object) -> str:
    return repr(value)[:80]


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
