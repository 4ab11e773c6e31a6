"""One person once in a list, however many records: which leads are the same person.

A list of fifty leads about a hundred-record wanderer is a list of one person. Records are joined
* where two reviewers confirmed that they are one person;
* else where their mutual evidence promises it (`matcher.leads.mutual`), and joining costs less than it brings.

A join risks that the record below is somebody else's, and hidden: the probability of that, times what the record is
worth, may be `HIDDEN` at most - or the posterior of the last record of the list, whose place the join frees. So a join
among hopeless records asks for no more than `SURE`, and nobody who may well be the person sought stands below another
on a guess.

Groups are made by complete linkage: no two records of a group may speak against it, nor may two faces or profiles, and
nothing joins what a reviewer told apart. So a chain of brothers, each like the next, does not become one person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from matcher.leads.alike import Places, alike
from matcher.leads.judgements import Pair
from matcher.leads.mutual import Listed, Pairs, different, listed_of, opposed, possible, sure_log10_lr
from matcher.types import CandidateList, Lead, PersonRecord, Subject

HIDDEN = 0.01
"""Probability of the person sought that a join may hide below somebody else. A judgement. Records kept apart share one
promise, and each looks half as likely: with 1e-6, 510 lists of synthetic size S hide two right records less, and show
the right person twice among leads from .1 on 31 times instead of 2."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What reviewers said about pairs of records: confirmed to be one person, rejected."""

    same: Collection[Pair] = frozenset()
    different: Collection[Pair] = frozenset()


def grouped(candidates: CandidateList, person_of: Sequence[int], top: int) -> CandidateList:
    """Show each person of a list once, in the place of the best record, and cut the list to `top` persons.

    Parameters
    ----------
    candidates : CandidateList
        A list longer than wanted.
    person_of : sequence of int
        For each lead the place of its person's first lead.
    top : int
        Greatest number of persons.
    """
    members: dict[int, list[Lead]] = {}
    for lead, person in zip(candidates.leads, person_of, strict=True):
        members.setdefault(person, []).append(lead)
    persons = [
        replace(first, others=tuple(PersonRecord(x.record_id, x.log10_lr, x.posterior) for x in rest))
        for first, *rest in members.values()
    ]
    leads = tuple(replace(lead, rank=rank) for rank, lead in enumerate(persons[:top], 1))
    return replace(candidates, leads=leads, expected_wrong=len(leads) - sum(lead.person_posterior for lead in leads))


def persons_of(
    leads: Sequence[Lead], pairs: Pairs, subjects: Mapping[str, Subject], judged: Judged, *, top: int
) -> list[int]:
    """Return for each lead the place of the first lead that is the same person.

    Parameters
    ----------
    leads : sequence of Lead
        Best first.
    pairs : Pairs
        The gallery.
    subjects : mapping of str to Subject
        The records of the leads, by case number.
    judged : Judged
        What reviewers said.
    top : int
        Length of the list that is to be shown.
    """
    ids, size = [lead.record_id for lead in leads], len(pairs.prepared.gallery)
    confirmed = _places(ids, judged.same)
    likely = alike([subjects[record_id] for record_id in ids], pairs.prepared.gallery)
    listed = listed_of(subjects, pairs)
    sure, chained = _sure(_named(ids, likely), confirmed, pairs, listed)
    # Whoever could come into one group is compared with everybody there: likeness only chooses whom to ask first.
    named = _named(ids, chained - sure.keys())
    against = opposed(named.values(), pairs, listed)
    apart = {places for places, pair in named.items() if pair in against} | _places(ids, judged.different)
    groups = _Groups([lead.posterior for lead in leads], apart)
    for pair in sorted(confirmed):
        groups.join(*pair)
    price = max([HIDDEN, *(lead.posterior for lead in leads[:top][-1:])])
    for pair in sorted(sure, key=lambda p: (-sure[p], p)):
        if groups.allow(*pair, risk=different(sure[pair], size), price=price):
            groups.join(*pair)
    return groups.first_of


def _sure(
    likely: Mapping[Places, Pair], confirmed: Collection[Places], pairs: Pairs, listed: Listed
) -> tuple[dict[Places, float], set[Places]]:
    """Return values of pairs that are sure, and all pairs that a chain of sure or confirmed ones connects.

    Records ask in the order of how many they resemble; who hangs together already is not asked again, so that the
    records of one person need one to ask, not each.
    """
    places = {place for pair in likely for place in pair} | {place for pair in confirmed for place in pair}
    chains = _Groups([0.0] * (max(places, default=-1) + 1), ())
    for pair in confirmed:
        chains.join(*pair)
    asking: dict[str, list[Places]] = {}
    for pair, (one, _) in likely.items():
        asking.setdefault(one, []).append(pair)
    sure: dict[Places, float] = {}
    least = sure_log10_lr(len(pairs.prepared.gallery))
    for one in sorted(asking, key=lambda one: (-len(asking[one]), one)):
        apart = {likely[x, y]: (x, y) for x, y in asking[one] if chains.first_of[x] != chains.first_of[y]}
        found = possible(apart, pairs, listed)
        joined = {apart[pair]: value for pair, value in found.items() if value >= least}
        for pair in joined:
            chains.join(*pair)
        sure |= joined
    return sure, {pair for members in chains.members if members for pair in combinations(sorted(members), 2)}


class _Groups:
    """Disjoint groups of places that only grow; a plain holder of parallel lists."""

    def __init__(self, worth: Sequence[float], apart: Collection[Places]) -> None:
        self.first_of = list(range(len(worth)))
        self.members = [[place] for place in self.first_of]
        self._worth = list(worth)
        self._apart = apart

    def allow(self, one: int, other: int, *, risk: float, price: float) -> bool:
        """Tell whether a join loses no more than `price`, and brings nobody together who was told apart."""
        low, high = sorted((self.first_of[one], self.first_of[other]))
        if risk * self._worth[high] > price:
            return False
        crossing = ((min(x, y), max(x, y)) for x in self.members[low] for y in self.members[high])
        return not any(pair in self._apart for pair in crossing)

    def join(self, one: int, other: int) -> None:
        """Join the groups of two places."""
        low, high = sorted((self.first_of[one], self.first_of[other]))
        if low == high:
            return
        for place in self.members[high]:
            self.first_of[place] = low
        self.members[low] += self.members[high]
        self._worth[low] += self._worth[high]
        self.members[high] = []


def _places(ids: Sequence[str], named: Collection[Pair]) -> set[Places]:
    """Return the places of those pairs of case numbers that stand in a list."""
    place = {record_id: number for number, record_id in enumerate(ids)}
    known = ((place[one], place[other]) for one, other in named if one in place and other in place)
    return {(min(pair), max(pair)) for pair in known}


def _named(ids: Sequence[str], asked: Iterable[Places]) -> dict[Places, Pair]:
    """Return the case numbers of pairs of places, the lower one first."""
    return {(one, other): (min(ids[one], ids[other]), max(ids[one], ids[other])) for one, other in asked}
