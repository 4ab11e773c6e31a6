"""Gates fail only where the interval leaves no doubt, and an absent figure fails."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import bench
from bench import comparisons, plots, tables
from bench.figures import lines
from bench.gates import Gate, Verdict, judge, read_gates, text
from bench.lines import Line
from bench.metrics import Interval
from bench.tasks import RawResults
from matcher.errors import InputError

LINE = Line("leads", "fresh", "all", "best channel (face)", {"hit@1": Interval(0.5, 0.4, 0.6, 100)})


def _gate(at_least: float | None = None, at_most: float | None = None, **other: str) -> Gate:
    named = {
        "suite": "s",
        "task": "leads",
        "stratum": "fresh",
        "subset": "all",
        "method": "best channel",
        "figure": "hit@1",
    }
    return Gate(**(named | other), at_least=at_least, at_most=at_most, why="a test")


@pytest.mark.parametrize(
    ("gate", "passed"),
    [
        (_gate(at_least=0.55), True),  # the interval still reaches it
        (_gate(at_least=0.61), False),
        (_gate(at_most=0.41), True),
        (_gate(at_most=0.39), False),
        (_gate(at_least=0.0, figure="hit@7"), False),  # absent
        (_gate(at_least=0.0, stratum="long_stayer"), False),
    ],
)
def test_a_gate_fails_beyond_the_interval(gate: Gate, passed: bool) -> None:
    (verdict,) = judge([LINE], [gate], suite="s")
    assert verdict.passed is passed
    assert ("pass" if passed else "FAIL") in text([verdict])


def test_a_figure_that_is_not_a_number_fails() -> None:
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    assert not Verdict(_gate(at_least=0.0), nothing).passed


def test_gates_of_other_suites_are_left_alone() -> None:
    assert judge([LINE], [_gate(at_least=1.0, suite="m")], suite="s") == []


def test_the_gates_of_the_repository_can_be_read_and_name_real_figures(results: RawResults) -> None:
    known = {
        (line.task, name) for line in [*lines(results), *comparisons.comparisons(results)] for name in line.figures
    }
    for gate in read_gates(Path(bench.__file__).with_name("gates.toml")):
        assert (gate.task, gate.figure) in known, gate
        assert gate.why


def test_a_gate_without_a_bound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text('[[gate]]\nsuite = "s"\ntask = "leads"\n', "utf-8")
    with pytest.raises(InputError, match=r"gate 1 has the keys.*at_least, at_most"):
        read_gates(path)


def test_differences_are_paired(results: RawResults) -> None:
    found = {line.method: line.figures for line in comparisons.comparisons(results) if line.stratum == "fresh"}
    # Fused finds a, b at rank 1 (c at 12); the face b at 1 and a at 2.
    assert found["face"]["hit@1"].value == pytest.approx(2 / 3 - 1 / 3)
    assert found["face"]["hit@10"].value == pytest.approx(0.0)
    assert "best channel (face)" in found
    assert found["face"]["hit@1"].low <= found["face"]["hit@1"].value <= found["face"]["hit@1"].high


def test_changes_show_figures_that_left_their_interval(results: RawResults) -> None:
    computed = list(lines(results))
    assert tables.changes(computed, computed, markdown=False) == "no figure left its former interval"
    other = [Line("leads", "fresh", "all", "fused", {"mrr": Interval(0.1, 0.1, 0.1, 3)})]
    assert "mrr" in tables.changes(computed, other, markdown=False)


def test_reliability_diagrams_are_svg_without_script(results: RawResults) -> None:
    drawn = dict(plots.reliability_diagrams(results))
    assert set(drawn) == {"fresh", "long_stayer"}
    assert drawn["fresh"].startswith("<svg")
    assert drawn["fresh"].count("<circle") == 3
    assert "script" not in drawn["fresh"]
