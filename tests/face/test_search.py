from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.errors import StaleIndexError
from matcher.face import search
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.search import FaceIndex, brute_force, update_index, write_index

Float32 = NDArray[np.float32]


def unit(rng: np.random.Generator, count: int, dim: int) -> Float32:
    vectors = rng.normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def opened(directory: Path, vectors: Float32) -> FaceIndex:
    write_index(directory, vectors)
    return FaceIndex.open(directory)


def at_most(patched: pytest.MonkeyPatch, vectors: int) -> None:
    """Leave galleries of at most this many vectors to FAISS."""
    for name in ("FLAT_VECTORS", "FLAT_VECTORS_FEW"):
        patched.setattr(search, name, vectors)


@pytest.fixture(params=["packed", "flat"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    at_most(monkeypatch, 0 if request.param == "packed" else 10**9)


@pytest.mark.usefixtures("_way")
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


@pytest.mark.usefixtures("_way")
def test_a_batch_and_single_queries_give_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    index, probes = opened(tmp_path / "index", unit(rng, 9000, 64)), unit(rng, 70, 64)
    together = index.search(probes, top=25)
    for place in range(0, 70, 7):
        alone = index.search(probes[place : place + 1], top=25)
        assert (alone.positions[0] == together.positions[place]).all()
        assert (alone.cosines[0] == together.cosines[place]).all()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.integers(1, 700),
    st.sampled_from([3, 8, 128, 192]),
    st.integers(1, 12),
    st.integers(1, 500),
    st.integers(0, 9),
    st.sampled_from([0, 10**9]),
)
def test_any_size_is_exact(
    tmp_path_factory: pytest.TempPathFactory, count: int, dim: int, queries: int, top: int, seed: int, flat: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors, probes = unit(rng, count, dim), unit(rng, queries, dim)
    with pytest.MonkeyPatch.context() as patched:
        at_most(patched, flat)
        found = opened(tmp_path_factory.mktemp("index") / "faces", vectors).search(probes, top=top)
    expected = brute_force(vectors, probes, top=top)
    np.testing.assert_array_equal(found.positions, expected.positions)


@pytest.mark.parametrize("spread", [0.0, 1e-4, 1e-2])
def test_crowds_that_rounding_cannot_tell_apart_are_still_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spread: float
) -> None:
    at_most(monkeypatch, 0)
    rng = np.random.default_rng(3)
    crowd = unit(rng, 1, 128) + spread * unit(rng, 5000, 128)
    vectors = np.asarray(crowd / np.linalg.norm(crowd, axis=1, keepdims=True), np.float32)
    index, probes = opened(tmp_path / "index", vectors), np.concatenate([vectors[:3], unit(rng, 3, 128)])
    expected = brute_force(vectors, probes, top=40)
    np.testing.assert_array_equal(index.search(probes, top=40).positions, expected.positions)
    np.testing.assert_array_equal(index.search(probes[:2], top=40).positions, expected.positions[:2])


def test_skewed_vectors_and_zero_queries_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_most(monkeypatch, 0)
    rng = np.random.default_rng(4)
    vectors = unit(rng, 3000, 32)
    vectors[::5] = np.eye(32, dtype=np.float32)[rng.integers(0, 32, 600)]
    probes = np.concatenate([np.zeros((1, 32), np.float32), -vectors[:6], np.eye(32, dtype=np.float32)[:3]])
    index = opened(tmp_path / "index", vectors)
    found, expected = index.search(probes, top=30), brute_force(vectors, probes, top=30)
    np.testing.assert_array_equal(found.positions, expected.positions)


def test_faces_are_added_and_removed_for_good(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    first, more = unit(rng, 300, 128), unit(rng, 40, 128)
    write_index(tmp_path / "index", first)
    keep = np.ones(300, bool)
    keep[[7, 100]] = False
    update_index(tmp_path / "index", keep=keep, added=more)
    index = FaceIndex.open(tmp_path / "index")
    np.testing.assert_array_equal(index.vectors, np.concatenate([first[keep], more]))
    afresh = opened(tmp_path / "afresh", index.vectors).packed
    # The turn is a product of matrices, whose last bit depends on how many rows are turned at once.
    assert np.abs(afresh.octets.astype(int) - index.packed.octets).max() <= 1
    removed = first[7].tobytes()
    assert all(removed not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with pytest.raises(ValueError, match="do not fit"):
        update_index(tmp_path / "index", keep=keep, added=more)


def test_an_absent_cut_or_foreign_index_is_stale(tmp_path: Path) -> None:
    with pytest.raises(StaleIndexError, match=r"cannot be read.*write_index"):
        FaceIndex.open(tmp_path / "absent")
    write_index(tmp_path / "index", unit(np.random.default_rng(1), 100, 128))
    octets = tmp_path / "index" / "octets.u8"
    octets.write_bytes(octets.read_bytes()[:-5])
    with pytest.raises(StaleIndexError, match="12795 bytes, expected 12800"):
        FaceIndex.open(tmp_path / "index")
    (tmp_path / "index" / "meta.json").write_text('{"format": 1, "count": 100, "dim": 128}')
    with pytest.raises(StaleIndexError, match="format 1"):
        FaceIndex.open(tmp_path / "index")


def test_a_failed_write_leaves_the_former_index(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    write_index(tmp_path / "index", unit(rng, 10, 128))
    with pytest.raises(ValueError, match="length 1"):
        write_index(tmp_path / "index", 2 * unit(rng, 10, 128))
    with pytest.raises(ValueError, match="shape"):
        write_index(tmp_path / "index", unit(rng, 10, 128)[0])
    assert len(FaceIndex.open(tmp_path / "index")) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_queries_of_another_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"):
        opened(tmp_path / "index", unit(np.random.default_rng(1), 10, 128)).search(np.ones((1, 64), np.float32), top=1)


def test_an_empty_index_finds_nobody(tmp_path: Path) -> None:
    found = opened(tmp_path / "index", np.empty((0, 128), np.float32)).search(np.eye(128, dtype=np.float32)[:2], top=5)
    assert found.positions.shape == (2, 0)
