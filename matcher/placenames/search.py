"""Find the places that a query may mean: by sound, over all levels at once, within any area, nothing lost.

Every listed name is compared (`scan`), each candidate is scored together with the places around it, and equal scores
form a tie group. The likelihood ratio of a candidate weighs "this place is meant" against "some place in the area is".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.placenames.costs import QueryCosts, SoundCosts
from matcher.placenames.gazetteer import Gazetteer, NameList, contains
from matcher.placenames.nameparts import COUNTY, TOWNSHIP, VILLAGE
from matcher.placenames.query import Cut, Query, Segment, parse
from matcher.placenames.scan import scan

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Ranges = Sequence[tuple[int, int]]

CUTOFFS = (6.5, 10.0)
"""A name further away, in nats, is not proposed: `nothing close` is an honest answer. The second, slower bound is used
where the first leaves fewer places than were asked for."""
AROUND_CUTOFF = 5.0
SYLLABLE_NATS = 5.0
"""Surprise of one syllable of a name that is in no list: the syllables of listed cores have an entropy of 7.2 bits
(toneless, village list of 2023)."""
AROUND_MISSED = 3.0
"""A named surrounding fits nothing above the place: one in twenty, e^-3, of some other place or one in no list."""
HINT_MISSED = 2.2
"""The generic word speaks of another level: 乡 for 镇, 县 for 区 are slips, 大队 for a county is not."""
FORMER = 0.25
WIDER = 0.5
SEAT, SEAT_OWN = 2.0, 2.5
"""A township may be meant by the name of one of its villages: where townships merged, the seat of the old one kept its
name as a village. Considered for names no further away than `SEAT_OWN`."""
LEVEL_PRIOR = (0.0, 0.0, 1.0, 2.0, 3.3, 4.4)
"""-ln of the prior of one place of each level, relative to a province: there are many villages, and people name
counties more readily."""
TIE_DECIMALS = 4
LEAST_LOG10_LR = -4.0
"""A place that explains the query ten thousand times worse than a random one is not proposed."""
ENOUGH, CONVINCING = 20, 5.4
"""So many places, or one that fits a village name all but exactly, make a second, wider scan unnecessary."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that a query may mean.

    Parameters
    ----------
    gid : int
        Row in the gazetteer; a current place, or a former one whose successor is unknown.
    via : int
        Row that bears the name that fits; another row than `gid` when it is a former name.
    cost : float
        Nats from the best possible match, priors included; smaller is better.
    own_cost : float
        Part of it that the place's own name costs.
    log10_lr : float
        log10 of P(query | this place) / P(query | a random place of the area).
    tie_group : int
        Candidates with the same number cannot be told apart; numbered from 1 in order of cost.
    heard : str
        Part of the query that was taken for the place's own name; `~` for a syllable in Latin letters.
    around : tuple of (str, int)
        Other parts of the query with the place above the candidate that each fits; -1 = fits none.
    """

    gid: int
    via: int
    cost: float
    own_cost: float
    log10_lr: float
    tie_group: int
    heard: str
    around: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """One cut of one query with its costs, for scoring and for saying afterwards what fitted."""

    query: Query
    cut: Cut
    spans: _Spans


@dataclass(frozen=True, slots=True)
class Found:
    """Places found, one entry per place and name that fits; `way` counts the cuts that were tried."""

    place: Int32
    via: Int32
    own: Float32
    total: Float32
    way: Int32


class Searcher:
    """A gazetteer ready to be searched; threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.costs = SoundCosts(gazetteer.alphabet)
        counts = np.bincount(gazetteer.level[: gazetteer.current], minlength=6).astype(np.float64)
        self.all_priors = float((np.exp(-np.asarray(LEVEL_PRIOR)) * counts)[1:].sum())

    def search(
        self, text: str, *, scope: str | None = None, region: str | None = None, top: int = 20
    ) -> tuple[Candidate, ...]:
        """Return the likeliest places, best first; ties in order of code.

        Parameters
        ----------
        text : str
            As said or typed: one name or several levels in any order.
        scope : str or None
            Area as in `Gazetteer.region`; None = everywhere.
        region : str or None
            Accent of the speaker (`matcher.phonetic.confusion.SPEECH_REGIONS`); None = not known.
        top : int
            At most this many.

        Raises
        ------
        UsageError
            When the query holds no name or the scope is not known.
        """
        ranges = self._ranges(scope)
        merged, ways = self._merged(text, ranges, region)
        return self._ranked(merged, ways, ranges, top)

    def matches(self, text: str, *, scope: str | None = None, region: str | None = None) -> Found:
        """Return every place within the cut-off, unranked, each by a name of its own; parameters as for `search`."""
        return self._merged(text, self._ranges(scope), region, seats=False)[0]

    def _ranges(self, scope: str | None) -> Ranges:
        return self.gazetteer.region(scope) if scope else ((0, self.gazetteer.current),)

    def _merged(self, text: str, ranges: Ranges, region: str | None, *, seats: bool = True) -> tuple[Found, list[_Way]]:
        queries = parse(text, self._known)
        for cutoff in CUTOFFS:
            ways = [way for query in queries for way in self._ways(query, region, _Area(ranges, cutoff, seats=seats))]
            merged = _best_per_place(self._searched(ways))
            if merged.place.size >= ENOUGH or float(merged.total.min(initial=math.inf)) <= CONVINCING:
                break
        return merged, ways

    def _searched(self, ways: Sequence[_Way]) -> list[Found]:
        """Search the cuts, likelier ones first; a cut whose penalty cannot lead to a better place is left out."""
        parts: list[Found] = []
        best = math.inf
        for number in sorted(range(len(ways)), key=lambda number: ways[number].cut.penalty):
            if best <= ways[number].cut.penalty + LEVEL_PRIOR[TOWNSHIP]:
                break
            found = self._search_way(ways[number], number)
            if found is not None:
                parts.append(found)
                best = min(best, float(found.total.min()))
        return parts

    def _known(self, core: str) -> bool:
        return core in self.gazetteer.upper_cores

    def _ways(self, query: Query, region: str | None, area: _Area) -> list[_Way]:
        spans = _Spans(self.gazetteer, self.costs.of(query.letters, region), area)
        return [_Way(query, cut, spans) for cut in query.cuts]

    def _search_way(self, way: _Way, number: int) -> Found | None:
        own, cut = way.spans.own(way.cut.own), way.cut
        if not own.place.size:
            return None
        total = own.cost + np.float32(cut.penalty)
        if cut.own.hints:
            total += hint_cost(cut.own.hints, own.named_level)
        for segment in cut.around:
            total += way.spans.around(segment)[own.surroundings].min(axis=0)
        return Found(own.place, own.via, own.own, total, np.full(own.place.shape, number, np.int32))

    def _ranked(self, found: Found, ways: Sequence[_Way], ranges: Ranges, top: int) -> tuple[Candidate, ...]:
        if not found.place.size:
            return ()
        order = np.lexsort((found.place, np.round(found.total, TIE_DECIMALS)))
        rounded = np.round(found.total[order], TIE_DECIMALS)
        groups = np.cumsum(np.diff(rounded, prepend=rounded[0]) > 0) + 1
        surprise = self._surprise(found, ranges)
        likelihood = found.total - prior_cost(self.gazetteer, found.place, found.via)
        candidates: list[Candidate] = []
        for rank, index in enumerate(order[:top].tolist()):
            log10_lr = (surprise - float(likelihood[index])) / math.log(10.0)
            if log10_lr < LEAST_LOG10_LR:
                continue
            gid, way = int(found.place[index]), ways[int(found.way[index])]
            candidates.append(
                Candidate(
                    gid=gid,
                    via=int(found.via[index]),
                    cost=float(found.total[index]),
                    own_cost=float(found.own[index]),
                    log10_lr=log10_lr,
                    tie_group=int(groups[rank]),
                    heard=_words(way.query, way.cut.own),
                    around=tuple(self._fitting(way, segment, gid) for segment in way.cut.around),
                )
            )
        return tuple(candidates)

    def _fitting(self, way: _Way, segment: Segment, gid: int) -> tuple[str, int]:
        """Return the words of a surrounding and the place above the candidate that they fit best."""
        above = self.gazetteer.surroundings(np.array([gid], np.int32))[:, 0]
        cost = way.spans.around(segment)[self.gazetteer.upper_index[above]]
        best = int(np.argmin(cost))
        return _words(way.query, segment), int(above[best]) if cost[best] < missed_cost(segment) else -1

    def _surprise(self, found: Found, ranges: Ranges) -> float:
        """Return -ln P(query) for a random place of the area, places beyond the cut-off counted at the cut-off."""
        everything = self.all_priors
        if ranges[0] != (0, self.gazetteer.current):
            levels = [np.bincount(self.gazetteer.level[low:high], minlength=6) for low, high in ranges]
            everything = float((np.exp(-np.asarray(LEVEL_PRIOR)) * np.sum(levels, axis=0))[1:].sum())
        matched = float(np.exp(-found.total.astype(np.float64)).sum())
        return -math.log(matched / everything + math.exp(-2 * CUTOFFS[0]))


_PRIOR = np.array(LEVEL_PRIOR, np.float32)


def _words(query: Query, segment: Segment) -> str:
    return "".join(letter.character or "~" for letter in query.letters[segment.start : segment.stop])


@dataclass(frozen=True, slots=True)
class _Area:
    """Where and how far to look, and whether a township may be meant by one of its villages."""

    ranges: Ranges
    cutoff: float
    seats: bool


@dataclass(frozen=True, slots=True)
class _Own:
    """Places whose own name fits a segment; `cost` holds the name and the prior, `surroundings` positions of
    `Gazetteer.upper_index`, shape (4 + F, K)."""

    place: Int32
    via: Int32
    own: Float32
    cost: Float32
    named_level: NDArray[np.int8]
    surroundings: Int32


class _Spans:
    """Costs of the segments of one query against the names, each computed once."""

    def __init__(self, gazetteer: Gazetteer, costs: QueryCosts, area: _Area) -> None:
        self._gazetteer = gazetteer
        self._costs = costs
        self._area = area
        self._own: dict[tuple[int, int], _Own] = {}
        self._around: dict[Segment, Float32] = {}

    def own(self, segment: Segment) -> _Own:
        """Return every place of the area whose own name fits."""
        key = (segment.start, segment.stop)
        if key not in self._own:
            gazetteer = self._gazetteer
            place, via, own = self._expanded(gazetteer.names, segment, self._area.cutoff)
            extra = np.zeros(place.size, np.float32)
            if self._area.seats:
                place, via, own, extra = _with_seats(gazetteer, place, via, own)
            inside = contains(self._area.ranges, place)
            place, via, own, extra = place[inside], via[inside], own[inside], extra[inside]
            self._own[key] = _Own(
                place=place,
                via=via,
                own=own,
                cost=own + extra + prior_cost(gazetteer, place, via),
                named_level=np.where(extra > 0, gazetteer.level[place], gazetteer.level[via]),
                surroundings=gazetteer.upper_index[gazetteer.surroundings(place)],
            )
        return self._own[key]

    def around(self, segment: Segment) -> Float32:
        """Return the cost of a surrounding by `Gazetteer.upper_index`; the last entry is "no place"."""
        if segment not in self._around:
            position = self._gazetteer.upper_index
            table = np.full(int(position[-1]) + 1, missed_cost(segment), np.float32)
            place, via, cost = self._expanded(self._gazetteer.upper_names, segment, AROUND_CUTOFF)
            if segment.hints:
                cost = cost + hint_cost(segment.hints, self._gazetteer.level[via])
            missed = table[-1]
            np.minimum.at(table, position[place], cost)
            np.minimum.at(table, position[via], cost)
            table[-1] = missed
            self._around[segment] = table
        return self._around[segment]

    def _expanded(self, names: NameList, segment: Segment, cutoff: float) -> tuple[Int32, Int32, Float32]:
        """Scan the names and list every place that bears one within the cut-off."""
        span = slice(segment.start, segment.stop)
        costs = scan(names, self._costs.replace[span], self._costs.drop, self._costs.insert[span], cutoff=cutoff)
        near = np.flatnonzero(np.isfinite(costs))
        ids = names.name_ids[near]
        first, last = self._gazetteer.first_posting[ids], self._gazetteer.first_posting[ids + 1]
        counts = last - first
        rows = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
        return self._gazetteer.posting_place[rows], self._gazetteer.posting_via[rows], np.repeat(costs[near], counts)


def _with_seats(gazetteer: Gazetteer, place: Int32, via: Int32, own: Float32) -> tuple[Int32, Int32, Float32, Float32]:
    """Add the townships of villages whose name fits; the last array is what being meant that way costs."""
    near = np.flatnonzero((own <= SEAT_OWN) & (gazetteer.level[place] == VILLAGE))
    township = gazetteer.parent[place[near]]
    near, township = near[township >= 0], township[township >= 0]
    extra = np.concatenate([np.zeros(place.size, np.float32), np.full(near.size, SEAT, np.float32)])
    return (
        np.concatenate([place, township]),
        np.concatenate([via, via[near]]),
        np.concatenate([own, own[near]]),
        extra,
    )


def prior_cost(gazetteer: Gazetteer, place: Int32, via: Int32) -> Float32:
    """Return -ln prior of each place under the name that fits: that of the level which the name belongs to."""
    level, named = gazetteer.level[place], gazetteer.level[via]
    # A township meant by one of its villages is meant as the township that it was.
    named = np.where((level == TOWNSHIP) & (named == VILLAGE) & (via < gazetteer.current), level, named)
    cost = _PRIOR[np.maximum(level, named)] + np.where(place != via, np.float32(FORMER), np.float32(0))
    # A county that became the seat of a prefecture-level city: its districts are closer to it than the whole city.
    wider = (level < named) & (named <= COUNTY)
    return (cost + np.where(wider, np.float32(WIDER), np.float32(0))).astype(np.float32)


def missed_cost(segment: Segment) -> float:
    """Return the cost of a surrounding that fits nothing."""
    return AROUND_MISSED + SYLLABLE_NATS * (segment.stop - segment.start)


def hint_cost(hints: Sequence[int], level: NDArray[np.int8]) -> Float32:
    """Return the cost of each level where the generic word speaks of others."""
    fits = np.isin(level, hints)
    # 乡 for 街道 is the same level; a county called 市 or a village called 社区 is one step away.
    distance = np.min([np.abs(level - hint) for hint in hints], axis=0)
    return np.where(fits, 0.0, HINT_MISSED * np.minimum(distance, 2)).astype(np.float32)


def _best_per_place(parts: Sequence[Found]) -> Found:
    """Keep the best way in which each place fits."""
    if not parts:
        empty = np.zeros(0, np.int32)
        return Found(empty, empty, np.zeros(0, np.float32), np.zeros(0, np.float32), empty)
    place, via, way = (np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "via", "way"))
    own, total = (np.concatenate([getattr(part, name) for part in parts]) for name in ("own", "total"))
    order = np.lexsort((way, via, total, place))
    first = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
    return Found(place[first], via[first], own[first], total[first], way[first])
