from __future__ import annotations

import json
from importlib.resources import files
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ReferenceDataError
from matcher.face.ages import AGE_GROUPS
from matcher.face.calibration import (
    PAIRS,
    bounded_curve,
    default_curves,
    parse_curves,
    pool_adjacent,
    read_curves,
)
from matcher.face.mixtures import GRID
from matcher.types import AgeGroup

CURVES = default_curves()
TEXT = files("matcher.face").joinpath("data/curves/sface-2021dec.json").read_text("utf-8")


@pytest.mark.parametrize(("probe", "record"), list(product(AGE_GROUPS, AGE_GROUPS)))
@pytest.mark.parametrize("reliability", [1.0, 0.7, 0.24])
def test_mean_lr_of_different_persons_is_one(probe: AgeGroup, record: AgeGroup, reliability: float) -> None:
    curve = CURVES.curve(probe, record, reliability=reliability)
    assert curve.impostor.sum() == pytest.approx(1.0, abs=1e-12)
    assert float(curve.impostor @ 10.0**curve.log10_lr) == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(curve.log10_lr) >= 0).all()
    assert CURVES.floor <= curve.log10_lr.min()
    assert curve.log10_lr.max() <= CURVES.ceiling


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("kind", ["genuine", "impostor"])
def test_mixtures_reproduce_the_measured_statistics(pair: str, kind: str) -> None:
    measured = json.loads(TEXT)["pairs"][pair][kind]["measured"]
    mixture = getattr(CURVES.pairs[pair], kind)
    cumulative = np.cumsum(mixture.on_grid())
    assert mixture.total_mean == pytest.approx(measured["mean"], abs=0.002)
    assert mixture.total_sd == pytest.approx(measured["sd"], abs=0.002)
    for level, quantile in zip(measured["quantile_levels"], measured["quantiles"], strict=True):
        assert np.interp(level, cumulative, GRID) == pytest.approx(quantile, abs=0.012), level


# log10 LR at cosines .2 to .6, counted on persons that were not used for fitting; None beyond the bounds of the curve.
HELD_OUT = {
    ("adult", "adult"): (None, -0.2, 1.2, 3.2, None),
    ("child", "child"): (-0.5, 0.1, 0.8, 1.4, 2.5),
    ("child", "adult"): (0.0, 1.0, 2.3, 3.9, None),
}


@pytest.mark.parametrize(("groups", "expected"), list(HELD_OUT.items()))
def test_curves_agree_with_held_out_persons(
    groups: tuple[AgeGroup, AgeGroup], expected: tuple[float | None, ...]
) -> None:
    curve = CURVES.curve(*groups)
    for cosine, value in zip((0.2, 0.3, 0.4, 0.5, 0.6), expected, strict=True):
        if value is not None:
            assert np.interp(cosine, GRID, curve.log10_lr) == pytest.approx(value, abs=0.3), cosine


def test_the_same_cosine_says_more_across_a_childhood() -> None:
    def at(probe: AgeGroup, record: AgeGroup) -> float:
        return float(np.interp(0.3, GRID, CURVES.curve(probe, record).log10_lr))

    assert at("child", "adult") > at("unknown", "adult") > at("adult", "adult")
    assert at("child", "adult") == at("adult", "child")


def test_a_poor_photo_says_less_on_both_sides() -> None:
    good, poor = CURVES.curve("adult", "adult"), CURVES.curve("adult", "adult", reliability=0.3)
    low, high = np.searchsorted(GRID, [0.1, 0.6])
    assert good.log10_lr[low] < poor.log10_lr[low] < 0.0 < poor.log10_lr[high] < good.log10_lr[high]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 5)), min_size=1, max_size=30))
def test_pooling_keeps_the_weighted_sum_and_ascends(items: list[tuple[float, float]]) -> None:
    values, weights = np.array(items).T
    pooled = pool_adjacent(values, weights)
    assert (np.diff(pooled) >= -1e-12).all()
    assert float(pooled @ weights) == pytest.approx(float(values @ weights), rel=1e-9, abs=1e-9)


def test_bounds_hold_whatever_the_distributions() -> None:
    rng = np.random.default_rng(2)
    genuine, impostor = rng.dirichlet(np.full(len(GRID), 0.05), 2)
    curve = bounded_curve(genuine, impostor + 1e-30, floor=-1.0, ceiling=2.0)
    assert curve.log10_lr.min() >= -1.0
    assert curve.log10_lr.max() <= 2.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"format": 1', '"format": 9', "format 9, expected 1"),
        ('"floor_log10_lr": -1.5', '"floor_log10_lr": 0.5', "bounds must enclose 0"),
        ('"sd": [0.092]', '"sd": [0.001]', "at least 0.03"),
        ('"child-child"', '"teen-teen"', "child-child"),
        ("{", "", "Expecting|Extra"),
    ],
)
def test_a_wrong_curve_file_is_refused(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(ReferenceDataError, match=message):
        parse_curves(TEXT.replace(old, new), origin="mine.json")


def test_a_missing_curve_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="cannot read"):
        read_curves(tmp_path / "absent.json")
