from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from matcher.errors import ReferenceDataError
from matcher.face.calibration import curves_text, default_curves, parse_curves
from matcher.face.support import CONFIDENCE, CeilingSupport, Reach, poisson_below, poisson_upper

SUPPORT = CeilingSupport(
    base=4.0,
    ceiling=4.75,
    faces=1200,
    pairs=700_000,
    factor=10.0,
    reached=(Reach(2.0, 310, 700_000), Reach(4.45, 0, 700_000)),
    peers=(Reach(2.0, 60, 90_000, "one age"), Reach(4.45, 0, 90_000, "one age")),
    refused=Reach(4.7, 1, 700_000, "child-child"),
    contradicted=None,
)


@given(st.integers(0, 200_000), st.floats(1e-6, 1e6))
def test_poisson_probabilities_are_those_of_scipy(count: int, mean: float) -> None:
    assert poisson_below(count, mean) == pytest.approx(float(stats.poisson.cdf(count, mean)), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("count", [0, 1, 2, 9, 100, 4321, 250_000])
def test_the_upper_limit_is_the_chi_square_quantile(count: int) -> None:
    expected = stats.chi2.ppf(CONFIDENCE, 2 * (count + 1)) / 2
    assert poisson_upper(count) == pytest.approx(expected, rel=1e-8)


def test_poisson_probabilities_at_the_ends() -> None:
    assert poisson_below(-1, 3.0) == 0.0
    assert poisson_below(0, 0.0) == 1.0
    assert poisson_below(5, 0.0) == 1.0


@given(st.integers(0, 300), st.integers(1, 10**8), st.floats(1.0, 6.0), st.sampled_from([1.0, 10.0, 30.0]))
def test_a_threshold_is_exceeded_when_the_limit_times_the_factor_is(
    strangers: int, pairs: int, log10_lr: float, factor: float
) -> None:
    reach = Reach(log10_lr, strangers, pairs)
    limit, allowed = poisson_upper(strangers) / pairs * factor, reach.allowed_rate
    if abs(limit / allowed - 1.0) > 1e-6:
        assert reach.exceeds(factor) == (limit > allowed)
    lower = float(stats.chi2.ppf(1.0 - CONFIDENCE, 2 * strangers) / 2 / pairs) if strangers else 0.0
    if abs(lower / allowed - 1.0) > 1e-6:
        assert reach.contradicts == (lower > allowed)


def test_without_pairs_nothing_is_known() -> None:
    nothing = Reach(4.0, 0, 0)
    assert nothing.upper_rate == 1.0
    assert nothing.exceeds(10.0)
    assert not nothing.contradicts


def test_how_many_times_as_often_is_told_from_enough_pairs() -> None:
    assert Reach(2.0, 60, 90_000, "one age").times_as_often(Reach(2.0, 310, 700_000)) == pytest.approx(1.505, abs=1e-3)
    assert Reach(2.0, 9, 90_000).times_as_often(Reach(2.0, 310, 700_000)) is None
    assert Reach(2.0, 60, 90_000).times_as_often(Reach(2.0, 0, 0)) is None


def test_the_support_is_read_back_from_a_curve_file() -> None:
    curves = dataclasses.replace(default_curves(), ceiling=4.75, support=SUPPORT)
    text = curves_text(curves)
    assert parse_curves(text, origin="mine.json") == curves
    table = json.loads(text)["ceiling_support"]
    assert table["pairs_of_strangers"] == 700_000
    assert table["reached"][1] == {
        "log10_lr": 4.45, "ages": "all", "strangers": 0, "pairs": 700_000, "upper_rate": 4.28e-06,
        "allowed_rate": 3.55e-05,
    }  # fmt: skip
    assert np.isclose(table["reached"][1]["upper_rate"], poisson_upper(0) / 700_000, rtol=1e-2)


def test_a_file_from_before_has_no_support() -> None:
    text = curves_text(default_curves())
    assert "ceiling_support" not in text
    assert parse_curves(text, origin="old.json").support is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.update(ceiling_log10_lr=5.0), "that of another ceiling"),
        (lambda table: table["ceiling_support"].update(base_log10_lr=5.0), "that of another ceiling"),
        (lambda table: table["ceiling_support"].update(faces="many"), "'faces' of the ceiling's support is not a num"),
        (lambda table: table["ceiling_support"].update(reached="none"), "'reached' of the ceiling's support is not"),
        (lambda table: table["ceiling_support"].update(refused=3), "a threshold of the ceiling's support is not a"),
        (lambda table: table["ceiling_support"].pop("factor"), "factor"),
        (lambda table: table.update(ceiling_support=[]), "'ceiling_support' is not a table"),
    ],
)
def test_a_wrong_support_is_refused(change: Callable[[dict[str, object]], object], message: str) -> None:
    table = json.loads(curves_text(dataclasses.replace(default_curves(), ceiling=4.75, support=SUPPORT)))
    change(table)
    with pytest.raises(ReferenceDataError, match=message):
        parse_curves(json.dumps(table), origin="mine.json")
