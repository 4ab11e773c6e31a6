"""What the ceiling of face evidence rests on: how often pairs of strangers reached which LR, with exact limits.

The values here are read and written with the curves (`calibration.py`); the rule that makes them is `ceiling.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

CONFIDENCE = 0.95
"""Of the one-sided limits of a rate."""

FEWEST = 10
"""Pairs on each side that a ratio of rates is told from; a choice."""

PEERS = "one age"
"""Strangers of one age, among the pairs of age groups that a count is told for."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many pairs of strangers have at least some LR, and how many may.

    Parameters
    ----------
    log10_lr : float
        The threshold.
    strangers, pairs : int
        Pairs of two persons that reach it, of how many.
    ages : str
        Pair of age groups, as `adult-child`; `all` = pooled; `PEERS`.
    """

    log10_lr: float
    strangers: int
    pairs: int
    ages: str = "all"

    @property
    def upper_rate(self) -> float:
        """Upper limit of the rate of strangers that reach the threshold; 1 without pairs."""
        return min(1.0, poisson_upper(self.strangers) / self.pairs) if self.pairs else 1.0

    @property
    def allowed_rate(self) -> float:
        """Rate that no calibrated LR exceeds: by Markov's inequality P(LR >= x) <= 1 / x, as its mean is 1."""
        return math.pow(10.0, -self.log10_lr)

    def times_as_often(self, other: Reach) -> float | None:
        """Return how many times as often as those of another count these strangers reach it; None = too few to tell."""
        if min(self.strangers, other.strangers) < FEWEST:
            return None
        return self.strangers / self.pairs / (other.strangers / other.pairs)

    def exceeds(self, factor: float) -> bool:
        """Tell whether `factor` times the upper limit of the rate is more than is allowed."""
        return poisson_below(self.strangers, self.pairs * self.allowed_rate / factor) > 1.0 - CONFIDENCE

    @property
    def contradicts(self) -> bool:
        """Tell whether even the lower limit of the rate is more than any calibrated LR allows."""
        return poisson_below(self.strangers - 1, self.pairs * self.allowed_rate) > CONFIDENCE


@dataclass(frozen=True, slots=True)
class CeilingSupport:
    """A ceiling with the count of strangers that allowed it.

    Parameters
    ----------
    base, ceiling : float
        Bound in log10 LR without and with the count; the count never lowers it below the base.
    faces, pairs : int
        What was counted: faces of missing-person reports, pairs of them that cannot be one person.
    factor : float
        How many times more often strangers may reach an LR than they were seen to (upper limit) before it is too much.
    reached : tuple of Reach
        By decade and at the last threshold that the rule asks about, with the curves of this ceiling.
    peers : tuple of Reach
        At the same thresholds, what strangers of one age reach.
    refused : Reach or None
        Why the next ceiling was not given; None = the highest that may be asked for was given.
    contradicted : Reach or None
        Where strangers reach an LR more often than any calibrated one allows already with the base.
    """

    base: float
    ceiling: float
    faces: int
    pairs: int
    factor: float
    reached: tuple[Reach, ...]
    peers: tuple[Reach, ...]
    refused: Reach | None
    contradicted: Reach | None


def poisson_below(count: int, mean: float) -> float:
    """Return P(X <= count) of a Poisson variable, exact to rounding.

    Only the smaller tail is summed, from its greatest term outwards.

    >>> round(poisson_below(0, 1.0), 6)
    0.367879
    """
    if mean <= 0.0 or count < 0:
        return 0.0 if count < 0 else 1.0
    above = count >= mean
    k = count + 1 if above else count
    term, total = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)), 0.0
    while k >= 0 and term > total * 1e-17:
        total += term
        term *= mean / (k + 1) if above else k / mean
        k += 1 if above else -1
    return max(0.0, 1.0 - total) if above else min(1.0, total)


def poisson_upper(count: int) -> float:
    """Return the mean below which a Poisson variable of this count lies with `CONFIDENCE`.

    Source: Garwood, Biometrika 28 (1936) 437; for no event it is the rule of three.

    >>> round(poisson_upper(0), 3)
    2.996
    """
    low, high = float(count), count + 5.0 + 4.0 * math.sqrt(count)
    while high - low > 1e-12 * high:
        middle = (low + high) / 2.0
        low, high = (middle, high) if poisson_below(count, middle) > 1.0 - CONFIDENCE else (low, middle)
    return high


def support_table(support: CeilingSupport) -> dict[str, object]:
    """Return the support as fields of a curve file; rates are there for the reader, not read back."""
    return {
        "base_log10_lr": support.base,
        "ceiling_log10_lr": support.ceiling,
        "faces": support.faces,
        "pairs_of_strangers": support.pairs,
        "factor": support.factor,
        "confidence": CONFIDENCE,
        "reached": [_reach_table(reach) for reach in support.reached],
        "peers": [_reach_table(reach) for reach in support.peers],
        "refused": _reach_table(support.refused) if support.refused else None,
        "contradicted": _reach_table(support.contradicted) if support.contradicted else None,
    }


def read_support(table: Mapping[str, object]) -> CeilingSupport:
    """Read the support from a curve file.

    Raises
    ------
    ValueError, KeyError, TypeError
        When a field is absent or not of its kind.
    """
    return CeilingSupport(
        base=_number(table, "base_log10_lr"),
        ceiling=_number(table, "ceiling_log10_lr"),
        faces=int(_number(table, "faces")),
        pairs=int(_number(table, "pairs_of_strangers")),
        factor=_number(table, "factor"),
        reached=_read_reaches(table, "reached"),
        peers=_read_reaches(table, "peers"),
        refused=_read_reach(table["refused"]) if table["refused"] is not None else None,
        contradicted=_read_reach(table["contradicted"]) if table["contradicted"] is not None else None,
    )


def _reach_table(reach: Reach) -> dict[str, object]:
    return {
        "log10_lr": round(reach.log10_lr, 6),
        "ages": reach.ages,
        "strangers": reach.strangers,
        "pairs": reach.pairs,
        "upper_rate": float(f"{reach.upper_rate:.3g}"),
        "allowed_rate": float(f"{reach.allowed_rate:.3g}"),
    }


def _read_reaches(table: Mapping[str, object], name: str) -> tuple[Reach, ...]:
    rows = table[name]
    if not isinstance(rows, list):
        raise TypeError(f"'{name}' of the ceiling's support is not a list")
    return tuple(_read_reach(row) for row in rows)


def _read_reach(row: object) -> Reach:
    if not isinstance(row, Mapping):
        raise TypeError("a threshold of the ceiling's support is not a table")
    return Reach(_number(row, "log10_lr"), int(_number(row, "strangers")), int(_number(row, "pairs")), str(row["ages"]))


def _number(table: Mapping[str, object], name: str) -> float:
    value = table[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"'{name}' of the ceiling's support is not a number")
    return value
