"""Exact search by face alone in up to tens of millions of vectors: everything is scanned, and the answer is proven.

Vectors are kept three times: in four and in eight bits (`packing`), which are scanned in full, and in float32 on disk,
of which only the rows that can be on a list are read. The scans drop a row only when its rounding errors cannot have
hidden a better cosine, so what float64 products decide at the end equals brute force, ties by position, however
queries were batched. Small galleries are left to FAISS, whose float32 proposals are re-ordered in the same way.

An index is a directory of files that are never changed, read through memory maps. Adding and removing write a new one
and put it in its place: a person who was removed leaves no vector behind.
"""

from __future__ import annotations

import json
import math
import mmap
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.durable import replace_file, sync_directory, sync_tree
from matcher.errors import StaleIndexError
from matcher.face.packing import Packed, pack, padded, quantised

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

FLAT_VECTORS, FLAT_VECTORS_FEW = 150_000, 10_000
"""Up to this many vectors a FAISS scan of float32 is as fast as ours, for a batch and for a few queries (measured with
128 numbers: 50,000 vectors .11 against .20 ms a query in a batch of 256, 200,000 vectors .33 against .31 ms)."""

_FORMAT = 2
_META = "meta.json"
_VECTORS = "vectors.f32"
_PACKED = ("octets.u8", "octet_levels.u32", "nibbles.u8", "nibble_levels.u32")
"""One file a field of `Packed`, in its order."""

_REMEDY = "build it again with `matcher.face.write_index`"

_BATCH = 256
_FEW = 4
"""Queries that are looked up one by one: a batch of fewer would leave most of its lanes empty."""

_SPARE = 16
"""Extra proposals of FAISS that absorb float32 rounding at the end of the list."""

_FLOAT32_ERROR = 1e-4
"""Twice the largest error of a float32 product of unit vectors of up to some thousand numbers, with room."""

_BLOCK = 1 << 14


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

    positions: Int64
    cosines: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FaceIndex:
    """An opened index; safe to share between threads.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        L2-normalised.
    packed : Packed
        The same in eight and in four bits.
    """

    vectors: Float32
    packed: Packed

    @classmethod
    def open(cls, directory: Path) -> FaceIndex:
        """Map the files of an index directory.

        Raises
        ------
        StaleIndexError
            When it is absent, damaged or of another format.
        """
        try:
            meta = json.loads((directory / _META).read_text("utf-8"))
            count, dim = int(meta["count"]), int(meta["dim"])
            if meta["format"] != _FORMAT:
                raise ValueError(f"format {meta['format']}")
            width = padded(dim)
            vectors = _map(directory / _VECTORS, np.dtype(np.float32), (count, dim))
            packed = Packed(
                _map(directory / _PACKED[0], np.dtype(np.uint8), (count, width)),
                _map(directory / _PACKED[1], np.dtype(np.uint32), (count,)),
                _map(directory / _PACKED[2], np.dtype(np.uint8), (count, width // 2)),
                _map(directory / _PACKED[3], np.dtype(np.uint32), (count,)),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StaleIndexError(f"face index '{directory}' cannot be read ({error})", remedy=_REMEDY) from error
        return cls(vectors, packed)

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self.vectors.shape[0])

    def search(self, queries: Float32, *, top: int) -> Hits:
        """Return the `top` most similar vectors of each query, shape (Q, d)."""
        if queries.ndim != 2 or queries.shape[1] != self.vectors.shape[1]:
            raise ValueError(f"queries need shape (Q, {self.vectors.shape[1]}), got {queries.shape}")
        wanted = min(top, len(self))
        hits = Hits(np.empty((len(queries), wanted), np.int64), np.empty((len(queries), wanted), np.float64))
        for low in range(0, len(queries) if wanted else 0, _BATCH):
            block = np.ascontiguousarray(queries[low : low + _BATCH], np.float32)
            small = FLAT_VECTORS_FEW if len(block) <= _FEW else FLAT_VECTORS
            rows = self._proposed(block, wanted) if len(self) <= small else self._kept(block, wanted)
            for place, candidates in enumerate(rows, low):
                hits.positions[place], hits.cosines[place] = self._ordered(queries[place], candidates, wanted)
        return hits

    def _kept(self, queries: Float32, wanted: int) -> Iterator[Int64]:
        """Yield the rows that can be on the list of each query, from the scans of packed codes."""
        from matcher.face.integer_scan import keep_batch, keep_single  # loads compiled code

        asked, few = quantised(queries), len(queries) <= _FEW
        together = None if few else keep_batch(self.packed, asked, wanted)
        for place, query in enumerate(queries):
            kept = together or keep_single(self.packed, asked, place, wanted)
            rows, highest = kept.of(place if together else 0)
            if len(rows) < wanted:  # the look at four bits went wrong for a whole list: take the proven way
                rows, highest = keep_batch(self.packed, asked, wanted).of(place)
            # The best by their bounds are looked at first: whoever cannot beat the last of them need not be.
            first = np.argpartition(highest, len(rows) - wanted)[len(rows) - wanted :]
            last = float((np.take(self.vectors, rows[first], axis=0) @ query).min()) - _FLOAT32_ERROR
            yield rows[(highest.astype(np.float64) + asked.slack[place]) * asked.unit[place] >= last]

    def _proposed(self, queries: Float32, wanted: int) -> Iterable[Int64]:
        """Return the rows that FAISS finds by float32 products, a few more than asked for."""
        import faiss

        # By default FAISS leaves BLAS aside for batches of short vectors, and is then ten times slower.
        faiss.cvar.distance_compute_blas_threshold = 1
        proposed = min(wanted + _SPARE, len(self))
        found: Int64 = faiss.knn(queries, self.vectors, proposed, metric=faiss.METRIC_INNER_PRODUCT)[1]
        return found

    def _ordered(self, query: Float32, rows: Int64, wanted: int) -> tuple[Int64, NDArray[np.float64]]:
        """Order candidate rows by products in float64; of the obviously worse ones only a float32 product is taken."""
        vectors = np.take(self.vectors, rows, axis=0)
        rough = vectors @ query.astype(np.float32)
        last = np.partition(rough, len(rough) - wanted)[len(rough) - wanted]
        near = np.flatnonzero(rough >= last - _FLOAT32_ERROR)
        cosines = np.einsum("nd,d->n", vectors[near].astype(np.float64), query.astype(np.float64))
        order = np.lexsort((rows[near], -cosines))[:wanted]
        return rows[near][order], cosines[order]


def write_index(directory: Path, vectors: Float32) -> None:
    """Write an index over unit vectors, shape (n, d), in place of a former one; `vectors` may be a memory map.

    Raises
    ------
    ValueError
        For vectors of another length than 1.
    """
    if vectors.ndim != 2:
        raise ValueError(f"vectors need shape (n, d), got {vectors.shape}")
    blocks = (vectors[low : low + _BLOCK] for low in range(0, len(vectors), _BLOCK))
    _write(directory, int(vectors.shape[1]), blocks)


def update_index(directory: Path, *, keep: NDArray[np.bool_], added: Float32) -> None:
    """Put an index in place of a former one, without the vectors that `keep` drops and with some more at its end.

    Parameters
    ----------
    directory : Path
        The index.
    keep : ndarray of bool, shape (n,)
        False for vectors that have to go for good; positions behind them move up.
    added : ndarray of float32, shape (m, d)
        L2-normalised.
    """
    former = FaceIndex.open(directory)
    if keep.shape != (len(former),) or added.shape[1:] != former.vectors.shape[1:]:
        raise ValueError(f"keep {keep.shape} and added {added.shape} do not fit vectors {former.vectors.shape}")

    def blocks() -> Iterator[Float32]:
        for low in range(0, len(former), _BLOCK):
            yield former.vectors[low : low + _BLOCK][keep[low : low + _BLOCK]]
        for low in range(0, len(added), _BLOCK):
            yield added[low : low + _BLOCK]

    _write(directory, int(added.shape[1]), blocks())


def brute_force(vectors: Float32, queries: Float32, *, top: int) -> Hits:
    """Search by a full product in float64: the oracle of `FaceIndex.search`, also for small galleries."""
    exact = queries.astype(np.float64) @ vectors.astype(np.float64).T
    positions = np.argsort(-exact, axis=1, kind="stable")[:, :top]
    return Hits(positions.astype(np.int64), np.take_along_axis(exact, positions, axis=1))


def _write(directory: Path, dim: int, blocks: Iterable[Float32]) -> None:
    """Write an index beside its place, then move it there; a crash leaves the former one, none, or the new one."""
    building = directory.with_name(f".{directory.name}.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    count = 0
    try:
        with ExitStack() as opened:
            streams = [opened.enter_context((building / name).open("wb")) for name in (_VECTORS, *_PACKED)]
            for block in blocks:
                rows = np.ascontiguousarray(block, "<f4")
                packed = pack(rows)
                columns: tuple[NDArray[Any], ...] = (
                    rows,
                    packed.octets,
                    packed.octet_levels,
                    packed.nibbles,
                    packed.nibble_levels,
                )
                for stream, column in zip(streams, columns, strict=True):
                    stream.write(column.tobytes())
                count += len(rows)
        meta = {"format": _FORMAT, "count": count, "dim": dim}
        replace_file(building / _META, json.dumps(meta).encode())
        sync_tree(building)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    shutil.rmtree(directory, ignore_errors=True)
    building.rename(directory)
    sync_directory(directory.parent)


def _map(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Map a file read-only, refusing one that is shorter or longer than it should be."""
    expected = dtype.itemsize * math.prod(shape)
    if path.stat().st_size != expected:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, expected {expected}")
    if not expected:
        return np.empty(shape, dtype)
    with path.open("rb") as stream:
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), dtype).reshape(shape)
