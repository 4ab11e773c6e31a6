"""Shortlists: nobody who can be listed is dropped, and the sum of all LRs survives the correction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.scan import shortlist
from matcher.engine.shortlist import Shortlist


@given(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.integers(1, 60), st.floats(0, 0.5))
def test_every_record_within_the_tolerance_is_kept(seed: int, records: int, count: int, tolerance: float) -> None:
    rng = np.random.default_rng(seed)
    exact = rng.normal(-2, 1.5, records)
    scores = (exact + rng.uniform(-tolerance, tolerance, records)).astype(np.float32)
    best = np.argsort(-exact, kind="stable")[:count]
    found = shortlist(scores, count, tolerance + 1e-5)
    assert (np.diff(found) > 0).all()
    assert set(best.tolist()) <= set(found.tolist())


@pytest.mark.parametrize(("eligible", "count"), [(0, 3), (2, 3), (3, 3), (40, 3)])
def test_excluded_records_are_never_listed(eligible: int, count: int) -> None:
    scores = np.full(50, -np.inf, np.float32)
    scores[5 : 5 + eligible] = np.linspace(0, 1, eligible, dtype=np.float32)
    found = shortlist(scores, count, 1e-4)
    assert found.shape[0] == min(eligible, count)
    assert np.isfinite(scores[found]).all()


@given(st.lists(st.floats(-20, 25), min_size=1, max_size=30), st.integers(0, 30), st.floats(-0.4, 0.4))
def test_the_corrected_sum_is_the_sum_of_corrected_values(values: list[float], listed: int, error: float) -> None:
    scanned = np.array(values)
    rows = np.argsort(-scanned)[:listed]
    short = Shortlist(rows, scanned[rows], float(np.log10(np.sum(10.0**scanned))), len(values))
    corrected = scanned.copy()
    corrected[rows] += error
    expected = float(np.log10(np.sum(10.0**corrected)))
    assert short.corrected_log10_sum(corrected[rows]) == pytest.approx(expected, abs=1e-6)


def test_an_empty_gallery_sums_to_nothing() -> None:
    nobody = Shortlist(np.zeros(0, np.int64), np.zeros(0), -math.inf, 0)
    assert nobody.corrected_log10_sum(np.zeros(0)) == -math.inf
