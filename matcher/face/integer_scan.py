"""The two scans of `QuantisedIndex`: which rows reach a query's threshold, in 8-bit integers, and with what product.

A batch goes through onnxruntime's integer matrix product in steps that stay in the second-level cache; a compiled
loop picks the rare hits. Few queries go through a compiled loop over the codes alone. Both give exactly what
`collect_slowly`, their readable twin, gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray

ZERO = 128
"""Code of the number 0."""

_ROWS = 2048
_LANES = 64
"""Thresholds compared at once; queries are padded to a multiple."""

_ROOM = 1 << 16

Codes = NDArray[np.uint8]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Collected:
    """Rows that reached the threshold of one query.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Positions, ascending.
    products : ndarray of int32, shape (n,)
        Their integer products with the query.
    """

    rows: Int64
    products: Int32


def collect_slowly(codes: Codes, queries: NDArray[np.int8], threshold: Int32) -> list[Collected]:
    """Return, for each query, the rows whose integer product is at least its threshold."""
    products = ((codes.astype(np.int64) - ZERO) @ queries.T.astype(np.int64)).astype(np.int32)
    found = [np.flatnonzero(products[:, place] >= limit) for place, limit in enumerate(threshold)]
    return [Collected(rows, products[rows, place]) for place, rows in enumerate(found)]


def collect_batch(codes: Codes, queries: NDArray[np.int8], threshold: Int32) -> list[Collected]:
    """As `collect_slowly`, for many queries at once."""
    count = len(queries)
    width = -(-count // _LANES) * _LANES
    right = np.zeros((codes.shape[1], width), np.int8)
    right[:, :count] = queries.T
    limits = np.full(width, np.iinfo(np.int32).max, np.int32)
    limits[:count] = threshold
    session, pick = _integer_product(), _picker()
    room = _Room(_ROOM)
    for low in range(0, len(codes), _ROWS):
        products = session.run(None, {"rows": codes[low : low + _ROWS], "queries": right})[0]
        after = pick(products, limits, low, room.rows, room.owners, room.products, room.used)
        while after > len(room.rows):
            room = room.larger(after)
            after = pick(products, limits, low, room.rows, room.owners, room.products, room.used)
        room.used = after
    order = np.argsort(room.owners[: room.used], kind="stable")
    bounds = np.searchsorted(room.owners[order], np.arange(count + 1))
    cuts = [order[bounds[place] : bounds[place + 1]] for place in range(count)]
    return [Collected(room.rows[cut], room.products[cut]) for cut in cuts]


def collect_single(codes: Codes, query: NDArray[np.int8], threshold: int) -> Collected:
    """As `collect_slowly`, for one query, in one pass at the speed of memory."""
    scan = _single()
    wide = query.astype(np.int32)
    # The codes carry the zero point, so every product is too large by the same amount.
    excess = ZERO * int(wide.sum())
    room = _Room(_ROOM)
    used = scan(codes, wide, threshold + excess, room.rows, room.products)
    if used > len(room.rows):
        room = _Room(used)
        used = scan(codes, wide, threshold + excess, room.rows, room.products)
    return Collected(room.rows[:used].copy(), room.products[:used] - np.int32(excess))


class _Room:
    """Growing buffers for hits; compiled loops count on when they are full, so that the caller can make room."""

    def __init__(self, size: int) -> None:
        self.rows = np.empty(size, np.int64)
        self.owners = np.empty(size, np.int32)
        self.products = np.empty(size, np.int32)
        self.used = 0

    def larger(self, size: int) -> _Room:
        """Copy into buffers with room for at least `size` hits."""
        grown = _Room(2 * size)
        for name in ("rows", "owners", "products"):
            getattr(grown, name)[: self.used] = getattr(self, name)[: self.used]
        grown.used = self.used
        return grown


@cache
def _integer_product() -> onnxruntime.InferenceSession:
    """Open a session that multiplies codes (zero point 128) with signed queries, one thread."""
    from onnx import TensorProto, helper

    zero = helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO])
    node = helper.make_node("MatMulInteger", ["rows", "queries", "zero"], ["products"])
    graph = helper.make_graph(
        [node],
        "integer_product",
        [
            helper.make_tensor_value_info("rows", TensorProto.UINT8, ["n", "d"]),
            helper.make_tensor_value_info("queries", TensorProto.INT8, ["d", "q"]),
        ],
        [helper.make_tensor_value_info("products", TensorProto.INT32, ["n", "q"])],
        [zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


@cache
def _picker() -> Callable[[Int32, Int32, int, Int64, Int32, Int32, int], int]:
    import numba

    def pick(products: Int32, limits: Int32, low: int, rows: Int64, owners: Int32, values: Int32, count: int) -> int:
        for row in range(products.shape[0]):
            for first in range(0, products.shape[1], _LANES):
                some, bar = products[row, first : first + _LANES], limits[first : first + _LANES]
                hit = np.int32(0)
                # Without a branch inside, this loop is one comparison of 16 lanes at a time.
                for lane in range(_LANES):
                    hit |= np.int32(some[lane] >= bar[lane])
                if hit:
                    for lane in range(_LANES):
                        if some[lane] >= bar[lane]:
                            if count < rows.shape[0]:
                                rows[count], owners[count], values[count] = low + row, first + lane, some[lane]
                            count += 1
        return count

    compiled: Callable[[Int32, Int32, int, Int64, Int32, Int32, int], int] = numba.njit(nogil=True, cache=True)(pick)
    return compiled


@cache
def _single() -> Callable[[Codes, Int32, int, Int64, Int32], int]:
    import numba

    def scan(codes: Codes, query: Int32, limit: int, rows: Int64, products: Int32) -> int:
        count = 0
        for row in range(codes.shape[0]):
            total = np.int32(0)
            for place in range(codes.shape[1]):
                total += np.int32(codes[row, place]) * query[place]
            if total >= limit:
                if count < rows.shape[0]:
                    rows[count], products[count] = row, total
                count += 1
        return count

    compiled: Callable[[Codes, Int32, int, Int64, Int32], int] = numba.njit(nogil=True, cache=True)(scan)
    return compiled
