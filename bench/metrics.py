"""Figures of merit as pure functions: ranks, open-set errors, calibration; each cites its definition.

Ranks count from 1; None means that the mate is not in the list. Log-likelihood ratios are base-10 throughout.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.report.reliability import wilson_interval

Float64 = NDArray[np.float64]
Rank = int | None


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
    groups: Sequence[Sequence[float]], statistic: Callable[[Float64], float], *, seed: int, draws: int = 1000
) -> Interval:
    """Estimate with a percentile interval by resampling whole groups: the values of one person stay together.

    Parameters
    ----------
    groups : sequence of sequence of float
        Values of each person.
    statistic : callable
        From the pooled values, shape (n,), to a number.
    seed : int
        Seed of the resampling.
    draws : int
        Number of resamples.

    Source: Davison & Hinkley, Bootstrap Methods and their Application (1997), section 5.3 and 3.8 (cluster resampling).
    """
    filled = [np.asarray(group, np.float64) for group in groups if len(group)]
    if not filled:
        return Interval(math.nan, math.nan, math.nan, 0)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(filled), (draws, len(filled)))
    values = [statistic(np.concatenate([filled[i] for i in row])) for row in picks]
    pooled = np.concatenate(filled)
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(statistic(pooled), float(low), float(high), len(pooled))


def fnir_at_fpir(mate_values: Sequence[float | None], top_values_unmated: Sequence[float], fpir: float) -> float:
    """False-negative identification rate at the threshold that gives a false-positive identification rate.

    Parameters
    ----------
    mate_values : sequence of float or None
        Value of the mate in each mated search; None = not listed.
    top_values_unmated : sequence of float
        Highest value of each search whose person is not in the gallery.
    fpir : float
        Share of unmated searches that may return anything.

    Source: ISO/IEC 19795-1:2021, open-set identification.

    >>> fnir_at_fpir([1.0, 5.0, None], [0.0, 1.0, 2.0, 3.0], 0.25)
    0.6666666666666666
    """
    if not mate_values or not top_values_unmated:
        return math.nan
    highest_first = np.sort(np.asarray(top_values_unmated, np.float64))[::-1]
    allowed = math.floor(fpir * len(highest_first) + 1e-9)
    threshold = highest_first[allowed] if allowed < len(highest_first) else -math.inf
    missed = sum(value is None or not value > threshold for value in mate_values)
    return missed / len(mate_values)


def cllr(genuine: Sequence[float] | Float64, impostor: Sequence[float] | Float64) -> float:
    """Log-likelihood-ratio cost of log10 LRs; 0 is perfect, 1 is "always says nothing".

    Source: Bruemmer & du Preez, Computer Speech & Language 20 (2006) 230, equation 5.

    >>> cllr([0.0], [0.0])
    1.0
    """
    if not len(genuine) or not len(impostor):
        return math.nan
    bits = 1.0 / math.log10(2.0)
    same = np.logaddexp2(0.0, -np.asarray(genuine, np.float64) * bits)
    other = np.logaddexp2(0.0, np.asarray(impostor, np.float64) * bits)
    return float((same.mean() + other.mean()) / 2.0)


def cllr_min(genuine: Sequence[float] | Float64, impostor: Sequence[float] | Float64) -> float:
    """Cllr after the best monotone recalibration: what discrimination alone allows.

    Source: Bruemmer & du Preez (2006), section 6 (pool-adjacent-violators).

    >>> cllr_min([3.0, 4.0], [-1.0, 2.0])
    0.0
    """
    if not len(genuine) or not len(impostor):
        return math.nan
    values, labels, weights = _balanced(genuine, impostor)
    posterior = isotonic(values, labels, weights)
    cost = 0.0
    for label, weight, p in zip(labels, weights, posterior, strict=True):
        cost -= float(weight) * math.log2(p if label else 1.0 - p)
    return cost


def _balanced(
    genuine: Sequence[float] | Float64, impostor: Sequence[float] | Float64
) -> tuple[Float64, Float64, Float64]:
    """Pool both kinds of pairs with labels 1 and 0 and weights that give each kind half."""
    values = np.concatenate([np.asarray(genuine, np.float64), np.asarray(impostor, np.float64)])
    labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    halves = np.concatenate([np.full(len(genuine), 0.5 / len(genuine)), np.full(len(impostor), 0.5 / len(impostor))])
    return values, labels, halves


def isotonic(values: Float64, targets: Float64, weights: Float64) -> Float64:
    """Best non-decreasing fit of the targets over the values, shape of the input; equal values are pooled first.

    Source: Ayer et al., Ann. Math. Stat. 26 (1955) 641.
    """
    order = np.argsort(values, kind="stable")
    distinct, inverse = np.unique(values[order], return_inverse=True)
    mass = np.bincount(inverse, weights[order], len(distinct))
    total = np.bincount(inverse, (weights * targets)[order], len(distinct))
    blocks: list[tuple[float, float, int]] = []
    for m, t in zip(mass, total, strict=True):
        block = (float(t), float(m), 1)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    levels = np.repeat([t / m for t, m, _ in blocks], [n for _, _, n in blocks])
    fitted = np.empty(len(values))
    fitted[order] = levels[inverse]
    return fitted


def dev_pav(genuine: Sequence[float] | Float64, impostor: Sequence[float] | Float64) -> float:
    """Mean distance in log10 between the LRs claimed and the LRs that pool-adjacent-violators supports; 0 is perfect.

    The area between both, over the range of claims in which the supported LR is finite, divided by that range.

    Source: Vergeer et al., Science & Justice 61 (2021) 482 (devPAV).

    >>> dev_pav([1.0, 2.0], [1.0, 2.0])  # each claim is as frequent among others: the supported LR is 1
    1.5
    """
    if not len(genuine) or not len(impostor):
        return math.nan
    values, labels, weights = _balanced(genuine, impostor)
    posterior = isotonic(values, labels, weights)
    claims, first = np.unique(values, return_index=True)
    finite = (posterior[first] > 0.0) & (posterior[first] < 1.0)
    claims, supported = claims[finite], posterior[first][finite]
    if len(claims) < 2:
        return math.nan
    distance = np.abs(claims - np.log10(supported / (1.0 - supported)))
    return float(np.trapezoid(distance, claims) / (claims[-1] - claims[0]))


def mean_lr(impostor: Sequence[float] | Float64) -> float:
    """Mean LR of different-person pairs: 1 for honest LRs, above 1 where evidence is counted twice.

    Source: Good, Probability and the Weighing of Evidence (1950), E[LR | Hd] = 1.
    """
    return float(np.mean(10.0 ** np.asarray(impostor, np.float64))) if len(impostor) else math.nan


def reliability(
    probabilities: Sequence[float], outcomes: Sequence[bool], edges: Sequence[float] = tuple(np.linspace(0, 1, 11))
) -> list[ReliabilityBin]:
    """Compare promised probabilities with what came true, bin by bin; empty bins are left out.

    >>> reliability([0.95, 0.91], [True, False])[0].true
    0.5
    """
    promised, true = np.asarray(probabilities, np.float64), np.asarray(outcomes, np.float64)
    bins = []
    for low, high in itertools.pairwise(edges):
        inside = (promised >= low) & ((promised < high) | ((high == edges[-1]) & (promised == high)))
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


def expected_calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Mean distance between promised and true shares over ten equal bins, weighted by their counts.

    Source: Naeini, Cooper & Hauskrecht, AAAI (2015).

    >>> round(expected_calibration_error([0.9, 0.9], [True, False]), 6)
    0.4
    """
    table = reliability(probabilities, outcomes)
    total = sum(item.count for item in table)
    return sum(item.count * abs(item.promised - item.true) for item in table) / total if total else math.nan
