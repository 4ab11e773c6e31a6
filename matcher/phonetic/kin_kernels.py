"""Compiled loops over the names of a gallery as those of a relative; letters as in `flat`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matcher.phonetic.flat import Names, Shares, Ways
from matcher.phonetic.kernels import Whole
from matcher.phonetic.name_kernels import REGIONS

Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def character_means(
    ways: Ways, values: Float64, background: Float64, shares: Shares, whole: Whole, out: Float64
) -> None:
    """Add to out[p, v, b, r] the share of the names with character v at place p x P(tokens | name), over these names.

    `values` is P(token | character), shape (V, T + 1, R); `background` its mean over each stratum, shape (T + 1, K, R);
    `whole` as in `kernels.means_by_length`.
    """
    expected = np.empty((background.shape[0], REGIONS))
    for v in range(values.shape[0]):
        for token in range(background.shape[0]):
            for r in range(REGIONS):
                total = 0.0
                for k in range(background.shape[1]):
                    total += shares.parts[v, k] * background[token, k, r]
                expected[token, r] = total
        for way in range(ways.first[2], ways.first[3]):
            branch, one, two = ways.branch_of[way], ways.tokens[way, 0], ways.tokens[way, 1]
            for r in range(REGIONS):
                out[0, v, branch, r] += ways.share[way] * values[v, one, r] * expected[two, r]
                out[1, v, branch, r] += ways.share[way] * values[v, two, r] * expected[one, r]
    codes, whole_shares, whole_values = whole
    product = np.empty((out.shape[2], REGIONS))
    for w in range(codes.shape[0]):
        product[:] = 0.0
        for way in range(ways.first[2], ways.first[3]):
            branch, one, two = ways.branch_of[way], ways.tokens[way, 0], ways.tokens[way, 1]
            for r in range(REGIONS):
                pair = whole_values[codes[w, 0], one, r] * whole_values[codes[w, 1], two, r]
                product[branch, r] += ways.share[way] * pair
        for place in range(2):
            v = shares.whole_codes[w, place]
            if v >= 0:
                out[place, v] += whole_shares[w] * product


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def score_kin(names: Names, surnames: Float64, by_length: Float64, means: Float64, weight: float, out: Float64) -> None:
    """Add weight x P(observed | the relative's name n) to out[n].

    `surnames` has shape (A, B, R), `by_length` (A, 4) what the length of the given name decides, `means` (2, V, B, R)
    what each of two characters does; V is 0 when no character is shared.
    """
    surname_of, givens, lengths, first = names.surname_of, names.givens, names.lengths, names.first
    branches, shared = surnames.shape[1], means.shape[1] > 0
    both = np.empty((branches, REGIONS))
    for g in range(lengths.shape[0]):
        by_character = shared and lengths[g] == 2
        if by_character:
            c, d = givens[g, 0], givens[g, 1]
            for b in range(branches):
                for r in range(REGIONS):
                    both[b, r] = means[0, c, b, r] + means[1, d, b, r]
        for n in range(first[g], first[g + 1]):
            surname = surname_of[n]
            total = by_length[surname, lengths[g]]
            if by_character:
                for b in range(branches):
                    for r in range(REGIONS):
                        total += surnames[surname, b, r] * both[b, r]
            out[n] += weight * total
