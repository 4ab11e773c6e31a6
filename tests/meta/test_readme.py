"""The README is a story that runs: its shell and Python blocks, in order, in one empty directory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(language: str, code: str, directory: Path) -> str:
    binaries = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    command = (
        ["bash", "-euo", "pipefail", "-c", code] if language == "bash" else [sys.executable, "-W", "error", "-c", code]
    )
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_readme_runs(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    assert {language for language, _ in blocks} == {"bash", "python"}
    printed = [run(language, code, tmp_path) for language, code in blocks]
    assert (tmp_path / "leads.html").stat().st_size > 10_000
    assert (tmp_path / "leads.xlsx").is_file()
    story = printed[0]
    assert "A0012: best M2001" in story
    assert any("M2001" in text for text in printed[1:])


def test_the_chinese_guide_uses_existing_commands_and_options() -> None:
    import click

    from matcher.cli import COMMANDS, cli

    guide = (ROOT / "README.zh-CN.md").read_text("utf-8")
    lines = [line.strip() for line in guide.splitlines() if line.strip().startswith("matcher ")]
    assert len(lines) >= 8
    for line in lines:
        words = line.split("#")[0].split()
        command: click.Command | None = cli.get_command(click.Context(cli), words[1]) if words[1] in COMMANDS else None
        assert command is not None, line
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words[2])
            assert command is not None, line
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
