"""Integer products: onnxruntime, the float path and plain integers give the same numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from matcher.engine import products
from matcher.engine.products import FLOAT_EXACT_LENGTH, float_product, integer_product, product_model


def integers(rows: int, length: int, queries: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(length)
    return (
        rng.integers(1, 256, (rows, length), dtype=np.uint8),
        rng.integers(-127, 128, (length, queries)).astype(np.int8),
    )


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 128, 3), (2048, 128, 64), (50, 512, 65), (3, 2000, 2), (0, 8, 2)])
def test_every_path_gives_the_integers(shape: tuple[int, int, int]) -> None:
    rows, queries = integers(*shape)
    expected = (rows.astype(np.int64) - 128) @ queries.astype(np.int64)
    for multiply in (integer_product, float_product):
        found = multiply(rows, queries)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, expected)


def test_extreme_codes_neither_saturate_nor_round() -> None:
    for length in (512, FLOAT_EXACT_LENGTH, FLOAT_EXACT_LENGTH + 1):
        rows = np.full((5, length), 255, np.uint8)
        queries = np.full((length, 17), -127, np.int8)
        for multiply in (integer_product, float_product):
            assert (multiply(rows, queries) == -127 * 127 * length).all()


def test_rows_may_lie_in_a_read_only_map(tmp_path: Path) -> None:
    rows, queries = integers(100, 16, 4)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.testing.assert_array_equal(integer_product(mapped[10:30], queries), float_product(rows[10:30], queries))


def test_the_handwritten_model_is_well_formed() -> None:
    model = onnx.load_model_from_string(product_model())
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["MatMulInteger"]


def test_without_onnxruntime_the_float_path_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    products._onnx_product.cache_clear()
    try:
        assert products._onnx_product() is None
        rows, queries = integers(7, 16, 3)
        np.testing.assert_array_equal(integer_product(rows, queries), float_product(rows, queries))
    finally:
        products._onnx_product.cache_clear()
