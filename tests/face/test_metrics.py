from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.face.metrics import (
    COSINES,
    LOG10_LRS,
    Ranks,
    ScoreCounts,
    auc,
    cllr,
    cllr_min,
    equal_error_rate,
    error_curve,
    fnir_at_fpir,
    rank_share,
    tar_at_far,
)

# Cosines on the grid, so that counting loses nothing.
SCORES = st.lists(st.integers(-10, 10).map(lambda n: n / 10), min_size=1, max_size=25)


def counted(genuine: list[float], impostor: list[float]) -> ScoreCounts:
    return ScoreCounts.of(COSINES, np.array(genuine), np.array(impostor))


@given(SCORES, SCORES)
def test_auc_equals_counting_all_pairs(genuine: list[float], impostor: list[float]) -> None:
    wins = np.mean([1.0 if g > i else 0.5 if g == i else 0.0 for g in genuine for i in impostor])
    assert auc(counted(genuine, impostor)) == pytest.approx(float(wins), abs=1e-12)


@given(SCORES, SCORES, st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_tar_at_far_equals_trying_every_threshold(genuine: list[float], impostor: list[float], far: float) -> None:
    thresholds = sorted({*genuine, *impostor, 2.0})
    best = max(
        np.mean([g >= t for g in genuine]) for t in thresholds if np.mean([i >= t for i in impostor]) <= far + 1e-12
    )
    assert tar_at_far(error_curve(counted(genuine, impostor)), far + 1e-12) == pytest.approx(float(best), abs=1e-9)


def test_equal_error_rate_of_two_normals() -> None:
    rng = np.random.default_rng(1)
    counts = ScoreCounts.of(COSINES, rng.normal(0.4, 0.1, 200_000), rng.normal(0.1, 0.1, 200_000))
    assert equal_error_rate(error_curve(counts)) == pytest.approx(0.0668, abs=0.002)  # Phi(-1.5)
    assert auc(counts) == pytest.approx(0.9831, abs=0.001)  # Phi(3 / sqrt 2)


def test_perfect_and_useless_scores() -> None:
    perfect = counted([0.9, 0.8], [0.1, 0.2])
    assert equal_error_rate(error_curve(perfect)) == 0.0
    assert cllr_min(perfect) == 0.0
    useless = counted([0.5, 0.5], [0.5])
    assert cllr_min(useless) == pytest.approx(1.0)
    assert auc(useless) == 0.5


@given(
    st.lists(st.integers(-30, 30).map(lambda n: n / 10), min_size=1, max_size=20),
    st.lists(st.integers(-30, 30).map(lambda n: n / 10), min_size=1, max_size=20),
)
def test_cllr_equals_its_definition_and_is_never_below_its_minimum(genuine: list[float], impostor: list[float]) -> None:
    counts = ScoreCounts.of(LOG10_LRS, np.array(genuine), np.array(impostor))
    slow = (np.mean([np.log2(1 + 10**-g) for g in genuine]) + np.mean([np.log2(1 + 10**i) for i in impostor])) / 2
    assert cllr(counts) == pytest.approx(float(slow), rel=1e-9)
    assert cllr_min(counts) <= cllr(counts) + 1e-9


def test_lrs_that_say_nothing_cost_one_bit() -> None:
    assert cllr(ScoreCounts.of(LOG10_LRS, np.zeros(3), np.zeros(5))) == pytest.approx(1.0)


def test_cllr_min_equals_isotonic_calibration_done_slowly() -> None:
    """Best posterior under a non-decreasing map = the largest of the smallest averages (min-max formula)."""
    genuine, impostor = [0.1, 0.4, 0.4, 0.8], [0.0, 0.1, 0.4, 0.5, 0.6]
    values = sorted({*genuine, *impostor})
    mass = {v: (genuine.count(v) / 4, impostor.count(v) / 5) for v in values}

    def average(a: int, b: int) -> float:
        g = sum(mass[v][0] for v in values[a : b + 1])
        return g / (g + sum(mass[v][1] for v in values[a : b + 1]))

    cost = 0.0
    for k, value in enumerate(values):
        p = max(min(average(a, b) for b in range(k, len(values))) for a in range(k + 1))
        cost += (mass[value][0] * -np.log2(p) if mass[value][0] else 0.0) / 2
        cost += (mass[value][1] * -np.log2(1 - p) if mass[value][1] else 0.0) / 2
    assert cllr_min(counted(genuine, impostor)) == pytest.approx(cost, abs=1e-12)


def test_one_to_many() -> None:
    ranks = Ranks(np.array([1, 1, 3, 8]), np.array([0.9, 0.6, 0.3, 0.1]), np.array([0.5, 0.4, 0.45, 0.2]), 10)
    assert rank_share(ranks, 1) == 0.5
    assert rank_share(ranks, 3) == 0.75
    assert fnir_at_fpir(ranks, 0.0) == 0.5
    assert fnir_at_fpir(ranks, 0.25) == 0.5
    assert fnir_at_fpir(ranks, 0.75) == 0.25
    assert fnir_at_fpir(ranks, 1.0) == 0.0
