"""Integer matrix products of packed vectors with query vectors, behind one small class.

onnxruntime's `MatMulInteger` multiplies unsigned rows, read straight from the memory map, with signed queries. It is
the fastest exact product measured on an office processor, it releases the interpreter lock, and unlike a float
product it does not depend on which BLAS kernel the machine happens to choose. Without onnxruntime NumPy gives the same
integers from a float32 product: 127 * 128 * d stays below 2**24 for d <= `FLOAT_EXACT_LENGTH`.

The model is one node. Its protocol buffer is written here, byte by byte, so that a scan loads no
model-building library.
Source of the format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (message and field numbers).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matcher.engine.vectors import COARSE_STEPS, ZERO_POINT

Int32 = NDArray[np.int32]
Multiply = Callable[[NDArray[np.uint8], NDArray[np.int8]], Int32]

FLOAT_EXACT_LENGTH = 2**24 // (COARSE_STEPS * ZERO_POINT)

_UINT8, _INT8, _INT32 = 2, 3, 6
"""Element types of TensorProto."""

_OPSET = 10
"""First operator set with MatMulInteger."""

_IR_VERSION = 8


def integer_product(rows: NDArray[np.uint8], queries: NDArray[np.int8]) -> Int32:
    """Multiply in the fastest exact way of this installation; may be called from several threads.

    Parameters
    ----------
    rows : ndarray of uint8, shape (R, d)
        Offset by `ZERO_POINT`.
    queries : ndarray of int8, shape (d, Q)
        As they are.

    Returns
    -------
    ndarray of int32, shape (R, Q)
        Inner products.
    """
    return (_onnx_product() or float_product)(rows, queries)


def float_product(rows: NDArray[np.uint8], queries: NDArray[np.int8]) -> Int32:
    """Multiply by way of float32, exactly; the oracle, and the product of an installation without onnxruntime."""
    if rows.shape[1] > FLOAT_EXACT_LENGTH:
        exact: Int32 = (rows.astype(np.int32) - ZERO_POINT) @ queries.astype(np.int32)
        return exact
    signed = rows.astype(np.float32) - np.float32(ZERO_POINT)
    return np.asarray(signed @ queries.astype(np.float32)).astype(np.int32)


@functools.cache
def _onnx_product() -> Multiply | None:
    """Open the session once per process; None without onnxruntime."""
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    # One thread each: the engine runs blocks of records side by side and counts its own threads.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False
    session = onnxruntime.InferenceSession(product_model(), options, providers=["CPUExecutionProvider"])

    def multiply(rows: NDArray[np.uint8], queries: NDArray[np.int8]) -> Int32:
        dots: Int32 = session.run(None, {"rows": rows, "queries": queries})[0]
        return dots

    return multiply


def product_model() -> bytes:
    """Serialise the model `dots = MatMulInteger(rows, queries, zero_point)`."""
    node = (
        _text(1, "rows") + _text(1, "queries") + _text(1, "zero_point") + _text(2, "dots") + _text(4, "MatMulInteger")
    )
    zero_point = _number(2, _UINT8) + _text(8, "zero_point") + _field(9, bytes([ZERO_POINT]))
    graph = (
        _field(1, node)
        + _text(2, "product")
        + _field(5, zero_point)
        + _field(11, _tensor_of_rank_2("rows", _UINT8))
        + _field(11, _tensor_of_rank_2("queries", _INT8))
        + _field(12, _tensor_of_rank_2("dots", _INT32))
    )
    return _number(1, _IR_VERSION) + _field(7, graph) + _field(8, _text(1, "") + _number(2, _OPSET))


def _tensor_of_rank_2(name: str, element: int) -> bytes:
    """Encode a ValueInfoProto with two dimensions of any length."""
    shape = _field(1, b"") + _field(1, b"")
    return _text(1, name) + _field(2, _field(1, _number(1, element) + _field(2, shape)))


def _text(field: int, value: str) -> bytes:
    return _field(field, value.encode())


def _field(field: int, content: bytes) -> bytes:
    """Encode a length-delimited field (wire type 2)."""
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    """Encode an integer field (wire type 0)."""
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
