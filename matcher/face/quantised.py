"""Exact search in millions of faces at a quarter of the memory traffic: an 8-bit scan that proves its own answer.

Vectors are kept twice: as 8-bit codes, which are scanned in full, and in float32 on disk, of which only the best few
rows are read. An 8-bit product differs from the true cosine by at most a bound that is known for every query
(Cauchy-Schwarz on the rounding errors). All rows above a threshold are collected and re-scored in float64; when the
threshold lies at least that bound below the last place of the list, nobody outside can belong on it and the answer is
proven equal to brute force. Otherwise the threshold is lowered and the query scanned again.

A batch runs through onnxruntime's integer matrix product, straight from the memory-mapped codes; a few queries run
through a compiled loop over the same codes.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from matcher.errors import StaleIndexError
from matcher.face.integer_scan import ZERO, Collected, collect_batch, collect_single
from matcher.face.search import Hits

Float32 = NDArray[np.float32]

_FORMAT = 1
_LEVELS = 127
_CODES, _VECTORS, _META = "codes.u8", "vectors.f32", "meta.json"
_SAMPLE = 4096
_TAIL = 16
_LARGEST = 2**30
_FLOAT32_ERROR = 1e-4
"""Twice the largest error of a float32 product of unit vectors of up to some thousand numbers, with room."""

_MARGIN = 5.0
_BATCH = 256
_FEW = 4
_WRITE_BLOCK = 65536


@dataclass(frozen=True, slots=True)
class Quantised:
    """Queries as the scan reads them.

    Parameters
    ----------
    codes : ndarray of int8, shape (Q, d)
        Rounded query vectors.
    scale : ndarray of float64, shape (Q,)
        An integer product times this is the approximate cosine.
    bound : ndarray of float64, shape (Q,)
        Largest possible difference between approximate and true cosine.
    """

    codes: NDArray[np.int8]
    scale: NDArray[np.float64]
    bound: NDArray[np.float64]


class QuantisedIndex:
    """An immutable exact index in a directory, memory-mapped."""

    def __init__(
        self, codes: NDArray[np.uint8], vectors: Float32, *, step: float, row_error: float, row_norm: float
    ) -> None:
        self._codes = codes
        self._vectors = vectors
        self._step = step
        self._row_error = row_error
        self._row_norm = row_norm
        evenly_spaced = codes[:: max(1, len(codes) // _SAMPLE)]
        self._sample = evenly_spaced.astype(np.float32) - np.float32(ZERO)

    @classmethod
    def open(cls, directory: Path) -> QuantisedIndex:
        """Open an index directory.

        Raises
        ------
        StaleIndexError
            When it is absent, damaged or of another format.
        """
        remedy = "build it again with `write_quantised`"
        try:
            meta = json.loads((directory / _META).read_text("utf-8"))
            shape = (int(meta["count"]), int(meta["dim"]))
            if meta["format"] != _FORMAT:
                raise ValueError(f"format {meta['format']}")
            codes = np.frombuffer(_map(directory / _CODES, shape, 1), np.uint8).reshape(shape)
            vectors = np.frombuffer(_map(directory / _VECTORS, shape, 4), np.float32).reshape(shape)
            step, row_error, row_norm = (float(meta[name]) for name in ("step", "row_error", "row_norm"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StaleIndexError(f"quantised index '{directory}' cannot be read ({error})", remedy=remedy) from error
        return cls(codes, vectors, step=step, row_error=row_error, row_norm=row_norm)

    def __len__(self) -> int:
        """Count the vectors."""
        return int(self._codes.shape[0])

    def search(self, queries: Float32, *, top: int) -> Hits:
        """Return the `top` most similar vectors of each query, shape (Q, d): equal to brute force, ties by position."""
        if queries.ndim != 2 or queries.shape[1] != self._codes.shape[1]:
            raise ValueError(f"queries need shape (Q, {self._codes.shape[1]}), got {queries.shape}")
        wanted = min(top, len(self))
        hits = Hits(np.empty((len(queries), wanted), np.int64), np.empty((len(queries), wanted), np.float64))
        for low in range(0, len(queries) if wanted else 0, _BATCH):
            block = np.ascontiguousarray(queries[low : low + _BATCH], np.float32)
            for place, (positions, cosines) in self._search_block(block, wanted):
                hits.positions[low + place], hits.cosines[low + place] = positions, cosines
        return hits

    def _search_block(
        self, queries: Float32, wanted: int
    ) -> Iterator[tuple[int, tuple[NDArray[np.int64], NDArray[np.float64]]]]:
        """Yield (place, proven list) of each query; those not proven at first are scanned again, lower."""
        quantised = self._quantise(queries)
        threshold = self._first_thresholds(quantised, wanted)
        open_places = np.arange(len(queries))
        while len(open_places):
            collected = self._collect(quantised.codes[open_places], threshold[open_places])
            again = []
            for place, found in zip(open_places.tolist(), collected, strict=True):
                scale, bound = float(quantised.scale[place]), float(quantised.bound[place])
                if len(found.rows) < wanted:
                    threshold[place] = max(-_LARGEST, int(threshold[place]) - max(1, int(0.05 / scale)))
                    again.append(place)
                    continue
                rows, cosines = self._rescore(queries[place], found, wanted, bound / scale)
                # Whoever was not collected has a true cosine below threshold * scale + bound.
                needed = int(np.floor((float(cosines[-1]) - bound) / scale)) - 1
                if threshold[place] <= needed or len(found.rows) == len(self):
                    yield place, (rows, cosines)
                else:
                    threshold[place] = max(-_LARGEST, needed)
                    again.append(place)
            open_places = np.array(again, np.int64)

    def _quantise(self, queries: Float32) -> Quantised:
        largest = np.maximum(np.abs(queries).max(axis=1).astype(np.float64), 1e-12)
        steps = largest / _LEVELS
        codes = np.rint(queries / steps[:, None]).astype(np.int8)
        rounded = codes * steps[:, None]
        error = np.linalg.norm(queries - rounded, axis=1)
        bound = error * self._row_norm + np.linalg.norm(rounded, axis=1) * self._row_error + 1e-6
        return Quantised(codes, steps * self._step, bound)

    def _first_thresholds(self, quantised: Quantised, wanted: int) -> NDArray[np.int32]:
        """Guess, from evenly spaced rows, a threshold low enough for a proof and hardly lower.

        The guess decides how much is re-scored or scanned again, never what is found.
        """
        products = quantised.codes.astype(np.float32) @ self._sample.T
        share = min(1.0, _MARGIN * wanted / len(self))
        if share == 1.0 or share * len(self._sample) >= _TAIL:
            place = max(0, len(self._sample) - int(np.ceil(share * len(self._sample))))
            level = np.partition(products, place, axis=1)[:, place].astype(np.float64)
        else:
            # Too few rows of the sample lie that far out: continue its normal distribution.
            z = NormalDist().inv_cdf(1.0 - share)
            level = products.mean(axis=1, dtype=np.float64) + z * products.std(axis=1, dtype=np.float64)
        return np.clip(np.floor(level - quantised.bound / quantised.scale), -_LARGEST, _LARGEST).astype(np.int32)

    def _collect(self, codes: NDArray[np.int8], threshold: NDArray[np.int32]) -> list[Collected]:
        if len(codes) <= _FEW:
            return [collect_single(self._codes, code, int(limit)) for code, limit in zip(codes, threshold, strict=True)]
        return collect_batch(self._codes, codes, threshold)

    def _rescore(
        self, query: Float32, found: Collected, wanted: int, bound: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Order the collected rows by products in float64, reading only those that can be on the list."""
        last = int(np.partition(found.products, len(found.products) - wanted)[len(found.products) - wanted])
        # At least `wanted` rows have a true cosine above last - bound, so nobody below last - 2 bound gets a place.
        rows = found.rows[found.products >= last - 2.0 * bound - 1.0]
        vectors = np.take(self._vectors, rows, axis=0)
        rough = vectors @ query
        near = np.flatnonzero(rough >= np.partition(rough, len(rough) - wanted)[len(rough) - wanted] - _FLOAT32_ERROR)
        rows = rows[near]
        cosines = vectors[near].astype(np.float64) @ query.astype(np.float64)
        order = np.lexsort((rows, -cosines))[:wanted]
        return rows[order], cosines[order]


def write_quantised(directory: Path, vectors: Float32) -> None:
    """Write an index over unit vectors, shape (n, d); `vectors` may be a memory map.

    The metadata file is written last: a directory without it is not an index.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _META).unlink(missing_ok=True)
    blocks = range(0, len(vectors), _WRITE_BLOCK)
    largest = max((float(np.abs(vectors[low : low + _WRITE_BLOCK]).max()) for low in blocks), default=1.0)
    step, error, norm = max(largest, 1e-12) / _LEVELS, 0.0, 0.0
    with (directory / _CODES).open("wb") as codes_file, (directory / _VECTORS).open("wb") as vectors_file:
        for low in blocks:
            block = np.ascontiguousarray(vectors[low : low + _WRITE_BLOCK], np.float32)
            rounded = np.rint(block / step)
            error = max(error, float(np.linalg.norm(block - rounded * step, axis=1).max()))
            norm = max(norm, float(np.linalg.norm(block, axis=1).max()))
            codes_file.write((rounded + ZERO).astype(np.uint8).tobytes())
            vectors_file.write(block.tobytes())
    meta = {
        "format": _FORMAT,
        "count": len(vectors),
        "dim": int(vectors.shape[1]),
        "step": step,
        "row_error": error,
        "row_norm": norm,
    }
    (directory / _META).write_text(json.dumps(meta), "utf-8")


def _map(path: Path, shape: tuple[int, int], item_bytes: int) -> memoryview | bytes:
    """Map a file read-only, refusing one that is shorter or longer than it should be."""
    expected = shape[0] * shape[1] * item_bytes
    if path.stat().st_size != expected:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes, expected {expected}")
    if not expected:
        return b""
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
