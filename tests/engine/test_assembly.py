"""Assembling a generation: rows keep their evidence, unused values disappear."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.assembly import compact, concatenate, take_rows
from matcher.engine.columns import DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.vectors import PackedVectors, pack

RECORDS = st.lists(st.lists(st.integers(1, 5), max_size=3), min_size=1, max_size=8)


def ragged(records: list[list[int]]) -> ManyColumn:
    return ManyColumn(
        np.cumsum([0, *map(len, records)]), np.array([code for codes in records for code in codes], np.uint32)
    )


def content(column: ManyColumn) -> list[list[int]]:
    return [column.codes[a:b].tolist() for a, b in zip(column.offsets[:-1], column.offsets[1:], strict=True)]


@given(RECORDS, st.data())
def test_taking_rows_moves_whole_records(records: list[list[int]], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(records) - 1), max_size=10))
    taken = take_rows(ragged(records), np.array(rows, np.int64))
    assert content(taken) == [records[row] for row in rows]


@given(RECORDS, RECORDS)
def test_concatenation_keeps_both_parts(first: list[list[int]], second: list[list[int]]) -> None:
    assert content(concatenate(ragged(first), ragged(second))) == first + second


def test_dense_parts_without_vectors_join_those_with_some() -> None:
    empty = DenseColumn(np.zeros(3, np.int64), np.zeros((0, 0), np.float32), np.zeros(0, np.uint8))
    full = DenseColumn(np.array([0, 2]), np.ones((2, 4), np.float32), np.array([1, 2], np.uint8))
    joined = concatenate(empty, full)
    assert isinstance(joined, DenseColumn)
    assert joined.vectors.shape == (2, 4)
    np.testing.assert_array_equal(joined.offsets, [0, 0, 0, 2])


def test_kept_vectors_are_moved_as_they_were_packed() -> None:
    vectors = np.random.default_rng(0).standard_normal((5, 8)).astype(np.float32)
    strata = np.arange(5, dtype=np.uint8)
    kept = DenseColumn(np.array([0, 2, 3]), pack(vectors[:3]), strata[:3])
    fresh = DenseColumn(np.array([0, 2]), vectors[3:], strata[3:])
    moved = take_rows(concatenate(kept, fresh), np.array([2, 0]))
    assert isinstance(moved, DenseColumn)
    assert isinstance(moved.vectors, PackedVectors)
    whole = pack(vectors)
    for plane in ("coarse", "fine", "scales", "errors"):
        np.testing.assert_array_equal(getattr(moved.vectors, plane), getattr(whole, plane)[[3, 4, 0, 1]])
    np.testing.assert_array_equal(moved.strata, [3, 4, 0, 1])
    np.testing.assert_array_equal(moved.offsets, [0, 2, 4])


@given(RECORDS)
def test_compacting_drops_exactly_the_unused_values(records: list[list[int]]) -> None:
    vocabulary = Vocabulary(["", *"abcde"])
    words = [[vocabulary.values[code] for code in codes] for codes in records]
    column, kept = compact(ragged(records), vocabulary)
    assert isinstance(column, ManyColumn)
    assert [[kept.values[code] for code in codes] for codes in content(column)] == words
    assert set(kept.values[1:]) == {word for codes in words for word in codes}


def test_compacting_keeps_missing_codes_missing() -> None:
    column, kept = compact(SingleColumn(np.array([0, 3], np.uint32)), Vocabulary(["", "a", "b", "c"]))
    assert isinstance(column, SingleColumn)
    assert column.codes.tolist() == [0, 1]
    assert kept.values == ["", "c"]
