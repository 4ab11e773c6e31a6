"""The fused value: monotone, silent about what is missing, and refused where it could not be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.combination import PLAIN, Combination, Tie
from matcher.types import CHANNEL_NAMES, ChannelName
from tests.engine.conftest import TIED

VALUES = st.dictionaries(st.sampled_from(CHANNEL_NAMES), st.floats(-4, 9), max_size=5)


def fused(values: dict[ChannelName, float], combination: Combination = TIED) -> float:
    return float(combination.fused({name: np.array([value]) for name, value in values.items()}, 1)[0])


@given(VALUES, st.sampled_from(CHANNEL_NAMES), st.floats(0, 5))
def test_it_never_falls_when_a_channel_rises(values: dict[ChannelName, float], name: ChannelName, more: float) -> None:
    raised = values | {name: values.get(name, 0.0) + more}
    assert fused(values) - 1e-12 <= fused(raised) <= fused(values) + more + 1e-12


@given(VALUES, st.sampled_from(CHANNEL_NAMES))
def test_a_missing_channel_is_a_channel_that_says_nothing(values: dict[ChannelName, float], name: ChannelName) -> None:
    without = {key: value for key, value in values.items() if key != name}
    assert fused(without | {name: 0.0}) == fused(without)


@given(VALUES)
def test_the_plain_combination_is_the_sum(values: dict[ChannelName, float]) -> None:
    assert fused(values, PLAIN) == pytest.approx(sum(values.values()))


def test_what_two_tied_channels_share_is_counted_once() -> None:
    assert fused({"name": 2.0, "place": 3.0}) == pytest.approx(0.9 * 2 + 0.7 * 3 - 0.35 * 2)
    assert fused({"name": -2.0, "place": 3.0}) == pytest.approx(-0.9 * 2 + 0.7 * 3)
    assert fused({"name": -2.0, "place": -3.0}) == pytest.approx(-0.9 * 2 - 0.7 * 3)


@pytest.mark.parametrize(
    ("weights", "ties", "message"),
    [
        ({"name": 0.0}, (), "weights must lie"),
        ({"name": 1.2}, (), "weights must lie"),
        ({"name": 0.5}, (Tie("name", "place", 0.6),), "smaller of its weights"),
        ({}, (Tie("name", "place", -0.1),), "smaller of its weights"),
        ({}, (Tie("name", "place", 0.2), Tie("place", "face", 0.2)), "one tie"),
        ({}, (Tie("name", "name", 0.2),), "one tie"),
    ],
)
def test_what_would_not_be_monotone_is_refused(
    weights: dict[ChannelName, float], ties: tuple[Tie, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Combination(weights, ties)
