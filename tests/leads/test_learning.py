"""From judgements to reviews: which outcomes count, and what each is held against."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.leads.judgements import judged_pairs
from matcher.leads.learning import ReviewedLeads, chained, reviewed_leads
from matcher.workspace.values import Decision, Ground, Judgement
from tests.leads.conftest import plain_list

SHARES = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6).map(
    lambda values: [value / (1.05 * sum(values)) for value in values]
)


def said(record: str, judgement: Judgement, reviewer: str = "w", ground: Ground | None = None) -> Decision:
    return Decision("A1", record, judgement, reviewer, "", "2026-01-01T00:00:00Z", ground)


def reviewed(*decisions: Decision, shares: Sequence[float]) -> ReviewedLeads:
    return reviewed_leads(judged_pairs(decisions), lambda case: plain_list(shares, probe=case))


def test_a_lead_behind_a_wrong_one_is_held_against_its_share_of_the_rest() -> None:
    confirmed = [said("R1", "confirm", name, "dna") for name in "wl"]
    found = reviewed(said("R0", "reject"), *confirmed, shares=[0.6, 0.3, 0.05])
    assert [(review.posterior, review.right) for review in found.reviews] == [
        (0.6, False),
        (pytest.approx(0.75), True),
    ]
    assert (found.groundless, found.unlisted) == (0, 0)


def test_leads_that_nobody_looked_at_take_nothing_away() -> None:
    found = reviewed(said("R1", "reject"), shares=[0.6, 0.3])
    assert [(review.posterior, review.right) for review in found.reviews] == [(0.3, False)]


def test_after_the_right_person_nothing_is_left_to_learn() -> None:
    confirmed = [said("R0", "confirm", name, "registry") for name in "wl"]
    found = reviewed(*confirmed, said("R1", "reject"), shares=[0.6, 0.3])
    assert [review.right for review in found.reviews] == [True]
    assert found.unlisted == 0, "the rejected record stands on the list all the same"


def test_what_cannot_be_used_is_counted() -> None:
    groundless = [said("R0", "confirm", name) for name in "wl"]
    found = reviewed(*groundless, said("R9", "reject"), shares=[0.6, 0.3])
    assert found.reviews == ()
    assert (found.groundless, found.unlisted) == (1, 1)


@given(SHARES, st.integers(0, 6))
@settings(derandomize=True, deadline=None)
def test_the_reviews_of_a_case_multiply_to_the_probability_of_its_outcome(shares: list[float], right: int) -> None:
    reviews = list(chained("A1", [(share, place == right) for place, share in enumerate(shares)]))
    product = math.prod(review.posterior if review.right else 1.0 - review.posterior for review in reviews)
    assert product == pytest.approx(shares[right] if right < len(shares) else 1.0 - sum(shares), rel=1e-6)


def test_promises_beyond_one_stay_probabilities() -> None:
    assert [review.posterior for review in chained("A1", [(0.9, False), (0.2, False), (0.1, True)])] == [0.9, 1.0, 1.0]
