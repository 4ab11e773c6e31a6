"""Compiled loops of the exact name search; `name_model.likelihood_ratios` is the readable twin that tests hold them to.

Shapes: B branches, A surnames, T tokens, V given-name characters, R regions, G given names, W ways.
Names are sorted by given name: those of given name g are `first[g]:first[g + 1]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
UInt16 = NDArray[np.uint16]

LEVELS = 1e4
"""Levels per natural unit of log LR; names on one level tie. A level is 0.00004 in log10 LR, below any meaning."""


@njit(cache=True, fastmath=False, nogil=True)
def pair_bounds(givens: UInt16, left: Float32, right: Float32, alone: Float32, constant: float, out: Float32) -> None:
    """Bound the LR of given names of two characters from above (what it says of others is overwritten by the caller).

    `left[c] . right[d]` sums the ways in which both characters are said, `alone[0, c] + alone[1, d]` those with one.
    """
    width = left.shape[1]
    for g in range(givens.shape[0]):
        first, second = givens[g, 0], givens[g, 1]
        total = constant + alone[0, first] + alone[1, second]
        for k in range(width):
            total += left[first, k] * right[second, k]
        out[g] = total


@njit(cache=True, nogil=True)
def given_factors(
    given: UInt16, length: int, values: Float64, branch_of: Int32, share: Float64, tokens: Int32, out: Float64
) -> None:
    """Fill out[b, r] = sum over the ways of branch b of share x product of P(token | character, region)."""
    out[:] = 0.0
    regions = values.shape[2]
    for way in range(branch_of.shape[0]):
        branch = branch_of[way]
        for r in range(regions):
            product = share[way]
            for position in range(length):
                token = tokens[way, position]
                if token >= 0:
                    product *= values[token, given[position], r]
            out[branch, r] += product


@njit(cache=True, nogil=True)
def score_group(
    names: tuple[int, int], surname_of: UInt16, surnames: Float64, widest: Float64, factors: Float64,
    bearer_ends: NDArray[np.int64], best: Float64, best_name: Int32, held: int, worst: float,
) -> tuple[int, float]:  # fmt: skip
    """Score the names of one given name and keep the levels of those that enter the top.

    Returns (number held, least score that can enter). `widest[b, s]` is the sum over regions of `surnames[b, s]`,
    for a quick bound.
    """
    branches, regions = factors.shape
    peak = np.zeros(branches)
    for b in range(branches):
        for r in range(regions):
            peak[b] = max(peak[b], factors[b, r])
    for name in range(names[0], names[1]):
        surname = surname_of[name]
        bound = 0.0
        for b in range(branches):
            bound += peak[b] * widest[b, surname]
        if held == best.shape[0] and bound < worst:
            continue
        total = 0.0
        for b in range(branches):
            for r in range(regions):
                total += factors[b, r] * surnames[b, surname, r]
        if total <= 0.0:
            continue
        level = np.floor(np.log(total) * LEVELS)
        if held < best.shape[0]:
            best[held], best_name[held] = level, name
            held += 1
        else:
            slot = _last(best, best_name, bearer_ends)
            if level < best[slot] or (level == best[slot] and not _precedes(name, best_name[slot], bearer_ends)):
                continue
            best[slot], best_name[slot] = level, name
        if held == best.shape[0]:
            worst = np.exp(best.min() / LEVELS) * (1.0 - 1e-9)
    return held, worst


@njit(cache=True, nogil=True)
def _precedes(name: int, other: int, bearer_ends: NDArray[np.int64]) -> bool:
    """Tell whether a name goes first among ties: more bearers, then index order."""
    own = bearer_ends[name + 1] - bearer_ends[name]
    others = bearer_ends[other + 1] - bearer_ends[other]
    return own > others or (own == others and name < other)


@njit(cache=True, nogil=True)
def _last(best: Float64, best_name: Int32, bearer_ends: NDArray[np.int64]) -> int:
    """Return the slot that ranks last: the lowest level, among ties as `_precedes` says."""
    slot = 0
    for k in range(1, best.shape[0]):
        if best[k] < best[slot] or (best[k] == best[slot] and _precedes(best_name[slot], best_name[k], bearer_ends)):
            slot = k
    return slot


@njit(cache=True, nogil=True)
def open_groups(
    bounds: Float32, above: float, below: float, givens: UInt16, lengths: NDArray[np.uint8], first: Int32,
    surname_of: UInt16, bearer_ends: NDArray[np.int64], surnames: Float64, widest: Float64, values: Float64,
    ways_first: Int32, branch_of: Int32,
    share: Float64, tokens: Int32, best: Float64, best_name: Int32, held: int, worst: float,
) -> tuple[int, float, int]:  # fmt: skip
    """Score all names of the given names with `above <= bound < below` that can still enter the top.

    Returns (number held, least score that can enter,
    names looked at). `ways_first[m]:ways_first[m + 1]` are the ways of given
    names of m characters.
    """
    factors = np.zeros((surnames.shape[0], surnames.shape[2]))
    looked = 0
    for g in range(bounds.shape[0]):
        bound = bounds[g]
        if bound < above or bound >= below:
            continue
        if held == best.shape[0] and bound < worst * (1.0 - 1e-5):
            continue
        length = lengths[g]
        low, high = ways_first[length], ways_first[length + 1]
        given_factors(givens[g], length, values, branch_of[low:high], share[low:high], tokens[low:high], factors)
        looked += first[g + 1] - first[g]
        held, worst = score_group(
            (first[g], first[g + 1]), surname_of, surnames, widest, factors, bearer_ends, best, best_name, held, worst
        )
    return held, worst, looked


@njit(cache=True, nogil=True)
def bound_histogram(bits: Int32, counts: NDArray[np.int64]) -> None:
    """Count positive float32 bounds by exponent and two bits of mantissa, given their bit patterns."""
    for g in range(bits.shape[0]):
        if bits[g] > 0:
            counts[bits[g] >> 21] += 1


@njit(cache=True, nogil=True)
def score_all(
    surname_of: Int32, given_of: Int32, givens: Int32, lengths: NDArray[np.uint8], surnames: Float64, means: Float64,
    values: Float64, ways_first: Int32, branch_of: Int32, share: Float64, tokens: Int32, out: Float64,
) -> None:  # fmt: skip
    """Fill out[n] with P(observed | name n); `means` stands for given names that are not known.

    Names that are not of the Han form (surname -1) are left alone.
    """
    branches, regions = means.shape
    factors = np.zeros((givens.shape[0], branches, regions))
    for g in range(givens.shape[0]):
        length = lengths[g]
        if length == 0:
            factors[g] = means
            continue
        low, high = ways_first[length], ways_first[length + 1]
        given_factors(givens[g], length, values, branch_of[low:high], share[low:high], tokens[low:high], factors[g])
    for n in range(surname_of.shape[0]):
        if surname_of[n] < 0:
            continue
        row, column = factors[given_of[n]], surname_of[n]
        total = 0.0
        for b in range(branches):
            for r in range(regions):
                total += row[b, r] * surnames[b, column, r]
        out[n] = total


@njit(cache=True, nogil=True)
def element_values(syllables: Int32, tones: Int32, weights: Float64, heard: Float64, out: Float64) -> None:
    """Fill out[v, r] = sum over readings of weight x heard[syllable, tone, r]."""
    for v in range(syllables.shape[0]):
        for r in range(out.shape[1]):
            out[v, r] = 0.0
        for k in range(syllables.shape[1]):
            weight = weights[v, k]
            if weight > 0.0:
                row = heard[syllables[v, k], tones[v, k]]
                for r in range(out.shape[1]):
                    out[v, r] += weight * row[r]


@njit(cache=True, nogil=True)
def forward_rows(
    emission: Float64,
    noise: Float64,
    codes: Int32,
    starts: NDArray[np.int64],
    inserted: float,
    deleted: float,
    out: Float64,
) -> None:
    """Fill out[m, i] = P(observed[:i] | codes[starts[m]:starts[m + 1]]); the twin of `transcribed.forward`."""
    observed = emission.shape[0]
    kept = 1.0 - inserted - deleted
    column, previous = np.zeros(observed + 1), np.zeros(observed + 1)
    for m in range(starts.shape[0] - 1):
        previous[0] = 1.0
        for i in range(1, observed + 1):
            previous[i] = previous[i - 1] * inserted * noise[i - 1]
        for at in range(starts[m], starts[m + 1]):
            code = codes[at]
            column[0] = previous[0] * deleted
            for i in range(1, observed + 1):
                column[i] = (
                    previous[i - 1] * kept * emission[i - 1, code]
                    + column[i - 1] * inserted * noise[i - 1]
                    + previous[i] * deleted
                )
            column, previous = previous, column
        out[m, :] = previous
