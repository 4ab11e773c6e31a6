"""The benchmark's one path: recipe and seed -> world -> workspace through the public commands -> raw results.

The product is driven as a user drives it (`matcher synth`, `init`, `ingest`, `index`) and read through its library. The
truth is joined afterwards. Raw results are kept, so that figures can be computed again without running anything.
"""

from __future__ import annotations

import contextlib
import json
import platform
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.peer_fields import fields_of
from bench.peers import peer_scores
from bench.scoring import ProbeScores, placement, score_probes
from bench.truth import ProbeTruth, Truth, read_truth
from matcher import __version__
from matcher.cli import cli
from matcher.leads.matcher import Matcher
from matcher.types import CandidateList

TOP = 50
TEXT_CHANNELS = frozenset({"name", "place", "demographics"})
"""What a spreadsheet holds, and all that Splink can see."""
RANDOM_OTHERS = 40
"""Other persons' records sampled per probe for calibration on random pairs."""

HARD_OTHERS = 20
"""Highest-scoring other persons' records kept per probe for calibration on hard pairs."""


@dataclass(frozen=True, slots=True)
class Built:
    """A world with its workspace, and what building it cost.

    Parameters
    ----------
    world, workspace : Path
        Directories.
    cpu_seconds : mapping
        Process time by step.
    """

    world: Path
    workspace: Path
    cpu_seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RawResults:
    """Everything a run leaves behind.

    Parameters
    ----------
    run : mapping
        Recipe, seed, versions, machine, seconds: JSON values.
    probes, placements, pairs : pyarrow.Table
        One row per probe; per probe and method; per sampled pair and method.
    """

    run: Mapping[str, object]
    probes: pa.Table
    placements: pa.Table
    pairs: pa.Table


def build(recipe: Path, seed: int, directory: Path) -> Built:
    """Make a world and its workspace with the public commands."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    world, workspace = directory / "world", directory / "workspace"
    seconds: dict[str, float] = {}
    _timed(seconds, "synth", "synth", "--recipe", str(recipe), "--seed", str(seed), "--output", str(world))
    _timed(seconds, "init", "init", str(workspace))
    for kind in ("intake", "rescue", "missing"):
        forms = sorted(str(form) for form in (world / "stations").glob(f"{kind}-*"))
        if forms:
            _timed(seconds, "ingest", "ingest", *forms, "--kind", kind, "--workspace", str(workspace))
    tables = ["--str", str(world / "profiles.csv"), "--embeddings", str(world / "embeddings.parquet")]
    if (world / "photos").is_dir():
        tables += ["--photos", str(world / "photos")]
    _timed(seconds, "ingest", "ingest", *tables, "--workspace", str(workspace))
    _timed(seconds, "index", "index", "--workspace", str(workspace))
    return Built(world, workspace, seconds)


def _timed(seconds: dict[str, float], step: str, *arguments: str) -> None:
    started = time.process_time()
    with contextlib.redirect_stdout(sys.stderr):  # standard output is for the figures
        cli.main(list(arguments), prog_name="matcher", standalone_mode=False)
    seconds[step] = seconds.get(step, 0.0) + time.process_time() - started


def measure(built: Built, *, recipe: Path, seed: int) -> RawResults:
    """Match every intake of a workspace, let the peers do the same, and join the truth."""
    truth = read_truth(built.world)
    with Matcher.open(built.workspace) as matcher:
        known = [probe for probe in matcher.cases("intake") if probe in truth.probes]
        started = time.process_time()
        scores = score_probes(matcher, known, top=TOP)
        seconds = dict(built.cpu_seconds) | {"score": time.process_time() - started}
        peers = peer_scores(fields_of(matcher.workspace.evidence()), known, seconds)
        gallery, fusion = matcher.prepared.gallery, matcher.prepared.fusion.name
    ids = np.array([str(record_id) for record_id in gallery.record_ids])
    rng = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, object]]] = {"probes": [], "placements": [], "pairs": []}
    for probe in known:
        view = _view(truth.probes[probe], ids, truth)
        rows["probes"].append(_probe_row(truth.probes[probe], scores[probe], truth))
        shown = scores[probe].shown(gallery)
        for method, values in _methods(scores[probe], len(ids)):
            row = _placement_row(probe, method, values, view)
            if method == "fused":
                row["rank"] = placement(shown, view.mates, view.others).rank
            rows["placements"].append(row)
            rows["pairs"] += _pair_rows(rng, probe, method, values, view)
        rows["placements"] += [_peer_row(probe, peer, of[probe], view) for peer, of in peers.items()]
    run = {
        "recipe": recipe.name, "seed": seed, "version": __version__, "numpy": np.__version__, "top": TOP,
        "fusion": fusion, "python": platform.python_version(), "machine": platform.machine(), "cpu_seconds": seconds,
        "gallery_records": len(ids), "probes": len(known),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "world": json.loads((built.world / "MANIFEST.json").read_text("utf-8"))["sha256"],
    }  # fmt: skip
    tables = {name: pa.Table.from_pylist(content) for name, content in rows.items()}
    return RawResults(run, tables["probes"], tables["placements"], tables["pairs"])


@dataclass(frozen=True, slots=True)
class _View:
    """Records as seen from one probe: its person's, others', others who are not close kin either."""

    mates: NDArray[np.bool_]
    others: NDArray[np.bool_]
    strangers: NDArray[np.bool_]


def _view(probe: ProbeTruth, ids: NDArray[np.str_], truth: Truth) -> _View:
    mates = np.isin(ids, sorted(probe.mates))
    own = np.array([truth.owners.get(str(record_id)) == probe.person for record_id in ids])
    kin = np.isin(ids, sorted(probe.kin))
    return _View(mates, ~own, ~own & ~kin)


def _methods(scores: ProbeScores, count: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield "fused", scores.fused(count)
    yield "product", scores.product(count)
    told = [values for name, values in scores.channels.items() if name in TEXT_CHANNELS]
    if told:
        yield "text", np.sum(told, axis=0, dtype=np.float32)
    yield from scores.channels.items()


def _probe_row(probe: ProbeTruth, scores: ProbeScores, truth: Truth) -> dict[str, object]:
    listed = scores.candidates.leads
    first = listed[0] if listed else None
    described = {name: value for name, value in asdict(probe).items() if name not in {"mates", "kin"}}
    return described | {
        "hard_sets": list(probe.hard_sets), "causes": list(probe.causes), "mated": probe.mated,
        "solvable": probe.solvable, "mates": len(probe.mates), "nobody": scores.candidates.nobody,
        "top_posterior": min(first.person_posterior, 1.0) if first else 0.0,
        "top_is_mate": bool(first and first.record_id in probe.mates),
        "top_is_kin": bool(first and first.record_id in probe.kin),
        "person_posterior": sum(lead.person_posterior for lead in listed if _same(first, lead, truth)),
        "expected_wrong": scores.candidates.expected_wrong,
        "actual_wrong": sum(lead.record_id not in probe.mates for lead in listed),
        "cpu_seconds": scores.cpu_seconds, **_hypotheses(probe, scores.candidates),
    }  # fmt: skip


def _hypotheses(probe: ProbeTruth, candidates: CandidateList) -> dict[str, object]:
    """Say what the product made of the case's stay, of kin among the leads, and whether it raised an alert."""
    mates = [lead.likeliest for lead in candidates.leads if lead.record_id in probe.mates]
    kin = [lead.likeliest for lead in candidates.leads if lead.record_id in probe.kin - probe.mates]
    alerts = candidates.alerts
    return {
        "stratum_found": candidates.stratum, "kin_posterior": candidates.kin,
        "mates_listed": len(mates), "mates_called_kin": sum(name not in {None, "self"} for name in mates),
        "kin_listed": len(kin), "kin_called_kin": sum(name not in {None, "self"} for name in kin),
        "alerted": bool(alerts), "alert_is_mate": bool(alerts and alerts[0].record_id in probe.mates),
    }  # fmt: skip


def _same(first: object, lead: object, truth: Truth) -> bool:
    one, other = getattr(first, "record_id", None), getattr(lead, "record_id", None)
    return truth.owners.get(str(one)) == truth.owners.get(str(other))


def _placement_row(probe: str, method: str, values: NDArray[np.float32], view: _View) -> dict[str, object]:
    place = placement(values, view.mates, view.others)
    strangers = values[view.strangers].astype(np.float64)
    return {
        "probe_id": probe, "method": method, "rank": place.rank, "mate_value": place.mate_value,
        "best_other": place.best_other, "mean_lr_strangers": float(np.mean(10.0**strangers)),
    }  # fmt: skip


def _peer_row(probe: str, peer: str, values: NDArray[np.float32], view: _View) -> dict[str, object]:
    """As `_placement_row`, for values that are no likelihood ratios."""
    place = placement(values, view.mates, view.others)
    return {
        "probe_id": probe, "method": peer, "rank": place.rank, "mate_value": place.mate_value,
        "best_other": place.best_other, "mean_lr_strangers": None,
    }  # fmt: skip


def _pair_rows(
    rng: np.random.Generator, probe: str, method: str, values: NDArray[np.float32], view: _View
) -> Iterator[dict[str, object]]:
    compared = values != 0.0
    others = np.flatnonzero(view.strangers & compared)
    random = rng.choice(others, min(RANDOM_OTHERS, len(others)), replace=False) if len(others) else others
    hardest = others[np.argsort(-values[others], kind="stable")[:HARD_OTHERS]]
    groups: Sequence[tuple[str, bool, NDArray[np.int64]]] = (
        ("mate", True, np.flatnonzero(view.mates & compared)),
        ("random", False, random),
        ("hard", False, hardest),
    )
    for how, genuine, rows in groups:
        for row in rows:
            yield {
                "probe_id": probe, "method": method, "how": how, "genuine": genuine, "log10_lr": float(values[row])
            }  # fmt: skip


def keep(results: RawResults, folder: Path) -> None:
    """Write raw results."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(results.run, indent=1, sort_keys=True) + "\n", "utf-8")
    for name in ("probes", "placements", "pairs"):
        pq.write_table(getattr(results, name), folder / f"{name}.parquet", compression="zstd")


def read(folder: Path) -> RawResults:
    """Read raw results again."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in ("probes", "placements", "pairs")}
    return RawResults(run, tables["probes"], tables["placements"], tables["pairs"])
