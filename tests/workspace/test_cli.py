"""`matcher init` and `matcher ingest` as a user meets them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matcher.cli.ingest import ingest
from matcher.cli.init import init
from matcher.errors import UsageError, WorkspaceError
from matcher.workspace.ingest.columns import meanings
from matcher.workspace.store import Workspace

FORM = "编号,姓名,性别,鞋码,自报姓明\nA1,王江山(音),X,42,王山\nA2,无名氏,女,,\n"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(ingest, list(arguments))
    if code == 0 and result.exception:
        raise result.exception
    return result


@pytest.fixture
def station(tmp_path: Path) -> Path:
    path = tmp_path / "station"
    result = CliRunner().invoke(init, [str(path)])
    assert result.exit_code == 0
    assert "matcher ingest" in result.output
    return path


def test_init_speaks_json_and_refuses_to_overwrite(tmp_path: Path) -> None:
    result = CliRunner().invoke(init, [str(tmp_path / "a"), "--json"])
    found = json.loads(result.output)
    with Workspace.open(tmp_path / "a", read_only=True) as workspace:
        assert found["store_id"] == workspace.store_id
        assert [entry.action for entry in workspace.audit_entries()] == ["create"]
    again = CliRunner().invoke(init, [str(tmp_path / "a")])
    assert isinstance(again.exception, WorkspaceError)


def test_the_summary_says_what_became_of_every_row(station: Path, tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text(FORM, "gbk")
    result = run(str(form), "--kind", "intake", "-w", str(station))
    assert "form.csv (gbk): 2 rows read = 2 stored (0 updated) + 0 rejected + 0 duplicate" in result.stdout
    assert "1 values left out of stored rows" in result.stdout
    assert "1 names say that the name is not known" in result.stdout
    assert "kept as notes: 鞋码, 自报姓明" in result.stdout
    assert "'自报姓明' is kept as a note; did you mean '自报姓名'?" in result.stdout
    assert "form.csv:2 性别: 'X' bad_sex -> " in result.stderr
    assert str(station / "rejects.csv") in result.stdout


def test_many_rejects_of_one_reason_are_shortened(station: Path, tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text("编号,性别\n" + "".join(f"A{n},X\n" for n in range(30)), "utf-8")
    shown = run(str(form), "--kind", "intake", "-w", str(station)).stderr.splitlines()
    assert len(shown) == 6
    assert shown[-1].strip() == "... and 25 more with bad_sex"


def test_json_adds_up(station: Path, tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text(FORM, "utf-8")
    arguments = (str(form), "--kind", "intake", "-w", str(station), "--json")
    rehearsed = json.loads(run(*arguments, "--dry-run").stdout)
    stored = json.loads(run(*arguments).stdout)
    assert rehearsed == stored | {"dry_run": True}
    [file] = stored["files"]
    assert file["read"] == file["stored"] + file["rejected"] + file["duplicate"] == 2
    assert file["rejects"][0]["column"] == "性别"
    assert stored["errors"] == []


def test_explain_columns_shows_every_header(station: Path) -> None:
    shown = run("--explain-columns").stdout
    assert all(header in shown for meaning in meanings() for header in meaning.headers)
    assert [item["target"] for item in json.loads(run("--explain-columns", "--json").stdout)] == [
        meaning.target for meaning in meanings()
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("{form}", "--kind", "intake"), UsageError, "no workspace named"),
        (("-w", "{station}"), UsageError, "nothing to read"),
        (("{form}", "-w", "{station}"), UsageError, "what kind of records"),
        (("{form}", "--kind", "intake", "-w", "nowhere"), WorkspaceError, "matcher init nowhere"),
    ],
)
def test_mistakes_are_named(
    station: Path, tmp_path: Path, arguments: tuple[str, ...], error: type[Exception], words: str
) -> None:
    form = tmp_path / "form.csv"
    form.write_text(FORM, "utf-8")
    result = run(*(a.format(form=form, station=station) for a in arguments), code=1)
    assert isinstance(result.exception, error)
    assert words in str(result.exception)


def test_photos_and_profiles_come_through_the_real_channels(station: Path, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "photos").mkdir()
    (tmp_path / "form.csv").write_text("编号,DNA编号\nA1,S1\n", "utf-8")
    (tmp_path / "str.csv").write_text("样本编号,基因座,等位基因1,等位基因2\nS1,vWA,16,17\n", "gbk")
    Image.new("RGB", (64, 64), (200, 10, 10)).save(tmp_path / "photos" / "A1.jpg")
    whole = (tmp_path / "photos" / "A1.jpg").read_bytes()
    (tmp_path / "photos" / "A1_2.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "photos" / "A1_3.png").write_text("no image")
    result = run(
        str(tmp_path / "form.csv"), "--kind", "intake", "--photos", str(tmp_path / "photos"),
        "--str", str(tmp_path / "str.csv"), "-w", str(station), "--json",
    )  # fmt: skip
    files = {file["role"]: file for file in json.loads(result.stdout)["files"]}
    assert files["str"]["stored"] == 1
    assert (files["photos"]["stored"], files["photos"]["rejected"]) == (1, 2)
    assert {r["value"]: r["reason"] for r in files["photos"]["rejects"]} == {
        "A1_2.jpg": "truncated_photo",
        "A1_3.png": "not_an_image",
    }
    with Workspace.open(station, read_only=True) as workspace:
        profile = workspace.subject("A1").profile
        assert profile is not None
        assert profile.genotypes == {"vWA": (160, 170)}


def test_a_form_loads_no_heavy_library(station: Path, tmp_path: Path) -> None:
    (tmp_path / "form.csv").write_text(FORM, "utf-8")
    code = (
        "import sys\nfrom matcher.cli import cli\n"
        f"cli.main(['ingest', {str(tmp_path / 'form.csv')!r}, '--kind', 'intake', '-w', {str(station)!r}], "
        "standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyarrow", "cv2", "onnxruntime", "faiss", "numba", "pypinyin"} & set(done.stderr.split())


@pytest.mark.slow
def test_killed_while_ingesting_and_repeated(station: Path, tmp_path: Path) -> None:
    """The real command, killed at three moments; a repetition completes the workspace as if nothing had happened."""
    rows = "".join(f"R{n:05d},王江山,男,约{n % 70 + 5},2020-05-01,金堂县\n" for n in range(3000))
    form = tmp_path / "big.csv"
    form.write_text("编号,姓名,性别,目测年龄,入站日期,老家\n" + rows, "gb18030")
    command = [sys.executable, "-m", "matcher", "ingest", str(form), "--kind", "rescue", "-w", str(station)]
    partial = 0
    for rows_before_kill in (1, 1000, 2000):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with Workspace.open(station, read_only=True) as watcher:
                while watcher.counts()["record"] < rows_before_kill and process.poll() is None:
                    time.sleep(0.002)
            process.kill()
        with Workspace.open(station) as workspace:
            counts = workspace.counts()
            partial += 0 < counts["record"] < 3000
            assert counts["record"] == counts["told_name"] == counts["told_place"]
            assert counts["record"] % 500 == 0, "whole batches only"
            assert workspace.verify_audit().problem is None
            assert len(workspace.evidence()) == counts["record"]
    assert partial >= 2, "the kills must come in the middle for the test to mean something"
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    [file] = json.loads(done.stdout)["files"]
    assert file["stored"] + file["duplicate"] == 3000
    with Workspace.open(station, read_only=True) as workspace, Workspace.create(tmp_path / "fresh") as fresh:
        again = subprocess.run(
            [*command[:-1], str(fresh.path)], capture_output=True, text=True, check=True, env=os.environ | {"LANG": "C"}
        )
        assert "3000 stored" in again.stdout
        ids = workspace.record_ids()
        assert workspace.subjects(ids) == fresh.subjects(ids)
