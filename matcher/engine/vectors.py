"""Unit vectors in two planes of fixed-point numbers: eight bits to scan with, sixteen more to be exact with.

A vector is `scale * (coarse - 128 + fine / FINE_STEPS)`, component by component. The scan reads the coarse plane
alone, a quarter of the bytes of float32 and the form that integer matrix products want; the fine plane is touched for
the few records that are scored exactly. Together they keep 24 bits, so a decoded vector differs from the float32
original by no more than float32 rounding does, in three bytes a component instead of four plus one.

Each vector is packed once, from its original; selecting and joining never decode, so an index that was updated a
hundred times equals one that was built afresh, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Rows = slice | NDArray[np.int64]

ZERO_POINT = 128
"""Code of 0 in the coarse plane: integer products are fast only with unsigned rows (signed x signed is 15x slower)."""

COARSE_STEPS = 127
FINE_STEPS = 65534
"""Fine codes of one coarse step; half of them on either side fit sixteen bits."""

_BLOCK = 1 << 14
"""Vectors packed at a time, so that packing needs no second copy of the gallery."""


@dataclass(frozen=True, slots=True)
class PackedVectors:
    """M vectors of length d; reads like a float32 array of shape (M, d) that is decoded where it is indexed.

    Parameters
    ----------
    coarse : ndarray of uint8, shape (M, d)
        Leading eight bits, offset by `ZERO_POINT`; values 1 to 255.
    fine : ndarray of int16, shape (M, d)
        What the coarse plane leaves, in `1 / FINE_STEPS` of its step.
    scales : ndarray of float32, shape (M,)
        Size of one coarse step.
    errors : ndarray of float32, shape (M,)
        Euclidean length of what the coarse plane leaves: it bounds the error of any coarse inner product.
    """

    coarse: NDArray[np.uint8]
    fine: NDArray[np.int16]
    scales: Float32
    errors: Float32

    @property
    def shape(self) -> tuple[int, int]:
        """Number of vectors and their length."""
        return int(self.coarse.shape[0]), int(self.coarse.shape[1])

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self.coarse.shape[0])

    def __getitem__(self, rows: Rows | int) -> Float32:
        """Decode the vectors selected: shape (n, d), or (d,) for a single position."""
        offset = self.fine[rows] * (1.0 / FINE_STEPS) + (self.coarse[rows].astype(np.float64) - ZERO_POINT)
        decoded: Float32 = (offset * np.asarray(self.scales[rows], np.float64)[..., None]).astype(np.float32)
        return decoded

    def __array__(self, dtype: np.dtype[np.generic] | None = None, copy: bool | None = None) -> NDArray[np.generic]:  # noqa: FBT001 - NumPy's protocol
        """Decode everything, for libraries that want an array."""
        if copy is False:
            raise ValueError("packed vectors are decoded into a new array")
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def take(self, rows: NDArray[np.int64]) -> PackedVectors:
        """Select vectors without decoding them."""
        return PackedVectors(self.coarse[rows], self.fine[rows], self.scales[rows], self.errors[rows])


Vectors = Float32 | PackedVectors
"""How a dense column may hold its vectors: as a channel encodes them, or packed."""


def pack(vectors: Vectors) -> PackedVectors:
    """Pack vectors of shape (M, d); packed ones are returned as they are."""
    if isinstance(vectors, PackedVectors):
        return vectors
    count, length = vectors.shape
    packed = PackedVectors(
        np.empty((count, length), np.uint8),
        np.empty((count, length), np.int16),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
    )
    for low in range(0, count, _BLOCK):
        _pack_block(vectors[low : low + _BLOCK], packed, slice(low, low + _BLOCK))
    return packed


def join(parts: Sequence[Vectors]) -> Vectors:
    """Append vectors to vectors; the result is packed when any part is."""
    if not any(isinstance(part, PackedVectors) for part in parts):
        return np.concatenate([np.asarray(part, np.float32) for part in parts])
    packed = [pack(part) for part in parts]
    return PackedVectors(
        np.concatenate([part.coarse for part in packed]),
        np.concatenate([part.fine for part in packed]),
        np.concatenate([part.scales for part in packed]),
        np.concatenate([part.errors for part in packed]),
    )


def quantised(vectors: Float32) -> tuple[NDArray[np.int8], Float32, Float32]:
    """Round query vectors, shape (Q, d), to eight signed bits.

    Returns
    -------
    codes : ndarray of int8, shape (Q, d)
        -127 to 127.
    scales, errors : ndarray of float32, shape (Q,)
        Size of one step, and the length of what was rounded away.
    """
    exact = vectors.astype(np.float64)
    scales = _steps(exact)
    codes = np.rint(exact / scales[:, None].astype(np.float64))
    return codes.astype(np.int8), scales, _lengths(exact - codes * scales[:, None])


def _pack_block(vectors: Float32, packed: PackedVectors, target: slice) -> None:
    exact = vectors.astype(np.float64)
    scales = _steps(exact)
    steps = exact / scales[:, None].astype(np.float64)
    coarse = np.rint(steps)
    packed.coarse[target] = (coarse + ZERO_POINT).astype(np.uint8)
    packed.fine[target] = np.rint((steps - coarse) * FINE_STEPS).astype(np.int16)
    packed.scales[target] = scales
    packed.errors[target] = _lengths(exact - coarse * scales[:, None])


def _steps(exact: NDArray[np.float64]) -> Float32:
    """Return the coarse step of each vector: its largest component has code 127 or -127."""
    # A hair wider than the quotient, so that its rounding to float32 cannot push the largest code to 128.
    largest = np.abs(exact).max(axis=1, initial=0.0) * (1.0 + 2.0**-20)
    return np.where(largest > 0.0, largest / COARSE_STEPS, 1.0).astype(np.float32)


def _lengths(differences: NDArray[np.float64]) -> Float32:
    """Return Euclidean lengths, rounded up so that they stay bounds in float32."""
    lengths = np.sqrt(np.einsum("md,md->m", differences, differences))
    rounded_up: Float32 = np.nextafter(lengths.astype(np.float32), np.float32(np.inf))
    return rounded_up
