"""Compiled loops over the names of a gallery; `name_model.likelihood_ratios` is the readable twin they are tested by.

Shapes and letters as in `flat`. Names are grouped by given name: those of given name g are `first[g]:first[g + 1]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matcher.phonetic.flat import Best, Factors, Names, Ways

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt16 = NDArray[np.uint16]
UInt32 = NDArray[np.uint32]

REGIONS = 17
"""Length of the innermost axis, known to the compiler so that it needs no remainder loops."""

LEVELS = 1e4
"""Levels per natural unit of log LR, and of log bearers; names on one sum of both tie. A level is 0.00004 in log10."""

# Sums over regions may be taken in any order; what is tested is the agreement with the twin, to ten digits.
_ANY_ORDER = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True)
def surname_factors(surnames: Int32, values: Float64, tokens: Int64, shares: Float64, out: Float64) -> None:
    """Fill out[b, a, r] with share x P(tokens of branch b | surname a, region).

    `values` are ones, then P(token | character) for each token; `tokens[b]` numbers the one or two that stand for the
    surname, 0 where none does; `shares[b]` are those of surnames of one and of two characters.
    """
    for b in range(out.shape[0]):
        one, two = values[tokens[b, 0]], values[tokens[b, 1]]
        for a in range(out.shape[1]):
            first, second = surnames[a, 0], surnames[a, 1]
            for r in range(out.shape[2]):
                if second < 0:  # two tokens cannot stand for one character
                    product = one[first, r] if tokens[b, 1] == 0 else 0.0
                    out[b, a, r] = shares[b, 0] * product
                elif tokens[b, 1] == 0:  # one token is either half of a compound surname
                    out[b, a, r] = shares[b, 1] * 0.5 * (one[first, r] + one[second, r])
                else:
                    out[b, a, r] = shares[b, 1] * one[first, r] * two[second, r]


@njit(cache=True, nogil=True)
def weighted_tokens(values: Float64, pair_of: Int32, tokens: Int32, weights: Float64, out: Float64) -> None:
    """Add weights[i] x values[v, tokens[i]] to out[v, pair_of[i]] for every i."""
    for v in range(values.shape[0]):
        for i in range(tokens.shape[0]):
            pair, token = pair_of[i], tokens[i]
            for r in range(REGIONS):
                out[v, pair, r] += weights[i, r] * values[v, token, r]


@njit(cache=True, nogil=True, inline="always")
def given_factors(given: UInt16, length: int, ways: Ways, values: Float64, out: Float64) -> None:
    """Fill out[b, r] = sum over the ways of branch b of share x product of P(token | character, region)."""
    out[:] = 0.0
    a, b, c = given[0], given[1], given[2]
    for way in range(ways.first[length], ways.first[length + 1]):
        branch, one, two, three = ways.branch_of[way], ways.tokens[way, 0], ways.tokens[way, 1], ways.tokens[way, 2]
        for r in range(REGIONS):  # beyond the length of the name the token is the one not said, of value 1
            out[branch, r] += ways.share[way] * values[a, one, r] * values[b, two, r] * values[c, three, r]


@njit(cache=True, nogil=True, inline="always")
def all_factors(g: int, names: Names, ways: Ways, query: Factors, out: Float64) -> None:
    """Fill out[b, r] with P(given tokens | given name g) of every branch."""
    if names.lengths[g] == 0:
        out[:] = query.means
    else:
        given_factors(names.givens[g], names.lengths[g], ways, query.values, out)


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy", inline="always")
def pair_factors(first: Float64, last: Float64, second_of: Int32, split: Int32, out: Float64) -> float:
    """Fill out[k, r] with the factor of a given name of two characters in each part but the first; return the first's.

    `first` and `last` are the rows of its characters in `sums` and in `values`. The first part is summed over regions,
    because all regular surnames have the same value in it; it has all tokens in order, as `values` has.
    """
    total = 0.0
    regions = out.shape[1]
    for j in range(last.shape[0]):
        total += first[j] * last[j]
    for k in range(out.shape[0]):
        low, high = split[k + 1], split[k + 2]
        row = out[k]
        summed, value = first[low * REGIONS :], last[second_of[low] * REGIONS :]
        if high - low == 2:  # the usual case, in one pass
            valued = last[second_of[low + 1] * REGIONS :]
            for r in range(regions):
                row[r] = summed[r] * value[r] + summed[r + REGIONS] * valued[r]
        else:
            for r in range(regions):
                row[r] = summed[r] * value[r]
            for pair in range(low + 1, high):
                summed, value = first[pair * REGIONS :], last[second_of[pair] * REGIONS :]
                for r in range(regions):
                    row[r] += summed[r] * value[r]
    return total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy", inline="always")
def part_factors(full: Float64, scale: Float64, part_of: Int32, out: Float64) -> float:
    """Do as `pair_factors` for any given name, from the factors of all branches."""
    total = 0.0
    out[:] = 0.0
    for b in range(full.shape[0]):
        part = part_of[b]
        for r in range(REGIONS):
            if part == 0:
                total += full[b, r] * scale[b, r]
            else:
                out[part - 1, r] += full[b, r] * scale[b, r]
    return total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy", inline="always")
def regular_total(values: Float64, start: float, parts: Float64) -> float:
    """Return P(observed | name) of a regular surname, given the factors of the given name."""
    total = start
    for k in range(parts.shape[0]):
        for r in range(REGIONS):
            total += parts[k, r] * values[k, r]
    return total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy", inline="always")
def full_total(surnames: Float64, surname: int, full: Float64) -> float:
    """Return P(observed | name) of any surname, given all factors of the given name."""
    total = 0.0
    for b in range(full.shape[0]):
        for r in range(REGIONS):
            total += full[b, r] * surnames[b, surname, r]
    return total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy")
def score_all(names: Names, ways: Ways, query: Factors, weight: float, out: Float64) -> None:
    """Add weight x P(observed | name n) to out[n]."""
    score_pairs(names, query, weight, out)
    score_unknown(names, query, weight, out)
    score_others(names, ways, query, weight, out)


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy")
def score_pairs(names: Names, query: Factors, weight: float, out: Float64) -> None:
    """Do as `score_all` for regular surnames with a given name of two characters: most names of a gallery.

    Nothing else happens in these loops: they are half as fast where whole tuples are handed on in one of them.
    """
    second_of, split, irregular = query.second_of, query.split, query.irregular
    sums, values = query.sums.reshape(query.sums.shape[0], -1), query.values.reshape(query.values.shape[0], -1)
    parts = np.empty((query.regular.shape[1], REGIONS))
    regular = query.regular.reshape(irregular.shape[0], parts.size)
    said = parts.reshape(-1)
    for g in range(names.givens.shape[0]):
        if names.lengths[g] == 2:
            first, last = sums[names.givens[g, 0]], values[names.givens[g, 1]]
            start = pair_factors(first, last, second_of, split, parts)
            for n in range(names.first[g], names.first[g + 1]):
                surname = names.surname_of[n]
                if not irregular[surname]:
                    own = regular[surname]
                    total = start
                    for j in range(own.shape[0]):
                        total += said[j] * own[j]
                    out[n] += weight * total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy")
def score_unknown(names: Names, query: Factors, weight: float, out: Float64) -> None:
    """Do as `score_all` for the surname that is not known, the first of each given name, with two characters."""
    sums, values = query.sums.reshape(query.sums.shape[0], -1), query.values.reshape(query.values.shape[0], -1)
    begin = sums.shape[1] - values.shape[1]
    for g in range(names.givens.shape[0]):
        if names.lengths[g] == 2:
            for n in range(names.first[g], names.first[g + 1]):
                if names.surname_of[n] != 0:
                    break
                first, last = sums[names.givens[g, 0], begin:], values[names.givens[g, 1]]
                total = 0.0
                for j in range(last.shape[0]):
                    total += first[j] * last[j]
                out[n] += weight * total


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy")
def score_others(names: Names, ways: Ways, query: Factors, weight: float, out: Float64) -> None:
    """Do as `score_all` for the names that `score_pairs` leaves out."""
    regular, irregular, surname_of = query.regular, query.irregular, names.surname_of
    parts = np.empty((regular.shape[1], REGIONS))
    full = np.empty((query.means.shape[0], REGIONS))
    for g in range(names.givens.shape[0]):
        pair, ready, start = names.lengths[g] == 2, False, 0.0
        for n in range(names.first[g], names.first[g + 1]):
            surname = surname_of[n]
            if pair and (surname == 0 or not irregular[surname]):
                continue
            if not ready:
                all_factors(g, names, ways, query, full)
                start, ready = part_factors(full, query.scale, query.part_of, parts), True
            if irregular[surname]:
                out[n] += weight * full_total(query.surnames, surname, full)
            else:
                out[n] += weight * regular_total(regular[surname], start, parts)


@njit(cache=True, nogil=True)
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
def other_bounds(names: Names, ways: Ways, query: Factors, largest: Float64, out: Float32) -> None:
    """Bound given names of one or three characters, and the one that is not known, by the largest surname values."""
    full = np.empty((query.means.shape[0], REGIONS))
    for g in range(out.shape[0]):
        if names.lengths[g] != 2:
            all_factors(g, names, ways, query, full)
            total = 0.0
            for b in range(full.shape[0]):
                for r in range(REGIONS):
                    total += full[b, r] * largest[b, r]
            out[g] = total


@njit(cache=True, nogil=True)
def bound_histogram(bits: Int32, counts: Int64) -> None:
    """Count positive float32 bounds by exponent and two bits of mantissa, given their bit patterns."""
    for g in range(bits.shape[0]):
        if bits[g] > 0:
            counts[bits[g] >> 21] += 1


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER, error_model="numpy")
def open_groups(
    bounds: Float32, window: tuple[float, float], names: Names, ways: Ways, query: Factors, widest: Float64,
    bearers: UInt32, best: Best, state: tuple[int, float],
) -> tuple[int, float, int]:  # fmt: skip
    """Score all names of the given names with `window[0] <= bound < window[1]` that can still enter the top.

    Bounds and scores are of P(observed | name) x bearers. `widest[s, k]` is the sum over regions of
    `query.regular[s, k]`; `state` and what is returned first are the number of names held and the least score that can
    enter. The third is the number of given names opened.
    """
    held, worst = state
    sums, values, second_of, split = query.sums, query.values, query.second_of, query.split
    regular, irregular, surname_of, givens, lengths = (
        query.regular, query.irregular, names.surname_of, names.givens, names.lengths
    )  # fmt: skip
    sums, values = sums.reshape(sums.shape[0], -1), values.reshape(values.shape[0], -1)
    room = best.level.shape[0]
    parts = np.empty((query.regular.shape[1], REGIONS))
    full = np.empty((query.means.shape[0], REGIONS))
    peak = np.empty(parts.shape[0])
    opened = 0
    for g in range(bounds.shape[0]):
        bound = bounds[g]
        if bound < window[0] or bound >= window[1] or (held == room and bound < worst * (1.0 - 1e-5)):
            continue
        opened += 1
        if lengths[g] == 2:
            start = pair_factors(sums[givens[g, 0]], values[givens[g, 1]], second_of, split, parts)
        else:
            all_factors(g, names, ways, query, full)
            start = part_factors(full, query.scale, query.part_of, parts)
        for k in range(parts.shape[0]):
            peak[k] = parts[k].max()
        for n in range(names.first[g], names.first[g + 1]):
            surname = surname_of[n]
            if irregular[surname] and lengths[g] == 2:
                all_factors(g, names, ways, query, full)
            if irregular[surname]:
                total = full_total(query.surnames, surname, full)
            else:
                reach = start
                for k in range(peak.shape[0]):
                    reach += peak[k] * widest[surname, k]
                if held == room and reach * bearers[n] < worst:
                    continue
                total = regular_total(regular[surname], start, parts)
            if total > 0.0:
                level = np.floor(np.log(total) * LEVELS) + np.floor(np.log(bearers[n]) * LEVELS)
                held, worst = _entered(n, level, best, held, worst)
    return held, worst, opened


@njit(cache=True, nogil=True)
def _entered(name: int, level: float, best: Best, held: int, worst: float) -> tuple[int, float]:
    """Keep a name if it enters the top; return how many are held and the least that can enter."""
    room = best.level.shape[0]
    if held < room:
        best.level[held], best.name[held] = level, name
        held += 1
    else:
        slot = _last(best)
        last = best.level[slot]
        if level < last or (level == last and name > best.name[slot]):
            return held, worst
        best.level[slot], best.name[slot] = level, name
    if held == room:
        worst = np.exp(best.level.min() / LEVELS) * (1.0 - 1e-9)
    return held, worst


@njit(cache=True, nogil=True)
def _last(best: Best) -> int:
    """Return the slot that ranks last: the lowest level, among ties the last of the index."""
    slot = 0
    for k in range(1, best.level.shape[0]):
        level = best.level[k]
        if level < best.level[slot] or (level == best.level[slot] and best.name[k] > best.name[slot]):
            slot = k
    return slot
