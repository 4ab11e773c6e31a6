from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.face.integer_scan import bounds_slowly, keep_batch, keep_single
from matcher.face.packing import CHUNK, MIDDLE, NIBBLE_STEP, Packed, pack, padded, quantised, turned

Float32 = NDArray[np.float32]


def unit(rng: np.random.Generator, count: int, dim: int) -> Float32:
    vectors = rng.normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("dim", [3, 128, 192, 384, 512])
def test_turning_keeps_inner_products_and_levels_components(dim: int) -> None:
    rng = np.random.default_rng(1)
    axes, others = np.eye(dim, dtype=np.float32), unit(rng, 20, dim)
    assert turned(axes).shape == (dim, padded(dim))
    np.testing.assert_allclose(turned(axes) @ turned(others).T, axes @ others.T, atol=1e-6)
    assert np.abs(turned(axes)).max() < 0.1


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.sampled_from([3, 128, 192, 512]), st.integers(0, 99))
def test_bounds_hold(count: int, dim: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, probes = unit(rng, count, dim), unit(rng, 5, dim)
    rows[::3] = np.eye(dim, dtype=np.float32)[rng.integers(0, dim, len(rows[::3]))]
    queries = quantised(probes)
    lowest, highest = bounds_slowly(pack(rows), queries)
    exact = (rows.astype(np.float64) @ probes.T.astype(np.float64)) / queries.unit
    assert (lowest - queries.slack <= exact).all()
    assert (exact <= highest + queries.slack).all()
    assert ((highest - lowest) * queries.unit < 0.05).all()


def test_four_bit_codes_stand_for_the_vector() -> None:
    rows = unit(np.random.default_rng(2), 50, 256)
    packed = pack(rows)
    halves = packed.nibbles.reshape(50, -1, CHUNK // 2)
    codes = np.concatenate([halves & 15, halves >> 4], axis=2).reshape(50, -1)
    back = (codes - MIDDLE) * ((packed.nibble_levels & 0xFFFF) * NIBBLE_STEP)[:, None]
    error = np.linalg.norm(turned(rows) - back, axis=1)
    assert (error <= (packed.nibble_levels >> 16) * (2 * 1.01 / 65535) + 1e-6).all()
    assert error.mean() < 0.13


def kept_slowly(packed: Packed, probes: Float32, wanted: int) -> list[set[int]]:
    queries = quantised(probes)
    lowest, highest = bounds_slowly(packed, queries)
    bars = np.partition(lowest, len(lowest) - wanted, axis=0)[len(lowest) - wanted] - 2 * queries.slack
    return [set(np.flatnonzero(highest[:, place] >= bars[place]).tolist()) for place in range(len(probes))]


@pytest.mark.parametrize(
    ("count", "dim", "queries"), [(9000, 128, 65), (5000, 48, 64), (3000, 512, 3), (700, 192, 130)]
)
def test_both_scans_keep_what_their_readable_twin_keeps(count: int, dim: int, queries: int) -> None:
    rng = np.random.default_rng(3)
    packed, probes = pack(unit(rng, count, dim)), unit(rng, queries, dim)
    for wanted in (1, 20, 100):
        expected = kept_slowly(packed, probes, wanted)
        batch = keep_batch(packed, quantised(probes), wanted)
        for place, rows in enumerate(expected):
            # Bounds are float32 sums in another order: a row on the bar itself may fall either way.
            assert len(rows ^ set(batch.of(place)[0].tolist())) <= 1
        for place in range(0, queries, 9):
            single = keep_single(packed, quantised(probes), place, wanted)
            assert len(expected[place] ^ set(single.of(0)[0].tolist())) <= 1


@pytest.mark.parametrize(("count", "dim"), [(256, 3), (512, 8), (513, 40), (700, 64), (256, 128)])
def test_the_look_at_four_bits_passes_nobody_over(count: int, dim: int) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        rows = unit(rng, count, dim)
        probes = np.concatenate([rows[:1], unit(rng, 1, dim)])
        packed, queries = pack(rows), quantised(probes)
        for place, expected in enumerate(kept_slowly(packed, probes, 1)):
            assert len(expected ^ set(keep_single(packed, queries, place, 1).of(0)[0].tolist())) <= 1


def test_room_grows_when_rounding_cannot_tell_rows_apart() -> None:
    rng = np.random.default_rng(4)
    rows = np.repeat(unit(rng, 1, 64), 6000, axis=0)
    probes = np.concatenate([rows[:1], unit(rng, 4, 64)])
    batch = keep_batch(pack(rows), quantised(probes), 10)
    single = keep_single(pack(rows), quantised(probes), 1, 10)
    assert [len(batch.of(place)[0]) for place in range(5)] == [6000] * 5
    assert single.of(0)[0].tolist() == list(range(6000))


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="length 1"):
        pack(np.full((2, 128), 0.2, np.float32))
