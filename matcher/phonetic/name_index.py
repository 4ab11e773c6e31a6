"""A gallery of names made ready for search: distinct names grouped by given name, and who bears each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.emission import ANY
from matcher.phonetic.frequencies import NameFrequencies, cold_start, estimate
from matcher.phonetic.name_table import GalleryName, NameTable, TranscribedName, build_name_table, true_name_of

RecordId = int | str


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Distinct names in the order (given name, surname), so that names of one given name are neighbours.

    Parameters
    ----------
    table : NameTable
        The names taken apart, in index order.
    first : ndarray of int32, shape (B + 1,)
        Names `first[g]:first[g + 1]` have given name g.
    surname_codes : ndarray of uint16, shape (H,)
        Surname of each name of the Han form; transcribed names come after those.
    given_codes : ndarray of uint16, shape (B, 3)
        Characters of each given name, 0 where there is none.
    given_lengths : ndarray of uint8, shape (B,)
        Characters of each given name; 0 = not known.
    texts : ndarray of uint8, shape (?,)
        The names as written, UTF-8, one after the other.
    text_ends : ndarray of int64, shape (N + 1,)
        Name i is `texts[text_ends[i]:text_ends[i + 1]]`.
    bearers : ndarray, shape (M,)
        Ids of the bearers, by name.
    bearer_ends : ndarray of int64, shape (N + 1,)
        Name i is borne by `bearers[bearer_ends[i]:bearer_ends[i + 1]]`.
    """

    table: NameTable
    first: NDArray[np.int32]
    surname_codes: NDArray[np.uint16]
    given_codes: NDArray[np.uint16]
    given_lengths: NDArray[np.uint8]
    texts: NDArray[np.uint8]
    text_ends: NDArray[np.int64]
    bearers: NDArray[np.int64] | NDArray[np.object_]
    bearer_ends: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the distinct names."""
        return int(self.text_ends.shape[0]) - 1

    def name(self, number: int) -> str:
        """Return a name as written."""
        return self.texts[self.text_ends[number] : self.text_ends[number + 1]].tobytes().decode("utf-8", "replace")

    def bearers_of(self, number: int) -> tuple[RecordId, ...]:
        """Return the ids of everybody who bears a name, in the order of the gallery."""
        return tuple(self.bearers[self.bearer_ends[number] : self.bearer_ends[number + 1]].tolist())

    @property
    def scan_bytes(self) -> int:
        """Size of the arrays that every query reads."""
        arrays = (self.first, self.surname_codes, self.given_codes, self.given_lengths)
        return sum(array.nbytes for array in arrays)


def build_index(pairs: Iterable[tuple[RecordId, str]]) -> NameIndex:
    """Collect (id, name) pairs by distinct name; names that carry no evidence are left out.

    The result does not depend on the order of the pairs but for the order of one name's bearers.
    """
    bearers: dict[str, list[RecordId]] = {}
    for record_id, name in pairs:
        bearers.setdefault(name, []).append(record_id)
    parts: dict[str, GalleryName] = {}
    for name in bearers:
        part = true_name_of(name)
        if isinstance(part, TranscribedName) or (part is not None and (part.surname or part.given)):
            parts[name] = part
    ordered = sorted(parts, key=lambda name: (*_order(parts[name]), name))
    table = build_name_table(parts[name] for name in ordered)
    return _indexed(ordered, table, [bearers[name] for name in ordered])


def _order(name: GalleryName) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """Put names of one given name together, and transcribed names after all others."""
    if isinstance(name, TranscribedName):
        return True, (), ()
    return False, name.given, name.surname


def _indexed(names: list[str], table: NameTable, bearers: list[list[RecordId]]) -> NameIndex:
    encoded = [name.encode("utf-8", "replace") for name in names]
    flat = [record_id for group in bearers for record_id in group]
    whole = all(isinstance(record_id, int) for record_id in flat)
    lengths = (table.givens >= 0).sum(axis=1)
    han = table.given_of[table.given_of >= 0]
    assert (np.diff(han) >= 0).all(), "names are sorted by given name"
    han_surnames = table.surname_of[: len(han)]
    counts = np.bincount(han, minlength=len(table.givens))
    return NameIndex(
        table=table,
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        surname_codes=han_surnames.astype(np.uint16),
        given_codes=np.maximum(table.givens, 0).astype(np.uint16),
        given_lengths=lengths.astype(np.uint8),
        texts=np.frombuffer(b"".join(encoded), np.uint8),
        text_ends=_ends([len(text) for text in encoded]),
        bearers=np.array(flat, np.int64) if whole else np.array(flat, np.object_),
        bearer_ends=_ends([len(group) for group in bearers]),
    )


def _ends(lengths: list[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))]).astype(np.int64)


def own_frequencies(index: NameIndex) -> NameFrequencies:
    """Estimate the frequencies of a gallery's own population, shrunk toward the general one.

    Every bearer counts; names known in part or by sound, and transcribed names, are left out.
    """
    return estimate(_people(index), cold_start())


def _people(index: NameIndex) -> Iterator[tuple[str, str]]:
    table = index.table
    bearers = np.diff(index.bearer_ends)
    for number, (surname, given) in enumerate(zip(table.surname_of, table.given_of, strict=True)):
        parts = [table.surname_slot.elements[code] for code in table.surnames[surname] if code >= 0]
        rest = [table.given_slot.elements[code] for code in table.givens[given] if code >= 0]
        if surname > 0 and given > 0 and all(len(element) == 1 and element != ANY for element in (*parts, *rest)):
            for _ in range(int(bearers[number])):
                yield "".join(parts), "".join(rest)
