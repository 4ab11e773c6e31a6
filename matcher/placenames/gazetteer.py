"""An opened gazetteer: places as arrays over memory maps, their hierarchy, and look-up by name or code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.placenames.nameparts import COUNTY, LEVELS, TOWNSHIP, split_name
from matcher.placenames.tables import Manifest, open_table, read_manifest
from matcher.placenames.tree import plain_name

Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NameList:
    """Distinct names in sorted order, as character codes.

    Parameters
    ----------
    codes : ndarray of uint16, shape (C,)
        Character codes of all names, one after the other.
    offsets : ndarray of int32, shape (N + 1,)
        Name i is `codes[offsets[i]:offsets[i + 1]]`.
    shared : ndarray of uint8, shape (N,)
        Leading characters shared with the name before.
    name_ids : ndarray of int32, shape (N,)
        Row of each name in the gazetteer's `names` table.
    """

    codes: NDArray[np.uint16]
    offsets: Int32
    shared: NDArray[np.uint8]
    name_ids: Int32


@dataclass(frozen=True)
class Gazetteer:
    """Places with their hierarchy and their names, read-only and safe to share between threads.

    Parameters
    ----------
    folder : Path
        Where it was opened.
    manifest : Manifest
        What it was built from.
    places, postings, alphabet : pyarrow.Table
        Tables of `matcher.placenames.tables`.
    names : NameList
        All distinct names.
    level, parent, end : ndarray
        Columns of `places`.
    current : int
        Number of rows of the tree; rows from here on are former names whose successors are known.
    first_posting : ndarray of int32, shape (N + 1,)
        Name i is borne by `posting_place[first_posting[i]:first_posting[i + 1]]`.
    posting_place, posting_via : ndarray of int32
        Columns of `postings`.
    former_parent_offsets, former_parent_rows : ndarray of int32
        Column `former_parents`, flattened.
    """

    folder: Path
    manifest: Manifest
    places: pa.Table
    alphabet: pa.Table
    names: NameList
    top_level: NDArray[np.int8]
    level: NDArray[np.int8]
    parent: Int32
    end: Int32
    current: int
    first_posting: Int32
    posting_place: Int32
    posting_via: Int32
    former_parent_offsets: Int32
    former_parent_rows: Int32

    @classmethod
    def open(cls, folder: Path) -> Gazetteer:
        """Open the current generation of a gazetteer folder.

        Raises
        ------
        ReferenceDataError
            When there is none or it is damaged, with the command that builds it.
        """
        manifest = read_manifest(folder)
        generation = folder / manifest.generation
        places, names, postings = (open_table(generation, name) for name in ("places", "names", "postings"))
        characters = _chunk(names, "characters")
        former_parents = _chunk(places, "former_parents")
        successors = _chunk(places, "successors").offsets.to_numpy()
        has_successor = np.flatnonzero(np.diff(successors))
        count = names.num_rows
        return cls(
            folder=folder,
            manifest=manifest,
            places=places,
            alphabet=open_table(generation, "alphabet"),
            names=NameList(characters.values.to_numpy(), characters.offsets.to_numpy(),
                           _chunk(names, "shared").to_numpy(), np.arange(count, dtype=np.int32)),
            top_level=_chunk(names, "top_level").to_numpy(),
            level=_chunk(places, "level").to_numpy(),
            parent=_chunk(places, "parent").to_numpy(),
            end=_chunk(places, "end").to_numpy(),
            current=int(has_successor[0]) if has_successor.size else places.num_rows,
            first_posting=np.append(_chunk(names, "first_posting").to_numpy(), postings.num_rows).astype(np.int32),
            posting_place=_chunk(postings, "place").to_numpy(),
            posting_via=_chunk(postings, "via").to_numpy(),
            former_parent_offsets=former_parents.offsets.to_numpy(),
            former_parent_rows=former_parents.values.to_numpy(),
        )  # fmt: skip

    @classmethod
    def sample(cls) -> Gazetteer:
        """Open the small sample that the package ships (provinces to counties, and villages of a few townships)."""
        with as_file(files("matcher.placenames").joinpath("data/sample")) as folder:
            return cls.open(folder)

    def __len__(self) -> int:
        """Count the rows, former names included."""
        return int(self.places.num_rows)

    @cached_property
    def upper_names(self) -> NameList:
        """Names of places down to townships, which can be the surroundings of another."""
        chosen = np.flatnonzero(self.top_level <= TOWNSHIP)
        starts, stops = self.names.offsets[chosen], self.names.offsets[chosen + 1]
        lengths = stops - starts
        offsets = np.zeros(chosen.shape[0] + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        inside = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths) + np.repeat(starts, lengths)
        # What a name shares with the previous chosen one is the least shared over all names in between.
        shared = np.minimum.reduceat(self.names.shared, np.append(0, chosen[:-1] + 1)) if chosen.size else chosen
        return NameList(self.names.codes[inside], offsets, shared.astype(np.uint8), chosen.astype(np.int32))

    @cached_property
    def upper_index(self) -> Int32:
        """Consecutive numbers for the rows down to townships; all other rows, and -1, have the last number."""
        upper = np.append(self.level <= TOWNSHIP, False)
        numbers = np.cumsum(upper, dtype=np.int32) - 1
        numbers[~upper] = numbers[-1] + 1
        return numbers

    @cached_property
    def leaves_before(self) -> NDArray[np.int64]:
        """Number of innermost places (villages, as a rule) before each row of the tree; shape (current + 1,)."""
        innermost = self.end[: self.current] == np.arange(1, self.current + 1)
        return np.concatenate([[0], np.cumsum(innermost)])

    @cached_property
    def last_years(self) -> NDArray[np.int16]:
        """Last year of each row's name; 9999 while it is valid or where its end is not known."""
        years: NDArray[np.int16] = self.places.column("valid_to").fill_null(9999).to_numpy()
        return years

    def leaves(self, gids: Int32 | NDArray[np.int64]) -> NDArray[np.int64]:
        """Count the innermost places inside each place: our stand-in for its population."""
        found: NDArray[np.int64] = self.leaves_before[self.end[gids]] - self.leaves_before[gids]
        return found

    def ancestors(self, gids: Int32) -> Int32:
        """Return the places above, nearest first, -1 where there is none; shape (4, K)."""
        rows = np.full((4, gids.shape[0]), -1, np.int32)
        above = self.parent[gids]
        for step in range(4):
            rows[step] = above
            above = np.where(above >= 0, self.parent[above], -1)
        return rows

    def surroundings(self, gids: Int32) -> Int32:
        """Return the places above and those once above, -1 where there is none; shape (4 + F, K)."""
        first = self.former_parent_offsets[gids]
        counts = self.former_parent_offsets[gids + 1] - first
        rows = [self.ancestors(gids)]
        for step in range(int(counts.max(initial=0))):
            known = counts > step
            row = np.full(gids.shape[0], -1, np.int32)
            row[known] = self.former_parent_rows[first[known] + step]
            rows.append(row[None])
        return np.concatenate(rows)

    def name(self, gid: int) -> str:
        """Return the name of a row as listed."""
        return str(self.places.column("name")[gid])

    def code(self, gid: int) -> str:
        """Return the code of a row; empty when it has none."""
        return str(self.places.column("code")[gid])

    def path(self, gid: int) -> tuple[str, ...]:
        """Return the names from the province down to the place."""
        names: list[str] = []
        while gid >= 0:
            names.append(self.name(gid))
            gid = int(self.parent[gid])
        return tuple(reversed(names))

    def successors(self, gid: int) -> tuple[int, ...]:
        """Return the places that took the place of a former name; empty for a current place or when unknown."""
        return tuple(cast("list[int]", self.places.column("successors")[gid].as_py()))

    def years(self, gid: int) -> tuple[int | None, int | None]:
        """Return the first and last year of a name, None where open or unknown."""
        first, last = (self.places.column(column)[gid].as_py() for column in ("valid_from", "valid_to"))
        return first, last

    def source(self, gid: int) -> str:
        """Return the key of the list that a row comes from."""
        return str(self.places.column("source")[gid])

    def how(self, gid: int) -> str:
        """Return how the successors of a former name are known; empty for a current place."""
        return str(self.places.column("successor_how")[gid])

    @cached_property
    def _upper_codes(self) -> dict[str, int]:
        rows = np.flatnonzero(self.level <= TOWNSHIP)
        codes = self.places.column("code").take(pa.array(rows)).to_pylist()
        found: dict[str, int] = {}
        for code, row in zip(codes, rows.tolist(), strict=True):
            if code:
                found.setdefault(code, row)
        return found

    @cached_property
    def _county_names(self) -> dict[str, list[int]]:
        rows = np.flatnonzero(self.level <= COUNTY)
        found: dict[str, list[int]] = {}
        for column in ("name", "core"):
            for name, row in zip(
                self.places.column(column).take(pa.array(rows)).to_pylist(), rows.tolist(), strict=True
            ):
                if row not in found.setdefault(name, []):
                    found[name].append(row)
        return found

    @cached_property
    def upper_cores(self) -> frozenset[str]:
        """Core names of provinces, prefectures and counties, former ones included."""
        rows = np.flatnonzero(self.level <= COUNTY)
        return frozenset(self.places.column("core").take(pa.array(rows)).to_pylist())

    def region(self, scope: str) -> tuple[tuple[int, int], ...]:
        """Return the row ranges of an area.

        Parameters
        ----------
        scope : str
            Codes or names of provinces, prefectures, counties or townships (codes also as prefixes: `13`, `1307`,
            `130702`), separated by commas. A vanished county means what took its place.

        Raises
        ------
        UsageError
            When a part of it is not in the gazetteer.
        """
        ranges: list[tuple[int, int]] = []
        for part in scope.replace("，", ",").replace("、", ",").split(","):
            rows = [target for row in self._rows_of_scope(part.strip()) for target in self.successors(row) or (row,)]
            if not rows:
                raise UsageError(
                    f"scope '{part.strip()[:40]}' is not in the gazetteer",
                    remedy="give a code such as 13, 1307, 130700 or a name such as 河北省, 张家口市",
                )
            ranges += [(row, int(self.end[row])) for row in rows]
        return tuple(sorted(set(ranges)))

    def _rows_of_scope(self, part: str) -> list[int]:
        if part.isascii() and part.isdigit():
            return self._rows_of_code(part)
        plain = plain_name(part)
        exact = self._county_names.get(plain)
        if exact:
            return exact
        cores = {split_name(plain, level).core for level in LEVELS[:3]}
        return [row for core in sorted(cores) for row in self._county_names.get(core, [])]

    def _rows_of_code(self, digits: str) -> list[int]:
        """Find a code or prefix: 130000 and 13 are a province, 1307 a prefecture, 4690 counties under a province."""
        prefix = digits[:2] if digits.endswith("0000") and len(digits) == 6 else digits
        prefix = prefix[:4] if len(prefix) == 6 and prefix.endswith("00") else prefix
        padded = prefix.ljust(6, "0")
        if padded in self._upper_codes and len(prefix) in (2, 4, 6):
            return [self._upper_codes[padded]]
        if len(prefix) in (9, 12):
            row = self._upper_codes.get(prefix[:9])
            return [row] if row is not None else []
        if len(prefix) == 4:
            return [row for code, row in self._upper_codes.items() if len(code) == 6 and code.startswith(prefix)]
        return []


def _chunk(table: pa.Table, column: str) -> pa.Array:
    return cast("pa.Array", table.column(column).chunk(0))


def contains(ranges: Sequence[tuple[int, int]], gids: Int32) -> NDArray[np.bool_]:
    """Tell which places lie inside any of the row ranges."""
    inside = np.zeros(gids.shape[0], bool)
    for low, high in ranges:
        inside |= (gids >= low) & (gids < high)
    return inside
