"""From raw results to figures: one table per stratum, never pooled, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.metrics import (
    Interval,
    bootstrap,
    cllr,
    cllr_min,
    dev_pav,
    expected_calibration_error,
    fnir_at_fpir,
    hit_rate,
    mean_reciprocal_rank,
    wilson,
)
from bench.tasks import RawResults

Row = dict[str, object]
_ECE_DRAWS = 300
STRATA = ("fresh", "long_stayer")
CHANNELS = ("face", "name", "place", "dna", "demographics")
PEERS = ("hand_weights", "splink")
COMBINED = ("product", "text")
METHODS = ("fused", *COMBINED, *CHANNELS, *PEERS)
FPIR = (0.001, 0.01, 0.1)
CERTAIN = 0.9
"""A first lead promised at least this is what a hurried reader takes for an answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result table.

    Parameters
    ----------
    task, stratum, subset, method : str
        What was measured on whom: `subset` is `all` or a named part of the stratum.
    figures : mapping of str to Interval
        Figures by name; a plain number has equal ends.
    """

    task: str
    stratum: str
    subset: str
    method: str
    figures: dict[str, Interval]


Keep = Callable[[Row], bool]


def _made(name: str) -> Keep:
    return lambda probe: probe["designed"] == name


# Parts of a stratum that behave differently; a probe can be in several.
SUBSETS: tuple[tuple[str, Keep], ...] = (
    ("all", lambda p: bool(p["mated"])),
    ("solvable", lambda p: bool(p["solvable"])),
    ("photo adult-adult", lambda p: p["photo"] == "adult_adult"),
    ("photo child-adult", lambda p: p["photo"] == "adult_child"),
    ("no photo link", lambda p: p["photo"] == "none"),
    ("told a name", lambda p: p["told_name"] in {"registered", "full"}),
    ("told a fragment", lambda p: p["told_name"] in {"given", "surname", "nickname"}),
    ("told nothing", lambda p: "told_nothing" in _sets(p)),
    ("kin in gallery", lambda p: "kin_in_gallery" in _sets(p)),
    ("dna of kin", lambda p: str(p["dna"]).endswith("kin")),
    ("repeat wanderers", lambda p: "repeat_wanderer" in _sets(p)),
)

_MADE = ("twins", "lost_together", "namesakes", "repeat_wanderers", "child_to_adult", "told_nothing")
HARD_SETS: tuple[tuple[str, Keep], ...] = tuple((f"made: {name}", _made(name)) for name in _MADE)
"""Cases made on purpose, each set on its own."""


def _sets(probe: Row) -> Sequence[str]:
    value = probe["hard_sets"]
    return value if isinstance(value, list) else ()


def plain(value: float, trials: int) -> Interval:
    """Wrap a number that has no interval."""
    return Interval(value, value, value, trials)


def lines(results: RawResults) -> Iterator[Line]:
    """Compute every figure of a run."""
    probes = {str(row["probe_id"]): row for row in results.probes.to_pylist()}
    placements = results.placements.to_pylist()
    for stratum in STRATA:
        inside = {probe: row for probe, row in probes.items() if row["stratum"] == stratum}
        natural = {probe: row for probe, row in inside.items() if not row["designed"]}
        yield from _ranking(stratum, natural, placements, SUBSETS)
        yield from _ranking(stratum, inside, placements, HARD_SETS)
        yield from _calibration(stratum, natural)
    yield from _costs(results)
    yield from _channels(results.pairs.to_pylist(), probes, placements)


def _ranking(
    stratum: str, probes: dict[str, Row], placements: Sequence[Row], subsets: Sequence[tuple[str, Keep]]
) -> Iterator[Line]:
    by_method: dict[str, dict[str, Row]] = {}
    for row in placements:
        if str(row["probe_id"]) in probes:
            by_method.setdefault(str(row["method"]), {})[str(row["probe_id"])] = row
    for subset, keep in subsets:
        chosen = [probe for probe, row in probes.items() if row["mated"] and keep(row)]
        if not chosen:
            continue
        for method in METHODS:
            placed = by_method.get(method, {})
            if method in {*COMBINED, *PEERS} and not placed:
                continue
            # A probe without evidence for the channel leaves every record level: its mate is not found.
            ranks = [_rank(placed.get(probe)) for probe in chosen]
            figures = {f"hit@{k}": hit_rate(ranks, k) for k in (1, 10, 50)}
            figures["mrr"] = plain(mean_reciprocal_rank(ranks), len(ranks))
            if subset == "all":
                figures |= _open_set(placed, probes)
            yield Line("leads", stratum, subset, method, figures)


def _rank(row: Row | None) -> int | None:
    rank = row["rank"] if row else None
    return math.ceil(rank) if isinstance(rank, float) else None


def _open_set(placed: dict[str, Row], probes: dict[str, Row]) -> dict[str, Interval]:
    mates = [_number(placed.get(p), "mate_value") for p, row in probes.items() if row["mated"]]
    tops = [_number(placed.get(p), "best_other") or 0.0 for p, row in probes.items() if not row["mated"]]
    return {f"fnir@fpir{share:g}": plain(fnir_at_fpir(mates, tops, share), len(mates)) for share in FPIR}


def _number(row: Row | None, key: str) -> float | None:
    value = row[key] if row else None
    return value if isinstance(value, float) else None


def _calibration(stratum: str, probes: dict[str, Row]) -> Iterator[Line]:
    if not probes:
        return
    rows = list(probes.values())
    promised = [float(str(row["top_posterior"])) for row in rows]
    true = [bool(row["top_is_mate"]) for row in rows]
    expected, actual = (sum(float(str(row[name])) for row in rows) for name in ("expected_wrong", "actual_wrong"))
    sure = [right for promise, right in zip(promised, true, strict=True) if promise >= CERTAIN]
    unmated = [float(str(row["nobody"])) for row in rows if not row["mated"]]
    figures = {
        "top1_ece": _ece(promised, true),
        "top1_ece_by_person": _ece([float(str(row["person_posterior"])) for row in rows], true),
        "top1_promised": plain(sum(promised) / len(rows), len(rows)),
        "top1_true": hit_rate([1 if t else None for t in true], 1),
        "top1_true_when_promised_90": wilson(sum(sure), len(sure)),
        "wrong_leads_ratio": plain(expected / actual if actual else math.nan, len(rows)),
        "wrong_leads_expected": plain(expected / len(rows), len(rows)),
        "wrong_leads_actual": plain(actual / len(rows), len(rows)),
        "nobody_when_absent": plain(sum(unmated) / len(unmated) if unmated else math.nan, len(unmated)),
        "unsolvable_share": hit_rate([None if row["solvable"] else 1 for row in rows if row["mated"]], 1),
    }
    yield Line("calibration", stratum, "all", "fused", figures)


@dataclass(frozen=True, slots=True)
class Miss:
    """A case whose person is in the gallery but stands beyond the list: its place, and the truth about it."""

    probe_id: str
    stratum: str
    rank: float
    nearest_channel: str
    connected_by: str
    causes: tuple[str, ...]


def missed(results: RawResults, *, rank: int) -> list[Miss]:
    """List the misses of the fused list, best placed first within each stratum.

    Parameters
    ----------
    rank : int
        Beyond this rank is a miss.
    """
    probes = {str(row["probe_id"]): row for row in results.probes.to_pylist()}
    places: dict[str, dict[str, float]] = {}
    for row in results.placements.to_pylist():
        if isinstance(row["rank"], float):
            places.setdefault(str(row["probe_id"]), {})[str(row["method"])] = row["rank"]
    found = []
    for probe, by_method in places.items():
        if by_method.get("fused", 0.0) <= rank:
            continue
        truth = probes[probe]
        near = [(by_method[channel], channel) for channel in CHANNELS if channel in by_method]
        nearest = f"{min(near)[1]} {min(near)[0]:g}" if near else "none"
        connected = (
            f"photo {truth['photo']}; name {truth['told_name']}; place {truth['told_place']}; dna {truth['dna']}"
        )
        causes = truth.get("causes")
        found.append(
            Miss(probe, str(truth["stratum"]), by_method["fused"], nearest, connected,
                 tuple(causes) if isinstance(causes, list) else ())
        )  # fmt: skip
    return sorted(found, key=lambda miss: (miss.stratum, miss.rank, miss.probe_id))


def _ece(promised: Sequence[float], true: Sequence[bool]) -> Interval:
    """Calibration error of the first leads, with an interval over cases; resampling biases it upwards."""

    def of(chosen: NDArray[np.float64]) -> float:
        picked = chosen.astype(int)
        return expected_calibration_error([promised[i] for i in picked], [true[i] for i in picked])

    return bootstrap([[float(i)] for i in range(len(true))], of, seed=1, draws=_ECE_DRAWS)


def _costs(results: RawResults) -> Iterator[Line]:
    """Process time of one candidate list, words included, and of every step; the first list warms caches."""
    seconds = sorted(float(str(row["cpu_seconds"])) for row in results.probes.to_pylist())
    if not seconds:
        return
    figures = {
        f"list_p{share}_cpu_ms": plain(1000 * _quantile(seconds, share / 100), len(seconds)) for share in (50, 99)
    }
    steps = results.run["cpu_seconds"]
    if isinstance(steps, dict):
        figures |= {f"{step}_cpu_s": plain(float(value), 1) for step, value in steps.items()}
        mine = sum(value for step, value in steps.items() if step not in PEERS)
        figures["total_cpu_s"] = plain(float(mine), 1)
        if steps.get("score"):
            compared = int(str(results.run["gallery_records"])) * int(str(results.run["probes"]))
            figures["comparisons_per_cpu_s"] = plain(compared / float(steps["score"]), compared)
    rss = results.run.get("peak_rss_mb")
    if isinstance(rss, int):
        figures["peak_rss_mb"] = plain(float(rss), 1)
    yield Line("cost", "both strata", "all", "fused", figures)


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Nearest-rank quantile."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def _channels(pairs: Sequence[Row], probes: dict[str, Row], placements: Sequence[Row]) -> Iterator[Line]:
    for stratum in STRATA:
        for method in ("fused", "product", *CHANNELS):
            mine = [p for p in pairs if p["method"] == method and probes[str(p["probe_id"])]["stratum"] == stratum]
            groups = {
                how: [float(str(p["log10_lr"])) for p in mine if p["how"] == how] for how in ("mate", "random", "hard")
            }
            laws = [
                float(str(p["mean_lr_strangers"]))
                for p in placements
                if p["method"] == method and probes[str(p["probe_id"])]["stratum"] == stratum
            ]
            if not laws:
                continue
            figures = {"mean_lr_strangers": plain(sum(laws) / len(laws), len(laws))}
            for how in ("random", "hard"):
                trials = len(groups["mate"]) + len(groups[how])
                figures[f"cllr_{how}"] = plain(cllr(groups["mate"], groups[how]), trials)
                figures[f"cllr_min_{how}"] = plain(cllr_min(groups["mate"], groups[how]), trials)
                figures[f"dev_pav_{how}"] = plain(dev_pav(groups["mate"], groups[how]), trials)
            yield Line("channels", stratum, "all", method, figures)
