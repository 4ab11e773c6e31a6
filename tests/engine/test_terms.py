"""Terms: the block evaluation against the readable evaluation of one record."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matcher.engine.columns import DenseColumn, ManyColumn, SingleColumn, Vocabulary, many_from_rows
from matcher.engine.curves import Curve, CurveGrid
from matcher.engine.terms import AnyOf, Dense, Lookup

TABLE = np.array([0.0, 2.0, -1.0, 0.5])


def test_lookup_reads_the_table_and_keeps_missing_at_zero() -> None:
    column = SingleColumn(np.array([0, 1, 2, 3, 0], np.uint32))
    np.testing.assert_array_equal(Lookup("c", TABLE).score(column, 0, 5), np.array([0, 2, -1, 0.5, 0], np.float32))


@pytest.mark.parametrize("table", [[1.0, 2.0], [0.0, np.inf], [0.0, np.nan], []])
@pytest.mark.parametrize("term", [Lookup, AnyOf])
def test_a_table_that_breaks_the_missing_law_is_refused(term: type, table: list[float]) -> None:
    with pytest.raises(ValueError, match="0 for the missing code"):
        term("c", np.array(table))


def test_any_of_is_the_mean_lr_not_the_maximum() -> None:
    column = ManyColumn(np.array([0, 2, 2, 3]), np.array([1, 2, 3], np.uint32))
    found = AnyOf("c", TABLE).score(column, 0, 3)
    assert found[0] == pytest.approx(math.log10((100.0 + 0.1) / 2))
    assert found[1] == 0.0
    assert found[2] == pytest.approx(0.5)


@given(st.lists(st.lists(st.integers(1, 3), max_size=4), max_size=12))
def test_any_of_block_equals_record_by_record(records: list[list[int]]) -> None:
    offsets = np.cumsum([0, *map(len, records)]).astype(np.int64)
    column = ManyColumn(offsets, np.array([code for codes in records for code in codes], np.uint32))
    term = AnyOf("c", TABLE)
    found = term.score(column, 0, len(records))
    expected = [term.exact(column, row) for row in range(len(records))]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@given(arrays.arrays(np.float32, (5, 8), elements=st.floats(-1, 1, width=32)).filter(lambda x: (x != 0).any(1).all()))
def test_dense_block_equals_record_by_record(vectors: np.ndarray) -> None:
    vectors = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    column = DenseColumn(np.array([0, 2, 2, 5]), vectors.astype(np.float32), np.array([0, 1, 0, 1, 1], np.uint8))
    low, high = Curve((0.1, 0.5), (-1.0, 3.0)), Curve((0.0, 0.9), (-0.5, 1.0))
    curves = (CurveGrid.of(low), CurveGrid.of(high))
    query = np.eye(8, dtype=np.float32)[:2]
    term = Dense("c", query, (curves, curves[::-1]))
    found = term.score(column, 0, 3)
    expected = [term.exact(column, row) for row in range(3)]
    np.testing.assert_allclose(found, expected, atol=term.scan_gap + 1e-5)
    assert found[1] == 0.0


@pytest.mark.parametrize(("knots", "values"), [((0.1, 0.1), (0, 1)), ((0.1, 0.2), (1, 0)), ((0.1,), (0,))])
def test_a_curve_that_prefers_the_less_similar_is_refused(knots: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"knots|curve"):
        Curve(knots, values)


@given(st.floats(-1, 1))
def test_the_grid_stays_within_its_stated_step(cosine: float) -> None:
    grid = CurveGrid.of(Curve((-0.2, 0.3, 0.6), (-1.5, 0.0, 4.0)))
    gridded = grid.values[grid.cells(np.array([cosine], np.float32))[0]]
    assert abs(gridded - grid.exact(cosine)) <= grid.largest_step


def test_vocabulary_interns_once_and_keeps_zero_for_missing() -> None:
    vocabulary = Vocabulary()
    np.testing.assert_array_equal(vocabulary.intern_all(["b", "", "a", "b"]), [1, 0, 2, 1])
    assert vocabulary.values == ["", "b", "a"]
    assert Vocabulary(["", "b", "a"]).intern("a") == 2


def test_many_from_rows_drops_missing_codes() -> None:
    column = many_from_rows([0, 0, 2, 3], np.array([1, 0, 2, 3], np.uint32), 4)
    np.testing.assert_array_equal(column.offsets, [0, 1, 1, 2, 3])
    np.testing.assert_array_equal(column.codes, [1, 2, 3])
