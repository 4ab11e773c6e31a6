"""Searching names: bearers, ties, placeholders, files, and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.cli.names import names
from matcher.errors import InputError
from matcher.phonetic.gallery_file import read_gallery
from matcher.phonetic.name_index import build_index
from matcher.phonetic.search import search_index

PAIRS = [
    (1, "王山江"), (2, "王兴江"), (3, "王山江"), (4, "无名氏"), (5, "救助A123"), (6, "李秀英"), (7, "欧阳芳"),
    (8, "江山王"), (9, "王某某"), (10, "张伟"),
]  # fmt: skip


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    path = tmp_path / "persons.parquet"
    pq.write_table(pa.table({"id": [i for i, _ in PAIRS], "name": [n for _, n in PAIRS]}), path)
    return path


def test_best_first_with_all_bearers() -> None:
    hits = search_index(build_index(PAIRS), "王山江", top=3)
    assert hits[0].name == "王山江"
    assert hits[0].ids == (1, 3)
    expected = [hit.log10_lr + math.log10(len(hit.ids)) for hit in hits]
    assert expected == pytest.approx(sorted(expected, reverse=True), abs=1e-4)


@pytest.mark.parametrize("query", ["无名氏", "救助A123", "不详", "", "???"])
def test_placeholders_find_nobody_and_are_found_by_nobody(query: str) -> None:
    assert search_index(build_index(PAIRS), query) == ()
    found = {hit.name for hit in search_index(build_index(PAIRS), "王山江", top=100)}
    assert not found & {"无名氏", "救助A123"}


def test_of_names_that_fit_alike_the_commoner_is_first_and_each_keeps_its_own_lr() -> None:
    people = [*PAIRS, *((100 + number, "张薇") for number in range(40)), (200, "张卫")]
    hits = {
        hit.name: (rank, hit.log10_lr)
        for rank, hit in enumerate(search_index(build_index(people), "zhang wei", top=10))
    }
    assert hits["张薇"][0] == 0
    alone = {hit.name: hit.log10_lr for hit in search_index(build_index([(1, "张薇"), (2, "张卫")]), "zhang wei")}
    assert hits["张薇"][1] == alone["张薇"]
    assert hits["张卫"][1] == alone["张卫"]


def test_top_counts_distinct_names() -> None:
    assert len(search_index(build_index(PAIRS), "王山江", top=2)) == 2
    assert search_index(build_index([]), "王山江") == ()


def test_command_prints_one_json_line_per_query(gallery: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    rows = [
        {"qid": 7, "query": "王三江"},
        {"qid": "b", "query": "无名氏"},
        {"qid": 9, "query": "黄江", "region": "yue"},
    ]
    queries.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    arguments = ["search", "--gallery", str(gallery), "--queries", str(queries), "--top", "100", "--json"]
    result = CliRunner().invoke(names, arguments, catch_exceptions=False)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["qid"] for line in lines] == [7, "b", 9]
    assert lines[0]["candidates"][0] == {
        "name": "王山江",
        "ids": [1, 3],
        "log10_lr": lines[0]["candidates"][0]["log10_lr"],
    }
    assert lines[1]["candidates"] == []


def test_command_for_people(gallery: Path) -> None:
    result = CliRunner().invoke(names, ["search", "王山江", "--gallery", str(gallery)], catch_exceptions=False)
    assert result.stdout.splitlines()[0].split()[1:] == ["王山江", "1", "3"]


def test_own_frequencies_change_what_a_name_is_worth(gallery: Path) -> None:
    worth = []
    for flags in ([], ["--own-frequencies"]):
        arguments = ["search", "王山江", "--gallery", str(gallery), "--json", *flags]
        result = CliRunner().invoke(names, arguments, catch_exceptions=False)
        worth.append(json.loads(result.stdout)["candidates"][0]["log10_lr"])
    assert worth[1] < worth[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search"], "give either QUERY or --queries FILE"),
        (["search", "王"], "give one of --workspace DIR, --gallery FILE and --index DIR"),
        (["search", "王", "--gallery", "a", "--index", "b"], "give one of --workspace DIR"),
        (["search", "王", "--gallery", "a", "--region", "火星话"], "names no region"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    result = CliRunner(env={"MATCHER_WORKSPACE": ""}).invoke(names, arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_bad_gallery_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_gallery(tmp_path / "absent.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_gallery(broken)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": [1], "nom": ["x"]}), other)
    with pytest.raises(InputError, match="lacks column name; has id, nom"):
        read_gallery(other)


HOSTILE = ["\ud800", "王\udfff江", "长" * 10_000, "a" * 10_000, "😀王😀", "Иван Петров", "\x00\x07\u202e王\u200b江",
           "ａｂｃ　王", "()（）[]", "·" * 50, "王" + "\u0301" * 500, "某" * 30, "%s{}\\n", "\n", "١٢٣"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_string_breaks_the_search(text: str) -> None:
    index = build_index([*PAIRS, (11, text), (12, text + "江")])
    assert len(search_index(index, text, top=5)) <= 5
    assert search_index(index, "王山江", top=1)[0].ids == (1, 3)
    assert all(index.name(number) for number in range(len(index)))


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=12), max_size=4), st.text(max_size=12))
def test_any_gallery_can_be_searched_for_anything(found: list[str], query: str) -> None:
    index = build_index(enumerate([*found, "王山江"]))
    assert sorted(index.name(n) for n in range(len(index))) == sorted(
        {name for name in {*found, "王山江"} if name in {index.name(n) for n in range(len(index))}}
    )
    for hit in search_index(index, query, top=3):
        assert hit.name in found or hit.name == "王山江"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"qid": 1}', ":1: query None is not text"),
        ('{"qid": 1, "query": 7}', ":1: query 7 is not text"),
        ('{"qid": 1, "query": "王", "region": [1]}', ":1: region [1] is not known"),
        ('{"qid": 1, "query": "王", "sex": "x"}', ":1: sex 'x' is not known"),
    ],
)
def test_bad_queries_are_named(gallery: Path, tmp_path: Path, row: str, message: str) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(row, "utf-8")
    with pytest.raises(InputError) as caught:
        CliRunner().invoke(
            names, ["search", "--gallery", str(gallery), "--queries", str(queries)], catch_exceptions=False
        )
    assert message in str(caught.value)


def test_any_query_gets_its_line(gallery: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    rows = [{"qid": f"q\ud800{number}", "query": text} for number, text in enumerate(HOSTILE)]
    queries.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    arguments = ["search", "--gallery", str(gallery), "--queries", str(queries), "--json"]
    result = CliRunner().invoke(names, arguments, catch_exceptions=False)
    assert [json.loads(line)["qid"] for line in result.stdout.splitlines()] == [row["qid"] for row in rows]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": [1, None], "name": ["王江", "李江"]}, "row 2: id is empty"),
        ({"id": [1.5], "name": ["王江"]}, "column id holds double"),
        ({"id": [1], "name": [7]}, "column name holds int64"),
        ({"id": [1, 2], "name": ["王江", "李江"], "sex": ["男", "猫"]}, "row 2: sex '猫' is not known"),
    ],
)
def test_bad_values_of_a_gallery_are_named(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    path = tmp_path / "persons.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InputError, match=message):
        read_gallery(path)
