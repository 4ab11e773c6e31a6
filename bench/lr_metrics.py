"""How good likelihood ratios are, apart from any ranking: cost and calibration; base-10 throughout."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


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
    return float(weights @ np.log2(1.0 / np.where(labels > 0.0, posterior, 1.0 - posterior)))


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

    Source: Vergeer, van Schaik & Sjerps, Measuring calibration of likelihood-ratio systems: a comparison of four
    metrics, including a new metric devPAV, Forensic Sci. Int. 321 (2021) 110722.

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
    distance = claims - np.log10(supported / (1.0 - supported))
    return _area(claims, distance) / float(claims[-1] - claims[0])


def _area(x: Float64, y: Float64) -> float:
    """Area between a broken line and zero; where the line crosses zero, the two triangles."""
    one, other = np.abs(y[:-1]), np.abs(y[1:])
    crosses = y[:-1] * y[1:] < 0.0
    both = np.where(one + other > 0.0, one + other, 1.0)
    heights = np.where(crosses, (one**2 + other**2) / both, one + other) / 2.0
    return float(heights @ np.diff(x))
