"""`matcher synth` from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "datasets-synthetic" / "recipes" / "micro.toml"


def synth(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "matcher", "synth", *arguments], capture_output=True, text=True, check=False
    )


def test_synth_makes_a_world_and_says_so_in_json(tmp_path: Path) -> None:
    done = synth("--recipe", str(RECIPE), "--seed", "3", "--output", str(tmp_path / "w"), "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["intakes"] == 12
    assert printed["seed"] == 3
    assert (tmp_path / "w" / "MANIFEST.json").is_file()
    again = synth("--recipe", str(RECIPE), "--seed", "3", "--output", str(tmp_path / "w"))
    assert again.returncode == 2
    assert "is not empty" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--recipe", "nowhere.toml", "--seed", "1", "--output", "x"), 3, "nowhere.toml: cannot be read"),
        (("--recipe", str(RECIPE), "--seed", "-1", "--output", "x"), 2, "seed"),
        (("--recipe", str(RECIPE), "--output", "x"), 2, "--seed"),
    ],
)
def test_mistakes_get_one_line_and_an_exit_code(arguments: tuple[str, ...], code: int, message: str) -> None:
    done = synth(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
