"""The DNA bench: rows with bounds, and simulated families that follow the laws their tables are held to."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from bench.dna import command
from bench.dna_calibration import RELATIONS, World, simulated_ratios
from bench.dna_rows import Row
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.typing_errors import TypingErrors


def test_bounds_decide_and_figures_without_one_pass() -> None:
    assert Row("t", "f", 3.0, "ms").passed
    assert Row("t", "f", 3.0, "ms", at_most=3.0).passed
    assert not Row("t", "f", 3.1, "ms", at_most=3.0).passed
    assert not Row("t", "f", 2.0, "M/s", at_least=3.0).passed
    assert not Row("t", "f", float("nan"), "", at_most=1.0).passed
    assert "FAIL" in Row("t", "f", 2.0, "M/s", at_least=3.0).text()


@pytest.mark.parametrize("relation", RELATIONS)
def test_related_cases_are_supported_and_strangers_are_not(relation: str) -> None:
    options = KinshipOptions(errors=TypingErrors(1e-3, 1e-2))
    genuine, impostor = simulated_ratios(relation, 500, options, swap=0.0)
    assert np.isfinite(genuine).all()
    assert np.isfinite(impostor).all()
    assert genuine.mean() > 0.5 > 0 > impostor.mean()
    # Turing: the mean LR of strangers is 1; a heavy tail keeps the sample mean of few below it.
    assert (10.0**impostor).mean() < 50


def test_the_subject_stands_first_and_relatives_are_typed() -> None:
    world = World.of("two siblings", KinshipOptions())
    assert len(world.typed) == 2
    assert 0 not in world.typed
    assert len({world.pedigree.fathers[person] for person in (0, *world.typed)}) == 1


def test_the_gate_speaks_json_and_an_exit_code() -> None:
    done = CliRunner().invoke(command, ["--only", "reference", "--json", "--gate"], standalone_mode=False)
    assert done.return_value == 0
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert {row["task"] for row in rows} == {"reference", "peers"}
    assert all(row["passed"] for row in rows if row["task"] == "reference")
    assert all(row["source"] for row in rows if row["task"] == "peers")
