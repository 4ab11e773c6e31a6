from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.errors import StaleIndexError
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.integer_scan import collect_batch, collect_single, collect_slowly
from matcher.face.quantised import QuantisedIndex, write_quantised
from matcher.face.search import brute_force

Float32 = NDArray[np.float32]


def unit(rng: np.random.Generator, count: int, dim: int) -> Float32:
    vectors = rng.normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def opened(directory: Path, vectors: Float32) -> QuantisedIndex:
    write_quantised(directory, vectors)
    return QuantisedIndex.open(directory)


def test_faces_are_found_exactly_as_by_brute_force(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    space, latents = make_face_space(rng), draw_latents(rng, 40)
    gallery = np.concatenate(
        [draw_photos(space, latents, "adult", rng), draw_photos(space, draw_latents(rng, 15_000), "adult", rng)]
    )
    probes = np.concatenate([draw_photos(space, latents, group, rng) for group in ("adult", "child")])
    index = opened(tmp_path / "index", gallery)
    assert len(index) == 15_040
    expected = brute_force(gallery, probes, top=100)
    for top in (1, 20, 100):
        found = index.search(probes, top=top)
        np.testing.assert_array_equal(found.positions, expected.positions[:, :top])
        np.testing.assert_allclose(found.cosines, expected.cosines[:, :top], atol=1e-12)


def test_a_batch_and_single_queries_give_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    index, probes = opened(tmp_path / "index", unit(rng, 9000, 64)), unit(rng, 70, 64)
    together = index.search(probes, top=25)
    for place in range(0, 70, 7):
        alone = index.search(probes[place : place + 1], top=25)
        assert (alone.positions[0] == together.positions[place]).all()
        assert (alone.cosines[0] == together.cosines[place]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.sampled_from([3, 8, 128]), st.integers(1, 12), st.integers(1, 500), st.integers(0, 9))
def test_any_size_is_exact(
    tmp_path_factory: pytest.TempPathFactory, count: int, dim: int, queries: int, top: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors, probes = unit(rng, count, dim), unit(rng, queries, dim)
    index = opened(tmp_path_factory.mktemp("index"), vectors)
    found, expected = index.search(probes, top=top), brute_force(vectors, probes, top=top)
    np.testing.assert_array_equal(found.positions, expected.positions)


@pytest.mark.parametrize("spread", [0.0, 1e-4, 1e-2])
def test_crowds_that_rounding_cannot_tell_apart_are_still_exact(tmp_path: Path, spread: float) -> None:
    rng = np.random.default_rng(3)
    crowd = unit(rng, 1, 128) + spread * unit(rng, 5000, 128)
    vectors = np.asarray(crowd / np.linalg.norm(crowd, axis=1, keepdims=True), np.float32)
    index, probes = opened(tmp_path / "index", vectors), np.concatenate([vectors[:3], unit(rng, 3, 128)])
    found, expected = index.search(probes, top=40), brute_force(vectors, probes, top=40)
    np.testing.assert_array_equal(found.positions, expected.positions)


def test_skewed_vectors_and_zero_queries_are_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    vectors = unit(rng, 3000, 32)
    vectors[::5] = np.eye(32, dtype=np.float32)[rng.integers(0, 32, 600)]
    probes = np.concatenate([np.zeros((1, 32), np.float32), -vectors[:6], np.eye(32, dtype=np.float32)[:3]])
    index = opened(tmp_path / "index", vectors)
    found, expected = index.search(probes, top=30), brute_force(vectors, probes, top=30)
    np.testing.assert_array_equal(found.positions, expected.positions)


@pytest.mark.parametrize("queries", [1, 63, 64, 65])
def test_both_scans_equal_their_readable_twin(queries: int) -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 256, (5000, 48), dtype=np.uint8)
    probes = rng.integers(-127, 128, (queries, 48)).astype(np.int8)
    threshold = rng.integers(20_000, 80_000, queries).astype(np.int32)
    threshold[0] = -(2**30)  # everything: the buffers have to grow
    expected = collect_slowly(codes, probes, threshold)
    batch = collect_batch(codes, probes, threshold)
    single = [collect_single(codes, probe, int(limit)) for probe, limit in zip(probes, threshold, strict=True)]
    for slow, *fast in zip(expected, batch, single, strict=True):
        for found in fast:
            np.testing.assert_array_equal(found.rows, slow.rows)
            np.testing.assert_array_equal(found.products, slow.products)


def test_buffers_grow_when_everything_is_a_hit() -> None:
    codes = np.full((1500, 16), 200, np.uint8)
    probes = np.ones((64, 16), np.int8)
    found = collect_batch(codes, probes, np.zeros(64, np.int32))
    assert all((item.rows == np.arange(1500)).all() for item in found)
    assert (found[63].products == 72 * 16).all()
    many = np.full((70_000, 8), 200, np.uint8)
    assert len(collect_single(many, np.ones(8, np.int8), 0).rows) == 70_000


def test_an_absent_cut_or_foreign_index_is_stale(tmp_path: Path) -> None:
    with pytest.raises(StaleIndexError, match="cannot be read"):
        QuantisedIndex.open(tmp_path / "absent")
    write_quantised(tmp_path / "index", unit(np.random.default_rng(1), 100, 16))
    codes = tmp_path / "index" / "codes.u8"
    codes.write_bytes(codes.read_bytes()[:-5])
    with pytest.raises(StaleIndexError, match="1595 bytes, expected 1600"):
        QuantisedIndex.open(tmp_path / "index")
    (tmp_path / "index" / "meta.json").write_text('{"format": 7, "count": 1, "dim": 1}', "utf-8")
    with pytest.raises(StaleIndexError, match="format 7"):
        QuantisedIndex.open(tmp_path / "index")


def test_an_empty_gallery_answers_with_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path / "index", np.zeros((0, 128), np.float32))
    hits = index.search(unit(np.random.default_rng(1), 3, 128), top=10)
    assert hits.positions.shape == (3, 0)


def test_queries_of_another_length_are_refused(tmp_path: Path) -> None:
    index = opened(tmp_path / "index", unit(np.random.default_rng(1), 10, 16))
    with pytest.raises(ValueError, match="16"):
        index.search(np.zeros((1, 8), np.float32), top=1)
