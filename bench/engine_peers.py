"""Peers of the scan engine, each at its best setting: the readable scan, float32 BLAS and FAISS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.engine_world import World, probes
from bench.machine import measured
from matcher.engine.columns import DenseColumn
from matcher.engine.products import integer_product
from matcher.engine.search import readable_shortlist
from matcher.engine.vectors import PackedVectors, quantised

VECTORS = 200_000
"""Vectors of the product and FAISS comparisons: large enough to come from memory."""

_BLOCK = 2048

_SHIPPED_THRESHOLD = 20
"""Queries from which FAISS takes BLAS unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, its value with unit, and how."""

    stage: str
    value: str
    remark: str = ""


def rows(drawn: World, top: int) -> Iterator[Row]:
    """Measure the peers."""
    probe = next(probes(drawn, 1))
    readable = measured(lambda: readable_shortlist(drawn.gallery, probe, top), runs=2)
    yield Row("peer: NumPy, one probe", milliseconds(readable.median), "the readable scan; it decodes every vector")
    column = drawn.gallery.codes["face"]["photo"]
    assert isinstance(column, DenseColumn)
    assert isinstance(column.vectors, PackedVectors)
    coarse, vectors = column.vectors.coarse[:VECTORS], column.vectors[:VECTORS]
    queries = np.random.default_rng(3).standard_normal((256, vectors.shape[1])).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    for number in (1, 64, 256):
        yield from _products(coarse, vectors, queries[:number])
    yield from _faiss(vectors, queries, top)


def milliseconds(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1e3:.2f} ms"


def _products(coarse: NDArray[np.uint8], vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> Iterator[Row]:
    codes, floats = np.ascontiguousarray(quantised(queries)[0].T), np.ascontiguousarray(queries.T)
    products: dict[str, Callable[[int], object]] = {
        "int8, onnxruntime": lambda low: integer_product(coarse[low : low + _BLOCK], codes),
        "float32, BLAS": lambda low: vectors[low : low + _BLOCK] @ floats,
    }
    for name, product in products.items():
        taken = measured(partial(_in_blocks, product, len(vectors)), runs=5).median
        rate = 2.0 * vectors.size * len(queries) / taken / 1e9
        each = milliseconds(taken / len(queries) / len(vectors) * 1e6)
        yield Row(
            f"product: {name}, {len(queries)} queries", f"{rate:.0f} Gop/s", f"{each} a query and million vectors"
        )


def _in_blocks(product: Callable[[int], object], count: int) -> None:
    for low in range(0, count, _BLOCK):
        product(low)


def _faiss(vectors: NDArray[np.float32], queries: NDArray[np.float32], top: int) -> Iterator[Row]:
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    found = faiss.cvar.distance_compute_blas_threshold
    for number in (1, 256):
        # By itself FAISS takes a loop of its own instead of BLAS for short vectors, twelve times slower at 128.
        each: list[float] = []
        for threshold in (_SHIPPED_THRESHOLD, 1):
            faiss.cvar.distance_compute_blas_threshold = threshold
            seconds = measured(partial(index.search, queries[:number], top), runs=5).median
            each.append(seconds / number / len(vectors) * 1e6)
        yield Row(
            f"peer: FAISS flat, {number} queries, top {top}",
            milliseconds(min(each)),
            f"a query and million vectors; as shipped {milliseconds(each[0])}, with BLAS {milliseconds(each[1])}",
        )
    faiss.cvar.distance_compute_blas_threshold = found
