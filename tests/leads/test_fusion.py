"""The open-set posterior against Bayes' theorem written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import UsageError
from matcher.leads.fusion import (
    RecordShares,
    listed_posterior,
    log10_mixture,
    open_set_posterior,
    posterior_alone,
    record_shares,
)

LRS = st.lists(st.floats(-20, 30), min_size=1, max_size=20)


@given(LRS, st.floats(0.01, 0.99))
def test_it_is_bayes_theorem(log10_lr: list[float], prior: float) -> None:
    posterior = open_set_posterior(np.array(log10_lr), prior)
    weights = [prior / len(log10_lr) * 10.0**value for value in log10_lr]
    total = 1 - prior + sum(weights)
    np.testing.assert_allclose(posterior.records, np.array(weights) / total, rtol=1e-9, atol=1e-300)
    assert posterior.nobody == pytest.approx((1 - prior) / total, rel=1e-9)


@given(LRS, st.floats(0.01, 0.99))
def test_it_sums_to_one(log10_lr: list[float], prior: float) -> None:
    posterior = open_set_posterior(np.array(log10_lr), prior)
    assert posterior.records.sum() + posterior.nobody == pytest.approx(1.0)


def test_without_evidence_the_prior_is_returned() -> None:
    posterior = open_set_posterior(np.zeros(4), 0.3)
    np.testing.assert_allclose(posterior.records, 0.075)
    assert posterior.nobody == pytest.approx(0.7)


def test_records_left_out_get_nothing_and_take_no_prior() -> None:
    posterior = open_set_posterior(np.array([0.0, -np.inf]), 0.3)
    assert posterior.records.tolist() == pytest.approx([0.3, 0.0])


def test_an_empty_gallery_holds_nobody() -> None:
    assert open_set_posterior(np.array([-np.inf]), 0.3).nobody == 1.0
    assert open_set_posterior(np.zeros(0), 0.3).nobody == 1.0


def test_huge_values_do_not_overflow() -> None:
    posterior = open_set_posterior(np.array([400.0, 399.0]), 0.3)
    assert posterior.records[0] == pytest.approx(10 / 11)


@given(LRS, st.floats(0.01, 0.99), st.integers(0, 20))
def test_a_listed_part_has_the_probabilities_of_the_whole(log10_lr: list[float], prior: float, listed: int) -> None:
    values = np.array(log10_lr)
    whole = open_set_posterior(values, prior)
    log10_sum = float(np.log10(np.sum(10.0**values)))
    part = listed_posterior(values[:listed], log10_sum=log10_sum, eligible=len(log10_lr), prior_in_database=prior)
    np.testing.assert_allclose(part.records, whole.records[:listed], rtol=1e-9, atol=1e-300)
    assert part.nobody == pytest.approx(whole.nobody, rel=1e-9)


def test_an_empty_gallery_lists_nobody() -> None:
    found = listed_posterior(np.zeros(0), log10_sum=-np.inf, eligible=0, prior_in_database=0.3)
    assert found.nobody == 1.0


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 2.0])
def test_a_prior_that_decides_beforehand_is_refused(prior: float) -> None:
    with pytest.raises(UsageError, match="not between 0 and 1"):
        open_set_posterior(np.zeros(2), prior)
    with pytest.raises(UsageError, match="not between 0 and 1"):
        listed_posterior(np.zeros(2), log10_sum=0.0, eligible=2, prior_in_database=prior)


RATES = {"sibling": 0.001, "parent_child": 0.002}
KIN_LRS = st.lists(st.tuples(*[st.floats(-8, 8)] * 3), min_size=1, max_size=6)


def shares_of(rows: list[tuple[float, float, float]], prior: float) -> RecordShares:
    own, sibling, parent = (np.array(column) for column in zip(*rows, strict=True))
    others = {"sibling": sibling, "parent_child": parent}
    over = own - log10_mixture(others, RATES, len(rows))
    alone = posterior_alone(over, prior / (1.0 - prior) / len(rows))
    return record_shares(open_set_posterior(over, prior), alone, others, RATES, unlisted=0)


@given(KIN_LRS, st.floats(0.01, 0.99))
def test_the_person_kin_and_nobody_share_everything(rows: list[tuple[float, float, float]], prior: float) -> None:
    shares = shares_of(rows, prior)
    assert shares.own.sum() + shares.kin + shares.nobody == pytest.approx(1.0, abs=1e-9)
    for place in range(len(rows)):
        of_record = shares.own[place] + sum(values[place] for values in shares.others.values())
        assert -1e-12 <= of_record <= 1.0 + 1e-9


@given(KIN_LRS, st.floats(0.05, 0.95))
def test_it_is_bayes_theorem_over_all_ways_to_be_related(rows: list[tuple[float, float, float]], prior: float) -> None:
    """Enumerate: nobody or one record is the person's; every other record is unrelated, a sibling's or a parent's."""
    shares = shares_of(rows, prior)
    rates = (1.0 - sum(RATES.values()), RATES["sibling"], RATES["parent_child"])
    elsewhere = [rates[0] + rates[1] * 10.0**s + rates[2] * 10.0**p for _, s, p in rows]
    whole = math.prod(elsewhere)
    worlds = [prior / len(rows) * 10.0**own * whole / mix for (own, _, _), mix in zip(rows, elsewhere, strict=True)]
    total = (1.0 - prior) * whole + sum(worlds)
    np.testing.assert_allclose(shares.own, np.array(worlds) / total, rtol=1e-9, atol=1e-300)
    unrelated = (1.0 - prior) * rates[0] ** len(rows)
    assert shares.nobody == pytest.approx(unrelated / total, rel=1e-6, abs=1e-280)


def test_a_brother_with_the_same_strength_stands_below_the_person() -> None:
    person, brother = (6.0, 3.0, 0.0), (6.0, 7.5, 0.0)
    shares = shares_of([person, brother, (0.0, 0.0, 0.0)], 0.3)
    assert shares.own[0] > 0.9 > 0.1 > shares.own[1]
    assert shares.others["sibling"][1] > 4 * shares.own[1]
    assert shares.others["sibling"][0] < 0.01


def test_many_records_of_one_person_are_not_taken_for_a_siblings() -> None:
    shares = shares_of([(9.0, 7.0, 0.0)] * 20, 0.3)
    assert shares.own[0] == pytest.approx(0.05, abs=1e-3)
    assert shares.others["sibling"][0] < 0.01


def test_without_other_hypotheses_nothing_changes() -> None:
    own = open_set_posterior(np.array([3.0, 0.0]), 0.3)
    shares = record_shares(own, own.records, {}, {}, unlisted=5)
    np.testing.assert_array_equal(shares.own, own.records)
    assert (shares.nobody, shares.kin) == (own.nobody, 0.0)


def test_records_that_are_not_listed_keep_their_prior() -> None:
    own = open_set_posterior(np.zeros(0), 0.3)
    shares = record_shares(own, np.zeros(0), {"sibling": np.zeros(0)}, {"sibling": 0.001}, unlisted=100)
    assert shares.kin == pytest.approx(own.nobody * (1.0 - 0.999**100))
