"""Unit vectors in eight and in four bits, each with a bound on what rounding can have changed.

Vectors are turned first (random signs, then a Hadamard transform), which leaves every inner product as it is and
spreads each vector over all its components, so that one step size suits them all. Two roundings are kept: components
in eight bits for batches, and in four bits, half the bytes again, for the first look of a single query. For every row
the step and the length of what rounding took away are stored in two bytes each, rounded up: by Cauchy and Schwarz the
latter bounds the error of any inner product.

Source of the transform: Ailon and Chazelle, The fast Johnson-Lindenstrauss transform, SIAM J. Comput. 39 (2009) 302.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
UInt32 = NDArray[np.uint32]

CHUNK = 128
"""Components of one step of the compiled loops; vectors are padded with zeros to a multiple."""

ZERO = 128
"""Eight-bit code of the number 0."""

MIDDLE = 7.5
"""Four-bit code of the number 0: half-way between 7 and 8, so that all sixteen codes are used alike."""

LONGEST = 1.01
"""Greatest length of a vector; those of a recogniser have length 1."""

_LARGEST = 127
OCTET_STEP, NIBBLE_STEP, ERROR = LONGEST / 127 / 65535, LONGEST / MIDDLE / 65535, 2 * LONGEST / 65535
"""Units in which steps and errors are stored: the largest possible ones have the largest code of sixteen bits."""

_CLIPPED = 0.85
"""Share of the largest component that the outermost four-bit codes stand for (least mean error of .7, .8, .85, 1)."""

_SIGNS_SEED = 20090302
_HIGH = np.uint32(1 << 16)
_SLACK = 1e-5
"""Cosine by which the float32 arithmetic of the scans can be wrong, with room."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as the scans read them.

    Parameters
    ----------
    octets : ndarray of uint8, shape (n, D)
        Eight-bit codes; a component is `(code - ZERO) * step`.
    octet_levels : ndarray of uint32, shape (n,)
        Low half: step in units of `OCTET_STEP`; high half: length of the rounding error in units of `ERROR`.
    nibbles : ndarray of uint8, shape (n, D / 2)
        Four-bit codes, of each `CHUNK` the first half in the low and the second half in the high bits; a component is
        `(code - MIDDLE) * step`.
    nibble_levels : ndarray of uint32, shape (n,)
        As `octet_levels`, the step in units of `NIBBLE_STEP`.
    """

    octets: UInt8
    octet_levels: UInt32
    nibbles: UInt8
    nibble_levels: UInt32


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries as the scans read them; products of codes are in units of `unit`.

    Parameters
    ----------
    codes : ndarray of int8, shape (Q, D)
        Rounded, turned queries.
    unit : ndarray of float64, shape (Q,)
        A product of codes times the row's step times this is the approximate cosine.
    reach : ndarray of float32, shape (Q,)
        Length of the rounded query in its unit: times a row's rounding error it bounds that error's effect.
    slack : ndarray of float32, shape (Q,)
        Bound on the effect of the query's own rounding, in its unit.
    dim : int
        Length of the vectors before they were padded.
    """

    codes: NDArray[np.int8]
    unit: Float64
    reach: Float32
    slack: Float32
    dim: int


def padded(dim: int) -> int:
    """Return the number of components kept for vectors of a length."""
    return -(-dim // CHUNK) * CHUNK


def turned(vectors: Float32) -> Float32:
    """Pad and turn vectors, shape (n, d) to (n, padded(d)); inner products stay."""
    width = padded(vectors.shape[1])
    side = width & -width  # the largest power of two that divides the width
    rows = np.zeros((len(vectors), width), np.float32)
    rows[:, : vectors.shape[1]] = vectors * _signs(width)[: vectors.shape[1]]
    return np.asarray((rows.reshape(-1, side) @ _hadamard(side)).reshape(rows.shape), np.float32)


def pack(vectors: Float32) -> Packed:
    """Pack vectors of shape (n, d).

    Raises
    ------
    ValueError
        For a vector longer than `LONGEST` or not finite: the bounds would not hold.
    """
    if len(vectors) and not float(np.linalg.norm(vectors, axis=1).max()) <= LONGEST:
        raise ValueError("vectors need length 1")
    rows = turned(vectors)
    largest = np.abs(rows).max(axis=1, initial=0.0)
    octet_step = _levels(largest / _LARGEST, OCTET_STEP)
    nibble_step = _levels(_CLIPPED * largest / MIDDLE, NIBBLE_STEP)
    steps = np.float32(OCTET_STEP) * octet_step, np.float32(NIBBLE_STEP) * nibble_step
    octets = np.rint(rows / steps[0][:, None])
    nibbles = np.clip(np.rint(rows / steps[1][:, None] + np.float32(MIDDLE)), 0, 15)
    octet_error = _levels(_lengths(rows - octets * steps[0][:, None]), ERROR)
    nibble_error = _levels(_lengths(rows - (nibbles - np.float32(MIDDLE)) * steps[1][:, None]), ERROR)
    halves = nibbles.astype(np.uint8).reshape(len(rows), -1, 2, CHUNK // 2)
    return Packed(
        (octets + ZERO).astype(np.uint8),
        octet_step + octet_error * _HIGH,
        np.asarray(halves[:, :, 0] + halves[:, :, 1] * np.uint8(16)).reshape(len(rows), -1),
        nibble_step + nibble_error * _HIGH,
    )


def quantised(queries: Float32) -> Queries:
    """Round queries, shape (Q, d)."""
    rows = turned(queries).astype(np.float64)
    unit = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-12) / _LARGEST
    codes = np.rint(rows / unit[:, None])
    slack = (_lengths(rows - codes * unit[:, None]) * LONGEST + _SLACK) / unit
    return Queries(codes.astype(np.int8), unit, _rounded_up(_lengths(codes)), _rounded_up(slack), queries.shape[1])


@cache
def _signs(width: int) -> Float32:
    return np.random.default_rng(_SIGNS_SEED).choice(np.array([-1.0, 1.0], np.float32), width)


@cache
def _hadamard(side: int) -> Float32:
    """Return the orthonormal Hadamard matrix of a power of two."""
    matrix = np.ones((1, 1), np.float32)
    while len(matrix) < side:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return np.asarray(matrix / np.sqrt(side), np.float32)


def _levels(values: NDArray[np.floating], unit: float) -> UInt32:
    """Round up to whole units."""
    return np.asarray(np.minimum(np.floor(values / unit) + 1.0, 65535.0), np.uint32)


def _lengths(rows: NDArray[np.floating]) -> Float64:
    return np.asarray(np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64)))


def _rounded_up(values: Float64) -> Float32:
    return np.nextafter(values.astype(np.float32), np.float32(np.inf))
