"""Compiled loops over elements and syllables; each has a readable twin that tests hold it to."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matcher.phonetic.flat import Ways

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Sounds = tuple[Int32, Int32, Float64, Float64]
Whole = tuple[Int32, Float64, Float64]


@njit(cache=True, nogil=True)
def heard_values(
    syllables: Int32, tones: Int32, weights: Float64, sounds: Sounds, tables: tuple[Float64, Float64], out: Float64
) -> None:
    """Fill out[v, r] = sum over readings of v of weight x P(token | syllable and tone, heard).

    `sounds` are the syllables and tones that the token writes down, with their weights if heard and if taken from the
    right reading; `tables` are `hearing.confusion_by_heard` and `hearing.tone_columns`.
    """
    codes, written, heard, right = sounds
    confusion, columns = tables
    out[:] = 0.0
    for v in range(syllables.shape[0]):
        for k in range(syllables.shape[1]):
            weight = weights[v, k]
            if weight > 0.0:
                syllable, tone = syllables[v, k], tones[v, k]
                for i in range(codes.shape[0]):
                    factor = weight * heard[i]
                    for r in range(out.shape[1]):
                        out[v, r] += factor * confusion[codes[i], syllable, r] * columns[written[i], tone, r]
                    if codes[i] == syllable:
                        out[v] += weight * right[i] * columns[written[i], tone, 0]


@njit(cache=True, nogil=True)
def means_by_length(ways: Ways, weights: Float64, background: Float64, whole: Whole, out: Float64) -> None:
    """Add to out[b, m - 1, r] the mean of P(given tokens | given name) over given names of m characters.

    `weights` are the shares of the strata, `background` the means of P(token | character) in each, shape (T + 1, K, R);
    `whole` the characters of the names chosen as a whole, their shares, and P(token | character) for these.
    """
    codes, shares, values = whole
    independent = 1.0 - shares.sum()
    for way in range(ways.branch_of.shape[0]):
        branch, share, tokens = ways.branch_of[way], ways.share[way], ways.tokens[way]
        length = 1 if way < ways.first[2] else 2 if way < ways.first[3] else 3
        mean = out[branch, length - 1]
        for k in range(weights.shape[0]):
            factor = share * weights[k] * (independent if length == 2 else 1.0)
            for r in range(mean.shape[0]):
                mean[r] += (
                    factor * background[tokens[0], k, r] * background[tokens[1], k, r] * background[tokens[2], k, r]
                )
        if length == 2:
            for w in range(shares.shape[0]):
                first, second = values[codes[w, 0], tokens[0]], values[codes[w, 1], tokens[1]]
                for r in range(mean.shape[0]):
                    mean[r] += share * shares[w] * first[r] * second[r]


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
