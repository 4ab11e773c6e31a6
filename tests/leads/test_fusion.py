"""The open-set posterior against Bayes' theorem written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import UsageError
from matcher.leads.fusion import listed_posterior, open_set_posterior

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
