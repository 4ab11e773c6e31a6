"""Do promises come true: first leads, wrong leads, alerts, and the likelihood ratios of every channel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bench.lines import CHANNELS, STRATA, Line, Row, plain
from bench.lr_metrics import cllr, cllr_min, dev_pav
from bench.metrics import (
    Interval,
    bootstrap,
    bootstrap_mean,
    calibrated_ece,
    expected_calibration_error,
    hit_rate,
    wilson,
)

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

CERTAIN = 0.9
"""A first lead promised at least this is what a hurried reader takes for an answer."""

_DRAWS = 300

SHOWN_LEADS: Mapping[str, Callable[[Row], bool]] = {
    "first leads": lambda lead: lead["rank"] == 1,
    "posterior >= .1": lambda lead: _value(lead, "posterior") >= 0.1,
    "posterior >= .5": lambda lead: _value(lead, "posterior") >= 0.5,
    "alert lists": lambda lead: bool(lead["alert"]),
}
"""Leads that somebody acts on. Over all fifty places nearly every lead is wrong and is said to be, so that the ratio of
expected to actual wrong leads is 1 whatever the posteriors are worth."""


def calibration(stratum: str, probes: Mapping[str, Row]) -> Iterator[Line]:
    """Yield how honest the first leads of a stratum were, and its alerts."""
    rows = list(probes.values())
    if not rows:
        return
    persons = [int(str(row["person"])) for row in rows]
    promised, by_person = _column(rows, "top_posterior"), _column(rows, "person_posterior")
    true = _column(rows, "top_is_mate")
    sure = true[promised >= CERTAIN]
    absent = [row for row in rows if not row["mated"]]
    figures = {
        "top1_ece": bootstrap(persons, partial(_ece_of, promised, true), seed=1, draws=_DRAWS),
        "top1_ece_floor": calibrated_ece(promised, seed=1, draws=_DRAWS),
        "top1_ece_by_person": bootstrap(persons, partial(_ece_of, by_person, true), seed=1, draws=_DRAWS),
        "top1_promised": plain(float(promised.mean()), len(rows)),
        "top1_true": wilson(int(true.sum()), len(rows)),
        "top1_true_when_promised_90": wilson(int(sure.sum()), len(sure)),
        "nobody_when_absent": plain(float(_column(absent, "nobody").mean()) if absent else math.nan, len(absent)),
        "unsolvable_share": hit_rate([None if row["solvable"] else 1 for row in rows if row["mated"]], 1),
        **_alerts(rows),
    }
    yield Line("calibration", stratum, "all", "fused", figures)


def _ece_of(promised: Float64, true: Float64, chosen: Int64) -> float:
    return expected_calibration_error(promised[chosen], true[chosen])


def _alerts(rows: Sequence[Row]) -> dict[str, Interval]:
    """Alerts at the product's own threshold for a FPIR of 1 %: who was alerted in vain, and whose mate was not."""
    absent, mated = [row for row in rows if not row["mated"]], [row for row in rows if row["mated"]]
    return {
        "alert_fpir": wilson(sum(bool(row["alerted"]) for row in absent), len(absent)),
        "alert_fnir": wilson(sum(not row["alert_is_mate"] for row in mated), len(mated)),
    }


def wrong_leads(stratum: str, probes: Mapping[str, Row], leads: Sequence[Row]) -> Iterator[Line]:
    """Yield how many leads were promised to be wrong, and how many were, for each sort of lead that is acted on.

    Records of the right person that the list did not recognise as one share his posterior; here they are one lead, and
    `shown_apart` counts the others.
    """
    number = {probe: place for place, probe in enumerate(probes)}
    mine = [lead for lead in leads if str(lead["probe_id"]) in number]
    persons = [int(str(row["person"])) for row in probes.values()]
    for name, keep in SHOWN_LEADS.items():
        chosen = [lead for lead in mine if keep(lead)]
        places = np.array([number[str(lead["probe_id"])] for lead in chosen], np.int64)
        promised = _per_case(places, _column(chosen, "posterior"), len(persons))
        right = _per_case(places, _column(chosen, "right"), len(persons))
        wrong = _per_case(places, 1.0 - _column(chosen, "right"), len(persons))
        expected = wrong + np.minimum(right, 1.0) - promised
        figures = {
            "leads": plain(float((wrong + np.minimum(right, 1.0)).sum()), len(persons)),
            "shown_apart": plain(float(np.maximum(right - 1.0, 0.0).sum()), len(persons)),
            "wrong_expected": plain(float(expected.sum()), len(chosen)),
            "wrong_actual": plain(float(wrong.sum()), len(chosen)),
            "ratio": bootstrap(persons, partial(_ratio_of, expected, wrong), seed=1, draws=_DRAWS),
        }
        yield Line("wrong leads", stratum, "all", name, figures)


def _per_case(places: Int64, values: Float64, count: int) -> Float64:
    return np.bincount(places, values, count).astype(np.float64)


def _ratio_of(expected: Float64, actual: Float64, chosen: Int64) -> float:
    above, below = float(expected[chosen].sum()), float(actual[chosen].sum())
    return above / below if below else math.inf if above else math.nan


def channels(pairs: pa.Table, probes: Mapping[str, Row], placements: Sequence[Row]) -> Iterator[Line]:
    """Yield what the likelihood ratios of each channel are worth, stratum by stratum."""
    for stratum in STRATA:
        inside = {probe for probe, row in probes.items() if row["stratum"] == stratum}
        own = pairs.filter(pc.is_in(pairs["probe_id"].cast(pa.string()), pa.array(sorted(inside), pa.string())))
        for method in ("fused", "product", *CHANNELS):
            mine = [row for row in placements if row["method"] == method and row["probe_id"] in inside]
            if mine:
                persons = [int(str(probes[str(row["probe_id"])]["person"])) for row in mine]
                law = bootstrap_mean(persons, _column(mine, "mean_lr_strangers"), seed=1)
                figures = {"mean_lr_strangers": law} | _costs_of(own, method)
                yield Line("channels", stratum, "all", method, figures)


def _costs_of(pairs: pa.Table, method: str) -> dict[str, Interval]:
    mine = pairs.filter(pc.equal(pairs["method"].cast(pa.string()), method))
    groups = {
        how: mine.filter(pc.equal(mine["how"].cast(pa.string()), how))["log10_lr"].to_numpy()
        for how in ("mate", "random", "hard")
    }
    figures = {}
    for how in ("random", "hard"):
        trials = len(groups["mate"]) + len(groups[how])
        for name, cost in (("cllr", cllr), ("cllr_min", cllr_min), ("dev_pav", dev_pav)):
            figures[f"{name}_{how}"] = plain(cost(groups["mate"], groups[how]), trials)
    return figures


def _column(rows: Sequence[Row], name: str) -> Float64:
    return np.array([_value(row, name) for row in rows], np.float64)


def _value(row: Row, name: str) -> float:
    value = row[name]
    assert isinstance(value, float | int)
    return float(value)
