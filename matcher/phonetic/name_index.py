"""A gallery of names made ready for search: distinct names grouped by given name, and who bears each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.bulk_names import are_ordinary, table_of_texts
from matcher.phonetic.grouped import GroupedNames, grouped
from matcher.phonetic.name_table import NameTable

RecordId = int | str
Ids = NDArray[np.int64] | NDArray[np.str_] | NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Texts:
    """Names that are not written as their elements say (王某某, 阿迪力·买买提, wang shanjiang).

    Parameters
    ----------
    numbers : ndarray of int64, shape (K,)
        The names concerned, ascending.
    utf8 : ndarray of uint8, shape (?,)
        Their texts, one after the other.
    ends : ndarray of int64, shape (K + 1,)
        Text k is `utf8[ends[k]:ends[k + 1]]`.
    """

    numbers: NDArray[np.int64]
    utf8: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def get(self, number: int) -> str | None:
        """Return the text of a name, None when its elements tell it."""
        place = int(np.searchsorted(self.numbers, number))
        if place == len(self.numbers) or self.numbers[place] != number:
            return None
        return self.utf8[self.ends[place] : self.ends[place + 1]].tobytes().decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Distinct names in the order (given name, surname, text); transcribed names after all others.

    Parameters
    ----------
    table : NameTable
        The names taken apart, in index order.
    groups : GroupedNames
        Those of the Han form laid out for scanning; name n of the groups is name n of the index.
    texts : Texts
        How some of them are written.
    bearers : ndarray of int64, str or object, shape (M,)
        Ids of the bearers, by name.
    bearer_ends : ndarray of int64, shape (N + 1,)
        Name i is borne by `bearers[bearer_ends[i]:bearer_ends[i + 1]]`.
    bearer_counts : ndarray of uint32, shape (N,)
        How many bear each name.
    most_bearers : ndarray of float32, shape (B,)
        How many bear the commonest name of each given name.
    """

    table: NameTable
    groups: GroupedNames
    texts: Texts
    bearers: Ids
    bearer_counts: NDArray[np.uint32]
    bearer_ends: NDArray[np.int64] = field(init=False, repr=False)
    most_bearers: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Add up what follows from the counts."""
        ends = np.concatenate([[0], np.cumsum(self.bearer_counts, dtype=np.int64)])
        first = self.groups.first
        most = np.zeros(len(first) - 1, np.float32)
        filled = np.flatnonzero(np.diff(first))
        if len(filled):
            most[filled] = np.maximum.reduceat(self.bearer_counts[: first[-1]], first[filled])
        object.__setattr__(self, "bearer_ends", ends)
        object.__setattr__(self, "most_bearers", most)

    def __len__(self) -> int:
        """Count the distinct names."""
        return len(self.table)

    def name(self, number: int) -> str:
        """Return a name as written."""
        text = self.texts.get(number)
        if text is not None:
            return text
        table = self.table
        surname = [table.surname_slot.elements[code] for code in table.surnames[table.surname_of[number]] if code > 0]
        given = [table.given_slot.elements[code] for code in table.givens[table.given_of[number]] if code >= 0]
        return "".join((*surname, *given))

    def bearers_of(self, number: int) -> tuple[RecordId, ...]:
        """Return the ids of everybody who bears a name, in the order of the gallery."""
        return tuple(self.bearers[self.bearer_ends[number] : self.bearer_ends[number + 1]].tolist())


def build_index(pairs: Iterable[tuple[RecordId, str]]) -> NameIndex:
    """Collect (id, name) pairs by distinct name; names that carry no evidence are left out.

    The result does not depend on the order of the pairs but for the order of one name's bearers.
    """
    numbers: dict[str, int] = {}
    ids: list[RecordId] = []
    of: list[int] = []
    for record_id, name in pairs:
        ids.append(record_id)
        of.append(numbers.setdefault(name, len(numbers)))
    by_text = sorted(numbers)
    table = table_of_texts(by_text)
    groups, han = grouped(table)
    order = np.concatenate([han, table.transcribed.rows])
    place = np.full(len(by_text), -1, np.int64)
    place[[numbers[text] for text in (by_text[row] for row in order.tolist())]] = np.arange(len(order))
    bearers, counts = _by_name(ids, place[np.array(of, np.int64)], len(order))
    in_order = replace(
        table,
        surname_of=table.surname_of[order],
        given_of=table.given_of[order],
        transcribed=replace(table.transcribed, rows=np.arange(len(han), len(order))),
    )
    return NameIndex(in_order, groups, _texts([by_text[row] for row in order.tolist()]), bearers, counts)


def _by_name(ids: list[RecordId], numbers: NDArray[np.int64], count: int) -> tuple[Ids, NDArray[np.uint32]]:
    """Sort ids by name and count them; -1 stands for a name that is left out."""
    kept = np.flatnonzero(numbers >= 0)
    order = kept[np.argsort(numbers[kept], kind="stable")]
    counts = np.bincount(numbers[kept], minlength=count).astype(np.uint32)
    if all(isinstance(record_id, int) and abs(record_id) < 1 << 63 for record_id in ids):
        return np.array(ids, np.int64)[order], counts
    whole = np.array(ids, np.str_) if all(isinstance(i, str) for i in ids) else np.array(ids, np.object_)
    return whole[order], counts


def _texts(names: list[str]) -> Texts:
    """Keep the names that are not ordinary."""
    numbers = np.flatnonzero(~are_ordinary(names))
    encoded = [names[number].encode("utf-8", "surrogatepass") for number in numbers.tolist()]
    ends = np.concatenate([[0], np.cumsum([len(text) for text in encoded])]).astype(np.int64)
    return Texts(numbers, np.frombuffer(b"".join(encoded), np.uint8), ends)
