"""The open-set likelihood of fusion weights, and the weights that maximise it.

For each probe one thing is true: a record of its mates is the person's, or nobody's is. With x_i the channels' values
of record i and pi the prior of the probe's stratum,

    P(mates) = sum_{i mate} pi/N 10**f(x_i) / (1 - pi + sum_i pi/N 10**f(x_i)),      P(nobody) = (1 - pi) / (...)

the fit maximises the sum of log P(what is true) - sum (w_c - 1)**2 / (2 s**2) - sum v**2 / (2 s**2) over the weights w
and shares v of `matcher.engine.combination`. It is the likelihood of the very posterior that is shown, so over-claiming
at the top of a list costs what it should.

Source: McFadden's conditional logit (1974) with an outside option; ridge towards "channels are independent LRs".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.fit_worlds import MATE, World
from matcher.engine.combination import Combination, Tie, common_support
from matcher.types import CHANNEL_NAMES, ChannelName

Float64 = NDArray[np.float64]

FIXED: tuple[ChannelName, ...] = ("dna",)
"""DNA keeps weight 1: inside its bounds its LR follows from population genetics, not from our worlds."""
TIES: tuple[tuple[ChannelName, ChannelName], ...] = (("name", "place"), ("face", "dna"))
"""Names are regional and are told together with places; kin share a face and DNA."""
SPREAD = 0.5
"""Standard deviation s of the ridge, in weights: two worlds of four hundred cases outweigh it."""
SMALLEST_WEIGHT = 0.05
_LN10 = math.log(10.0)


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted weights and shares, and the mean log-likelihood (natural, per probe) that they reach."""

    combination: Combination
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class _Terms:
    """Features of one world: columns of channels, then of ties (minus the common support); log of pi/N by probe."""

    features: Float64
    offset: Float64
    log_nobody: Float64
    mate: NDArray[np.bool_]
    world: World


def mated_share(worlds: Sequence[World]) -> dict[str, float]:
    """Return by stratum the share of cases whose person is in the gallery: the prior that holds in these worlds."""
    strata = np.concatenate([world.stratum for world in worlds])
    mated = np.concatenate([world.mated for world in worlds])
    return {str(stratum): float(mated[strata == stratum].mean()) for stratum in np.unique(strata)}


def fitted(worlds: Sequence[World]) -> Fit:
    """Fit weights and shares to natural cases.

    The prior of each stratum is the one that holds in the worlds, so that weights speak of evidence alone.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    share = mated_share(worlds)
    terms = [_terms(world, share) for world in worlds]
    count, channels = len(CHANNEL_NAMES) + len(TIES), len(CHANNEL_NAMES)
    target = np.concatenate([np.ones(channels), np.zeros(len(TIES))])
    probes = sum(world.stratum.shape[0] for world in worlds)

    def loss(beta: Float64) -> tuple[float, Float64]:
        value, slope = _negative_log_likelihood(beta, terms)
        penalty = float(np.sum((beta - target) ** 2)) / (2 * SPREAD**2)
        return (value + penalty) / probes, (slope + (beta - target) / SPREAD**2) / probes

    bounds = [(1.0, 1.0) if name in FIXED else (SMALLEST_WEIGHT, 1.0) for name in CHANNEL_NAMES]
    bounds += [(0.0, 1.0)] * len(TIES)
    start = np.where(target > 0, 0.9, 0.05)
    start[[CHANNEL_NAMES.index(name) for name in FIXED]] = 1.0
    found = minimize(
        loss, start, jac=True, method="SLSQP", bounds=bounds, constraints=_monotone(count),
        options={"maxiter": 200, "ftol": 1e-9},
    )  # fmt: skip
    if not found.success:
        raise RuntimeError(f"the fit did not converge: {found.message}")
    combination = _combination(np.asarray(found.x, np.float64))
    return Fit(combination, log_likelihood(worlds, combination, share))


def log_likelihood(worlds: Sequence[World], combination: Combination, share: dict[str, float]) -> float:
    """Return the mean log-likelihood per probe, in natural units."""
    beta = np.array([*(combination.weight(name) for name in CHANNEL_NAMES), *(_share(combination, t) for t in TIES)])
    probes = sum(world.stratum.shape[0] for world in worlds)
    total, _ = _negative_log_likelihood(beta, [_terms(world, share) for world in worlds])
    return float(-total / probes)


def fused_values(world: World, combination: Combination) -> Float64:
    """Return the fused log10 LR of every record kept."""
    values = {name: world.values[:, column] for column, name in enumerate(CHANNEL_NAMES)}
    return combination.fused(values, world.values.shape[0])


def _terms(world: World, share: dict[str, float]) -> _Terms:
    columns = {name: world.values[:, column].astype(np.float64) for column, name in enumerate(CHANNEL_NAMES)}
    ties = [-common_support(columns[first], columns[second]) for first, second in TIES]
    prior = np.array([share[str(stratum)] for stratum in world.stratum])
    return _Terms(
        features=np.stack([*columns.values(), *ties], axis=1),
        offset=np.log(prior / world.eligible)[world.probe] + np.log(world.weight),
        log_nobody=np.log1p(-prior),
        mate=world.relation == MATE,
        world=world,
    )


def _negative_log_likelihood(beta: Float64, worlds: Sequence[_Terms]) -> tuple[float, Float64]:
    """Return the value and its slope in `beta`."""
    total, slope = 0.0, np.zeros(beta.shape[0])
    for terms in worlds:
        probe, count = terms.world.probe, terms.log_nobody.shape[0]
        logs = _LN10 * (terms.features @ beta) + terms.offset
        top = terms.log_nobody.copy()
        np.maximum.at(top, probe, logs)
        shares = np.exp(logs - top[probe])
        nobody = np.exp(terms.log_nobody - top)
        whole = np.bincount(probe, shares, count) + nobody
        mated = np.bincount(probe[terms.mate], minlength=count) > 0
        mates = np.bincount(probe[terms.mate], shares[terms.mate], count)
        true = np.where(mated, mates, nobody)
        total -= float(np.sum(np.log(true) - np.log(whole)))
        expected = shares / whole[probe]
        expected[terms.mate] -= shares[terms.mate] / mates[probe[terms.mate]]
        slope += _LN10 * (terms.features.T @ expected)
    return total, slope


def _monotone(count: int) -> list[dict[str, object]]:
    """Constrain each share to at most either of its channels' weights."""
    found: list[dict[str, object]] = []
    for number, pair in enumerate(TIES):
        for name in pair:
            row = np.zeros(count)
            row[CHANNEL_NAMES.index(name)], row[len(CHANNEL_NAMES) + number] = 1.0, -1.0
            found.append({"type": "ineq", "fun": _linear(row), "jac": _constant(row)})
    return found


def _linear(row: Float64) -> Callable[[Float64], float]:
    return lambda beta: float(row @ beta)


def _constant(row: Float64) -> Callable[[Float64], Float64]:
    return lambda _beta: row


def _combination(beta: Float64) -> Combination:
    """Round to four decimals, downwards for shares, so that the constraints survive rounding."""
    weights = {name: float(min(1.0, np.round(value, 4))) for name, value in zip(CHANNEL_NAMES, beta, strict=False)}
    ties = []
    for (first, second), value in zip(TIES, beta[len(CHANNEL_NAMES) :], strict=True):
        share = math.floor(max(0.0, min(float(value), weights[first], weights[second])) * 1e4) / 1e4
        if share > 0.0:
            ties.append(Tie(first, second, share))
    return Combination(weights, tuple(ties))


def _share(combination: Combination, pair: tuple[ChannelName, ChannelName]) -> float:
    return next((tie.share for tie in combination.ties if (tie.first, tie.second) == pair), 0.0)
