"""Metrics against closed forms, hand-computed cases and published values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.lr_metrics import cllr, cllr_min, dev_pav, isotonic
from bench.metrics import (
    bootstrap,
    bootstrap_mean,
    calibrated_ece,
    expected_calibration_error,
    fnir_at_fpir,
    hit_rate,
    mean_reciprocal_rank,
    reliability,
    resamples,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson(successes, trials)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert interval.value == successes / trials


def test_wilson_without_trials_is_not_a_number() -> None:
    assert math.isnan(wilson(0, 0).value)


def test_wilson_is_symmetric() -> None:
    a, b = wilson(3, 17), wilson(14, 17)
    assert a.low == pytest.approx(1 - b.high)
    assert a.high == pytest.approx(1 - b.low)


def test_hit_rates_by_hand() -> None:
    ranks = [1, 2, 10, 11, None]
    assert [hit_rate(ranks, k).value for k in (1, 10, 50)] == [0.2, 0.6, 0.8]
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 0.5 + 0.1 + 1 / 11) / 5)


def test_cllr_closed_forms() -> None:
    assert cllr([0.0, 0.0], [0.0]) == 1.0
    # LR = 3 for the genuine, 1/3 for the impostor: both terms are log2(4/3).
    assert cllr([math.log10(3)], [-math.log10(3)]) == pytest.approx(math.log2(4 / 3))
    # Confidently wrong: log2(1 + 1000) bits.
    assert cllr([-3.0], [3.0]) == pytest.approx(math.log2(1001))


def test_cllr_min_by_hand() -> None:
    # Sorted: i g | i g: two pools at posterior 1/2 under equal priors for the middle pair only.
    # Values 0(i) 1(g) 2(i) 3(g): the pool {1, 2} has posterior 1/2, the ends are certain: cost = 2 * 0.25 * 1 bit.
    assert cllr_min([1.0, 3.0], [0.0, 2.0]) == pytest.approx(0.5)
    assert cllr_min([0.0], [1.0]) == pytest.approx(1.0)
    assert cllr_min([1.0], [1.0]) == pytest.approx(1.0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-6, 6), min_size=1, max_size=30),
    st.lists(st.floats(-6, 6), min_size=1, max_size=30),
    st.floats(0.2, 3),
    st.floats(-2, 2),
)
def test_cllr_min_bounds_cllr_under_any_affine_calibration(
    genuine: list[float], impostor: list[float], slope: float, offset: float
) -> None:
    g, i = np.array(genuine), np.array(impostor)
    assert cllr_min(g, i) <= cllr(slope * g + offset, slope * i + offset) + 1e-9
    assert 0.0 <= cllr_min(g, i) <= 1.0 + 1e-12


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0, 1), st.floats(0.1, 2)), min_size=1, max_size=20))
def test_isotonic_meets_the_min_max_formula(rows: list[tuple[int, float, float]]) -> None:
    values = np.array([float(v) for v, _, _ in rows])
    targets, weights = np.array([t for _, t, _ in rows]), np.array([w for _, _, w in rows])
    fitted = isotonic(values, targets, weights)
    for index, value in enumerate(values):
        # Robertson, Wright & Dykstra (1988), theorem 1.4.4: max over lower sets of min over upper sets.
        best = max(
            min(
                np.average(
                    targets[(values >= low) & (values <= high)], weights=weights[(values >= low) & (values <= high)]
                )
                for high in values[values >= value]
            )
            for low in values[values <= value]
        )
        assert fitted[index] == pytest.approx(best, abs=1e-9)


def test_fnir_at_fpir_by_hand() -> None:
    unmated = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    mates = np.array([0.95, 0.9, math.nan, 0.1])
    # One of ten may be returned: the threshold is 0.9, exceeded by 0.95 alone.
    assert fnir_at_fpir(mates, unmated, 0.1) == 0.75
    assert fnir_at_fpir(mates, unmated, 1.0) == 0.25
    assert math.isnan(fnir_at_fpir(np.array([]), unmated, 0.1))


def test_a_fpir_that_so_few_cases_cannot_show_is_not_a_number() -> None:
    mates, unmated = np.array([1.0, 2.0]), np.arange(99.0)
    assert math.isnan(fnir_at_fpir(mates, unmated, 0.01))
    assert not math.isnan(fnir_at_fpir(mates, np.arange(100.0), 0.01))


def test_reliability_by_hand() -> None:
    table = reliability([0.05, 0.95, 1.0, 0.0], [False, True, False, False])
    assert [(b.count, b.true) for b in table] == [(2, 0.0), (2, 0.5)]
    assert expected_calibration_error([0.05, 0.95, 1.0, 0.0], [False, True, False, False]) == pytest.approx(
        0.5 * 0.025 + 0.5 * (0.975 - 0.5)
    )


def test_bootstrap_keeps_the_cases_of_a_person_together() -> None:
    # One person with 100 hits and one with 100 misses: resampling persons gives 0, 1/2 or 1, never a narrow interval.
    hits = np.array([1.0] * 100 + [0.0] * 100)
    interval = bootstrap([7] * 100 + [9] * 100, lambda chosen: float(hits[chosen].mean()), seed=1)
    assert (interval.low, interval.value, interval.high) == (0.0, 0.5, 1.0)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_resamples_draw_as_many_whole_groups_as_there_are(groups: list[int]) -> None:
    numbers = np.array(groups)
    for chosen in resamples(groups, seed=1, draws=5):
        drawn = {group: int((numbers[chosen] == group).sum()) / groups.count(group) for group in set(groups)}
        assert sum(drawn.values()) == len(set(groups))
        assert all(times == int(times) for times in drawn.values())


def test_the_fast_mean_of_a_bootstrap_is_the_slow_one() -> None:
    rng = np.random.default_rng(2)
    groups, values = rng.integers(0, 30, 80), rng.normal(0, 1, 80)
    slow = bootstrap(groups, lambda chosen: float(values[chosen].mean()), seed=3, draws=4000)
    fast = bootstrap_mean(groups, values, seed=4, draws=4000)
    assert fast.value == slow.value
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=0.02)


def test_bootstrap_covers_the_mean() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for trial in range(60):
        sample = rng.normal(0, 1, 40)
        interval = bootstrap(np.arange(40), lambda chosen, of=sample: float(of[chosen].mean()), seed=trial, draws=300)
        covered += interval.low <= 0 <= interval.high
    assert covered >= 50


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_is_that_of_the_reliability_table(rows: list[tuple[float, bool]]) -> None:
    promised, true = [p for p, _ in rows], [t for _, t in rows]
    table = reliability(promised, true)
    expected = sum(item.count * abs(item.promised - item.true) for item in table) / len(rows)
    assert expected_calibration_error(promised, true) == pytest.approx(expected)


def test_honest_promises_have_an_error_that_falls_with_the_root_of_their_number() -> None:
    few, many = (calibrated_ece(np.full(count, 0.5), seed=1) for count in (25, 2500))
    # One bin: E|S/n - 1/2| = sqrt(1 / (2 pi n)) for large n.
    assert few.value == pytest.approx(math.sqrt(1 / (2 * math.pi * 25)), rel=0.1)
    assert many.value == pytest.approx(few.value / 10, rel=0.1)
    assert many.low < many.value < many.high


def test_dev_pav_is_small_for_honest_ratios_and_sees_a_shift() -> None:
    rng = np.random.default_rng(3)
    spread = 2.0  # LRs of two normals at distance d: ln LR ~ N(+-d^2/2, d^2)
    mates = rng.normal(spread**2 / 2, spread, 20_000) / math.log(10)
    others = rng.normal(-(spread**2) / 2, spread, 20_000) / math.log(10)
    # At the ends of the range few values carry the supported LR, hence the tolerance.
    assert dev_pav(mates, others) < 0.25
    assert dev_pav(mates + 1.0, others + 1.0) == pytest.approx(1.0, abs=0.25)


def test_dev_pav_by_hand() -> None:
    # Claims 0 (of both) and 1 (of two genuine, one impostor): supported log10 LRs are log10((1/3)/(1/2)) and
    # log10((2/3)/(1/2)); the line of distances crosses zero nowhere, and the range of claims is 1.
    at_zero, at_one = 0.0 - math.log10(2 / 3), 1.0 - math.log10(4 / 3)
    assert dev_pav([0.0, 1.0, 1.0], [0.0, 1.0]) == pytest.approx((at_zero + at_one) / 2)


def test_dev_pav_counts_both_sides_of_a_crossing() -> None:
    # Supported: log10(2/3) at claim -1, log10(4/3) at claim 0: distances of opposite sign, two triangles.
    low, high = -1.0 - math.log10(2 / 3), 0.0 - math.log10(4 / 3)
    claims = ([-1.0, 0.0, 0.0], [-1.0, 0.0])
    assert max(low, high) < 0
    assert dev_pav(*claims) == pytest.approx((abs(low) + abs(high)) / 2)
    shifted = ([-0.4, 0.6, 0.6], [-0.4, 0.6])
    first, last = -0.4 - math.log10(2 / 3), 0.6 - math.log10(4 / 3)
    assert first < 0 < last
    assert dev_pav(*shifted) == pytest.approx((first**2 + last**2) / (2 * (last - first)))
