"""`python -m bench fit`: fit the fusion model on synthetic worlds and write it with what it was fitted on.

Worlds of the recipe are fitted; worlds of shifted recipes are only judged. Every figure "held out" comes from a fit
that has not seen its world. The file is reviewable: weights, ties, alert thresholds, provenance.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bench.fit_model import Fit, fitted, fused_values, log_likelihood, mated_share
from bench.fit_worlds import MATE, STRANGER, World, collect
from bench.lr_metrics import cllr
from bench.metrics import expected_calibration_error
from bench.recipes import recipe_of
from matcher import __version__
from matcher.engine.combination import PLAIN, Combination
from matcher.leads.fusion_model import FORMAT, FusionModel, fingerprint, model_of
from matcher.leads.fusion_prior import prior_in_database
from matcher.types import CHANNEL_NAMES, Stratum

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "bench" / "results" / "fit"
MODEL = ROOT / "matcher" / "leads" / "data" / "fusion.json"
STRATA: tuple[Stratum, ...] = ("fresh", "long_stayer")
FPIRS = (0.001, 0.01, 0.1)
HARD = 20
"""Highest-scoring records of others per probe, for the cost of hard pairs."""

Float64 = NDArray[np.float64]
Document = dict[str, object]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--recipe", default="s", show_default=True, help="Recipe to fit on.")
@click.option("--seeds", default="101-108", show_default=True, help="Seeds to fit on: 5, 5-8 or 5,7,9.")
@click.option(
    "--validate",
    default="s-worse-photos:201,s-more-lies:202,s-south:203",
    show_default=True,
    help="RECIPE:SEED,... only judged, never fitted; empty = none.",
)
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True, help="Worlds made at a time.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=MODEL, help="JSON file to write."
)
def command(recipe: str, seeds: str, validate: str, processes: int, output: Path) -> None:
    """Fit the fusion model on synthetic worlds and write it as JSON.

    Takes about a hundred CPU-seconds a world; worlds made before by the same code are used again.

    \b
    Examples:
      python -m bench fit
      python -m bench fit --recipe s --seeds 1-4 --validate "" --output /tmp/fusion.json
    """
    wanted = [(recipe, seed) for seed in seeds_of(seeds)]
    judged = [(name, int(seed)) for name, _, seed in (item.partition(":") for item in validate.split(",") if item)]
    paths = _collected([*wanted, *judged], processes)
    worlds = [World.read(path).naturals() for path in paths]
    document = model_document(worlds[: len(wanted)], dict(zip(judged, worlds[len(wanted) :], strict=True)))
    document["provenance"] = {
        "recipe": f"{recipe}.toml", "seeds": seeds_of(seeds), "worlds": [path.name for path in paths],
        "matcher": __version__, "numpy": np.__version__, "python": platform.python_version(),
        **_object(document["provenance"]),
    }  # fmt: skip
    document["name"] = f"{recipe}-{len(wanted)}-{fingerprint(document)}"
    output.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    click.echo(f"fusion model {document['name']}: {output}", err=True)


def seeds_of(text: str) -> list[int]:
    """Read seeds.

    >>> seeds_of("5-7,11")
    [5, 6, 7, 11]
    """
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            found += range(int(first), int(last or first) + 1)
        except ValueError as error:
            raise click.UsageError(f"--seeds {text!r}: give numbers such as 5, 5-8 or 5,7,9") from error
    return found


def _collected(wanted: Sequence[tuple[str, int]], processes: int) -> list[Path]:
    recipes = [recipe_of(name) for name, _ in wanted]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(collect, recipes, [seed for _, seed in wanted], [CACHE] * len(wanted)))


def model_document(worlds: Sequence[World], judged: Mapping[tuple[str, int], World]) -> Document:
    """Fit, judge and lay out a model; pure."""
    found = fitted(worlds)
    held_out = [fitted([*worlds[:k], *worlds[k + 1 :]]).combination for k in range(len(worlds) if worlds[1:] else 0)]
    document: Document = {
        "format": FORMAT,
        "name": "unnamed",
        "weights": {name: found.combination.weight(name) for name in CHANNEL_NAMES},
        "ties": [{"channels": [tie.first, tie.second], "share": tie.share} for tie in found.combination.ties],
        "alerts": list(_alerts(worlds, found.combination)),
        "provenance": {},
    }
    model = model_of(document)
    document["provenance"] = {
        "probes": int(sum(world.stratum.shape[0] for world in worlds)),
        "mated": {name: round(share, 4) for name, share in mated_share(worlds).items()},
        "log_likelihood": _likelihoods(worlds, found),
        "held_out": {
            stratum: _before_after([*zip(worlds, held_out, strict=False)], model, stratum) for stratum in STRATA
        },
        "shifted": {
            f"{name}:{seed}": {s: _before_after([(world, found.combination)], model, s) for s in STRATA}
            for (name, seed), world in judged.items()
        },
    }
    return document


def _likelihoods(worlds: Sequence[World], found: Fit) -> Document:
    plain = log_likelihood(worlds, PLAIN, mated_share(worlds))
    return {"plain_sum": round(plain, 5), "fitted": round(found.log_likelihood, 5), "unit": "nats a probe"}


def _alerts(worlds: Sequence[World], combination: Combination) -> Iterator[Document]:
    """Read thresholds from the best record of each probe without a mate; rates below one probe are left out."""
    for stratum in (*STRATA, None):
        margins = np.concatenate([_false_margins(world, combination, stratum) for world in worlds])
        margins = -np.sort(-margins)
        for fpir in FPIRS:
            allowed = math.floor(fpir * margins.shape[0])
            if allowed >= 1:
                # Just above the first value that would be one too many.
                margin = math.ceil((float(margins[allowed]) + 1e-4) * 1e3) / 1e3
                yield {"stratum": stratum, "fpir": fpir, "margin": margin, "searches": int(margins.shape[0])}


def _false_margins(world: World, combination: Combination, stratum: Stratum | None) -> Float64:
    best = np.full(world.stratum.shape[0], -np.inf)
    np.maximum.at(best, world.probe, fused_values(world, combination))
    chosen = ~world.mated & ((world.stratum == stratum) | (stratum is None))
    margins: Float64 = (best - np.log10(world.eligible))[chosen]
    return margins


@dataclass(frozen=True, slots=True)
class _First:
    """The first leads of many probes: posterior of their person, truth, and whether the alert threshold is reached."""

    posterior: list[float]
    right: list[bool]
    mated: list[bool]
    alerted: list[bool]


def _before_after(
    pairs: Sequence[tuple[World, Combination]], model: FusionModel, stratum: Stratum
) -> Mapping[str, Document]:
    """Judge worlds by the plain sum and by a combination that has not seen them."""
    return {
        "plain_sum": _judged([(world, PLAIN) for world, _ in pairs], model, stratum),
        "fused": _judged(pairs, model, stratum),
    }


def _judged(pairs: Sequence[tuple[World, Combination]], model: FusionModel, stratum: Stratum) -> Document:
    firsts = [_firsts(world, combination, model, stratum) for world, combination in pairs]
    posterior, right = [p for f in firsts for p in f.posterior], [r for f in firsts for r in f.right]
    mated, alerted = [m for f in firsts for m in f.mated], [a for f in firsts for a in f.alerted]
    sure = [hit for p, hit in zip(posterior, right, strict=True) if p >= 0.9]
    genuine, hard, means = _pair_values(pairs, stratum)
    found: dict[str, float] = {
        "hit@1": _share(right, mated),
        "top1_ece": expected_calibration_error(posterior, right),
        "top1_promised": float(np.mean(posterior)),
        "top1_true": float(np.mean(right)),
        "true_of_at_least_.9": float(np.mean(sure)) if sure else math.nan,
        "fpir_at_1%": _share(alerted, [not m for m in mated]),
        "fnir_at_1%": 1.0 - _share([a and r for a, r in zip(alerted, right, strict=True)], mated),
        "cllr_hard_pairs": cllr(genuine, hard),
        "mean_lr_strangers": means[0],
        "mean_lr_others": means[1],
    }
    return {"probes": len(right)} | {k: None if math.isnan(v) else round(v, 4) for k, v in found.items()}


def _share(values: Sequence[bool], among: Sequence[bool]) -> float:
    chosen = [value for value, counted in zip(values, among, strict=True) if counted]
    return float(np.mean(chosen)) if chosen else math.nan


def _firsts(world: World, combination: Combination, model: FusionModel, stratum: Stratum) -> _First:
    """Look at the first lead of each probe, with the prior that the product states for its stratum."""
    prior, fused = prior_in_database(stratum), fused_values(world, combination)
    found = _First([], [], [], [])
    for probe in np.flatnonzero(world.stratum == stratum):
        rows = slice(*np.searchsorted(world.probe, [probe, probe + 1]))
        eligible = int(world.eligible[probe])
        odds = prior / (1.0 - prior) / eligible * 10.0 ** fused[rows] * world.weight[rows]
        # Sampled rows stand for many; the kept ones hold the first lead.
        first = int(np.argmax(np.where(world.weight[rows] == 1.0, fused[rows], -np.inf)))
        person = world.owner[rows] == world.owner[rows][first]
        found.posterior.append(float(odds[person].sum() / (1.0 + odds.sum())))
        found.right.append(bool(world.relation[rows][first] == MATE))
        found.mated.append(bool(world.mated[probe]))
        lowest = model.alert_log10_lr(0.01, gallery_size=eligible, stratum=stratum)
        found.alerted.append(bool(fused[rows][first] >= lowest))
    return found


def _pair_values(
    pairs: Sequence[tuple[World, Combination]], stratum: Stratum
) -> tuple[list[float], list[float], tuple[float, float]]:
    """Return values of mates, of the hardest others, and the mean LRs of strangers and of all other persons."""
    genuine: list[float] = []
    hard: list[float] = []
    sums = np.zeros((2, 2))
    for world, combination in pairs:
        fused, own = fused_values(world, combination), (world.stratum == stratum)[world.probe]
        mate = world.relation == MATE
        genuine += fused[own & mate].tolist()
        for probe in np.flatnonzero(world.stratum == stratum):
            others = fused[(world.probe == probe) & ~mate]
            hard += np.sort(others)[-HARD:].tolist()
        for place, group in enumerate((world.relation == STRANGER, ~mate)):
            weight = world.weight[own & group].astype(np.float64)
            sums[place] += float(weight @ 10.0 ** fused[own & group]), float(weight.sum())
    return genuine, hard, (sums[0, 0] / sums[0, 1], sums[1, 0] / sums[1, 1])


def _object(value: object) -> Document:
    assert isinstance(value, dict)
    return value
