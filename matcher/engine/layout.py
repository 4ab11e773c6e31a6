"""A gallery rearranged for the compiled scan: what is read together lies together, and absence costs nothing.

Single columns of a channel become one table of codes over the records that have any of them: nine records in ten have
no DNA, so its twenty-odd columns shrink tenfold. Ragged and dense columns are taken as they are, memory maps included.
The layout is derived from a gallery once it is open and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn
from matcher.engine.gallery import Gallery
from matcher.engine.vectors import PackedVectors, pack
from matcher.types import ChannelName


@dataclass(frozen=True, slots=True)
class Singles:
    """Single columns of one channel, line by line.

    Parameters
    ----------
    places : mapping of str to slice
        Where the table of each of the C columns lies when tables are laid end to end; it has an entry for each code
        up to the largest that some record uses.
    size : int
        Length of all tables together.
    rows : ndarray of uint32, shape (n,)
        Records with evidence in any of the columns, ascending.
    entries : ndarray of uint32, shape (n, C)
        Their codes, each plus the base of its column: positions in the joined tables.
    """

    places: Mapping[str, slice]
    size: int
    rows: NDArray[np.uint32]
    entries: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Many:
    """One ragged column.

    Parameters
    ----------
    offsets, codes
        As in `ManyColumn`, with the exact types that the kernels read.
    owners : ndarray of uint32, shape (M,)
        Record of each code: a pass over codes and owners never branches.
    """

    offsets: NDArray[np.int64]
    codes: NDArray[np.uint32]
    owners: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class DenseVectors:
    """One dense column, packed.

    Parameters
    ----------
    offsets, strata
        As in `DenseColumn`.
    vectors : PackedVectors
        The vectors.
    owners : ndarray of uint32, shape (M,)
        Record of each vector.
    error : float
        Largest Euclidean error of any coarse vector.
    """

    offsets: NDArray[np.int64]
    vectors: PackedVectors
    strata: NDArray[np.uint8]
    owners: NDArray[np.uint32]
    error: float


@dataclass(frozen=True, slots=True)
class ChannelLayout:
    """All columns of one channel, by kind; `singles` is None for a channel without single columns."""

    singles: Singles | None
    many: Mapping[str, Many]
    dense: Mapping[str, DenseVectors]


@dataclass(frozen=True, slots=True)
class Layout:
    """A gallery of N `records`, rearranged channel by channel."""

    records: int
    channels: Mapping[ChannelName, ChannelLayout]


def layout_of(gallery: Gallery) -> Layout:
    """Rearrange a gallery."""
    return Layout(len(gallery), {name: _channel(columns) for name, columns in gallery.codes.items()})


def _channel(columns: Mapping[str, ColumnCodes]) -> ChannelLayout:
    single = {name: column for name, column in columns.items() if isinstance(column, SingleColumn)}
    many = {name: _many(column) for name, column in columns.items() if isinstance(column, ManyColumn)}
    dense = {name: _dense(column) for name, column in columns.items() if isinstance(column, DenseColumn)}
    return ChannelLayout(_singles(single) if single else None, many, dense)


def _singles(columns: Mapping[str, SingleColumn]) -> Singles:
    present: NDArray[np.bool_] | None = None
    for column in columns.values():
        present = column.codes != 0 if present is None else np.logical_or(present, column.codes, out=present)
    rows = np.flatnonzero(present).astype(np.uint32) if present is not None else np.zeros(0, np.uint32)
    entries = np.empty((rows.shape[0], len(columns)), np.uint32)
    places: dict[str, slice] = {}
    size = 0
    for number, (name, column) in enumerate(columns.items()):
        codes = column.codes[rows].astype(np.uint32)
        entries[:, number] = codes + np.uint32(size)
        begin, size = size, size + int(codes.max(initial=0)) + 1
        places[name] = slice(begin, size)
    return Singles(places, size, rows, entries)


def _many(column: ManyColumn) -> Many:
    offsets = np.ascontiguousarray(column.offsets, np.int64)
    return Many(offsets, np.ascontiguousarray(column.codes, np.uint32), _owners(offsets))


def _dense(column: DenseColumn) -> DenseVectors:
    packed = pack(column.vectors)
    offsets = np.ascontiguousarray(column.offsets, np.int64)
    error = float(packed.errors.max(initial=np.float32(0.0)))
    return DenseVectors(offsets, packed, np.ascontiguousarray(column.strata, np.uint8), _owners(offsets), error)


def _owners(offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    return np.repeat(np.arange(offsets.shape[0] - 1, dtype=np.uint32), np.diff(offsets))
