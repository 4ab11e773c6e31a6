"""The fusion model as data: what ships, what is refused, what it takes off, where its alerts begin."""

from __future__ import annotations

import copy
import json
import math
from importlib import resources
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.combination import Combination, Tie
from matcher.errors import UsageError
from matcher.leads.fusion_model import (
    PLAIN_MODEL,
    AlertRow,
    FusionModel,
    fingerprint,
    fitted_model,
    fused_log10_lr,
    model_of,
)
from matcher.types import CHANNEL_NAMES, ChannelEvidence

MODEL = FusionModel(
    "test",
    Combination({"name": 0.8, "place": 0.9, "face": 0.7}, (Tie("name", "place", 0.3),)),
    (AlertRow("fresh", 0.01, 0.5, 400), AlertRow("fresh", 0.1, -1.0, 400), AlertRow(None, 0.01, 0.4, 900)),
)
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "test",
    "weights": {"name": 0.8, "place": 0.9},
    "ties": [{"channels": ["name", "place"], "share": 0.3}],
    "alerts": [{"stratum": "fresh", "fpir": 0.01, "margin": 0.5, "searches": 400}],
    "provenance": {},
}


def evidence(values: dict[str, float]) -> tuple[ChannelEvidence, ...]:
    return tuple(
        ChannelEvidence(name, values.get(name, 0.0), "compared" if name in values else "both_missing")
        for name in CHANNEL_NAMES
    )


@given(st.dictionaries(st.sampled_from(CHANNEL_NAMES), st.floats(-4, 9), max_size=5))
def test_adjustments_lead_from_the_plain_sum_to_what_the_scan_ranks_by(values: dict[str, float]) -> None:
    channels = evidence(values)
    scanned = MODEL.combination.fused({name: np.array([value]) for name, value in values.items()}, 1)[0]
    assert MODEL.fused(channels) == pytest.approx(float(scanned), abs=1e-9)
    plain = math.fsum(values.values())
    assert plain + math.fsum(item.log10_lr for item in MODEL.adjustments(channels)) == pytest.approx(
        MODEL.fused(channels), abs=1e-9
    )


def test_only_what_is_there_is_adjusted() -> None:
    assert MODEL.adjustments(evidence({"dna": 5.0, "demographics": -1.0})) == ()
    (only,) = MODEL.adjustments(evidence({"name": -2.0}))
    assert (only.kind, only.channels, only.log10_lr) == ("discounted", ("name",), pytest.approx(0.4))
    kinds = [item.kind for item in MODEL.adjustments(evidence({"name": 2.0, "place": 1.0}))]
    assert kinds == ["discounted", "discounted", "tied"]


def test_the_plain_sum_is_not_calibrated_and_adjusts_nothing() -> None:
    channels = evidence({"name": 2.0, "place": 3.0})
    assert not PLAIN_MODEL.calibrated
    assert PLAIN_MODEL.adjustments(channels) == ()
    assert PLAIN_MODEL.fused(channels) == fused_log10_lr(channels, ()) == 5.0


def test_alerts_begin_where_they_were_measured_or_at_the_bound() -> None:
    assert MODEL.alert_log10_lr(0.01, gallery_size=1000, stratum="fresh") == pytest.approx(3.5)
    assert MODEL.alert_log10_lr(0.05, gallery_size=1000, stratum="fresh") == pytest.approx(3.5)
    assert MODEL.alert_log10_lr(0.5, gallery_size=1000, stratum="fresh") == pytest.approx(2.0)
    assert MODEL.alert_log10_lr(0.01, gallery_size=10**6, stratum=None) == pytest.approx(6.4)
    # Nothing was measured: a calibrated LR exceeds N / rate no more often than the rate.
    assert MODEL.alert_log10_lr(0.001, gallery_size=1000, stratum="fresh") == pytest.approx(6.0)
    assert MODEL.alert_log10_lr(0.01, gallery_size=1000, stratum="long_stayer") == pytest.approx(5.0)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 2.0])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="give a share of searches"):
        MODEL.alert_log10_lr(rate, gallery_size=10, stratum=None)


def test_the_model_that_ships_is_fitted_monotone_and_says_on_what() -> None:
    text = (resources.files("matcher.leads") / "data" / "fusion.json").read_text("utf-8")
    document, model = json.loads(text), fitted_model()
    assert model.calibrated
    assert model.combination.weight("dna") == 1.0
    assert {row.stratum for row in model.alerts} == {"fresh", "long_stayer", None}
    assert document["name"].endswith(fingerprint(document))
    assert document["provenance"]["seeds"]
    assert document["provenance"]["probes"] >= 1000


def test_a_document_is_read_as_it_is_meant() -> None:
    model = model_of(DOCUMENT)
    assert model.combination == Combination({"name": 0.8, "place": 0.9}, (Tie("name", "place", 0.3),))
    assert model.alerts == (AlertRow("fresh", 0.01, 0.5, 400),)


def changed(**fields: object) -> dict[str, Any]:
    return {**copy.deepcopy(DOCUMENT), **fields}


@pytest.mark.parametrize(
    "document",
    [
        {},
        changed(format=2),
        changed(weights={"gait": 0.5}),
        changed(weights={"name": 1.5}),
        changed(weights={"name": "1"}),
        changed(weights={"name": True}),
        changed(weights={"name": math.nan}),
        changed(weights=[]),
        changed(ties=[{"channels": ["name"], "share": 0.1}]),
        changed(ties=[{"channels": ["name", "gait"], "share": 0.1}]),
        changed(ties=[{"channels": ["name", "place"], "share": 0.9}]),
        changed(alerts=[{"stratum": "old", "fpir": 0.1, "margin": 1.0, "searches": 3}]),
        changed(alerts={}),
    ],
)
def test_a_damaged_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        model_of(document)


def test_any_number_changes_the_fingerprint() -> None:
    other = changed(weights={"name": 0.8001, "place": 0.9})
    assert fingerprint(DOCUMENT) != fingerprint(other)
    assert fingerprint(DOCUMENT) == fingerprint(changed(name="another", provenance={"seeds": [1]}))
