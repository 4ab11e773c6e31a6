"""Find the places that a query may mean: by sound, over all levels at once, within any area, nothing lost.

Every listed name is compared (`scan`), each candidate is scored together with the places around it, and equal scores
form a tie group. The likelihood ratio of a candidate weighs "this place is meant" against "some place in the area is".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.placenames.costs import SoundCosts
from matcher.placenames.cutting import Segment
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import TOWNSHIP
from matcher.placenames.priors import LEVEL_PRIOR, Homelands, hint_cost, prior_cost, word_cost
from matcher.placenames.query import Cut, Query, parse
from matcher.placenames.spans import Look, NameTrees, Ranges, Spans, missed_cost

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]

CUTOFFS = (8.5, 13.0)
"""A name further away, in nats, is not proposed: `nothing close` is an honest answer. The second, slower bound is used
where the first leaves fewer places than were asked for."""
TIE_DECIMALS = 4
LEAST_LOG10_LR = -4.0
"""A place that explains the query ten thousand times worse than a random one is not proposed."""
ENOUGH, CONVINCING = 20, 6.0
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
    log10_lr: float
    tie_group: int
    heard: str
    around: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """One cut of one query with its costs, for scoring and for saying afterwards what fitted."""

    query: Query
    cut: Cut
    spans: Spans


@dataclass(frozen=True, slots=True)
class Found:
    """Places found, one entry per place and name that fits; `way` counts the cuts that were tried."""

    place: Int32
    via: Int32
    total: Float32
    way: Int32


class Searcher:
    """A gazetteer ready to be searched; threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.costs = SoundCosts(gazetteer.alphabet)
        self._trees = NameTrees(gazetteer)
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
        merged, ways = self._merged(text, ranges, region, seats=True, homeland=True)
        return self._ranked(merged, ways, ranges, top)

    def matches(
        self, text: str, *, scope: str | None = None, region: str | None = None, homeland: bool = True
    ) -> Found:
        """Return every place within the cut-off, unranked, each by a name of its own; parameters as for `search`.

        Without `homeland` the accent changes what sounds alike but not where the speaker is likely to come from.
        """
        return self._merged(text, self._ranges(scope), region, seats=False, homeland=homeland)[0]

    def _ranges(self, scope: str | None) -> Ranges:
        return self.gazetteer.region(scope) if scope else ((0, self.gazetteer.current),)

    def _merged(
        self, text: str, ranges: Ranges, region: str | None, *, seats: bool, homeland: bool
    ) -> tuple[Found, list[_Way]]:
        if region is not None and region not in SPEECH_REGIONS:
            raise UsageError(f"region '{region}' is not known", remedy=f"use one of {', '.join(SPEECH_REGIONS)}")
        queries = parse(text, self._known)
        accent = partial(self.homelands.cost, region) if region and homeland else None
        for cutoff in CUTOFFS:
            ways = self._ways(queries, region, Look(ranges, cutoff, seats=seats, accent=accent))
            merged = _best_per_place(self._searched(ways))
            if merged.place.size >= ENOUGH or float(merged.total.min(initial=math.inf)) <= CONVINCING:
                break
        return merged, ways

    @cached_property
    def homelands(self) -> Homelands:
        """Where accents are at home; worked out when an accent is first given."""
        return Homelands(self.gazetteer)

    def _known(self, core: str) -> bool:
        return core in self.gazetteer.upper_cores

    def _ways(self, queries: Sequence[Query], region: str | None, look: Look) -> list[_Way]:
        ways: list[_Way] = []
        for query in queries:
            spans = Spans(self._trees, self.costs.of(query.letters, region), query, look)
            ways += [_Way(query, cut, spans) for cut in query.cuts]
        return ways

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

    def _search_way(self, way: _Way, number: int) -> Found | None:
        own, cut = way.spans.own(way.cut.own), way.cut
        if not own.place.size:
            return None
        total = own.cost + np.float32(cut.penalty)
        if cut.own.hints:
            total += hint_cost(cut.own.hints, own.named_level) + word_cost(self.gazetteer, cut.own.word, own.via)
        for segment in cut.around:
            total += way.spans.around(segment)[own.surroundings].min(axis=0)
        return Found(own.place, own.via, total, np.full(own.place.shape, number, np.int32))

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


def _words(query: Query, segment: Segment) -> str:
    return "".join(letter.character or "~" for letter in query.letters[segment.start : segment.stop])


def _best_per_place(parts: Sequence[Found]) -> Found:
    """Keep the best way in which each place fits."""
    if not parts:
        empty = np.zeros(0, np.int32)
        return Found(empty, empty, np.zeros(0, np.float32), empty)
    columns = ("place", "via", "total", "way")
    place, via, total, way = (np.concatenate([getattr(part, name) for part in parts]) for name in columns)
    order = np.lexsort((way, via, total, place))
    first = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
    return Found(place[first], via[first], total[first], way[first])
