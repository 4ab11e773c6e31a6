"""`matcher places`: find a half-remembered place by sound, time and region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from matcher.cli.options import emit_json, json_option, language_option, note, read_json_lines

if TYPE_CHECKING:
    from matcher.llr import Language
    from matcher.placenames.constellation import Area
    from matcher.placenames.gazetteer import Gazetteer
    from matcher.placenames.search import Searcher


@click.group()
def places() -> None:
    """Search places by sound, time and region.

    \b
    Example:
      matcher places search 五里台 --scope 130700
    """


@places.command()
@click.argument("query", required=False)
@click.option("--scope", help="Area: codes or names, comma separated (13, 1307, 张家口市, 襄樊市).")
@click.option("--dialect", help="Accent of the speaker: 四川, 粤语, or a region id such as chuanyu.")
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Candidates to list.")
@click.option(
    "--queries",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON lines with id, query, scope, dialect; answers as JSON lines.",
)
@language_option
@json_option
def search(
    query: str | None,
    scope: str | None,
    dialect: str | None,
    top: int,
    queries: Path | None,
    language: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """List the places that QUERY may mean, best first.

    QUERY is what was heard: one name or several levels in any order, in Chinese characters (simplified or
    traditional) or pinyin; 什么, 某, ? or * stand for a forgotten character. Equal marks share a tie group:
    nothing in the query tells them apart.

    \b
    Examples:
      matcher places search 五里台 --scope 130700
      matcher places search "老家在诸城那边的主猫鸭" --dialect 山东
      matcher places search --queries heard.jsonl --top 20 --json > found.jsonl
    """
    from matcher.errors import UsageError
    from matcher.placenames.answers import answer_json, answers, region_for, search_batch

    words = cast("Language", language)
    if (query is None) == (queries is None):
        raise UsageError("give either a QUERY or --queries FILE", remedy="matcher places search 五里台")
    searcher = _searcher()
    if queries is not None:
        for answer in search_batch(searcher, read_json_lines(queries), top=top, language=words):
            emit_json(answer)
        return
    found = searcher.search(query or "", scope=scope, region=region_for(dialect), top=top)
    listed = answers(searcher.gazetteer, found, words)
    if as_json:
        emit_json(answer_json(None, listed) | {"query": query})
        return
    if not listed:
        note("没有相近的地名:未知" if words == "zh" else "nothing close: unknown")
    for item in listed:
        place = " ".join(item.path)
        click.echo(
            f"{item.tie_group:>3}  {item.log10_lr:6.2f}  {item.code or '-':<12}  {place}  [{'; '.join(item.why)}]"
        )


@places.command()
@click.argument("clues", nargs=-1, required=True)
@click.option("--scope", help="Area, as for search.")
@click.option("--dialect", help="Accent of the speaker, as for search.")
@click.option("--level", type=click.Choice(["county", "township"]), default="county", show_default=True, help="Areas.")
@click.option("--top", type=click.IntRange(1, 100), default=10, show_default=True, help="Areas to list.")
@json_option
def constellation(
    clues: tuple[str, ...],
    scope: str | None,
    dialect: str | None,
    level: str,
    top: int,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Rank the areas in which all CLUES have a place, and propose the next question.

    CLUES are names that somebody remembers from around home, in any order and without saying where.

    \b
    Examples:
      matcher places constellation 五里台 朱家湾 千丘
      matcher places constellation 五里台 朱家湾 --level township --dialect 四川 --json
    """
    from matcher.placenames.answers import region_for
    from matcher.placenames.constellation import constellation as rank_areas
    from matcher.placenames.constellation import interview_words, next_questions

    searcher = _searcher()
    number = {"county": 3, "township": 4}[level]
    areas = rank_areas(searcher, clues, level=number, scope=scope, region=region_for(dialect), top=top)
    gazetteer = searcher.gazetteer
    questions = next_questions(gazetteer, areas)
    words = interview_words(gazetteer, questions)
    if as_json:
        asked = [
            {**_place(gazetteer, item.gid), "bits": round(item.bits, 4), "words": line}
            for item, line in zip(questions, words, strict=True)
        ]
        emit_json({"clues": list(clues), "areas": [_area(gazetteer, area) for area in areas], "questions": asked})
        return
    for area in areas:
        names = "; ".join(f"{clue}: {gazetteer.name(gid) if gid >= 0 else '-'}" for clue, gid in area.matches)
        click.echo(
            f"{area.posterior:7.2%}  {gazetteer.code(area.gid):<9}  {' '.join(gazetteer.path(area.gid))}  [{names}]"
        )
    for line in words:
        click.echo(line)


def _area(gazetteer: Gazetteer, area: Area) -> dict[str, object]:
    matches = {clue: _place(gazetteer, gid)["path"] if gid >= 0 else None for clue, gid in area.matches}
    return {**_place(gazetteer, area.gid), "posterior": round(area.posterior, 6), "matches": matches}


def _place(gazetteer: Gazetteer, gid: int) -> dict[str, object]:
    """Lay out the code and path of a place; -1 is none."""
    if gid < 0:
        return {"code": None, "path": []}
    return {"code": gazetteer.code(gid) or None, "path": list(gazetteer.path(gid))}


@places.command()
@click.argument("query")
@click.option("--by", type=click.Choice(["province", "prefecture", "county"]), default="prefecture", show_default=True,
              help="Regions to count by.")  # fmt: skip
@click.option("--scope", help="Area, as for search.")
@click.option("--dialect", help="Accent of the speaker, as for search.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the list to a .csv or .xlsx file.")
@json_option
def statistics(
    query: str,
    by: str,
    scope: str | None,
    dialect: str | None,
    out: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Count the places that share the sound of QUERY by region, likeliest region first: whom to phone (核查方向).

    \b
    Examples:
      matcher places statistics 王家庄 --by province
      matcher places statistics 五里台 --scope 河北 --by county --out phone.xlsx
    """
    from matcher.placenames.answers import region_for
    from matcher.placenames.directions import write_directions
    from matcher.placenames.statistics import count_by_region, directions

    searcher = _searcher()
    gazetteer = searcher.gazetteer
    number = {"province": 1, "prefecture": 2, "county": 3}[by]
    counts = count_by_region(searcher, query, by=number, scope=scope, region=region_for(dialect))
    if out is not None:
        note(f"{write_directions(out, gazetteer, counts)} regions written to {out}")
        return
    if as_json:
        for item in counts:
            counted = {"places": item.places, "share": round(item.share, 6)}
            examples = [list(gazetteer.path(gid)) for gid in item.examples]
            emit_json({**_place(gazetteer, item.gid), **counted, "examples": examples})
        return
    if not counts:
        note("没有相近的地名:未知 (nothing close)")
    for line in directions(gazetteer, counts):
        click.echo(line)


def _searcher() -> Searcher:
    from matcher.placenames.gazetteer import Gazetteer
    from matcher.placenames.search import Searcher
    from matcher.settings import Settings

    return Searcher(Gazetteer.open(Settings.from_environment().gazetteer))
