"""Nearest-neighbour peers of the face search, each at the best setting tried; those not installed are named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import faiss
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Search = Callable[[Float32, int], NDArray[np.int64]]

_LINKS, _BUILD_EFFORT = 16, 128


@dataclass(frozen=True, slots=True)
class Peer:
    """A contestant that was built: its name and setting, how it searches, CPU seconds to build."""

    name: str
    search: Search
    build_s: float


def missing_peers() -> list[str]:
    """Return the packages of the dependency group `peers` that are not installed."""
    return [name for name in ("hnswlib", "usearch", "scann") if find_spec(name) is None]


def peers(gallery: Float32) -> Iterator[Peer]:
    """Build every installed peer in turn, one thread each; a graph over 200,000 vectors takes minutes."""
    yield from _faiss_graph(gallery)
    for name, build in (("hnswlib", _hnswlib), ("usearch", _usearch), ("scann", _scann)):
        if find_spec(name) is not None:
            yield from build(gallery)


def _faiss_graph(gallery: Float32) -> Iterator[Peer]:
    start = time.process_time()
    graph = faiss.IndexHNSWFlat(gallery.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _BUILD_EFFORT
    graph.add(gallery)
    spent = time.process_time() - start
    for effort in (128, 512):
        graph.hnsw.efSearch = effort
        yield Peer(f"FAISS HNSW{_LINKS}, efSearch {effort}", lambda q, k: graph.search(q, k)[1], spent)


def _hnswlib(gallery: Float32) -> Iterator[Peer]:
    import hnswlib  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

    start = time.process_time()
    graph = hnswlib.Index("ip", gallery.shape[1])
    graph.init_index(len(gallery), ef_construction=_BUILD_EFFORT, M=_LINKS)
    graph.add_items(gallery, num_threads=1)
    spent = time.process_time() - start
    for effort in (128, 512):
        graph.set_ef(effort)
        yield Peer(
            f"hnswlib, ef {effort}", lambda q, k: graph.knn_query(q, k, num_threads=1)[0].astype(np.int64), spent
        )


def _usearch(gallery: Float32) -> Iterator[Peer]:
    from usearch.index import Index  # type: ignore[import-not-found,unused-ignore]  # optional

    start = time.process_time()
    graph = Index(
        ndim=gallery.shape[1], metric="ip", dtype="i8", connectivity=_LINKS, expansion_add=_BUILD_EFFORT,
        expansion_search=512,
    )  # fmt: skip
    graph.add(np.arange(len(gallery)), gallery, threads=1)
    spent = time.process_time() - start

    def search(queries: Float32, top: int) -> NDArray[np.int64]:
        return np.asarray(graph.search(queries, top, threads=1).keys, np.int64).reshape(len(queries), -1)

    yield Peer("usearch i8, expansion 512", search, spent)


def _scann(gallery: Float32) -> Iterator[Peer]:
    import scann  # type: ignore[import-not-found,unused-ignore]  # optional

    leaves = int(2 * len(gallery) ** 0.5)
    start = time.process_time()
    tree = (
        scann.scann_ops_pybind.builder(gallery, 100, "dot_product")
        .tree(leaves, leaves // 3, training_sample_size=len(gallery))
        .score_ah(2, anisotropic_quantization_threshold=0.2)
        .reorder(500)
        .build()
    )
    spent = time.process_time() - start

    def in_tree(queries: Float32, top: int) -> NDArray[np.int64]:
        return np.asarray(tree.search_batched(queries, final_num_neighbors=top)[0], np.int64)

    yield Peer(f"ScaNN tree {leaves} leaves, {leaves // 3} searched, reorder 500", in_tree, spent)
    start = time.process_time()
    hashes = scann.scann_ops_pybind.builder(gallery, 100, "dot_product").score_ah(2).reorder(1000).build()

    def everywhere(queries: Float32, top: int) -> NDArray[np.int64]:
        return np.asarray(hashes.search_batched(queries, final_num_neighbors=top)[0], np.int64)

    yield Peer("ScaNN hashes of all, reorder 1000", everywhere, time.process_time() - start)
