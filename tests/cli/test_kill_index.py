"""A real `matcher index` killed in the middle of its work: the next run goes on, as if nothing had happened."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.slow

CASES = 24
COMMAND = (sys.executable, "-m", "matcher")


def run(*arguments: str) -> str:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with photographs that no recogniser has seen."""
    photos = tmp_path / "photos"
    photos.mkdir()
    source = Path(str(importlib.metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")))
    with Image.open(source) as image:
        for number in range(CASES):
            image.convert("RGB").resize((300 + 5 * number, 300 + 5 * number)).save(photos / f"A{number:03d}.jpg")
    form = tmp_path / "intakes.csv"
    form.write_text("编号,姓名\n" + "".join(f"A{number:03d},王山江\n" for number in range(CASES)), "utf-8")
    run("init", str(tmp_path / "ws"))
    run("ingest", str(form), "--kind", "intake", "--photos", str(photos), "-w", str(tmp_path / "ws"))
    return tmp_path / "ws"


@pytest.mark.parametrize("targets", [(1, 8, 16)])
def test_a_killed_index_run_goes_on_where_it_stopped(workspace: Path, targets: tuple[int, ...]) -> None:
    portraits = workspace / "indexes" / "portraits"
    for target in targets:
        shutil.rmtree(portraits, ignore_errors=True)
        process = subprocess.Popen(
            [*COMMAND, "index", "-w", str(workspace), "--threads", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while process.poll() is None and len(list(portraits.glob("*.jpg"))) < target:
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "the run must not end before it is killed"
    report = json.loads(run("index", "-w", str(workspace), "--json"))
    assert report["records"] == CASES
    assert report["photos_unusable"] == []
    assert json.loads(run("index", "-w", str(workspace), "--json"))["unchanged"]
    assert len(list((workspace / "indexes").glob("g*"))) == 1
    assert len(list(portraits.glob("*.jpg"))) == CASES
    leads = json.loads(run("explain", "A000", "A001", "-w", str(workspace), "--json"))
    assert next(c for c in leads["channels"] if c["channel"] == "face")["log10_lr"] > 2


def test_deleted_portraits_are_cut_again(workspace: Path) -> None:
    run("index", "-w", str(workspace))
    shutil.rmtree(workspace / "indexes" / "portraits")
    run("index", "-w", str(workspace))
    assert len(list((workspace / "indexes" / "portraits").glob("*.jpg"))) == CASES
