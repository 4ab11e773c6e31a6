"""The table of places under construction: append rows, find them by name, and lay them out in preorder.

Invariant of the finished layout: a place stands before everything it contains, and all that it contains is contiguous,
so that a region is a range of rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.normalise import normalise
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE, split_name, strip_parents
from matcher.placenames.sources import Division, VillageBranch

NO_ROW = -1


@dataclass(slots=True)
class Draft:
    """Rows so far, column by column, and the children of each by name and by core.

    Parameters
    ----------
    code, name, core, suffix, source, how : list of str
        As in the finished table; `code` may be empty.
    level, parent : list of int
        Level 1-5 and row of the place above, `NO_ROW` for a province.
    valid_from, valid_to : list of (int or None)
        Years; None = not known (from) or still valid (to).
    successors : list of tuple of int
        Rows that took the place of this one.
    former_parents : dict of int to list of int
        Rows of townships that a village once belonged to and that went elsewhere.
    """

    code: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    core: list[str] = field(default_factory=list)
    suffix: list[str] = field(default_factory=list)
    level: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    valid_from: list[int | None] = field(default_factory=list)
    valid_to: list[int | None] = field(default_factory=list)
    successors: list[tuple[int, ...]] = field(default_factory=list)
    how: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    former_parents: dict[int, list[int]] = field(default_factory=dict)
    _by_name: dict[tuple[int, str], int] = field(default_factory=dict)
    _by_core: dict[tuple[int, str], list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.code)

    def add(self, division: Division, parent: int, source: str) -> int:
        """Append a current place and return its row."""
        name = plain_name(division.name)
        if division.level == VILLAGE and parent != NO_ROW:
            name = strip_parents(name, self._names_above(parent))
        row = len(self.code)
        core, suffix = split_name(name, division.level)
        self.code.append(division.code)
        self.name.append(name)
        self.core.append(core)
        self.suffix.append(suffix)
        self.level.append(division.level)
        self.parent.append(parent)
        self.valid_from.append(None)
        self.valid_to.append(None)
        self.successors.append(())
        self.how.append("")
        self.source.append(source)
        if division.level < VILLAGE:
            self._by_name.setdefault((parent, name), row)
            self._by_core.setdefault((parent, core), []).append(row)
        return row

    def close(self, row: int, *, successors: Iterable[int], how: str, years: tuple[int | None, int | None]) -> None:
        """Mark a row as a former name, with what took its place."""
        self.valid_from[row], self.valid_to[row] = years
        self.successors[row], self.how[row] = tuple(successors), how

    def child(self, parent: int, name: str, level: int) -> int:
        """Find a child by full name, or by core when only one child has it; `NO_ROW` when there is none."""
        exact = self.named_child(parent, name)
        if exact != NO_ROW and self.level[exact] == level:
            return exact
        core = split_name(plain_name(name), level).core
        same = [row for row in self._by_core.get((parent, core), ()) if self.level[row] == level]
        return same[0] if len(same) == 1 else NO_ROW

    def named_child(self, parent: int, name: str) -> int:
        """Find a child by full name; `NO_ROW` when there is none."""
        return self._by_name.get((parent, plain_name(name)), NO_ROW)

    def _names_above(self, row: int) -> tuple[str, ...]:
        names: list[str] = []
        while row != NO_ROW:
            names.append(self.name[row])
            row = self.parent[row]
        return tuple(reversed(names))


def plain_name(name: str) -> str:
    """Return a listed name in canonical form; names of ordinary Han characters, nearly all, are taken as they are."""
    return name if _HAN_ONLY.fullmatch(name) else (normalise(name) or name)


_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]+")


def add_divisions(draft: Draft, divisions: Iterable[Division], source: str) -> dict[str, int]:
    """Append divisions whose parents come first; return row by code.

    A county that stands directly under a province (Beijing, Jiyuan) keeps the province as its parent.
    """
    rows: dict[str, int] = {}
    for division in divisions:
        rows[division.code] = draft.add(division, rows.get(division.parent, NO_ROW), source)
    return rows


def add_named_villages(
    draft: Draft,
    branches: Iterable[VillageBranch],
    counties: dict[tuple[str, str], list[int]],
    *,
    within: Collection[int] | None = None,
) -> int:
    """Hang a list of village names under the current townships; return the number of villages added.

    A county is found by (province, prefecture, county) name, else by its (province, county) name among current and
    former names when that is one place. A township that is no longer in the current list becomes a place of its own
    under its county: what took its place is not known from names alone.

    Parameters
    ----------
    counties : dict
        (province name, county name) to the current rows that the name, current or former, means.
    within : collection of int or None
        Rows of the counties to fill; None = all.
    """
    added = 0
    for branch in branches:
        county = _county_of(draft, branch, counties)
        if county == NO_ROW or (within is not None and county not in within):
            continue
        name = branch.path[3].removesuffix("办事处") if branch.path[3].endswith("街道办事处") else branch.path[3]
        township = draft.child(county, name, TOWNSHIP)
        if township == NO_ROW:
            township = draft.add(Division(TOWNSHIP, "", "", name), county, "villages")
            draft.how[township] = "unknown"
        for village in branch.villages:
            draft.add(Division(VILLAGE, "", "", village), township, "villages")
        added += len(branch.villages)
    return added


def _county_of(draft: Draft, branch: VillageBranch, counties: dict[tuple[str, str], list[int]]) -> int:
    province_name, prefecture_name, county_name, _township = branch.path
    province = draft.child(NO_ROW, province_name, 1)
    prefecture = draft.child(province, prefecture_name, 2) if province != NO_ROW else NO_ROW
    within = draft.child(prefecture if prefecture != NO_ROW else province, county_name, 3)
    if within != NO_ROW:
        return within
    if prefecture != NO_ROW and split_name(plain_name(county_name), COUNTY).core == draft.core[prefecture]:
        return prefecture  # Dongguan and its like: townships stand directly under the prefecture
    known = counties.get((province_name, plain_name(county_name)), [])
    return known[0] if len(known) == 1 else NO_ROW


def preorder(level: NDArray[np.int8], parent: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the rows in preorder (siblings in row order) and, for each position, the end of its subtree.

    Parameters
    ----------
    level : ndarray of int8, shape (R,)
        Level of each row; a parent has a smaller one.
    parent : ndarray of int32, shape (R,)
        Row above, `NO_ROW` for none.
    """
    count = level.shape[0]
    above = np.full((6, count), -1, np.int32)
    for current in range(1, 6):
        members = np.flatnonzero(level == current)
        has_parent = parent[members] != NO_ROW
        above[:, members[has_parent]] = above[:, parent[members[has_parent]]]
        above[current, members] = members
    order = np.lexsort(above[:0:-1])
    position = np.empty(count, np.int64)
    position[order] = np.arange(count)
    end = np.arange(1, count + 1, dtype=np.int32)
    for current in range(5, 1, -1):
        members = np.flatnonzero((level == current) & (parent != NO_ROW))
        np.maximum.at(end, position[parent[members]], end[position[members]])
    return order, end
