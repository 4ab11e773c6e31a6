"""Homes drawn from the gazetteer: innermost places, their superiors, their former names, their dialect region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.regions import STANDARD, region_of_accent
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, PROVINCE, TOWNSHIP, VILLAGE, split_name
from matcher.synthetic.sources import Home

_LEVELS = 5
_REGIONAL = 2
"""Levels from the province down that tell the dialect."""
_UNNAMED = ("",) * _LEVELS
_NOWHERE = Home("", (), (), STANDARD)
_SETTLEMENTS = ("村", "社区", "庄", "屯", "寨", "嘎查", "大队")


@dataclass(frozen=True)
class GazetteerHomes:
    """The innermost places of a gazetteer as homes; every one is as likely as any other.

    Villages stand for people: no population figures per village exist in the open.
    """

    gazetteer: Gazetteer
    provinces: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator) -> Home:
        """Draw a home anywhere."""
        return self._home(int(self.innermost[int(rng.integers(len(self.innermost)))]))

    def draw_near(self, rng: np.random.Generator, home: Home, shared: int) -> Home:
        """Draw a home that shares the first `shared` levels, or as many as the gazetteer allows."""
        around = home.levels[:shared]
        known = self._ranges.get(around)
        low, high = known if known is not None else self._range(around)
        if high < 0:
            return self.draw(rng)
        if high <= low:
            return home
        return self._home(int(self.innermost[int(rng.integers(low, high))]))

    @cached_property
    def _ranges(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """Ranges of `innermost` asked for so far, by path."""
        return {}

    def _range(self, around: tuple[str, ...]) -> tuple[int, int]:
        """Find the innermost places inside a path, or inside what of it is known; (0, -1) where nothing is."""
        depths = range(len(around), 0, -1)
        gid = next((self._gid_of[around[:depth]] for depth in depths if around[:depth] in self._gid_of), None)
        found = (0, -1)
        if gid is not None:
            low, high = np.searchsorted(self.innermost, [gid, self.gazetteer.end[gid]]).tolist()
            found = (low, high)
        self._ranges[around] = found
        return found

    @cached_property
    def innermost(self) -> NDArray[np.int64]:
        """Rows of the places without anything inside, ascending; of the chosen provinces where some are chosen."""
        rows = np.arange(self.gazetteer.current, dtype=np.int64)
        inside = self.gazetteer.end[: self.gazetteer.current] == rows + 1
        if self.provinces:
            inside &= self._in_chosen_provinces()
        homes: NDArray[np.int64] = rows[inside & (self.gazetteer.level[: self.gazetteer.current] >= COUNTY)]
        return homes

    def _in_chosen_provinces(self) -> NDArray[np.bool_]:
        chosen = np.zeros(self.gazetteer.current, bool)
        for gid in np.flatnonzero(self.gazetteer.level[: self.gazetteer.current] == PROVINCE):
            if self.gazetteer.name(int(gid)).startswith(self.provinces):
                chosen[gid : self.gazetteer.end[gid]] = True
        return chosen

    @cached_property
    def _gid_of(self) -> dict[tuple[str, ...], int]:
        """Places down to counties by their path."""
        upper = np.flatnonzero(self.gazetteer.level[: self.gazetteer.current] < TOWNSHIP)
        return {self.gazetteer.path(int(gid)): int(gid) for gid in upper}

    @cached_property
    def _former(self) -> dict[int, str]:
        """The latest known former name of each current place down to townships."""
        names: dict[int, str] = {}
        for gid in range(self.gazetteer.current, len(self.gazetteer)):
            if self.gazetteer.level[gid] > TOWNSHIP:
                continue
            old = self.gazetteer.name(gid)
            for successor in self.gazetteer.successors(gid):
                # 阜阳地区 -> 阜阳市 is no other name in anybody's mouth.
                if _spoken(old, self.gazetteer, gid) != _spoken(
                    self.gazetteer.name(successor), self.gazetteer, successor
                ):
                    names[successor] = old
        return names

    def _home(self, gid: int) -> Home:
        known = self._homes.get(gid)
        if known is None:
            known = self._homes[gid] = self._read(gid)
        return known

    @cached_property
    def _homes(self) -> dict[int, Home]:
        """Homes read so far and the places above them, by row."""
        return {}

    def _read(self, gid: int) -> Home:
        above = int(self.gazetteer.parent[gid])
        outer = self._home(above) if above >= 0 else _NOWHERE
        deeper = len(outer.levels) < _LEVELS
        levels = (*outer.levels, self._said(gid)) if deeper else outer.levels
        former = (*outer.former, self._former.get(gid, "")) if deeper else outer.former
        region = region_of_accent("".join(levels)) or STANDARD if len(levels) <= _REGIONAL else outer.region
        # Most places never had another name: one tuple of empty names serves them all.
        return Home(self.gazetteer.code(gid), levels, former if any(former) else _UNNAMED[: len(former)], region)

    def _said(self, gid: int) -> str:
        """Return a name as an address has it: a village, not its committee."""
        name = self.gazetteer.name(gid)
        if self.gazetteer.level[gid] != VILLAGE:
            return name
        core, suffix = split_name(name, VILLAGE)
        if core.endswith(_SETTLEMENTS):
            return core
        return core + ("社区" if "社区" in suffix or "居" in suffix else "村")


def _spoken(name: str, gazetteer: Gazetteer, gid: int) -> str:
    return split_name(name, int(gazetteer.level[gid])).core
