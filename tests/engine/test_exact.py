"""Exact totals of many records against the record-by-record parts, and what may still be listed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.exact import exact_totals, leaders
from matcher.engine.scan import exact_parts
from tests.engine.conftest import gallery_of, probe_of


@pytest.mark.parametrize("photos", [0, 1, 3])
def test_totals_are_the_sums_of_the_parts(photos: int) -> None:
    gallery = gallery_of(300)
    probe = probe_of(gallery, 5, photos=photos)
    rows = np.random.default_rng(0).permutation(300)[:120]
    expected = [
        math.fsum(part.log10_lr for plan in probe.plans for part in exact_parts(plan, gallery.codes[plan.channel], row))
        for row in rows
    ]
    np.testing.assert_allclose(exact_totals(probe.plans, gallery, rows), expected, atol=1e-10)


def test_blocks_of_rows_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = gallery_of(200)
    probe = probe_of(gallery, 5)
    whole = exact_totals(probe.plans, gallery, np.arange(200))
    monkeypatch.setattr("matcher.engine.exact._ROWS", 7)
    np.testing.assert_allclose(exact_totals(probe.plans, gallery, np.arange(200)), whole, atol=1e-12)


def test_no_rows_have_no_totals() -> None:
    gallery = gallery_of(20)
    assert exact_totals(probe_of(gallery, 5).plans, gallery, np.zeros(0, np.int64)).shape == (0,)


@given(st.lists(st.sampled_from([0.0, 1.0, 1.0 + 1e-10, 2.0, -3.0]), max_size=60), st.integers(1, 12))
def test_leaders_hold_the_best_with_ties_by_position(values: list[float], count: int) -> None:
    totals = np.array(values)
    found = leaders(totals, count)
    assert (np.diff(found) > 0).all()
    best = sorted(range(len(values)), key=lambda position: (-values[position], position))[:count]
    assert set(best) <= set(found.tolist())


def test_a_gallery_of_ties_leaves_a_list_and_no_more() -> None:
    totals = np.zeros(500_000)
    totals[::3] = 1.0
    np.testing.assert_array_equal(leaders(totals, 50), np.arange(50) * 3)
