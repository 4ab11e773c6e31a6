"""Packed vectors: decoding, the error bound, and independence of how often they were moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.vectors import PackedVectors, join, pack, quantised


def unit(count: int, length: int, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, length))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("length", [1, 8, 128, 512])
def test_decoding_is_as_exact_as_float32(length: int) -> None:
    vectors = unit(40, length)
    # The largest component has at most the rounding error of float32; the others share its absolute precision.
    bound = np.abs(vectors).max(axis=1, keepdims=True) * 2.0**-23
    assert (np.abs(pack(vectors)[:].astype(np.float64) - vectors) <= bound).all()


@pytest.mark.parametrize("shape", [(0, 4), (3, 1), (20_000, 3)])
def test_shapes_survive(shape: tuple[int, int]) -> None:
    packed = pack(unit(*shape))
    assert packed.shape == np.asarray(packed).shape == shape
    assert len(packed) == shape[0]


def test_a_vector_of_zeros_stays_one() -> None:
    packed = pack(np.zeros((2, 4), np.float32))
    assert (packed[:] == 0.0).all()
    assert (packed.errors <= 1e-30).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 128]))
def test_errors_bound_every_coarse_product(seed: int, length: int) -> None:
    vectors, queries = unit(6, length, seed), unit(3, length, seed ^ 1)
    packed = pack(vectors)
    codes, scales, errors = quantised(queries)
    coarse = (packed.coarse.astype(np.int64) - 128) @ codes.T.astype(np.int64)
    found = coarse * packed.scales[:, None].astype(np.float64) * scales.astype(np.float64)
    exact = vectors.astype(np.float64) @ queries.T.astype(np.float64)
    # |x.q - x'.q'| <= |x - x'| |q| + |x'| |q - q'|, with |q| = 1 and |x'| <= 1 + |x - x'|
    bound = packed.errors[:, None] + (1.0 + packed.errors[:, None]) * errors
    assert (np.abs(found - exact) <= bound + 1e-6).all()


def test_one_position_a_slice_and_a_selection_agree() -> None:
    packed = pack(unit(9, 16))
    np.testing.assert_array_equal(packed[3], packed[3:4][0])
    np.testing.assert_array_equal(packed[np.array([5, 2])], packed[:][[5, 2]])
    np.testing.assert_array_equal(packed.take(np.array([5, 2]))[:], packed[:][[5, 2]])


def test_moving_vectors_changes_no_bit() -> None:
    vectors = unit(10, 16)
    whole = pack(vectors)
    moved = join([whole.take(np.arange(4)), vectors[4:]])
    assert isinstance(moved, PackedVectors)
    for plane in ("coarse", "fine", "scales", "errors"):
        np.testing.assert_array_equal(getattr(moved, plane), getattr(whole, plane))


def test_unpacked_vectors_stay_unpacked() -> None:
    joined = join([unit(2, 4), unit(3, 4)])
    assert isinstance(joined, np.ndarray)
    assert joined.shape == (5, 4)


def test_a_view_of_the_decoded_array_is_refused() -> None:
    with pytest.raises(ValueError, match="decoded"):
        np.asarray(pack(unit(2, 4)), copy=False)
