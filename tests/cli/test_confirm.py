"""`matcher confirm` and `matcher erase` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matcher.cli import cli
from matcher.types import SUBJECT, PedigreeMember, StrProfile, Subject
from matcher.workspace.store import Workspace

CHILD = {"TH01": (60, 93), "FGA": (220, 240), "vWA": (140, 180)}
MOTHER = {"TH01": (60, 70), "FGA": (240, 250), "vWA": (140, 170)}


@pytest.fixture
def station(tmp_path: Path) -> Path:
    mother = PedigreeMember("mother", None, None, "female", StrProfile("L-mother", MOTHER))
    own, father = PedigreeMember(SUBJECT, "father", "mother", "male"), PedigreeMember("father", None, None, "male")
    with Workspace.create(tmp_path / "w", actor="tester") as opened:
        opened.put_subjects([Subject("C1", "intake", profile=StrProfile("L1", CHILD))])
        opened.put_subjects([Subject("M1", "missing", pedigree=(own, father, mother))])
        opened.put_profiles([StrProfile("L2", CHILD)])
    return tmp_path / "w"


def run(station: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--workspace", str(station)])


def test_the_way_of_a_hit(station: Path) -> None:
    assert "possible now: profile" in run(station, "confirm", "start", "C1", "M1", "--by", "李敏").output
    for action in ("profile", "report_hit", "ask_resample"):
        assert run(station, "confirm", "step", "C1", "M1", action, "--by", "李敏").exit_code == 0
    run(station, "confirm", "step", "C1", "M1", "reprofile", "--sample", "L2", "--by", "李敏")
    assert "log10 LR" in run(station, "confirm", "step", "C1", "M1", "recompute", "--by", "李敏").output
    waiting = run(station, "confirm", "step", "C1", "M1", "approve", "--by", "王强").output
    assert "approved by 王强; one more person must" in waiting
    again = run(station, "confirm", "step", "C1", "M1", "approve", "--by", "王强")
    assert again.exit_code != 0
    assert "second person" in str(again.exception)
    done = run(station, "confirm", "step", "C1", "M1", "approve", "--by", "赵岚", "--json").output
    assert json.loads(done)["state"] == "confirmed"
    shown = run(station, "confirm", "show", "C1", "M1").output
    assert shown.splitlines()[0].endswith("closed")
    assert shown.count("approve") == 2
    assert run(station, "confirm", "list", "--overdue").output.strip() == "nothing overdue"
    assert json.loads(run(station, "confirm", "list", "--json").output)["case"] == "C1"


def test_erasing(station: Path) -> None:
    asked = CliRunner().invoke(cli, ["erase", "C1", "-w", str(station)], input="n\n")
    assert asked.exit_code != 0
    assert run(station, "erase", "C1", "--yes", "--json").exit_code == 0
    with Workspace.open(station, read_only=True) as opened:
        assert opened.record_ids() == ["M1"]
    assert "erased the profile" in run(station, "erase", "--sample", "L-mother", "--yes").output
    assert "no profile of sample" in str(run(station, "erase", "--sample", "L9", "--yes").exception)
    assert "either a case or a sample" in str(run(station, "erase").exception)
