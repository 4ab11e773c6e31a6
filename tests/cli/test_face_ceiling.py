"""`matcher face calibrate` on a workspace: how strong a face may be as evidence, from the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from matcher.cli import cli
from matcher.errors import UsageError
from matcher.face.calibration import curves_text, default_curves, read_curves
from matcher.face.gallery import reported_faces
from matcher.subjects import evidence_of
from matcher.types import DayInterval, FacePhoto, RecordKind, Subject, ToldName
from matcher.workspace.store import Workspace

BASE = default_curves()
YEAR = 365
PERSONS = 700


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["face", "calibrate", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def ceiling_only(station: Path, *arguments: str) -> str:
    return run("-w", str(station), "--ceiling-only", *arguments)


def report(record_id: str, vector: np.ndarray, born: int, kind: RecordKind = "missing") -> Subject:
    photo = FacePhoto(f"p{record_id}", BASE.model_id, vector, 0.9, None, "adult")
    names = (ToldName("老三", "nickname"), ToldName("欧李王张"[int(record_id[1:]) % 4] + "国强", "registered"))
    birth = DayInterval(born, born + YEAR)
    return Subject(record_id, kind, sex="male", birth=birth, names=names, photos=(photo,))


def directions(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, BASE.dim)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Reports of people born in the forties and in the seventies, none of them alike."""
    vectors = directions(2 * PERSONS, seed=4)
    born = [-30 * YEAR, 5 * YEAR]
    with Workspace.create(tmp_path / "ws") as workspace:
        workspace.put_subjects([report(f"M{row:04d}", vector, born[row % 2]) for row, vector in enumerate(vectors)])
    return tmp_path / "ws"


def test_the_ceiling_is_measured_and_nothing_else_changes(station: Path) -> None:
    shown = ceiling_only(station)
    assert f"{PERSONS**2:,} pairs of {2 * PERSONS:,} faces of missing-person reports" in shown
    assert "one age: 245,000 pairs born within 5 years, of other surnames" in shown
    assert "ceiling: 10^4 -> 10^4.5" in shown
    assert "not higher: 0 of 490,000 pairs would reach an LR of 10^4.22; 10 times their upper limit is 6.1e-05" in shown
    found = read_curves(station / "face-curves.json")
    assert (found.ceiling, found.pairs, found.centring) == (4.5, BASE.pairs, None)
    assert found.support is not None
    assert (found.support.pairs, found.support.faces) == (PERSONS**2, 2 * PERSONS)


def test_json_names_what_the_ceiling_rests_on(station: Path) -> None:
    found = json.loads(ceiling_only(station, "--json"))
    assert found["output"] == str(station / "face-curves.json")
    assert found["ceiling_log10_lr"] == 4.5
    support = found["ceiling_support"]
    assert (support["base_log10_lr"], support["factor"], support["pairs_of_strangers"]) == (4.0, 10.0, PERSONS**2)
    assert [row["log10_lr"] for row in support["reached"]] == [2.0, 3.0, 4.0, 4.2]


def test_measuring_again_begins_at_the_base(station: Path) -> None:
    ceiling_only(station)
    first = (station / "face-curves.json").read_bytes()
    ceiling_only(station)
    assert (station / "face-curves.json").read_bytes() == first


def test_what_was_learned_with_another_ceiling_is_pointed_at(station: Path) -> None:
    (station / "adjustment.json").write_text("{}", "utf-8")
    assert "adjustment.json was learned with the curves before -> learn again" in ceiling_only(station)
    assert "adjustment.json" not in ceiling_only(station), "nothing changed the second time"


def test_few_reports_change_nothing_and_write_nothing(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as workspace:
        workspace.put_subjects(
            [report("M1", directions(1, 1)[0], 0), report("R1", directions(1, 2)[0], 9000, "rescue")]
        )
    shown = ceiling_only(tmp_path / "ws")
    assert "0 pairs of 1 faces" in shown
    assert "ceiling: stays 10^4" in shown
    assert "no report with a photo, sex and a birth that was not guessed was born so far from another one" in shown
    assert "nothing was written" in shown
    assert not (tmp_path / "ws" / "face-curves.json").exists()
    explicit = tmp_path / "mine.json"
    ceiling_only(tmp_path / "ws", "--output", str(explicit))
    assert read_curves(explicit).ceiling == BASE.ceiling


def test_strangers_that_contradict_the_curves_are_told_loudly(station: Path) -> None:
    alike = np.tile(directions(1, 3), (30, 1))
    with Workspace.open(station) as workspace:
        workspace.put_subjects([report(f"X{row}", vector, (row % 2) * 9000) for row, vector in enumerate(alike)])
    shown = ceiling_only(station)
    assert "WARNING: strangers of this gallery reach an LR of" in shown
    assert "fit curves with `matcher face calibrate`" in shown
    assert "ceiling: stays 10^4" in shown


def test_fitting_measures_the_ceiling_with_the_fitted_curves(station: Path) -> None:
    found = json.loads(run("-w", str(station), "--json"))
    assert found["ceiling_support"]["pairs_of_strangers"] == PERSONS**2
    assert found["ceiling_log10_lr"] >= 4.0
    fitted = read_curves(station / "face-curves.json")
    assert fitted.centring is not None
    assert fitted.support is not None
    kept = json.loads(ceiling_only(station, "--json"))
    assert kept["ceiling_support"] == found["ceiling_support"]
    assert read_curves(station / "face-curves.json").pairs == fitted.pairs


@pytest.mark.parametrize("more", [["photos"], ["--ages", "ages.csv"], ["--no-centre"], ["--centre"]])
def test_ceiling_only_takes_nothing_that_is_for_fitting(station: Path, more: list[str]) -> None:
    arguments = ["face", "calibrate", "-w", str(station), "--ceiling-only", *more]
    refused = CliRunner().invoke(cli, arguments)
    assert isinstance(refused.exception, UsageError)
    alone = CliRunner().invoke(cli, ["face", "calibrate", "--ceiling-only", str(station)])
    assert "give --workspace" in str(alone.exception)


def test_only_reports_that_tell_sex_and_birth_take_part() -> None:
    vectors = directions(7, seed=8)
    whole = [report(f"M{row}", vector, 0) for row, vector in enumerate(vectors)]
    records = [
        whole[0],
        Subject("M1", "missing", birth=whole[1].birth, photos=whole[1].photos),
        Subject("M2", "missing", sex="male", photos=whole[2].photos),
        Subject("M3", "missing", sex="male", birth=whole[3].birth, birth_estimated=True, photos=whole[3].photos),
        report("M4", vectors[4], 0, "intake"),
        Subject("M5", "missing", sex="female", birth=DayInterval(3, 9), photos=whole[5].photos),
        whole[6],
    ]
    found = reported_faces(evidence_of(records), [("R9", "M6"), ("M0", "R9")], BASE)
    np.testing.assert_array_equal(found.vectors, vectors[[0, 5]])
    assert found.male.tolist() == [True, False]
    assert found.born.tolist() == [[0, YEAR], [3, 9]]
    assert found.surname.tolist() == ["欧", ""]


def test_an_installation_wide_curve_file_is_the_base_of_a_workspace(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    lower = dataclasses.replace(BASE, ceiling=3.0, source="of this installation")
    (tmp_path / "home" / "face-curves.json").write_text(curves_text(lower), "utf-8")
    monkeypatch.setenv("MATCHER_HOME", str(tmp_path / "home"))
    ceiling_only(station)
    found = read_curves(station / "face-curves.json")
    assert (found.ceiling, found.source) == (4.5, "of this installation")
    assert found.support is not None
    assert found.support.base == 3.0
