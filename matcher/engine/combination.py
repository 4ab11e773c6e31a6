"""How the bounded log10 LRs of the channels become one: weights, and what two tied channels say twice.

    fused = sum_c w_c b_c  -  sum_(a, b) v_ab min(max(b_a, 0), max(b_b, 0))

with w_c in (0, 1] and 0 <= v_ab <= min(w_a, w_b), every channel in one tie at most. Then

* a channel that is missing (b = 0) contributes exactly 0, and so does a tie that lacks a side;
* the total never falls when a channel rises: its slope in b_a is w_a or w_a - v_ab, both in [0, 1];
* errors of the channels are never amplified, so the tolerance of the scan holds for the fused value.

The minimum is what both of two supporting channels claim; against each other, or both against, they are not taken to
repeat each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from matcher.types import ChannelName


@dataclass(frozen=True, slots=True)
class Tie:
    """Two channels that say partly the same thing, and the share of their common support that is taken off."""

    first: ChannelName
    second: ChannelName
    share: float


@dataclass(frozen=True, slots=True)
class Combination:
    """Weights and ties.

    Parameters
    ----------
    weights : mapping of channel name to float
        In (0, 1]; a channel that is not named has weight 1.
    ties : tuple of Tie
        No channel in two of them.

    Raises
    ------
    ValueError
        When the total would not be monotone.
    """

    weights: Mapping[ChannelName, float] = field(default_factory=lambda: MappingProxyType({}))
    ties: tuple[Tie, ...] = ()

    def __post_init__(self) -> None:
        """Hold weights and ties to what the module promises."""
        if not all(0.0 < weight <= 1.0 for weight in self.weights.values()):
            raise ValueError(f"weights must lie in (0, 1], got {dict(self.weights)}")
        tied = [channel for tie in self.ties for channel in (tie.first, tie.second)]
        if len(set(tied)) != len(tied):
            raise ValueError(f"a channel can be in one tie, got {self.ties}")
        for tie in self.ties:
            if not 0.0 <= tie.share <= min(self.weight(tie.first), self.weight(tie.second)):
                raise ValueError(f"the share of {tie} must lie between 0 and the smaller of its weights")

    def weight(self, channel: ChannelName) -> float:
        """Return the weight of a channel."""
        return self.weights.get(channel, 1.0)

    def fused(self, values: Mapping[ChannelName, NDArray[np.floating]], count: int) -> NDArray[np.float64]:
        """Combine the bounded log10 LRs of `count` records; a channel that is not named says nothing about any."""
        total = np.zeros(count, np.float64)
        for channel, value in values.items():
            total += self.weight(channel) * value.astype(np.float64)
        for tie in self.ties:
            if tie.first in values and tie.second in values:
                total -= tie.share * common_support(values[tie.first], values[tie.second])
        return total


PLAIN = Combination()
"""The sum of the channels, as if they were independent."""


def common_support(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return what both of two channels claim in support: the smaller of the two, and 0 unless both support."""
    common: NDArray[np.float64] = np.maximum(np.minimum(first, second), 0.0).astype(np.float64)
    return common
