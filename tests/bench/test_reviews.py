"""Simulated reviews: who is reviewed, and what learning does to cases that were not."""

from __future__ import annotations

import numpy as np
import pytest

from bench.bent_reviews import bent_effects
from bench.reviews import REVIEWED_LEADS, ReviewedCase, effects, reviews_of, text
from matcher.types import CandidateList, Lead


def case(number: int, promised: float, *right: bool) -> ReviewedCase:
    name = f"A{number:04d}"
    leads = tuple(Lead(name, f"R{n}", n + 1, 1.0, promised if n == 0 else 0.001, ()) for n in range(len(right)))
    return ReviewedCase(name, "fresh", CandidateList(name, 100, 0.3, 0.0, 0.0, True, leads), right)


def test_a_reviewer_stops_at_the_right_person() -> None:
    assert [r.right for r in reviews_of(case(1, 0.5, False, True, False))] == [False, True]
    assert len(list(reviews_of(case(1, 0.5, *[False] * 9)))) == REVIEWED_LEADS


def test_lower_leads_are_held_against_what_the_wrong_ones_left() -> None:
    leads = (Lead("A", "R0", 1, 1.0, 0.5, ()), Lead("A", "R1", 2, 1.0, 0.3, ()))
    given = ReviewedCase("A", "fresh", CandidateList("A", 100, 0.3, 0.0, 0.0, True, leads), (False, True))
    assert [review.posterior for review in reviews_of(given)] == [0.5, 0.6]


def test_over_confident_worlds_are_mended_and_honest_ones_left_alone() -> None:
    rng = np.random.default_rng(5)
    honest = [case(n, float(p), bool(rng.random() < p)) for n, p in enumerate(rng.random(600))]
    for effect in effects(honest, seed=1):
        assert effect.after.value <= effect.before.value + 0.01
        assert effect.floor.low < effect.before.value < effect.floor.high + 0.01
    liar = [case(n, 0.97, bool(rng.random() < 0.5)) for n in range(600)]
    last = [effect for effect in effects(liar, seed=1) if effect.stratum == "all"][-1]
    assert (last.reviewed, last.after.trials) == (300, 300), "half of the cases stay for the measurement"
    assert last.before.value == pytest.approx(0.47, abs=0.05)
    assert last.before.value > last.floor.high
    assert last.after.value < 0.1
    assert last.on == 1.0
    assert "300" in text({"liar": liar}, seed=1, markdown=True)


def test_strata_are_measured_apart() -> None:
    rng = np.random.default_rng(6)
    fresh = [case(n, 0.5, bool(rng.random() < 0.5)) for n in range(60)]
    measured = [(effect.stratum, effect.after.trials) for effect in effects(fresh, seed=1)]
    assert measured == [("all", 35), ("fresh", 35), ("all", 30), ("fresh", 30)]


def test_promises_that_are_all_kept_have_no_error_and_learning_adds_next_to_none() -> None:
    rng = np.random.default_rng(7)
    cases = [case(n, float(p), False, False) for n, p in enumerate(rng.random(300))]
    found = {(effect.bent, effect.reviewed): effect for effect in bent_effects(cases, seed=1)}
    honest = found["all kept", 100]
    assert honest.before == pytest.approx(0.0, abs=1e-12)
    assert honest.after < 0.01
    bent = found["logits twice too large", 300]
    assert bent.on == 1.0
    assert bent.after < bent.before / 2
    assert {size for _, size in found} == {25, 100, 300}
