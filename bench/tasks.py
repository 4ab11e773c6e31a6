"""The benchmark's one path: recipe and seed -> world -> workspace through the public commands -> raw results.

The product is driven as a user drives it (`matcher synth`, `init`, `ingest`, `index`, `face calibrate`) and read
through its library. The truth is joined afterwards, probe by probe: what has the size of the gallery is gone when the
next probe comes. Raw results are kept, so that figures can be computed again without running anything.
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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.peer_fields import fields_of
from bench.peers import Peer, peers
from bench.rows import Tables
from bench.scoring import Scorer
from bench.truth import Owners, read_truth
from matcher import __version__
from matcher.cli import cli
from matcher.errors import InputError
from matcher.leads.matcher import Matcher
from matcher.progress import Advance, untold
from matcher.synthetic.handover import ingest_arguments

TOP = 50
TABLES = ("probes", "placements", "leads", "pairs")


@dataclass(frozen=True, slots=True)
class Built:
    """A world with its workspace, and what building it cost.

    Parameters
    ----------
    world, workspace : Path
        Directories.
    cpu_seconds : mapping
        Process time by step; empty where it was built earlier.
    """

    world: Path
    workspace: Path
    cpu_seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Parameters
    ----------
    recipe : str
        Name of the world's recipe.
    seed : int
        The world's; cases and pairs are sampled by it too.
    cases : int or None
        How many of the open cases, sampled; None = all.
    peers : bool
        Whether peers score the same records.
    """

    recipe: str
    seed: int
    cases: int | None = None
    peers: bool = True


@dataclass(frozen=True, slots=True)
class RawResults:
    """Everything a run leaves behind.

    Parameters
    ----------
    run : mapping
        Recipe, seed, versions, machine, seconds: JSON values.
    probes, placements, leads, pairs : pyarrow.Table
        One row per probe; per probe and method; per person listed; per sampled pair and method.
    """

    run: Mapping[str, object]
    probes: pa.Table
    placements: pa.Table
    leads: pa.Table
    pairs: pa.Table


def build(recipe: Path, seed: int, directory: Path) -> Built:
    """Make a world and its workspace with the public commands."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    world, workspace = directory / "world", directory / "workspace"
    seconds: dict[str, float] = {}
    _run(seconds, "synth", "synth", "--recipe", str(recipe), "--seed", str(seed), "--output", str(world))
    _run(seconds, "init", "init", str(workspace))
    for handed in ingest_arguments(world):
        _run(seconds, "ingest", "ingest", *handed, "--workspace", str(workspace))
    _run(seconds, "index", "index", "--workspace", str(workspace))
    # As the manual asks of a station; the strangers of a small gallery leave the ceiling where it is.
    _run(seconds, "face ceiling", "face", "calibrate", "--ceiling-only", "--workspace", str(workspace))
    return Built(world, workspace, seconds)


def built_before(directory: Path) -> Built:
    """Take up what `build` left in a directory.

    Raises
    ------
    InputError
        When there is no world or no workspace in it.
    """
    built = Built(directory / "world", directory / "workspace", {})
    if not ((built.world / "MANIFEST.json").is_file() and built.workspace.is_dir()):
        raise InputError(
            f"{directory} does not hold a world and its workspace",
            remedy="make one with: python -m bench run --keep-workspace DIRECTORY",
        )
    return built


@dataclass(frozen=True, slots=True)
class Told:
    """What a world tells of itself: the recipe's title, the seed, the number of open cases."""

    title: str
    seed: int
    intakes: int


def told_of(built: Built) -> Told:
    """Read what a world tells of itself."""
    manifest = json.loads((built.world / "MANIFEST.json").read_text("utf-8"))
    return Told(str(manifest["title"]), int(manifest["seed"]), int(manifest["counts"]["intakes"]))


def _run(seconds: dict[str, float], step: str, *arguments: str) -> None:
    # Standard output is for the figures.
    with _timed(seconds, step), contextlib.redirect_stdout(sys.stderr):
        cli.main(list(arguments), prog_name="matcher", standalone_mode=False)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    started = _spent()
    yield
    seconds[step] = seconds.get(step, 0.0) + _spent() - started


def _spent() -> float:
    """Process time up to now, with that of helper processes that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure(built: Built, plan: Plan, *, tick: Advance = untold) -> RawResults:
    """Match the open cases of a workspace, let the peers do the same, and join the truth.

    Parameters
    ----------
    built : Built
        World and workspace.
    plan : Plan
        What to measure.
    tick : callable
        Told of every case that is done.
    """
    seconds = dict(built.cpu_seconds)
    tables, rng = Tables(), np.random.default_rng(plan.seed)
    truth = read_truth(built.world)
    with Matcher.open(built.workspace) as matcher:
        gallery, fusion = matcher.prepared.gallery, matcher.prepared.fusion.name
        open_cases = [probe for probe in matcher.cases("intake") if probe in truth.probes]
        probes = sampled(open_cases, plan)
        owners, scorer = Owners(gallery, truth), Scorer.of(matcher)
        others = peers_of(matcher, probes, seconds) if plan.peers else []
        for probe in probes:
            view = owners.view(truth.probes[probe])
            with _timed(seconds, "score"):
                scores = scorer.scores(probe, top=TOP)
            with _timed(seconds, "figures"):
                tables.add(truth.probes[probe], scores, view, (truth, gallery), rng)
            for peer in others:
                with _timed(seconds, peer.name):
                    tables.add_peer(probe, peer.name, peer.scores(probe), view)
            tick(1)
    run = {
        "recipe": plan.recipe, "seed": plan.seed, "version": __version__, "numpy": np.__version__, "top": TOP,
        "fusion": fusion, "python": platform.python_version(), "machine": platform.machine(), "cpu_seconds": seconds,
        "gallery_records": len(gallery), "probes": len(probes), "open_cases": len(open_cases),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "world": json.loads((built.world / "MANIFEST.json").read_text("utf-8"))["sha256"],
    }  # fmt: skip
    return RawResults(run, **tables.arrow())


def sampled(open_cases: Sequence[str], plan: Plan) -> Sequence[str]:
    """Choose the cases to measure: all, or as many as wanted at random, in their order."""
    if plan.cases is None or plan.cases >= len(open_cases):
        return open_cases
    chosen = np.random.default_rng([plan.seed, plan.cases]).choice(len(open_cases), plan.cases, replace=False)
    return [open_cases[place] for place in sorted(chosen)]


def peers_of(matcher: Matcher, probes: Sequence[str], seconds: dict[str, float]) -> list[Peer]:
    """Prepare every peer that is installed, in the order of the gallery."""
    fields = fields_of(matcher.workspace.evidence())
    found = []
    for name, prepare in peers().items():
        with _timed(seconds, name):
            found.append(Peer(name, prepare(fields, probes)))
    return found


def keep(results: RawResults, folder: Path) -> None:
    """Write raw results."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(results.run, indent=1, sort_keys=True) + "\n", "utf-8")
    for name in TABLES:
        pq.write_table(getattr(results, name), folder / f"{name}.parquet", compression="zstd")


def pooled(results: Sequence[RawResults]) -> RawResults:
    """Put the cases of several runs together, as if they were one; cases and persons of different worlds stay apart.

    What is said of a run as a whole (versions, process time) is that of the last; its records are the mean number.
    """
    if len(results) == 1:
        return results[0]
    tables = {
        name: pa.concat_tables([_of_world(getattr(run, name), world) for world, run in enumerate(results)])
        for name in TABLES
    }
    runs = [run.run for run in results]
    last = dict(runs[-1])
    for name in ("recipe", "seed"):
        last[name] = " + ".join(dict.fromkeys(str(run[name]) for run in runs))
    last["gallery_records"] = round(sum(int(str(run["gallery_records"])) for run in runs) / len(runs))
    for name in ("probes", "open_cases"):
        last[name] = sum(int(str(run[name])) for run in runs)
    return RawResults(last, **tables)


def _of_world(table: pa.Table, world: int) -> pa.Table:
    """Set the cases and persons of a world apart from those of others."""
    marked = {"probe_id": pc.binary_join_element_wise(str(world), table["probe_id"].cast(pa.string()), ":")}
    if "person" in table.column_names:
        marked["person"] = pc.add(table["person"], world << 40)
    for name, column in marked.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def read(folder: Path) -> RawResults:
    """Read raw results again.

    Raises
    ------
    InputError
        When the folder holds none, or those of another version.
    """
    missing = [name for name in ("run.json", *(f"{name}.parquet" for name in TABLES)) if not (folder / name).is_file()]
    if missing:
        raise InputError(f"{folder} lacks {', '.join(missing)}", remedy="measure again with: python -m bench run")
    run = json.loads((folder / "run.json").read_text("utf-8"))
    return RawResults(run, **{name: pq.read_table(folder / f"{name}.parquet") for name in TABLES})
