"""Hang the places of a station's own list into the gazetteer under construction, under parents that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matcher.placenames.nameparts import COUNTY, PREFECTURE, PROVINCE, TOWNSHIP, VILLAGE, split_name
from matcher.placenames.own_list import OwnList, OwnPlace
from matcher.placenames.sources import Division
from matcher.placenames.tree import NO_ROW, Draft, plain_name

_NOT_NAMES = ("", "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""What stands in the place of a prefecture where there is none."""


class Placed(NamedTuple):
    """How many places and further names a list added."""

    places: int
    names: int


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """A row that cannot be placed: column, value, reason code and remedy."""


def add_own_list(draft: Draft, own: OwnList, rows: Mapping[str, int], *, source: str) -> Placed:
    """Append what a list adds; what cannot be placed joins its rejects.

    A name that stands in the gazetteer already adds nothing but its further names. A row with a current name is a
    former name of that place. A natural village named under an administrative village belongs to its township: the
    gazetteer has five levels.

    Parameters
    ----------
    draft : Draft
        Everything else, finished.
    own : OwnList
        The list.
    rows : mapping of str to int
        Rows of the current divisions by code.
    source : str
        Key of the list.
    """
    known = _Known(draft, rows)
    places = names = 0
    for place in own.places:
        try:
            parent = known.parent_of(place)
            row = known.listed(parent, place.level, place.current or place.name)
            if row == NO_ROW:
                row = known.add(Division(place.level, place.code, "", place.current or place.name), parent, source)
                places += 1
                if not place.current:
                    draft.valid_from[row], draft.valid_to[row] = place.years
                    draft.how[row] = "unknown" if place.years[1] is not None else ""
            elif not (place.current or place.others):
                remedy = "nothing to do: the gazetteer has this place; give aliases to add names"
                raise _Refused("name", place.name, "already_listed", remedy)
            further = [*place.others, *([(place.name, "former")] if place.current else [])]
            for name, how in further:
                years = place.years if name == place.name else (None, None)
                other = draft.add(Division(place.level, "", "", name), parent, source)
                draft.close(other, successors=[row], how=how, years=years)
                names += 1
        except _Refused as refused:
            column, value, reason, remedy = refused.args
            own.reject(place.row, column, value, (reason, remedy), lost=True)
    return Placed(places, names)


class _Known:
    """The draft by code and by name, as far as lists speak of it."""

    def __init__(self, draft: Draft, rows: Mapping[str, int]) -> None:
        self._draft = draft
        self._by_code = rows
        self._upper: dict[str, list[int]] = {}
        self._villages: dict[tuple[int, str], int] = {}
        for row in range(len(draft)):
            if draft.level[row] <= COUNTY:
                for name in {draft.name[row], draft.core[row]}:
                    self._upper.setdefault(name, []).append(row)
            elif draft.level[row] == VILLAGE and not draft.successors[row]:
                self._villages.setdefault((draft.parent[row], draft.core[row]), row)

    def add(self, division: Division, parent: int, source: str) -> int:
        """Append a place and remember it, so that a second row of the same name is a duplicate."""
        row = self._draft.add(division, parent, source)
        if division.level == VILLAGE:
            self._villages.setdefault((parent, self._draft.core[row]), row)
        return row

    def listed(self, parent: int, level: int, name: str) -> int:
        """Find a place by its name under its parent; `NO_ROW` when it is new."""
        if level == VILLAGE:
            return self._villages.get((parent, split_name(plain_name(name), VILLAGE).core), NO_ROW)
        return self._draft.child(parent, name, level)

    def parent_of(self, place: OwnPlace) -> int:
        """Return the row of the innermost place around.

        Counties are found by code, else by name; townships by name alone, because two numberings of them are in use
        and a fifth of the codes that both have are different places.
        """
        code = (place.above.get("parent_code") or place.code)[:6]
        area = self._by_code.get(code, NO_ROW) if place.level > COUNTY else NO_ROW
        if area == NO_ROW or self._draft.level[area] != COUNTY:
            area = self._named(place)
        if place.level == VILLAGE and self._draft.level[area] <= COUNTY and "township" in place.above:
            area = self._township(area, place.above["township"])
        if place.level == VILLAGE and self._draft.level[area] < COUNTY:
            area_name = self._draft.name[area]
            raise _Refused("county", area_name, "no_county", "give the county or township that the place belongs to")
        return area

    def _named(self, place: OwnPlace) -> int:
        """Find the county by name, within the province and prefecture that were given."""
        levels = (("province", PROVINCE), ("city", PREFECTURE), ("county", COUNTY))
        given = [
            column for column, level in levels if level < place.level and place.above.get(column, "") not in _NOT_NAMES
        ]
        if not given:
            raise _Refused("county", "", "no_parent", "give the county, by name or by code of 6 digits")
        inside: list[int] | None = None
        for column in given:
            name = place.above[column]
            found = self._areas(name)
            if inside is not None:
                found = [row for row in found if any(self._within(row, area) for area in inside)]
            if not found:
                raise _Refused(
                    column, name, f"unknown_{column}", "write it as in `matcher places search`, or give the code"
                )
            inside = found
        rows = inside or []
        if len(rows) > 1:
            paths = "、".join(self._draft.name[self._draft.parent[row]] + self._draft.name[row] for row in rows[:4])
            column = given[-1]
            raise _Refused(
                column, place.above[column], f"ambiguous_{column}", f"give the province or city as well: {paths}"
            )
        return rows[0]

    def _areas(self, name: str) -> list[int]:
        """List the current areas that a name, current or former, means."""
        plain = plain_name(name)
        cores = {split_name(plain, level).core for level in (PROVINCE, PREFECTURE, COUNTY)}
        rows = self._upper.get(plain) or [row for core in sorted(cores) for row in self._upper.get(core, [])]
        current = [row for row in rows if not self._draft.successors[row]]
        chosen = current or [target for row in rows for target in self._draft.successors[row]]
        return list(dict.fromkeys(chosen))

    def _within(self, row: int, area: int) -> bool:
        while row != NO_ROW and row != area:
            row = self._draft.parent[row]
        return row == area

    def _township(self, county: int, name: str) -> int:
        found = self._draft.child(county, name, TOWNSHIP)
        if found == NO_ROW:
            remedy = f"write the township as listed in {self._draft.name[county]}, or leave the cell empty"
            raise _Refused("township", name, "unknown_township", remedy)
        return found


def summary(own: OwnList, placed: Placed) -> str:
    """Describe a list in the manifest."""
    ignored = f"; columns not used: {'、'.join(own.ignored)}" if own.ignored else ""
    return (
        f"the station's own list {own.name}; {placed.places} places, {placed.names} further names, "
        f"{_lost(own.rejects)} rows rejected{ignored}; sha256 {own.sha256[:12]}; not to be redistributed"
    )


def _lost(rejects: Sequence[object]) -> int:
    return sum(1 for item in rejects if getattr(item, "record_lost", False))
