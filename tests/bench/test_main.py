"""The command line of the bench."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import click
import pytest

from bench import machine
from bench.__main__ import CHANNEL_BENCHES, main
from bench.recipes import suite_of
from bench.tasks import RawResults, keep


@pytest.fixture
def kept(results: RawResults, tmp_path: Path) -> Path:
    keep(results, tmp_path / "kept")
    return tmp_path / "kept"


def test_report_prints_tables(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(kept)]) == 0
    printed = capsys.readouterr().out
    assert "leads: fresh" in printed
    assert "fused minus peer: fresh" in printed
    assert "by-hand.toml, seed 1: 5 cases against 100 records" in printed


def test_report_as_json_markdown_plots_and_against_a_baseline(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(kept), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["report", str(kept), "--markdown", "--plots", str(tmp_path / "plots")]) == 0
    assert "| fused" in capsys.readouterr().out
    assert (tmp_path / "plots" / "reliability-fresh.svg").is_file()
    assert main(["report", str(kept), "--baseline", str(kept)]) == 0
    assert "no figure left its former interval" in capsys.readouterr().out


def test_gate_needs_gates_of_the_suite(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--suite", "micro", "--folder", str(kept)]) == 2
    assert "no gate for the suite" in capsys.readouterr().err
    assert main(["gate", "--suite", "no-such-suite", "--folder", str(kept)]) == 2
    assert "'s-worse-photos'" in capsys.readouterr().err


GATE = """
[[gate]]
suite = "s"
task = "leads"
stratum = "fresh"
subset = "all"
method = "fused"
figure = "hit@1"
at_least = {bound}
why = "a test"
"""


@pytest.mark.parametrize(("bound", "code", "word"), [(0.96, 1, "FAIL"), (0.5, 0, "pass")])
def test_the_exit_code_says_whether_a_gate_failed(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bound: float, code: int, word: str
) -> None:
    # Two of three at rank 1: the interval reaches .94.
    (tmp_path / "gates.toml").write_text(GATE.format(bound=bound), "utf-8")
    assert main(["gate", "--suite", "S", "--folder", str(kept), "--gates", str(tmp_path / "gates.toml")]) == code
    assert word in capsys.readouterr().out


@pytest.mark.parametrize("name", CHANNEL_BENCHES)
def test_channel_benches_are_dispatched_lazily(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @click.option("--quick", is_flag=True)
    def command(*, quick: bool) -> int:
        return 3 if quick else 4

    module = types.ModuleType(f"bench.{name}")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"bench.{name}", module)
    monkeypatch.setattr(machine, "with_best_blas", lambda _arguments: None)
    assert main([name, "--quick"]) == 3
    assert main([name, "--slow"]) == 2
    assert "No such option" in capsys.readouterr().err


def test_a_world_is_named_by_the_recipe_that_has_its_title() -> None:
    assert suite_of("S, worse photographs") == "s-worse-photos"
    assert suite_of("no such title") == "no such title"


def test_a_directory_without_a_world_is_refused_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--built", str(tmp_path)]) != 0
    assert "--keep-workspace" in capsys.readouterr().err


def test_raw_results_of_another_version_are_refused_with_the_remedy(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept / "leads.parquet").unlink()
    assert main(["report", str(kept)]) != 0
    assert "python -m bench run" in capsys.readouterr().err


def test_a_sample_is_stated_in_the_header(
    results: RawResults, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sampled = replace(results, run=dict(results.run) | {"open_cases": 1200})
    keep(sampled, tmp_path / "kept")
    assert main(["report", str(tmp_path / "kept")]) == 0
    assert "5 of 1200 cases" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "problem"), [("", "holds no query"), ('{"a": 1}', ":1: not a query"), ("\xff", "as UTF-8")]
)
@pytest.mark.parametrize("name", ["names", "places"])
def test_queries_that_are_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, problem: str
) -> None:
    with as_file(files("matcher.placenames").joinpath("data/sample")) as sample:
        queries = tmp_path / "queries.jsonl"
        queries.write_text(content, "latin-1")
        other = ["--gallery", str(queries)] if name == "names" else ["--gazetteer", str(sample)]
        assert main([name, "--queries", str(queries), *other]) == 3
    assert problem in capsys.readouterr().err
