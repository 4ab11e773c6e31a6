"""Judging, learning and asking why not, from the command line on a small workspace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from matcher.cli import cli
from matcher.types import ToldName, ToldPlace
from matcher.workspace.store import Workspace
from matcher.workspace.values import RecordEntry
from tests.contract.conftest import full_subject, world

pytestmark = pytest.mark.slow

PERSON = replace(
    full_subject("A0001", np.random.default_rng(77)), pedigree=(), profile=None,
    names=(ToldName("欧阳明"),), places=(ToldPlace("四川省成都市金堂县"),),
)  # fmt: skip


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert code, result.exception
        return str(result.exception)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "ws"
    mates = [replace(PERSON, record_id=f"M000{n}", kind="rescue") for n in (1, 2)]
    with Workspace.create(path) as workspace:
        workspace.put_subjects([PERSON, *mates, *(replace(s, kind="rescue") for s in world(20))])
    run("index", "-w", str(path))
    return path


def best(station: Path, tmp_path: Path, *options: str) -> dict[str, object]:
    run("match", "-w", str(station), "--case", "A0001", "-o", str(tmp_path / "leads"), *options)
    found: dict[str, object] = json.loads((tmp_path / "leads.jsonl").read_text("utf-8"))
    return found


def ids(found: dict[str, object]) -> list[str]:
    leads = found["leads"]
    assert isinstance(leads, list)
    return [lead["record_id"] for lead in leads]


def test_one_person_is_listed_once_unless_asked_otherwise(station: Path, tmp_path: Path) -> None:
    grouped = best(station, tmp_path)
    first = grouped["leads"][0]  # type: ignore[index]
    assert first["record_id"] == "M0001"
    assert [other["record_id"] for other in first["others"]] == ["M0002"]
    assert ids(best(station, tmp_path, "--no-grouping"))[:2] == ["M0001", "M0002"]


def test_a_judgement_is_kept_and_hides_until_new_evidence(station: Path, tmp_path: Path) -> None:
    where = ("-w", str(station))
    said = run("decide", "A0001", "R0003", "reject", "--reviewer", "李敏", "--reason", "身高不符", *where)
    assert "left out of lists" in said
    hidden = best(station, tmp_path, "--no-grouping")
    assert "R0003" not in ids(hidden)
    assert [(s["record_id"], s["reviewer"], s["reason"]) for s in hidden["suppressed"]] == [  # type: ignore[attr-defined]
        ("R0003", "李敏", "身高不符")
    ]
    assert "R0003" in ids(best(station, tmp_path, "--no-grouping", "--include-rejected"))
    asked = json.loads(run("why-not", "A0001", "R0003", "--json", *where))
    assert (asked["stage"], asked["suppressed"]["reviewer"]) == ("rejected_pair", "李敏")
    with Workspace.open(station) as workspace:
        subject = workspace.subject("R0003")
        workspace.put([RecordEntry(replace(subject, photos=(), profile=None, pedigree=(), height_cm=171))])
    run("index", *where)
    assert "R0003" in ids(best(station, tmp_path, "--no-grouping"))
    assert "new evidence" in run("decisions", "list", "--case", "R0003", *where)
    run("decide", "A0001", "R0003", "withdraw", "--reviewer", "李敏", *where)


def test_two_reviewers_confirm_and_a_conflict_is_shown(station: Path) -> None:
    where = ("-w", str(station))
    said = [
        run("decide", "A0001", "M0001", judgement, "--reviewer", reviewer, *where)
        for reviewer, judgement in (("李", "confirm"), ("李", "confirm"), ("王", "confirm"), ("赵", "reject"))
    ]
    assert ["second one" in s for s in said] == [True, True, False, False]
    assert "confirmed by two" in said[2]
    assert "disagree" in said[3]
    shown = json.loads(run("decisions", "list", "--state", "conflict", "--json", *where))
    assert [item["reviewer"] for item in shown["standing"]] == ["李", "王", "赵"]


def test_an_unknown_record_is_answered_with_what_is_known(station: Path) -> None:
    where = ("-w", str(station))
    assert "M0001" in run("why-not", "A0001", "M-00011", "--language", "en", *where)
    found = json.loads(run("why-not", "A0001", "Z77", "--json", *where))
    assert (found["stage"], found["record_id"], found["near"]) == ("not_ingested", "Z77", [])
    assert "no record 'Z1'" in run("why-not", "Z1", "M0001", *where, code=3)
    assert "the case itself" in run("why-not", "A0001", "A0001", *where, code=2)


def test_why_not_speaks_both_languages(station: Path) -> None:
    for language, word in (("zh", "log10 LR"), ("en", "rank")):
        assert word in run("why-not", "A0001", "R0001", "--language", language, "-w", str(station))


def test_a_reviewed_workbook_comes_back_once(station: Path, tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "l.xlsx"))
    for number, row in enumerate((("案件", "记录", "处理意见", "备注"), ("A0001", "R0005", "待查", "问家属"))):
        book.worksheets()[0] if number else book.add_worksheet()
        book.worksheets()[0].write_row(number, 0, row)
    book.close()
    arguments = ("decisions", "import", str(tmp_path / "l.xlsx"), "--reviewer", "李", "-w", str(station))
    assert json.loads(run(*arguments, "--json"))["stored"] == 1
    assert "0 stored + 1 known" in run(*arguments)


def test_nothing_is_learned_without_outcomes(station: Path, tmp_path: Path) -> None:
    page = tmp_path / "c.html"
    found = json.loads(run("calibrate", "-w", str(station), "--report", str(page), "--json"))
    assert found["strata"] == []
    assert "还没有已核实的案件" in page.read_text("utf-8")
    assert "还没有已核实的案件" in run("calibrate", "-w", str(station), "--dry-run")


def test_each_stratum_says_how_many_cases_it_needs(station: Path, tmp_path: Path) -> None:
    decision = ("A0001", "R0003"), ("--reviewer", "李敏", "-w", str(station))
    run("decide", *decision[0], "reject", *decision[1], "--reason", "身高不符")
    found = json.loads(run("calibrate", "-w", str(station), "--report", str(tmp_path / "c.html"), "--json"))
    (entry,) = found["strata"]
    assert (entry["verdict"], entry["adjustment"], entry["cases"], entry["labels"]) == ("too_few", None, 1, 1)
    assert "<svg" in (tmp_path / "c.html").read_text("utf-8")
    assert "25" in run("calibrate", "-w", str(station), "--dry-run")
    run("decide", *decision[0], "withdraw", *decision[1])
