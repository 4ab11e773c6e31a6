"""Bounds from above on what any name with a certain given name can score.

For a part with the surname values w[r] <= W[r], sum_r w[r] T1[r] T2[r] <= sqrt(sum W T1^2) sqrt(sum W T2^2) by the
Cauchy-Schwarz inequality: one product of two look-ups for all regions. Ways that leave a character unsaid are summed
exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.factors import names_of, pair_sums
from matcher.phonetic.flat import Factors, Ways
from matcher.phonetic.grouped import GroupedNames

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_ROUNDING = np.float32(1.0 + 1e-5)
"""More than what float32 can lose in one bound."""


def upper_bounds(groups: GroupedNames, ways: Ways, factors: Factors) -> Float32:
    """Bound P(observed | name) of the names of every given name from above, shape (B,)."""
    from matcher.phonetic.name_kernels import other_bounds, pair_bounds

    largest, values = factors.surnames.max(axis=1), factors.values
    reach = _reach(factors, largest)
    pairs = pair_sums(ways, factors.part_of, np.where(factors.part_of[:, None] == 0, largest, factors.scale))
    size, unsaid = len(values), values.shape[1] - 1
    left, right = np.zeros((size, len(pairs)), np.float32), np.zeros((size, len(pairs)), np.float32)
    alone = np.zeros((2, size), np.float32)
    constant = 0.0
    for pair, ((part, second), others) in enumerate(pairs.items()):
        weight = reach[part]
        both = np.zeros((size, len(weight)))
        for first, share in others.items():
            if first == unsaid and second == unsaid:
                constant += float(weight @ share)
            elif second == unsaid:
                alone[0] += values[:, first] @ (weight * share)
            elif first == unsaid:
                alone[1] += values[:, second] @ (weight * share)
            else:
                both += values[:, first] * share
        if both.any():
            left[:, pair] = np.sqrt(np.square(both) @ weight)
            right[:, pair] = np.sqrt(np.square(values[:, second]) @ weight)
    used = np.flatnonzero(left.any(axis=0))
    bounds = np.empty(len(groups.given_lengths), np.float32)
    pair_bounds(
        groups.given_codes,
        np.ascontiguousarray(left[:, used]),
        np.ascontiguousarray(right[:, used]),
        alone,
        constant,
        bounds,
    )
    other_bounds(names_of(groups), ways, factors, largest, bounds)
    return bounds * _ROUNDING


def _reach(factors: Factors, largest: Float64) -> Float64:
    """Return the largest surname value of each part, shape (C + 1, R); part 0 has its values in the scale."""
    reach = np.zeros((factors.regular.shape[1] + 1, largest.shape[1]))
    reach[0] = 1.0
    for branch, part in enumerate(factors.part_of.tolist()):
        if part:
            reach[part] = np.maximum(reach[part], largest[branch] / factors.scale[branch])
    return reach
