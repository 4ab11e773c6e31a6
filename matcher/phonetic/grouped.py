"""The names of a table laid out for compiled loops: those of one given name are neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.name_table import NameTable, TrueName, padded
from matcher.phonetic.slots import extended_slot


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

Laid = tuple[NameTable, Grouped]


def grouped(table: NameTable) -> Grouped:
    """Lay out the names of a table; the second is the table's row of each.

    Names that are the same to the model stay in the order of the table.
    """
    han = np.flatnonzero(table.surname_of >= 0)
    rows = han[np.lexsort((table.surname_of[han], table.given_of[han]))]
    counts = np.bincount(table.given_of[rows], minlength=len(table.givens))
    first = np.concatenate([[0], np.cumsum(counts)])
    return _groups(first, table.surname_of[rows], table.givens), rows


def _groups(first: NDArray[np.integer], surname_of: NDArray[np.integer], givens: NDArray[np.int32]) -> GroupedNames:
    return GroupedNames(
        first=first.astype(np.int32),
        surname_codes=surname_of.astype(np.uint16),
        given_codes=np.maximum(givens, 0).astype(np.uint16),
        given_lengths=(givens >= 0).sum(axis=1).astype(np.uint8),
    )


def appended(laid_out: Laid, names: Sequence[TrueName]) -> Laid:
    """Put further names behind those of a table, each with a surname and a given name of its own in the lay-out."""
    table, (groups, rows) = laid_out
    if not names:
        return laid_out
    surname_slot = extended_slot(table.surname_slot, (element for name in names for element in name.surname))
    given_slot = extended_slot(table.given_slot, (element for name in names for element in name.given))
    known = {pair: row for row, pair in enumerate(map(tuple, table.surnames.tolist()))}
    coded = [padded([surname_slot.codes[element] for element in name.surname], 2) for name in names]
    # A surname that is not known is row 0 and no other.
    surname_of = np.array([known.setdefault(pair, len(known)) if pair[0] >= 0 else 0 for pair in coded], np.int32)
    givens = np.array(
        [padded([given_slot.codes[element] for element in name.given], table.givens.shape[1]) for name in names],
        np.int32,
    )
    numbers = np.arange(len(names), dtype=np.int32)
    longer = NameTable(
        surname_slot,
        given_slot,
        np.array(list(known), np.int32),
        np.concatenate([table.givens, givens]),
        np.concatenate([table.surname_of, surname_of]),
        np.concatenate([table.given_of, len(table.givens) + numbers]),
        table.transcribed,
    )
    first = np.concatenate([groups.first, groups.first[-1] + 1 + numbers])
    more = _groups(first, np.concatenate([groups.surname_codes, surname_of]), longer.givens)
    return longer, (more, np.concatenate([rows, len(table) + numbers]))
