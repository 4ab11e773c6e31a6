"""Simulated reviews: who is reviewed, and what learning does to cases that were not."""

from __future__ import annotations

import numpy as np
import pytest

from bench.reviews import REVIEWED_LEADS, ReviewedCase, effects, reviews_of, text
from matcher.types import CandidateList, Lead


def case(number: int, promised: float, *right: bool) -> ReviewedCase:
    name = f"A{number:04d}"
    leads = tuple(Lead(name, f"R{n}", n + 1, 1.0, promised if n == 0 else 0.001, ()) for n in range(len(right)))
    return ReviewedCase(name, "fresh", CandidateList(name, 100, 0.3, 0.0, 0.0, True, leads), right)


def test_a_reviewer_stops_at_the_right_person() -> None:
    assert [r.right for r in reviews_of(case(1, 0.5, False, True, False))] == [False, True]
    assert len(list(reviews_of(case(1, 0.5, *[False] * 9)))) == REVIEWED_LEADS


def test_over_confident_worlds_are_mended_and_honest_ones_left_alone() -> None:
    rng = np.random.default_rng(5)
    honest = [case(n, float(p), bool(rng.random() < p)) for n, p in enumerate(rng.random(600))]
    for effect in effects(honest, seed=1):
        assert effect.after <= effect.before + 0.01
    liar = [case(n, 0.97, bool(rng.random() < 0.5)) for n in range(600)]
    last = list(effects(liar, seed=1))[-1]
    assert last.reviewed == 300, "half of the cases stay for the measurement"
    assert last.before == pytest.approx(0.47, abs=0.05)
    assert last.after < 0.1
    assert last.on == 1.0
    assert "300" in text({"liar": liar}, seed=1, markdown=True)
