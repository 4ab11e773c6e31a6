from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.report.html.bars import AXIS_LIMIT, bar_of, shares_of


@given(st.floats(-400, 400))
@settings(derandomize=True, deadline=None)
def test_a_bar_starts_at_zero_points_to_its_side_and_stays_on_the_axis(log10_lr: float) -> None:
    bar = bar_of(log10_lr)
    start, end = bar.x, bar.x + bar.width
    assert 0 <= start <= end <= 100
    if log10_lr > 0:
        assert (bar.side, start) == ("for", 50.0)
    elif log10_lr < 0:
        assert (bar.side, end) == ("against", pytest.approx(50.0))
    else:
        assert (bar.side, bar.width) == ("none", 0.0)
    assert bar.width == pytest.approx(50 * min(abs(log10_lr), AXIS_LIMIT) / AXIS_LIMIT, abs=0.006)
    assert bool(bar.breaks) == bar.broken == (abs(log10_lr) > AXIS_LIMIT)


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0, 1))
@settings(derandomize=True, deadline=None)
def test_shares_do_not_overlap(weights: list[float], rest: float) -> None:
    whole = sum(weights) + rest + 1e-9
    posteriors, nobody = [weight / whole for weight in weights], rest / whole
    segments = shares_of(posteriors, nobody)
    for before, after in pairwise(segments):
        assert before.x + before.width <= after.x + 0.02
    assert all(0 <= segment.x <= 100 and 0 < segment.width <= 100 for segment in segments)
    assert [segment.kind for segment in segments].count("first") <= 1
