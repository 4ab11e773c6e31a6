"""Evidence codes of a gallery, column by column, and the vocabularies that give the codes their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.engine.vectors import Vectors

Codes = NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True)
class SingleColumn:
    """One code per record.

    Parameters
    ----------
    codes : ndarray of uint8, uint16 or uint32, shape (N,)
        Index into the column's vocabulary; 0 = missing. Channels encode uint32; a stored column is as narrow as its
        vocabulary allows.
    """

    codes: Codes

    def __len__(self) -> int:
        """Count the records."""
        return int(self.codes.shape[0])


@dataclass(frozen=True, slots=True)
class ManyColumn:
    """Zero or more codes per record.

    Parameters
    ----------
    offsets : ndarray of int64, shape (N + 1,)
        Record i owns `codes[offsets[i]:offsets[i + 1]]`; an empty range = missing.
    codes : ndarray of uint32, shape (M,)
        Indices into the column's vocabulary; none is 0.
    """

    offsets: NDArray[np.int64]
    codes: NDArray[np.uint32]

    def __len__(self) -> int:
        """Count the records."""
        return int(self.offsets.shape[0]) - 1


@dataclass(frozen=True, slots=True)
class DenseColumn:
    """Zero or more unit vectors per record.

    Parameters
    ----------
    offsets : ndarray of int64, shape (N + 1,)
        As in `ManyColumn`.
    vectors : ndarray of float32 or PackedVectors, shape (M, d)
        L2-normalised. Channels encode float32; a stored column is packed, and decodes what is indexed.
    strata : ndarray of uint8, shape (M,)
        Condition of each vector that selects its calibration curve (for a face, the age group).
    """

    offsets: NDArray[np.int64]
    vectors: Vectors
    strata: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the records."""
        return int(self.offsets.shape[0]) - 1


ColumnCodes = SingleColumn | ManyColumn | DenseColumn


class Vocabulary:
    """Append-only dictionary of the distinct values of a column; the position is the code, 0 is missing.

    Values are canonical strings, so that equal evidence always has one code. Results never depend on the order in
    which values arrived: terms are tables over the values. Values of a stored vocabulary are read when asked for.

    Parameters
    ----------
    values : iterable of str or pyarrow.ChunkedArray
        Values by code, the missing value (empty) first.
    """

    __slots__ = ("_codes", "_stored", "_values")

    def __init__(self, values: Iterable[str] | pa.ChunkedArray = ("",)) -> None:
        stored = isinstance(values, pa.ChunkedArray)
        self._stored: pa.ChunkedArray = values if stored else None
        self._values: list[str] | None = None if stored else list(values)
        self._codes: dict[str, int] | None = None

    def __len__(self) -> int:
        """Count the codes, the missing code included."""
        return len(self._stored) if self._values is None else len(self._values)

    @property
    def values(self) -> list[str]:
        """All values by code; those of a stored vocabulary are brought into memory."""
        if self._values is None:
            self._values = self._stored.to_pylist()
        return self._values

    def taken(self, codes: Codes) -> list[str]:
        """Return the values of some codes; nothing else of a stored vocabulary is read."""
        if self._values is None:
            return list(self._stored.take(codes).to_pylist())
        return [self._values[code] for code in codes.tolist()]

    def intern(self, value: str) -> int:
        """Return the code of a value, appending it when new; the empty string is missing (0)."""
        if not value:
            return 0
        values = self.values
        if self._codes is None:
            # Made when first needed: reading a gallery never interns, and this costs three times the reading.
            self._codes = {known: code for code, known in enumerate(values) if code}
        code = self._codes.get(value)
        if code is None:
            code = len(values)
            values.append(value)
            self._codes[value] = code
        return code

    def intern_all(self, values: Iterable[str]) -> NDArray[np.uint32]:
        """Return the codes of many values."""
        return np.fromiter((self.intern(value) for value in values), np.uint32)


def many_from_rows(rows: Sequence[int] | NDArray[np.int64], codes: NDArray[np.uint32], count: int) -> ManyColumn:
    """Build a ragged column from (row, code) pairs sorted by row, dropping missing codes.

    Parameters
    ----------
    rows : sequence of int, length M
        Record position of each code, ascending.
    codes : ndarray of uint32, shape (M,)
        Codes; 0 entries are dropped.
    count : int
        Number of records N.
    """
    row_array = np.asarray(rows, np.int64)
    kept = codes != 0
    return ManyColumn(row_offsets(row_array[kept], count), codes[kept])


def row_offsets(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Turn ascending record positions into `count + 1` offsets."""
    return np.searchsorted(rows, np.arange(count + 1, dtype=np.int64)).astype(np.int64)
