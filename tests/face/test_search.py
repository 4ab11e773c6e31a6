from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.errors import StaleIndexError
from matcher.face.search import FaceIndex, brute_force, write_index


def unit(count: int, seed: int, dim: int = 128) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("gallery", "queries", "top"), [(3000, 1, 50), (3000, 300, 20), (7, 5, 50), (1, 1, 1)])
def test_search_equals_brute_force(tmp_path: Path, gallery: int, queries: int, top: int) -> None:
    vectors, probes = unit(gallery, 1), unit(queries, 2)
    write_index(tmp_path / "faces.faiss", vectors)
    index = FaceIndex.open(tmp_path / "faces.faiss")
    assert len(index) == gallery
    found, expected = index.search(probes, top=top), brute_force(vectors, probes, top=top)
    np.testing.assert_array_equal(found.positions, expected.positions)
    np.testing.assert_allclose(found.cosines, expected.cosines, atol=1e-12)


def test_equal_vectors_come_in_order_of_position() -> None:
    vectors = np.repeat(unit(4, 5), 6, axis=0)
    hits = FaceIndex.of(vectors).search(vectors[:1], top=10)
    assert hits.positions[0, :6].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_result_does_not_depend_on_the_batch() -> None:
    index, probes = FaceIndex.of(unit(2000, 7)), unit(40, 8)
    together = index.search(probes, top=30)
    for number in range(len(probes)):
        alone = index.search(probes[number : number + 1], top=30)
        assert (alone.positions[0] == together.positions[number]).all()
        assert (alone.cosines[0] == together.cosines[number]).all()


def test_an_absent_or_damaged_index_is_stale(tmp_path: Path) -> None:
    with pytest.raises(StaleIndexError, match="is not there"):
        FaceIndex.open(tmp_path / "no.faiss")
    write_index(tmp_path / "cut.faiss", unit(100, 1))
    content = (tmp_path / "cut.faiss").read_bytes()
    for damaged in (b"", b"nonsense", content[:200]):
        (tmp_path / "cut.faiss").write_bytes(damaged)
        with pytest.raises(StaleIndexError, match="cannot be read"):
            FaceIndex.open(tmp_path / "cut.faiss")


def test_a_failed_write_leaves_the_old_index(tmp_path: Path) -> None:
    write_index(tmp_path / "faces.faiss", unit(10, 1))
    with pytest.raises((ValueError, AssertionError, TypeError)):
        write_index(tmp_path / "faces.faiss", unit(10, 1).reshape(10, 2, 64))
    assert len(FaceIndex.open(tmp_path / "faces.faiss")) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["faces.faiss"]


def test_queries_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="128"):
        FaceIndex.of(unit(10, 1)).search(unit(1, 1, dim=64), top=1)
