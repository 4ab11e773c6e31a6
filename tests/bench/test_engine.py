"""The engine's bench runs end to end, and its world is what it says."""

from __future__ import annotations

import os

import numpy as np
import pytest
from click.testing import CliRunner

from bench import machine
from bench.engine import command
from bench.engine_world import DNA_SHARE, LOCI, probes, vocabularies, world
from matcher.engine.columns import DenseColumn, ManyColumn
from matcher.engine.exact import exact_totals
from matcher.engine.vectors import PackedVectors


def test_every_stage_is_measured() -> None:
    done = CliRunner().invoke(command, ["--records", "2000", "--batch", "70", "--singles", "3", "--threads", "1"])
    assert done.exit_code == 0, done.output
    for stage in (
        "index, bytes a record",
        "open a generation",
        "one probe, all channels, p50",
        "batch, 1,000 probes",
        "lists equal to scoring everybody in float64       4 of 4",
        "product: int8",
        "peer: FAISS",
        "peak resident set",
    ):
        assert " ".join(stage.split()) in " ".join(done.output.split())


def test_the_world_has_the_stated_shape() -> None:
    drawn = world(4000, length=16)
    codes = drawn.gallery.codes
    assert len(codes["dna"]) == LOCI
    typed = np.mean(codes["dna"]["L00"].codes > 0)
    assert typed == pytest.approx(DNA_SHARE, abs=0.02)
    names = codes["name"]["name"]
    assert isinstance(names, ManyColumn)
    assert np.diff(names.offsets).mean() == pytest.approx(1.1, abs=0.1)
    photos = codes["face"]["photo"]
    assert isinstance(photos, DenseColumn)
    assert isinstance(photos.vectors, PackedVectors)
    words = vocabularies(drawn)["name"]["name"].values
    assert len(set(words)) == len(words) == drawn.vocabularies["name"]


def test_a_mate_with_all_evidence_stands_out() -> None:
    drawn = world(4000)
    best = [float(exact_totals(p.plans, drawn.gallery, np.arange(4000)).max()) for p in probes(drawn, 20)]
    assert np.median(best) > 4.0


def test_blas_is_started_at_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execve", lambda _path, _arguments, environment: started.append(environment))
    monkeypatch.setattr(machine, "best_coretype", lambda: "SkylakeX")
    monkeypatch.setenv(machine.CORETYPE, "Haswell")
    machine.with_best_blas(["engine"])
    assert started[0][machine.CORETYPE] == "SkylakeX"
    monkeypatch.setattr(os, "environ", started[0])
    machine.with_best_blas(["engine"])
    assert len(started) == 1


def test_times_are_ordered() -> None:
    times = machine.measured(lambda: sum(range(1000)), runs=5)
    assert times.best <= times.median <= times.quantile(0.99)
