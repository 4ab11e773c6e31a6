"""What became of townships and villages between two yearly village lists of the bureau.

Codes are renumbered when a township moves, merges or becomes a street, so identity is followed by code, then by name in
the same county, then by where the villages of a township went. Lists are chained year by year: between neighbours
nearly every village survives, over seven years a quarter does not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from matcher.placenames.bureau import Snapshot
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE, split_name
from matcher.placenames.sources import Division
from matcher.placenames.tree import Draft, plain_name

FLOW_SHARE = 0.3
"""A township that took at least this share of another's surviving villages is one of its successors."""


class Step(NamedTuple):
    """Where a place of one list is in the next: codes there (empty = not known) and how that is known."""

    codes: tuple[str, ...]
    how: str


class FormerPlace(NamedTuple):
    """A township or village name that the newest list has no more.

    Parameters
    ----------
    code, name, level
        As they were in the last list that had them.
    first_year, last_year : int
        Years of the first and last list with this name under this code.
    successors : tuple of str
        Codes in the newest list: townships for a township; for a village the village, or the township it went to.
    how : str
        `same-code`, `recoded`, `flow`, `same-name` (a village merged away; another of its name is in the county) or
        `merged` (a village of which only the township is known).
    """

    code: str
    name: str
    level: int
    first_year: int
    last_year: int
    successors: tuple[str, ...]
    how: str


class FormerParent(NamedTuple):
    """A current village that once belonged to a township which mostly went elsewhere.

    Parameters
    ----------
    village : str
        Code in the newest list.
    township : FormerPlace
        The township of old.
    """

    village: str
    township: FormerPlace


@dataclass(frozen=True, slots=True)
class Followed:
    """All that older lists add to the newest."""

    places: tuple[FormerPlace, ...]
    parents: tuple[FormerParent, ...]


class _List:
    """One yearly list, indexed as far as it is asked for: most places of neighbouring lists are the same.

    Parameters
    ----------
    snapshot : Snapshot
        The list.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        rows = [row for table in ("areas", "streets", "villages") for row in snapshot.tables[table]]
        self.name = {code: name for code, name, _above in rows}
        self.year = snapshot.year
        self._codes = list(self.name)
        self._codes.sort()
        self._by_county: dict[str, dict[tuple[int, str], list[str]]] = {}

    def core(self, code: str) -> str:
        """Return the core of a place's name; empty when the list has no such code."""
        return _core(self.name.get(code, ""), len(code))

    def inside(self, code: str) -> list[str]:
        """List the codes that begin with this one, itself first."""
        return self._codes[bisect_left(self._codes, code) : bisect_left(self._codes, code + ":")]

    def named(self, county: str, core: str, digits: int) -> list[str]:
        """List the places of a name in a county; `digits` is the length of their codes: 9 townships, 12 villages."""
        known = self._by_county.get(county)
        if known is None:
            known = self._by_county[county] = {}
            for code in self.inside(county):
                known.setdefault((len(code), self.core(code)), []).append(code)
        return known.get((digits, core), [])


_LEVEL_OF_DIGITS = {6: COUNTY, 9: TOWNSHIP, 12: VILLAGE}


@lru_cache(maxsize=1 << 20)
def _core(name: str, digits: int) -> str:
    return split_name(plain_name(name), _LEVEL_OF_DIGITS[digits]).core if name else ""


def follow(snapshots: Sequence[Snapshot]) -> Followed:
    """Follow every name of the older lists to the newest.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        Ascending by year, at least one; the last is the current list.
    """
    newest = later = _List(snapshots[-1])
    final: dict[str, Step] = {}
    places: dict[tuple[tuple[str, ...], str], FormerPlace] = {}
    parents: dict[tuple[str, str], FormerParent] = {}
    for snapshot in reversed(snapshots[:-1]):
        listed = _List(snapshot)
        final = _final(listed, later, final)
        for code in sorted(final):
            last, core = final[code], listed.core(code)
            level = _LEVEL_OF_DIGITS[len(code)]
            place = FormerPlace(code, listed.name[code], level, listed.year, listed.year, last.codes, last.how)
            key = (last.codes or (code[:6],), core)
            if all(newest.core(target) != core for target in last.codes) and (last.codes or level == TOWNSHIP):
                known = places.get(key)
                places[key] = known._replace(first_year=listed.year) if known else place
            if level == TOWNSHIP:
                for village in _strays(listed.inside(code)[1:], last, final):
                    parents.setdefault((village, core), FormerParent(village, place))
        later = listed
    return Followed(tuple(places.values()), tuple(parents.values()))


def add_followed(draft: Draft, followed: Followed, rows: Mapping[str, int]) -> None:
    """Append the former names and the former townships of villages to a draft that holds the newest list.

    A township whose successor is not known becomes a place of its own in its county.

    Parameters
    ----------
    rows : mapping of str to int
        Row by code in the newest list.
    """
    bearers: dict[tuple[tuple[str, ...], str], int] = {}
    for place in followed.places:
        successors = [rows[code] for code in place.successors]
        county = rows.get(place.code[:6])
        if not successors and county is None:
            continue
        parent = draft.parent[successors[0]] if successors else rows[place.code[:6]]
        row = draft.add(Division(place.level, place.code, "", place.name), parent, f"bureau{place.last_year}")
        years = (place.first_year, place.last_year)
        draft.close(row, successors=successors, how=place.how, years=years)
        bearers[place.successors, draft.core[row]] = row
    for village, township in followed.parents:
        core = _core(township.name, len(township.code))
        same = [rows[code] for code in township.successors if draft.core[rows[code]] == core]
        bearer = same[0] if same else bearers.get((township.successors, core))
        if bearer is not None and bearer not in draft.former_parents.get(rows[village], ()):
            draft.former_parents.setdefault(rows[village], []).append(bearer)


def _strays(villages: Sequence[str], township: Step, final: Mapping[str, Step]) -> Iterator[str]:
    """Yield today's codes of villages that went elsewhere than the township as a whole."""
    for village in villages:
        step = final.get(village)
        codes = step.codes if step else (village,)
        if len(codes) == 1 and len(codes[0]) == len(village) and codes[0][:9] not in township.codes:
            yield codes[0]


_CERTAINTY = ("same-code", "recoded", "flow", "same-name", "merged", "unknown")
"""Most certain first."""


def _final(before: _List, after: _List, final: Mapping[str, Step]) -> dict[str, Step]:
    """Say where the places of one list are in the newest; a code that means the same there is left out.

    Parameters
    ----------
    final : mapping
        The same for the next list, `after`.
    """
    renamed = [code for code, _name in before.name.items() - after.name.items()]
    changed = {code for code in renamed if before.core(code) != after.core(code)}
    found = {code: step for code, step in final.items() if code in before.name and code not in changed}
    counties: dict[str, tuple[str, ...]] = {}
    streets: dict[str, Step] = {}
    for code in sorted(changed, key=lambda item: (len(item), item)):
        if len(code) == 6:
            continue
        area, street = code[:6], code[:9]
        if area not in counties:
            counties[area] = _counties_of(area, before, after)
        if code == street:
            step = streets[code] = _street_step(code, counties[area], before, after)
        else:
            step = _village_step(code, streets.get(street, Step((street,), "same-code")), counties[area], before, after)
        found[code] = _onward(step, final)
    return found


def _onward(step: Step, final: Mapping[str, Step]) -> Step:
    """Chain a step to the newest list; the least certain link names how."""
    onward = [final.get(code, Step((code,), step.how)) for code in step.codes]
    codes = tuple(dict.fromkeys(code for item in onward for code in item.codes))
    return Step(codes, max([step.how, *(item.how for item in onward)], key=_CERTAINTY.index) if codes else "unknown")


def _counties_of(area: str, before: _List, after: _List) -> tuple[str, ...]:
    """List where a county may be in the next list: itself, its name in the prefecture, else the whole prefecture."""
    core = before.core(area)
    if after.core(area) == core:
        return (area,)
    siblings = sorted(code for code in after.inside(area[:4]) if len(code) == 6)
    namesakes = [code for code in siblings if after.core(code) == core]
    return tuple(namesakes) if len(namesakes) == 1 else tuple(siblings)


def _arrivals(code: str, counties: tuple[str, ...], before: _List, after: _List) -> tuple[list[str], list[str]]:
    """List the places of this name in the next list: those under a new code, and all.

    One that was there before under its code is another place.
    """
    core = before.core(code)
    named = [other for county in counties for other in after.named(county, core, len(code))]
    return [other for other in named if before.core(other) != core], named


def _street_step(street: str, counties: tuple[str, ...], before: _List, after: _List) -> Step:
    recoded, _ = _arrivals(street, counties, before, after)
    if len(recoded) == 1:
        return Step((recoded[0],), "recoded")
    if street in after.name:
        return Step((street,), "same-code")
    went = [_arrivals(village, counties, before, after) for village in before.inside(street)[1:]]
    for choice in (0, 1):
        votes = Counter(target[:9] for arrivals in went for target in arrivals[choice])
        enough = FLOW_SHARE * votes.total()
        if votes:
            ranked = sorted(votes, key=lambda code: (-votes[code], code))
            return Step(tuple(code for code in ranked if votes[code] >= enough), "flow")
    return Step((), "unknown")


def _village_step(village: str, street: Step, counties: tuple[str, ...], before: _List, after: _List) -> Step:
    arrivals, others = _arrivals(village, counties, before, after)
    near = [code for code in arrivals if code[:9] in street.codes] or arrivals
    if len(near) == 1:
        return Step((near[0],), "recoded")
    if village in after.name and village[:9] in street.codes:
        return Step((village,), "same-code")
    # A village that was merged away while another of its name in the county lived on: people of both now say that name.
    return Step((others[0],), "same-name") if len(others) == 1 else Step(street.codes, "merged")
