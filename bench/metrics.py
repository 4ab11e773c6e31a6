"""Figures of merit as pure functions: ranks, open-set errors, calibration, intervals; each cites its definition.

Ranks count from 1; None means that the mate is not in the list.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.report.reliability import wilson_interval

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Rank = int | None

_EDGES = tuple(n / 10 for n in range(11))
"""Ten equal bins of probability."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval and the number of trials behind it; NaN where there was none."""

    value: float
    low: float
    high: float
    trials: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bin of a reliability table: probabilities in [low, high), how many, what was promised and what came true."""

    low: float
    high: float
    count: int
    promised: float
    true: float


def wilson(successes: int, trials: int) -> Interval:
    """Give a proportion with its Wilson score interval.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; Newcombe, Statistics in Medicine 17 (1998) 857, method 3.

    >>> interval = wilson(81, 263)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2553, 0.3662)
    """
    if trials == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    return Interval(successes / trials, *wilson_interval(successes, trials), trials)


def hit_rate(ranks: Sequence[Rank], k: int) -> Interval:
    """Share of mated searches whose mate stands at rank k or better, with its Wilson interval.

    Source: ISO/IEC 19795-1:2021, true-positive identification rate at rank k.

    >>> hit_rate([1, 4, None], 3).value == 1 / 3
    True
    """
    return wilson(sum(rank is not None and rank <= k for rank in ranks), len(ranks))


def mean_reciprocal_rank(ranks: Sequence[Rank]) -> float:
    """Mean of 1 / rank, 0 where the mate is not listed; NaN without searches.

    >>> mean_reciprocal_rank([1, 2, None])
    0.5
    """
    return float(np.mean([1.0 / rank if rank else 0.0 for rank in ranks])) if ranks else math.nan


def bootstrap(
    groups: Sequence[int] | Int64, statistic: Callable[[Int64], float], *, seed: int, draws: int = 1000
) -> Interval:
    """Estimate with a percentile interval by resampling whole groups: the cases of one person stay together.

    Parameters
    ----------
    groups : sequence of int, shape (n,)
        Person of each case.
    statistic : callable
        From the positions of the cases chosen, shape (m,), to a number; NaN where they do not allow any.
    seed : int
        Seed of the resampling.
    draws : int
        Number of resamples.

    Source: Davison & Hinkley, Bootstrap Methods and their Application (1997), section 5.3 and 3.8 (cluster resampling).
    """
    if not len(groups):
        return Interval(math.nan, math.nan, math.nan, 0)
    values = np.array([statistic(chosen) for chosen in resamples(groups, seed=seed, draws=draws)])
    value = statistic(np.arange(len(groups)))
    known = values[~np.isnan(values)]
    # Order statistics, since a ratio can be infinite in some draws.
    low, high = np.quantile(known, [0.025, 0.975], method="nearest") if len(known) else (math.nan, math.nan)
    return Interval(value, float(low), float(high), len(groups))


def bootstrap_mean(groups: Sequence[int] | Int64, values: Float64, *, seed: int, draws: int = 1000) -> Interval:
    """Give the mean of values with the interval that `bootstrap` gives, all resamples at once.

    >>> bootstrap_mean([1, 2], np.array([1.0, 1.0]), seed=1).low
    1.0
    """
    if not len(groups):
        return Interval(math.nan, math.nan, math.nan, 0)
    number = np.unique(np.asarray(groups), return_inverse=True)[1]
    sums, sizes = np.bincount(number, values), np.bincount(number)
    picks = np.random.default_rng(seed).integers(0, len(sums), (draws, len(sums)))
    means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], method="nearest")
    return Interval(float(values.mean()), float(low), float(high), len(values))


def resamples(groups: Sequence[int] | Int64, *, seed: int, draws: int) -> Iterator[Int64]:
    """Yield the positions of as many groups as there are, drawn with replacement, each group whole."""
    number = np.unique(np.asarray(groups), return_inverse=True)[1]
    order, sizes = np.argsort(number, kind="stable"), np.bincount(number)
    starts = np.cumsum(sizes) - sizes
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        picked = rng.integers(0, len(sizes), len(sizes))
        lengths = sizes[picked]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        yield order[np.repeat(starts[picked], lengths) + within]


def fnir_at_fpir(mate_values: Float64, top_values_unmated: Float64, fpir: float) -> float:
    """False-negative identification rate at the threshold that gives a false-positive identification rate.

    Parameters
    ----------
    mate_values : ndarray of float64
        Value of the mate in each mated search; NaN = not listed.
    top_values_unmated : ndarray of float64, shape (n,)
        Highest value of each search whose person is not in the gallery.
    fpir : float
        Share of unmated searches that may return anything.

    Returns
    -------
    float
        NaN where n < 1 / fpir: so few searches cannot tell such a share from nothing.

    Source: ISO/IEC 19795-1:2021, open-set identification.

    >>> fnir_at_fpir(np.array([1.0, 5.0, np.nan]), np.array([0.0, 1.0, 2.0, 3.0]), 0.25)
    0.6666666666666666
    """
    allowed = math.floor(fpir * len(top_values_unmated) + 1e-9)
    if not len(mate_values) or not allowed:
        return math.nan
    place = len(top_values_unmated) - 1 - allowed
    threshold = np.partition(top_values_unmated, place)[place] if place >= 0 else -math.inf
    return int(np.count_nonzero(~(mate_values > threshold))) / len(mate_values)


def reliability(probabilities: Sequence[float], outcomes: Sequence[bool]) -> list[ReliabilityBin]:
    """Compare promised probabilities with what came true, bin by bin; empty bins are left out.

    >>> reliability([0.95, 0.91], [True, False])[0].true
    0.5
    """
    promised, true = np.asarray(probabilities, np.float64), np.asarray(outcomes, np.float64)
    bins = []
    for low, high in itertools.pairwise(_EDGES):
        inside = (promised >= low) & ((promised < high) | ((high == _EDGES[-1]) & (promised == high)))
        if inside.any():
            bins.append(
                ReliabilityBin(
                    float(low),
                    float(high),
                    int(inside.sum()),
                    float(promised[inside].mean()),
                    float(true[inside].mean()),
                )
            )
    return bins


def expected_calibration_error(probabilities: Sequence[float] | Float64, outcomes: Sequence[bool] | Float64) -> float:
    """Mean distance between promised and true shares over ten equal bins, weighted by their counts.

    Source: Naeini, Cooper & Hauskrecht, AAAI (2015).

    >>> round(expected_calibration_error([0.9, 0.9], [True, False]), 6)
    0.4
    """
    if not len(probabilities):
        return math.nan
    promised = np.asarray(probabilities, np.float64)
    gaps = np.bincount(_cells(promised), promised - np.asarray(outcomes, np.float64))
    return float(np.abs(gaps).sum() / len(promised))


def calibrated_ece(probabilities: Sequence[float] | Float64, *, seed: int, draws: int = 1000) -> Interval:
    """Expected calibration error that chance alone gives these promises when every one is kept: mean and 95 % range.

    The error sums distances, so few cases show one even where nothing is wrong; a figure says something only beyond
    this floor.

    >>> calibrated_ece([0.0, 1.0], seed=1).value
    0.0
    """
    if not len(probabilities):
        return Interval(math.nan, math.nan, math.nan, 0)
    promised, rng = np.asarray(probabilities, np.float64), np.random.default_rng(seed)
    cells = _cells(promised)
    gaps = [np.bincount(cells, promised - (rng.random(len(promised)) < promised)) for _ in range(draws)]
    errors = np.array([np.abs(gap).sum() for gap in gaps]) / len(promised)
    low, high = np.quantile(errors, [0.025, 0.975])
    return Interval(float(errors.mean()), float(low), float(high), len(promised))


def _cells(promised: Float64) -> Int64:
    return np.searchsorted(_EDGES[1:-1], promised, side="right")
