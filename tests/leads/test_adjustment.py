"""Learning from reviews: the fit against a slow optimum, the guard, and lists that keep summing to 1."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import WorkspaceError
from matcher.leads.adjustment import (
    FEWEST_CASES,
    RIDGE_A,
    RIDGE_B,
    Learned,
    PosteriorAdjustment,
    Review,
    adjusted,
    fit,
    in_use,
    learn,
    quality,
    scaled,
)
from matcher.leads.adjustment_file import FILE, read_adjustments, write_adjustments
from matcher.types import HypothesisShare, Lead, PersonRecord, Stratum
from tests.leads.conftest import plain_list

SHARES = st.lists(st.floats(0.0, 1.0), max_size=6).map(lambda values: [v / max(1.0, sum(values)) for v in values])
MAPS = st.builds(
    PosteriorAdjustment, st.floats(-4, 4), st.floats(0.05, 3), st.just(30), st.just(60),
    st.floats(-14, 0), st.floats(0, 14),
)  # fmt: skip


def over_confident(cases: int, seed: int = 3, stratum: Stratum | None = "fresh") -> list[Review]:
    """Reviews of leads whose promised logits are twice what they should be."""
    rng = np.random.default_rng(seed)
    honest = 1 / (1 + np.exp(-rng.normal(0, 2, cases)))
    promised = 1 / (1 + np.exp(-2 * np.log(honest / (1 - honest))))
    pairs = zip(promised, honest, strict=True)
    return [Review(f"A{n}", float(p), bool(rng.random() < h), stratum) for n, (p, h) in enumerate(pairs)]


def learned_from(reviews: list[Review]) -> Learned:
    """Learn from reviews of one stratum."""
    (found,) = learn(reviews).values()
    return found


def penalised_loss(a: float, b: float, promised: np.ndarray, right: np.ndarray) -> float:
    logits = np.log(promised / (1 - promised))
    p = 1 / (1 + np.exp(-(a + b * logits)))
    loss = -np.sum(right * np.log(p) + (1 - right) * np.log(1 - p))
    return float(loss + a * a / (2 * RIDGE_A**2) + (b - 1) ** 2 / (2 * RIDGE_B**2))


def test_the_fit_is_the_optimum_of_a_slow_search() -> None:
    reviews = over_confident(60)
    promised = np.array([r.posterior for r in reviews])
    right = np.array([float(r.right) for r in reviews])
    a, b = fit(promised, right)
    best = penalised_loss(a, b, promised, right)
    for da in np.linspace(-0.5, 0.5, 11):
        for db in np.linspace(-0.3, 0.3, 11):
            assert penalised_loss(a + da, b + db, promised, right) >= best - 1e-9


def test_without_reviews_nothing_is_changed() -> None:
    assert fit(np.zeros(0), np.zeros(0)) == (0.0, 1.0)


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_one_sided_certain_reviews_stay_finite_and_keep_the_order(right: float) -> None:
    a, b = fit(np.full(50, 1.0 - right), np.full(50, right))
    assert math.isfinite(a)
    assert b > 0.0


def test_over_confidence_is_mended_and_kept_off_below_the_fewest_cases() -> None:
    learned = learned_from(over_confident(400))
    assert learned.verdict == "on"
    assert learned.adjustment is not None
    assert learned.adjustment.b == pytest.approx(0.5, abs=0.15)
    assert learned.after.ece < learned.before.ece / 2
    few = learned_from(over_confident(FEWEST_CASES - 1))
    assert (few.verdict, few.adjustment) == ("too_few", None)


def test_what_one_stratum_teaches_leaves_the_other_alone() -> None:
    """Over-confident fresh arrivals are mended; honest long-stayers, too few or many, keep their promises."""
    rng = np.random.default_rng(1)
    honest = [Review(f"B{n}", float(p), bool(rng.random() < p), "long_stayer") for n, p in enumerate(rng.random(40))]
    learned = learn([*over_confident(200), *honest])
    assert list(learned) == ["fresh", "long_stayer"]
    assert learned["fresh"] == learned_from(over_confident(200))
    assert learned["long_stayer"] == learned_from(honest)
    assert list(in_use(learned)) == ["fresh"]


def test_cases_are_counted_not_leads() -> None:
    leads = [Review("A1", 0.5, right=False)] * (2 * FEWEST_CASES)
    assert learned_from(leads).verdict == "too_few"


def test_what_does_harm_under_cross_validation_stays_off() -> None:
    """Cases take turns in five folds, and what four of them teach is wrong for the fifth."""
    harmful = [Review(f"A{n:03d}", 0.5, right=n % 5 < 2) for n in range(40)]
    learned = learned_from(harmful)
    assert learned.verdict == "worse"
    assert learned.adjustment is None


@given(st.integers(0, 10**6))
@settings(derandomize=True, deadline=None, max_examples=25)
def test_learning_never_raises_the_error_by_more_than_a_hundredth_where_it_is_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reviews = [Review(f"A{n}", float(p), bool(rng.random() < p)) for n, p in enumerate(rng.random(60))]
    learned = learned_from(reviews)
    assert learned.adjustment is None or learned.after.ece <= learned.before.ece + 0.01


def test_the_quality_of_a_hand_made_table() -> None:
    found = quality(np.array([0.9, 0.9, 0.1, 0.1]), np.array([1.0, 0.0, 0.0, 0.0]))
    assert found.ece == pytest.approx((0.4 * 2 + 0.1 * 2) / 4)
    assert found.log_loss == pytest.approx(-(2 * math.log(0.9) + math.log(0.1) + math.log(0.9)) / 4)
    assert math.isnan(quality(np.zeros(0), np.zeros(0)).ece)


@given(SHARES, MAPS)
@settings(derandomize=True, deadline=None)
def test_a_corrected_list_still_sums_to_one(shares: list[float], adjustment: PosteriorAdjustment) -> None:
    before = plain_list(sorted(shares, reverse=True))
    after = adjusted(before, adjustment)
    assert sum(lead.posterior for lead in after.leads) + after.nobody == pytest.approx(1.0, abs=1e-9)
    assert after.expected_wrong == pytest.approx(len(shares) - sum(lead.posterior for lead in after.leads))
    posteriors = [lead.posterior for lead in after.leads]
    assert all(x >= y - 1e-12 for x, y in itertools.pairwise(posteriors))
    assert [lead.log10_lr for lead in after.leads] == [lead.log10_lr for lead in before.leads]
    assert after.learned_from == 30


@given(SHARES)
@settings(derandomize=True, deadline=None)
def test_the_neutral_correction_changes_nothing(shares: list[float]) -> None:
    before = plain_list(shares)
    after = adjusted(before, PosteriorAdjustment(0.0, 1.0, 30, 60))
    for one, other in zip(before.leads, after.leads, strict=True):
        assert other.posterior == pytest.approx(one.posterior, rel=1e-6)


def test_beyond_what_was_reviewed_the_correction_stays_that_of_the_edge() -> None:
    flat = PosteriorAdjustment(0.0, 0.5, 30, 60, low=-2.0, high=2.0)
    tiny = 1e-8
    assert flat.corrected(tiny) == pytest.approx(tiny * math.e, rel=1e-3)
    assert flat.corrected(0.0) == 0.0
    assert flat.corrected(1.0) == 1.0


def test_a_person_is_corrected_as_one() -> None:
    lead = Lead("A", "R1", 1, 3.0, 0.3, (), others=(PersonRecord("R2", 2.0, 0.1),),
                hypotheses=(HypothesisShare("self", 3.0, 0.3), HypothesisShare("sibling", 1.0, 0.35)))  # fmt: skip
    half = scaled(lead, 0.5)
    assert half.person_posterior == pytest.approx(0.2)
    assert half.hypotheses == lead.hypotheses, "they are about the record taken by itself"


def test_what_was_learned_can_be_read_again_for_the_same_fusion_only(tmp_path: Path) -> None:
    learned = learn([*over_confident(100), *over_confident(30, 5, None), *over_confident(10, 4, "long_stayer")])
    write_adjustments(tmp_path, learned, fusion="f1")
    found = read_adjustments(tmp_path, fusion="f1")
    assert found == in_use(learned)
    assert "fresh" in found
    assert "long_stayer" not in found
    assert read_adjustments(tmp_path, fusion="f2") == {}
    write_adjustments(tmp_path, {"fresh": replace(learned["fresh"], adjustment=None)}, fusion="f1")
    assert not (tmp_path / FILE).exists()
    assert read_adjustments(tmp_path, fusion="f1") == {}


STRATUM = {"stratum": "fresh", "a": 0, "b": 1, "cases": 30, "labels": 60, "low": -1, "high": 1}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"format": 1}', "nonsense", "[" * 100_000,
        *(json.dumps({"format": 2, "fusion": "", "strata": [{**STRATUM, **wrong}]})
          for wrong in ({"b": -1}, {"stratum": "old"}, {"a": None}, {"low": 2}, {"high": math.inf})),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(WorkspaceError, match="matcher calibrate"):
        read_adjustments(tmp_path, fusion="")
