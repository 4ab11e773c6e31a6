"""Lists of many cases are gathered without searches for garbage, and only while they are gathered."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.cli.match import _lists
from matcher.leads import parallel
from matcher.leads.parallel import Question


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_searched_for_again_afterwards(monkeypatch: pytest.MonkeyPatch, enabled: bool) -> None:
    def lists(_workspace: Path, probes: list[str], _question: Question, *, processes: int) -> Iterator[bool]:
        assert processes == 2
        yield from (gc.isenabled() for _ in probes)

    monkeypatch.setattr(parallel, "lists_in_parallel", lists)
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        assert list(_lists(Path("ws"), [str(n) for n in range(100)], Question(), 2)) == [False] * 100
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()
