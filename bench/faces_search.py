"""Exhaustive search in many faces beside FAISS and, where installed, graph indexes, with the mates they lose."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from bench.faces_peers import Search, peers
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.search import FaceIndex, write_index

Float32 = NDArray[np.float32]

TOP = 100
BATCH = 256
SINGLES = 12
_DRAW = 100_000


@dataclass(frozen=True, slots=True)
class World:
    """A gallery with the mates of its probes in the first rows."""

    gallery: Float32
    probes: Float32


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant.

    Parameters
    ----------
    name : str
        Contestant and setting.
    batch_ms, single_ms : float
        CPU milliseconds a query, in a batch of 256 and alone.
    scanned_mb : float
        Bytes that have to stay in memory for scans.
    mate_1, mate_20 : float
        Share of probes whose own person is first, and among the first 20.
    recall_100 : float
        Share of the exact first 100 that it returns.
    build_s : float
        CPU seconds to build it; 0 = nothing to build.
    """

    name: str
    batch_ms: float
    single_ms: float
    scanned_mb: float
    mate_1: float
    mate_20: float
    recall_100: float
    build_s: float = 0.0


def faces_like_sface(count: int, *, child: bool) -> World:
    """Draw adults with the statistics of the default recogniser, 128-d; probes are adults or the same as children."""
    rng = np.random.default_rng(3)
    space, latents = make_face_space(rng), draw_latents(rng, BATCH)
    gallery = np.empty((count, 128), np.float32)
    gallery[:BATCH] = draw_photos(space, latents, "adult", rng)
    for low in range(BATCH, count, _DRAW):
        high = min(low + _DRAW, count)
        gallery[low:high] = draw_photos(space, draw_latents(rng, high - low), "adult", rng)
    return World(gallery, draw_photos(space, latents, "child" if child else "adult", rng))


def long_vectors(count: int) -> World:
    """Draw 512-d vectors with impostor deviation .055 and mates at cosine about .52, as of larger recognisers."""
    rng = np.random.default_rng(4)
    spectrum = np.sqrt(np.arange(1, 513, dtype=np.float64) ** -0.35).astype(np.float32)

    def unit(rows: int) -> Float32:
        raw = rng.standard_normal((rows, 512), np.float32) * spectrum
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)

    gallery = np.empty((count, 512), np.float32)
    for low in range(0, count, _DRAW):
        gallery[low : low + _DRAW] = unit(min(_DRAW, count - low))
    cosine = np.clip(rng.normal(0.52, 0.09, (BATCH, 1)), 0.1, 0.95).astype(np.float32)
    probes = cosine * gallery[:BATCH] + np.sqrt(1.0 - cosine**2) * unit(BATCH)
    return World(gallery, np.asarray(probes / np.linalg.norm(probes, axis=1, keepdims=True), np.float32))


def compare(world: World, *, graphs: bool) -> Iterator[Row]:
    """Yield a row a contestant, FAISS flat first: its lists are the exact ones."""
    faiss.omp_set_num_threads(1)
    exact = faiss.IndexFlatIP(world.gallery.shape[1])
    exact.add(world.gallery)
    megabytes = world.gallery.nbytes / 1e6
    truth = _flat(exact)(world.probes, TOP)
    yield _measure("FAISS flat float32, BLAS", _flat(exact), world, truth, megabytes)
    with tempfile.TemporaryDirectory() as temporary:
        start = time.process_time()
        write_index(Path(temporary) / "index", world.gallery)
        spent = time.process_time() - start
        index = FaceIndex.open(Path(temporary) / "index")
        scanned = megabytes * (index.packed.octets.nbytes + index.packed.nibbles.nbytes) / world.gallery.nbytes
        ours = _measure("matcher", lambda q, k: index.search(q, top=k).positions, world, truth, scanned)
        yield replace(ours, build_s=spent)
    if graphs:
        for peer in peers(world.gallery):
            yield replace(_measure(peer.name, peer.search, world, truth, float("nan")), build_s=peer.build_s)


def _flat(index: faiss.IndexFlatIP) -> Search:
    def search(queries: Float32, top: int) -> NDArray[np.int64]:
        # FAISS leaves BLAS aside below 128,000 numbers of queries and is then ten times slower in batch.
        faiss.cvar.distance_compute_blas_threshold = 1 if len(queries) > 1 else 128_000
        return np.asarray(index.search(queries, top)[1], np.int64)

    return search


def _measure(name: str, search: Search, world: World, truth: NDArray[np.int64], megabytes: float) -> Row:
    found = search(world.probes, TOP)
    search(world.probes[:1], TOP)
    batch = min(_cpu(lambda: search(world.probes, TOP)) for _ in range(3)) / len(world.probes)
    singles = [_cpu(partial(search, world.probes[place : place + 1], TOP)) for place in range(SINGLES)]
    mates = np.arange(len(world.probes))[:, None]
    overlap = [len(np.intersect1d(left, right)) / TOP for left, right in zip(found, truth, strict=True)]
    return Row(
        name,
        batch,
        float(np.median(singles)),
        megabytes,
        float((found[:, :1] == mates).any(axis=1).mean()),
        float((found[:, :20] == mates).any(axis=1).mean()),
        float(np.mean(overlap)),
    )


def _cpu(call: Callable[[], object]) -> float:
    """Return the CPU milliseconds of a call."""
    start = time.process_time()
    call()
    return 1000.0 * (time.process_time() - start)
