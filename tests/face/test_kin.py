from __future__ import annotations

import numpy as np
import pytest

from matcher.face.calibration import default_curves
from matcher.face.kin import CEILING, CORRECT, FLOOR, curves_for
from matcher.face.mixtures import GRID
from matcher.types import Hypothesis


def test_the_same_person_keeps_its_curves() -> None:
    curves = default_curves()
    assert curves_for(curves, "self") is curves


@pytest.mark.parametrize("hypothesis", ["sibling", "parent_child"])
def test_kin_curves_are_bounded_and_average_to_one_for_strangers(hypothesis: Hypothesis) -> None:
    curves = curves_for(default_curves(), hypothesis)
    for probe, record in (("adult", "adult"), ("adult", "child"), ("child", "child"), ("unknown", "unknown")):
        curve = curves.curve(probe, record, reliability=0.7)
        assert float(curve.impostor @ 10.0**curve.log10_lr) == pytest.approx(1.0, abs=1e-9)
        assert curve.log10_lr.min() >= FLOOR - 1e-9
        assert curve.log10_lr.max() <= CEILING + 1e-9


@pytest.mark.parametrize("hypothesis", ["sibling", "parent_child"])
def test_kin_and_strangers_are_told_apart_as_often_as_assumed(hypothesis: Hypothesis) -> None:
    pair = curves_for(default_curves(), hypothesis).pairs["adult-adult"]
    kin, strangers = pair.genuine.on_grid(), pair.impostor.on_grid()
    best = max(kin[place:].sum() + strangers[:place].sum() for place in range(len(GRID))) / 2.0
    assert best == pytest.approx(CORRECT[hypothesis], abs=0.015)


def test_a_very_similar_face_speaks_for_the_person_rather_than_for_kin() -> None:
    curves = default_curves()
    values = {
        name: float(np.interp(0.6, GRID, curves_for(curves, name).curve("adult", "adult").log10_lr))
        for name in ("self", "sibling", "parent_child")
    }
    assert values["self"] > 3.0
    assert 0.5 < values["parent_child"] <= values["sibling"] <= CEILING
