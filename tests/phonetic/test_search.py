"""Searching names: bearers, ties, placeholders, files, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from matcher.cli.names import names
from matcher.errors import InputError
from matcher.phonetic.gallery_file import read_gallery
from matcher.phonetic.search import search_names

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
    hits = search_names(PAIRS, "王山江", top=3)
    assert hits[0].name == "王山江"
    assert hits[0].ids == (1, 3)
    assert [hit.log10_lr for hit in hits] == sorted((hit.log10_lr for hit in hits), reverse=True)


@pytest.mark.parametrize("query", ["无名氏", "救助A123", "不详", "", "???"])
def test_placeholders_find_nobody_and_are_found_by_nobody(query: str) -> None:
    assert search_names(PAIRS, query) == ()
    found = {hit.name for hit in search_names(PAIRS, "王山江", top=100)}
    assert not found & {"无名氏", "救助A123"}


def test_top_counts_distinct_names() -> None:
    assert len(search_names(PAIRS, "王山江", top=2)) == 2
    assert search_names([], "王山江") == ()


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
        (["search", "王"], "give either --workspace DIR or --gallery FILE"),
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
    with pytest.raises(InputError, match="columns id and name"):
        read_gallery(other)
