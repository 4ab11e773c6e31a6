"""Putting a generation's columns together from kept and freshly encoded records, and dropping unused values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.vectors import PackedVectors, join

Rows = NDArray[np.int64]


def take_rows(column: ColumnCodes, rows: Rows) -> ColumnCodes:
    """Select records of a column, in the order given."""
    if isinstance(column, SingleColumn):
        return SingleColumn(column.codes[rows])
    offsets, items = _ragged_take(column.offsets, rows)
    if isinstance(column, ManyColumn):
        return ManyColumn(offsets, column.codes[items])
    vectors = column.vectors
    selected = vectors.take(items) if isinstance(vectors, PackedVectors) else vectors[items]
    return DenseColumn(offsets, selected, column.strata[items])


def concatenate(first: ColumnCodes, second: ColumnCodes) -> ColumnCodes:
    """Append the records of `second` to those of `first`; both must be of one kind."""
    if isinstance(first, SingleColumn) and isinstance(second, SingleColumn):
        return SingleColumn(np.concatenate([first.codes, second.codes]))
    if isinstance(first, ManyColumn) and isinstance(second, ManyColumn):
        return ManyColumn(_joined_offsets(first, second), np.concatenate([first.codes, second.codes]))
    if isinstance(first, DenseColumn) and isinstance(second, DenseColumn):
        # A part without any vector has no dimension of its own.
        parts = [part.vectors for part in (first, second) if part.vectors.shape[0]]
        vectors = join(parts) if parts else first.vectors
        strata = np.concatenate([first.strata, second.strata])
        return DenseColumn(_joined_offsets(first, second), vectors, strata)
    raise TypeError(f"cannot join a {type(first).__name__} and a {type(second).__name__}")


def compact(column: ColumnCodes, vocabulary: Vocabulary) -> tuple[ColumnCodes, Vocabulary]:
    """Renumber codes so that the vocabulary holds no value that no record uses.

    An erased name must not live on in a vocabulary, so this is privacy, not housekeeping.
    """
    if isinstance(column, DenseColumn):
        return column, vocabulary
    # With the missing code in front, the place of a code among those used is its new code.
    used, codes = np.unique(np.append(np.uint32(0), column.codes), return_inverse=True)
    if used.shape[0] == len(vocabulary):
        return column, vocabulary
    kept = Vocabulary(vocabulary.taken(used))
    codes = codes[1:].astype(np.uint32)
    return (SingleColumn(codes) if isinstance(column, SingleColumn) else ManyColumn(column.offsets, codes)), kept


def _joined_offsets(first: ManyColumn | DenseColumn, second: ManyColumn | DenseColumn) -> NDArray[np.int64]:
    return np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]])


def _ragged_take(offsets: NDArray[np.int64], rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return new offsets and the positions of the items of the selected records."""
    first = offsets[rows]
    lengths = offsets[rows + 1] - first
    new_offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    # Position within each record, counted from the record's own start.
    within = np.arange(new_offsets[-1], dtype=np.int64) - np.repeat(new_offsets[:-1], lengths)
    return new_offsets, np.repeat(first, lengths) + within
