"""Drawing one of several values by their shares."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lottery:
    """Values with the running sums of their shares, for many draws."""

    values: tuple[str, ...]
    sums: list[float]

    @classmethod
    def of(cls, shares: Mapping[str, float]) -> Lottery:
        """Prepare the draws from a table of shares."""
        return cls(tuple(shares), running_sums(np.fromiter(shares.values(), np.float64, len(shares))))

    def draw(self, rng: np.random.Generator) -> str:
        """Draw one value."""
        return self.values[bisect_right(self.sums, rng.random())]


def running_sums(shares: NDArray[np.float64]) -> list[float]:
    """Return the running sums of shares, the last of them 1.

    >>> running_sums(np.array([1.0, 3.0]))
    [0.25, 1.0]
    """
    sums = np.cumsum(shares)
    of_one: list[float] = (sums / sums[-1]).tolist()
    return of_one


def draw(rng: np.random.Generator, shares: Mapping[str, float]) -> str:
    """Draw one name of a small table of shares.

    >>> draw(np.random.default_rng(1), {"always": 1.0})
    'always'
    """
    return _lottery(tuple(shares.items())).draw(rng)


@cache
def _lottery(shares: tuple[tuple[str, float], ...]) -> Lottery:
    return Lottery.of(dict(shares))
