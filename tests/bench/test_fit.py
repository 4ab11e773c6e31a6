"""The fit on worlds drawn from a known model: it finds it, keeps its promises, and writes what the product reads."""

from __future__ import annotations

import math

import click
import numpy as np
import pytest

from bench.fit import model_document, seeds_of
from bench.fit_model import fitted, log_likelihood, mated_share
from bench.fit_worlds import KIN, MATE, STRANGER, World
from matcher.engine.combination import PLAIN
from matcher.leads.fusion_model import model_of
from matcher.types import CHANNEL_NAMES

PROBES, RECORDS = 150, 60
NAME, PLACE = CHANNEL_NAMES.index("name"), CHANNEL_NAMES.index("place")


def world_of(seed: int, *, inflated: float = 1.0, repeated: bool = False) -> World:
    """Draw LRs that are honest (log LR normal with mean equal to half its variance), then let channels over-claim.

    `inflated` stretches what names say; with `repeated`, places say what names say once more.
    """
    rng = np.random.default_rng(seed)
    mated = rng.random(PROBES) < 0.5
    rows = PROBES * RECORDS
    mate = np.zeros((PROBES, RECORDS), bool)
    mate[mated, 0] = True
    spread = np.full(len(CHANNEL_NAMES), 2.2)
    sign = np.where(mate.reshape(-1, 1), 1.0, -1.0)
    natural = rng.normal(sign * spread**2 / 2, spread, (rows, len(CHANNEL_NAMES)))
    values = natural / math.log(10.0)
    values[:, NAME] *= inflated
    if repeated:
        values[:, PLACE] = values[:, NAME]
    return World(
        values=values.astype(np.float32),
        weight=np.ones(rows, np.float32),
        relation=np.where(mate.reshape(-1), MATE, STRANGER).astype(np.int8),
        owner=np.arange(rows, dtype=np.int64),
        probe=np.repeat(np.arange(PROBES, dtype=np.int32), RECORDS),
        stratum=np.where(np.arange(PROBES) % 2 == 0, "fresh", "long_stayer"),
        natural=np.ones(PROBES, bool),
        mated=mated,
        eligible=np.full(PROBES, RECORDS, np.int64),
    )


def test_honest_independent_channels_keep_about_their_weight() -> None:
    found = fitted([world_of(seed) for seed in range(4)]).combination
    assert all(found.weight(name) > 0.75 for name in CHANNEL_NAMES)
    assert sum(tie.share for tie in found.ties) < 0.3


def test_a_channel_that_doubles_its_claims_is_halved() -> None:
    found = fitted([world_of(seed, inflated=2.0) for seed in range(4)]).combination
    assert found.weight("name") == pytest.approx(0.5, abs=0.12)
    assert found.weight("dna") == 1.0


def test_what_is_said_twice_is_taken_off() -> None:
    worlds = [world_of(seed, repeated=True) for seed in range(4)]
    found = fitted(worlds)
    tie = next((tie for tie in found.combination.ties if tie.first == "name"), None)
    # In support, both together should count for one: the weights' sum less the tie.
    together = found.combination.weight("name") + found.combination.weight("place") - (tie.share if tie else 0.0)
    assert together == pytest.approx(1.0, abs=0.25)
    assert found.log_likelihood > log_likelihood(worlds, PLAIN, mated_share(worlds))


def test_the_slope_is_the_slope() -> None:
    from bench.fit_model import _negative_log_likelihood, _terms

    worlds = [world_of(5, inflated=1.5)]
    terms = [_terms(world, mated_share(worlds)) for world in worlds]
    beta = np.array([0.9, 0.7, 0.8, 1.0, 0.6, 0.2, 0.1])
    _, slope = _negative_log_likelihood(beta, terms)
    for place in range(beta.shape[0]):
        step = np.zeros_like(beta)
        step[place] = 1e-6
        ahead, behind = (_negative_log_likelihood(beta + side * step, terms)[0] for side in (1, -1))
        assert slope[place] == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-4)


def test_the_fit_is_deterministic_and_read_by_the_product() -> None:
    worlds = [world_of(seed, inflated=1.6) for seed in range(3)]
    first, second = model_document(worlds, {("shifted", 9): world_of(9)}), model_document(worlds, {})
    assert first["weights"] == second["weights"]
    assert first["alerts"] == second["alerts"]
    model = model_of(first)
    assert model.combination.weight("name") < 0.85
    provenance = first["provenance"]
    assert isinstance(provenance, dict)
    held_out = provenance["held_out"]["long_stayer"]
    assert held_out["fused"]["top1_ece"] <= held_out["plain_sum"]["top1_ece"] + 0.02
    assert provenance["shifted"].keys() == {"shifted:9"}


def test_alert_thresholds_hold_on_what_they_were_read_from() -> None:
    worlds = [world_of(seed) for seed in range(4)]
    document = model_document(worlds, {})
    model = model_of(document)
    best = np.concatenate([w.values.sum(axis=1).reshape(PROBES, RECORDS).max(axis=1)[~w.mated] for w in worlds])
    row = next(row for row in model.alerts if row.stratum is None and row.fpir == 0.1)
    assert row.searches == best.shape[0]
    assert row.margin > 0.0 - math.log10(RECORDS)


def test_made_cases_are_left_out() -> None:
    world = world_of(1)
    made = World(
        world.values, world.weight, np.where(world.relation == STRANGER, KIN, MATE).astype(np.int8), world.owner,
        world.probe, world.stratum, np.arange(PROBES) >= 10, world.mated, world.eligible,
    )  # fmt: skip
    natural = made.naturals()
    assert natural.stratum.shape == (PROBES - 10,)
    assert natural.probe[0] == 0
    assert natural.values.shape[0] == (PROBES - 10) * RECORDS
    np.testing.assert_array_equal(natural.values, world.values[10 * RECORDS :])


@pytest.mark.parametrize("text", ["", "x", "5-x", "1,,2"])
def test_seeds_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="give numbers such as"):
        seeds_of(text)
