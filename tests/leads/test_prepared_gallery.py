"""Excerpts: a few records as a gallery of their own give the numbers of the whole, under every hypothesis."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.engine.exact import exact_totals
from matcher.leads.pairs import compile_plans, totals_by_hypothesis
from matcher.types import HYPOTHESES, Hypothesis, Subject
from tests.contract.conftest import full_subject, world
from tests.leads.conftest import prepared_gallery

RECORDS = world(40)
PREPARED = prepared_gallery(RECORDS)
ROWS = np.array([0, 3, 7, 20, 39], np.int64)
PROBES = (full_subject("P", np.random.default_rng(5)), RECORDS[3])


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("probe", PROBES)
def test_an_excerpt_gives_the_numbers_of_the_whole_gallery(probe: Subject, hypothesis: Hypothesis) -> None:
    few = PREPARED.excerpt(ROWS)
    whole = exact_totals(compile_plans(probe, PREPARED, hypothesis), PREPARED.gallery, ROWS)
    assert np.abs(whole).max() > 0.1
    plans = compile_plans(probe, few, hypothesis)
    np.testing.assert_allclose(exact_totals(plans, few.gallery, np.arange(5)), whole, atol=1e-9)


def test_an_excerpt_holds_the_records_and_values_named_and_no_others() -> None:
    few = PREPARED.excerpt(ROWS)
    assert list(few.gallery.record_ids) == [RECORDS[row].record_id for row in ROWS]
    own = few.vocabularies["name"]["name"].values
    assert set(own) < set(PREPARED.vocabularies["name"]["name"].values)


def test_the_latest_excerpt_is_kept_and_no_other() -> None:
    few = PREPARED.excerpt(ROWS)
    assert PREPARED.excerpt(ROWS.copy()) is few
    other = PREPARED.excerpt(ROWS[:3])
    assert list(other.gallery.record_ids) == list(few.gallery.record_ids[:3])
    assert PREPARED.excerpt(ROWS) is not few


def test_totals_come_in_the_order_of_the_rows_asked_for() -> None:
    shuffled = np.array([20, 0, 39, 7, 20], np.int64)
    totals = totals_by_hypothesis(PROBES[0], PREPARED, shuffled, HYPOTHESES)
    assert tuple(totals) == HYPOTHESES
    for hypothesis, values in totals.items():
        plans = compile_plans(PROBES[0], PREPARED, hypothesis)
        np.testing.assert_allclose(values, exact_totals(plans, PREPARED.gallery, shuffled), atol=1e-9)
