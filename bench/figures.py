"""From raw results to figures: one table per stratum, never pooled, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.honesty import calibration, channels, wrong_leads
from bench.lines import COMBINED, METHODS, PEERS, STRATA, Line, Row, plain
from bench.metrics import Interval, bootstrap, fnir_at_fpir, hit_rate, mean_reciprocal_rank
from bench.tasks import RawResults

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

FPIR = (0.001, 0.01, 0.1)
_FNIR_DRAWS = 200

OLD_PHOTO_YEARS = 10.0
"""Years between the photographs from which faces of one person grow apart. Knob, no source."""

Keep = Callable[[Row], bool]


def _made(name: str) -> Keep:
    return lambda probe: probe["designed"] == name


def _sets(probe: Row) -> Sequence[str]:
    value = probe["hard_sets"]
    return value if isinstance(value, list) else ()


def told_little(probe: Row) -> bool:
    """Tell whether a case gave neither a full name in earnest nor a place below its county."""
    return probe["told_name"] not in {"registered", "full"} and probe["told_place"] in _VAGUE


def old_photo(probe: Row) -> bool:
    """Tell whether the nearest photographs of case and mate are far apart in time."""
    years = probe["photo_gap_years"]
    return isinstance(years, float) and years >= OLD_PHOTO_YEARS


_VAGUE = frozenset({"none", "province", "prefecture", "county"})

# Parts of a stratum that behave differently; a probe can be in several.
SUBSETS: tuple[tuple[str, Keep], ...] = (
    ("all", lambda p: bool(p["mated"])),
    ("solvable", lambda p: bool(p["solvable"])),
    ("photo adult-adult", lambda p: p["photo"] == "adult_adult"),
    ("photo child-adult", lambda p: p["photo"] in {"adult_child", "child_adult"}),
    ("no photo link", lambda p: p["photo"] == "none"),
    ("told a name", lambda p: p["told_name"] in {"registered", "full"}),
    ("told a fragment", lambda p: p["told_name"] in {"given", "surname", "nickname"}),
    ("told nothing", lambda p: "told_nothing" in _sets(p)),
    ("told little, solvable", lambda p: told_little(p) and bool(p["solvable"])),
    ("told little, old photo", lambda p: told_little(p) and old_photo(p)),
    ("kin in gallery", lambda p: "kin_in_gallery" in _sets(p)),
    ("dna of kin", lambda p: str(p["dna"]).endswith("kin")),
    ("repeat wanderers", lambda p: "repeat_wanderer" in _sets(p)),
)

_MADE = ("twins", "lost_together", "namesakes", "repeat_wanderers", "child_to_adult", "told_nothing")
HARD_SETS: tuple[tuple[str, Keep], ...] = tuple((f"made: {name}", _made(name)) for name in _MADE)
"""Cases made on purpose, each set on its own."""


def lines(results: RawResults) -> Iterator[Line]:
    """Compute every figure of a run."""
    probes = {str(row["probe_id"]): row for row in results.probes.to_pylist()}
    placements, leads = results.placements.to_pylist(), results.leads.to_pylist()
    for stratum in STRATA:
        inside = {probe: row for probe, row in probes.items() if row["stratum"] == stratum}
        natural = {probe: row for probe, row in inside.items() if not row["designed"]}
        yield from _ranking(stratum, natural, placements, SUBSETS)
        yield from _ranking(stratum, inside, placements, HARD_SETS)
        yield from calibration(stratum, natural)
        yield from wrong_leads(stratum, natural, leads)
        yield from _unsolvable(stratum, natural)
    yield from _costs(results)
    yield from channels(results.pairs, probes, placements)


def _ranking(
    stratum: str, probes: Mapping[str, Row], placements: Sequence[Row], subsets: Sequence[tuple[str, Keep]]
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


def _open_set(placed: Mapping[str, Row], probes: Mapping[str, Row]) -> dict[str, Interval]:
    """FNIR at each FPIR; its number of trials is that of the cases without a mate, on which the threshold rests."""
    persons = [int(str(row["person"])) for row in probes.values()]
    mated = np.array([bool(row["mated"]) for row in probes.values()])
    mates = _numbers(placed, probes, "mate_value", missing=math.nan)
    tops = _numbers(placed, probes, "best_other", missing=0.0)

    def of(share: float, chosen: Int64) -> float:
        return fnir_at_fpir(mates[chosen[mated[chosen]]], tops[chosen[~mated[chosen]]], share)

    absent = int((~mated).sum())
    figures = {}
    for share in FPIR:
        found = bootstrap(persons, partial(of, share), seed=1, draws=_FNIR_DRAWS if share * absent >= 1.0 else 1)
        figures[f"fnir@fpir{share:g}"] = Interval(found.value, found.low, found.high, absent)
    return figures


def _numbers(placed: Mapping[str, Row], probes: Mapping[str, Row], key: str, *, missing: float) -> Float64:
    values = (placed[probe][key] if probe in placed else None for probe in probes)
    return np.array([value if isinstance(value, float) else missing for value in values])


def _unsolvable(stratum: str, probes: Mapping[str, Row]) -> Iterator[Line]:
    """Of the cases that told little and whose person is here: the share that nothing connects with any record."""
    chosen = [row for row in probes.values() if row["mated"] and told_little(row)]
    if chosen:
        share = hit_rate([None if row["solvable"] else 1 for row in chosen], 1)
        yield Line("told little", stratum, "all", "truth", {"unsolvable_share": share})


def _costs(results: RawResults) -> Iterator[Line]:
    """Process time of one candidate list, words included, of one scan, and of every step; the first warms caches."""
    rows = results.probes.to_pylist()
    if not rows:
        return
    figures = {}
    for name, column in (("list", "cpu_seconds"), ("scan", "scan_seconds")):
        seconds = sorted(float(row[column]) for row in rows)
        for share in (50, 99):
            figures[f"{name}_p{share}_cpu_ms"] = plain(1000 * _quantile(seconds, share / 100), len(seconds))
    records = float(str(results.run["gallery_records"]))
    figures["comparisons_per_cpu_s"] = plain(1000 * records / figures["scan_p50_cpu_ms"].value, len(rows))
    steps = results.run["cpu_seconds"]
    if isinstance(steps, dict):
        figures |= {f"{step}_cpu_s": plain(float(value), 1) for step, value in steps.items()}
        figures["total_cpu_s"] = plain(float(sum(value for step, value in steps.items() if step not in PEERS)), 1)
    rss = results.run.get("peak_rss_mb")
    if isinstance(rss, int):
        figures["peak_rss_mb"] = plain(float(rss), 1)
    yield Line("cost", "both strata", "all", "fused", figures)


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Nearest-rank quantile."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]
