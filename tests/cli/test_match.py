"""Lists are gathered and written without searches for garbage, and only they are."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.cli import match as command
from matcher.report import workbook
from matcher.report.batch import ReportBatch
from matcher.types import CandidateList
from matcher.workspace.store import Workspace


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_searched_for_again_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, enabled: bool
) -> None:
    searched: list[bool] = []

    def lists(*_: object) -> Iterator[CandidateList]:
        searched.append(gc.isenabled())
        yield from ()

    def write(_path: Path, _batch: ReportBatch) -> None:
        searched.append(gc.isenabled())

    Workspace.create(tmp_path / "ws").close()
    monkeypatch.setattr(command, "_lists", lists)
    monkeypatch.setattr(workbook, "write_workbook", write)
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        ran = CliRunner().invoke(command.match, ["-w", str(tmp_path / "ws"), "-o", str(tmp_path / "leads")])
        assert ran.exit_code == 0, ran.output
        assert searched == [False, False]
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()
