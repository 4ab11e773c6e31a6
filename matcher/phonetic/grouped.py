"""The names of a table laid out for compiled loops: those of one given name are neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.name_table import NameTable


@dataclass(frozen=True, slots=True)
class GroupedNames:
    """The H names of the Han form of a table, in the order (given name, surname).

    Parameters
    ----------
    first : ndarray of int32, shape (B + 1,)
        Names `first[g]:first[g + 1]` have given name g of the table.
    surname_codes : ndarray of uint16, shape (H,)
        Surname of each name, a row of `NameTable.surnames`.
    given_codes : ndarray of uint16, shape (B, 3)
        Characters of each given name, codes in the table's given-name slot; 0 where there is none.
    given_lengths : ndarray of uint8, shape (B,)
        Characters of each given name; 0 = not known.
    """

    first: NDArray[np.int32]
    surname_codes: NDArray[np.uint16]
    given_codes: NDArray[np.uint16]
    given_lengths: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the names."""
        return int(self.surname_codes.shape[0])

    def given_of(self) -> NDArray[np.int32]:
        """Return the given name of each name, shape (H,)."""
        return np.repeat(np.arange(len(self.given_lengths), dtype=np.int32), np.diff(self.first))


Grouped = tuple[GroupedNames, NDArray[np.int64]]
"""What `grouped` returns: names of a table laid out, and the table's row of each."""


def grouped(table: NameTable) -> Grouped:
    """Lay out the names of a table; the second is the table's row of each.

    Names that are the same to the model stay in the order of the table.
    """
    han = np.flatnonzero(table.surname_of >= 0)
    rows = han[np.lexsort((table.surname_of[han], table.given_of[han]))]
    counts = np.bincount(table.given_of[rows], minlength=len(table.givens))
    groups = GroupedNames(
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        surname_codes=table.surname_of[rows].astype(np.uint16),
        given_codes=np.maximum(table.givens, 0).astype(np.uint16),
        given_lengths=(table.givens >= 0).sum(axis=1).astype(np.uint8),
    )
    return groups, rows
