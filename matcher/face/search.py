"""Exact search in pure face lists: FAISS scans every vector, float64 products decide the order.

FAISS sums in float32, in an order that depends on the number of queries and the BLAS library. It proposes a few more
than asked for; what is returned is ordered by products in float64 and, at equal products, by position, so a result
never depends on how queries were batched.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.errors import StaleIndexError

SPARE = 16
"""Extra proposals that absorb float32 rounding at the end of the list."""

_QUERY_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Hits:
    """Result of a search for Q queries.

    Parameters
    ----------
    positions : ndarray of int64, shape (Q, k)
        Positions in the gallery, best first; k is at most the gallery size.
    cosines : ndarray of float64, shape (Q, k)
        Their inner products with the query.
    """

    positions: NDArray[np.int64]
    cosines: NDArray[np.float64]


class FaceIndex:
    """An immutable exact index over unit vectors, memory-mapped where FAISS can."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        self._vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> FaceIndex:
        """Index vectors in memory, shape (n, d)."""
        return cls(_flat(vectors))

    @classmethod
    def open(cls, path: Path) -> FaceIndex:
        """Open an index file.

        Raises
        ------
        StaleIndexError
            When the file is absent or damaged.
        """
        remedy = "run `matcher index` to build it again"
        if not path.is_file():
            raise StaleIndexError(f"face index '{path}' is not there", remedy=remedy)
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise StaleIndexError(f"face index '{path}' cannot be read", remedy=remedy) from error
        if not isinstance(index, faiss.IndexFlatIP):
            raise StaleIndexError(f"face index '{path}' is of another kind", remedy=remedy)
        return cls(index)

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._index.ntotal)

    def search(self, queries: NDArray[np.float32], *, top: int) -> Hits:
        """Return the `top` most similar vectors of each query, shape (Q, d)."""
        if queries.ndim != 2 or queries.shape[1] != self._index.d:
            raise ValueError(f"queries need shape (Q, {self._index.d}), got {queries.shape}")
        wanted, proposed = min(top, len(self)), min(top + SPARE, len(self))
        positions = np.empty((len(queries), wanted), np.int64)
        cosines = np.empty((len(queries), wanted), np.float64)
        for low in range(0, len(queries), _QUERY_BLOCK):
            block = np.ascontiguousarray(queries[low : low + _QUERY_BLOCK], np.float32)
            _, found = self._index.search(block, proposed)
            exact = np.einsum("qd,qkd->qk", block.astype(np.float64), self._vectors[found].astype(np.float64))
            order = np.lexsort((found, -exact), axis=1)[:, :wanted]
            positions[low : low + len(block)] = np.take_along_axis(found, order, axis=1)
            cosines[low : low + len(block)] = np.take_along_axis(exact, order, axis=1)
        return Hits(positions, cosines)


def write_index(path: Path, vectors: NDArray[np.float32]) -> None:
    """Write an exact index over unit vectors, shape (n, d), atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        faiss.write_index(_flat(vectors), name)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def brute_force(vectors: NDArray[np.float32], queries: NDArray[np.float32], *, top: int) -> Hits:
    """Search by a full product in float64: the oracle of `FaceIndex.search`, also for small galleries."""
    exact = queries.astype(np.float64) @ vectors.astype(np.float64).T
    positions = np.argsort(-exact, axis=1, kind="stable")[:, :top]
    return Hits(positions.astype(np.int64), np.take_along_axis(exact, positions, axis=1))


def _flat(vectors: NDArray[np.float32]) -> faiss.IndexFlatIP:
    index = faiss.IndexFlatIP(int(vectors.shape[1]))
    index.add(np.ascontiguousarray(vectors, np.float32))
    return index
