"""One person once in a list, however many records: which leads are the same person.

A list of fifty leads about a hundred-record wanderer is a list of one person. Records are joined
* where two reviewers confirmed that they are one person;
* else where their mutual fused evidence, by the plans that make the list, promises it with `SURE`: the posterior of
  "same person" against a prior of one pair in as many as there are records.

The second way asks for evidence of the person's own - two faces, two names or two profiles; a common village and age
is what neighbours and brothers have too - and joins by complete linkage: in a group no two records may speak against
it, nor may two faces or profiles, and nothing joins what a reviewer told apart.
"Is his brother" is weighed against "is the same" as in the list, so a chain of brothers, each like the next, does not
become one person.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from matcher.engine.assembly import take_rows
from matcher.engine.columns import DenseColumn
from matcher.engine.exact import exact_totals
from matcher.engine.gallery import Gallery
from matcher.leads.fusion import log10_mixture
from matcher.leads.fusion_prior import prior_in_database, prior_of_hypothesis
from matcher.leads.judgements import Pair
from matcher.leads.pairs import compile_plans
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.types import HYPOTHESES, CandidateList, ChannelName, Genotype, Hypothesis, Lead, PersonRecord, Subject

SURE = 0.95
"""Posterior from which two records count as one person; a wrong join hides a person below another. A judgement."""

ALIKE_COSINE = 0.50
"""Cosine from which two photographs are worth comparing for this. Knob: saves comparisons. Of the pairs that a cosine
between .40 and .50 would add to a list of 75 among 100,000 records, 28, one in 250 is the same person."""

SHARED_CHARACTERS = 2
"""Characters that two names share before they are worth comparing. Knob, as above: misheard names join by faces."""

SAME_GENOTYPES = 0.8
"""Share of common loci with equal genotypes from which two profiles are worth comparing. Knob, as above; full siblings
share a quarter to a half."""

BODILY: tuple[ChannelName, ...] = ("face", "dna")
AGAINST = -1.0
"""A face or profile that speaks ten to one against keeps two records apart, however well names and places agree: that
is what a namesake from the same village looks like. A judgement."""

Places = tuple[int, int]
"""Places of two leads in a list, the lower one first."""

MOST_KNOWN = 500_000
"""Pairs kept in memory, some 150 bytes each."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What reviewers said about pairs of records: confirmed to be one person, rejected."""

    same: Collection[Pair] = frozenset()
    different: Collection[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Pairs:
    """The records of a gallery, to be compared with each other.

    Parameters
    ----------
    prepared : PreparedGallery
        The gallery.
    known : dict
        log10 LR of "same person" by pair of case numbers, the lower one first, once it was asked for: the records of a
        hundred lists are often the same ones. Emptied when it holds `MOST_KNOWN`.
    """

    prepared: PreparedGallery
    known: dict[Pair, float] = field(default_factory=dict, repr=False, compare=False)


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


def persons_of(leads: Sequence[Lead], pairs: Pairs, subjects: Mapping[str, Subject], judged: Judged) -> list[int]:
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
    """
    ids = [lead.record_id for lead in leads]
    sure = _sure(len(pairs.prepared.gallery))
    mutual = _mutual(ids, _alike(ids, pairs.prepared, subjects), pairs, subjects)
    # Whoever could come into one group is compared with everybody there: likeness only chooses whom to ask first.
    mutual |= _mutual(ids, _chained(mutual, sure, len(ids)) - mutual.keys(), pairs, subjects)
    groups = _Groups(len(ids), _told_apart(ids, mutual, judged))
    place = {record_id: number for number, record_id in enumerate(ids)}
    for one, other in sorted(judged.same):
        if one in place and other in place:
            groups.join(place[one], place[other], forced=True)
    for pair in sorted((pair for pair, value in mutual.items() if value >= sure), key=lambda p: (-mutual[p], p)):
        groups.join(*pair, forced=False)
    return groups.first_of


class _Groups:
    """Disjoint groups of places that only grow; a plain holder of two parallel lists."""

    def __init__(self, count: int, apart: Collection[Places]) -> None:
        self.first_of = list(range(count))
        self._members = [[place] for place in range(count)]
        self._apart = apart

    def join(self, one: int, other: int, *, forced: bool) -> None:
        """Join the groups of two places, unless two of their members were told apart."""
        low, high = sorted((self.first_of[one], self.first_of[other]))
        if low == high:
            return
        crossing = ((min(x, y), max(x, y)) for x in self._members[low] for y in self._members[high])
        if not forced and any(pair in self._apart for pair in crossing):
            return
        for place in self._members[high]:
            self.first_of[place] = low
        self._members[low] += self._members[high]
        self._members[high] = []


def _told_apart(
    ids: Sequence[str], mutual: Mapping[Places, float], judged: Judged
) -> set[Places]:  # fmt: skip
    """Return pairs of places that one person cannot hold."""
    place = {record_id: number for number, record_id in enumerate(ids)}
    apart = {pair for pair, value in mutual.items() if value < 0.0}
    for one, other in judged.different:
        if one in place and other in place:
            low, high = sorted((place[one], place[other]))
            apart.add((low, high))
    return apart


def _chained(mutual: Mapping[Places, float], sure: float, count: int) -> set[Places]:
    """Return all pairs of places that a chain of sure pairs connects."""
    chains = _Groups(count, ())
    for pair, value in mutual.items():
        if value >= sure:
            chains.join(*pair, forced=True)
    members: dict[int, list[int]] = {}
    for place, first in enumerate(chains.first_of):
        members.setdefault(first, []).append(place)
    return {pair for chain in members.values() for pair in combinations(chain, 2)}


def _mutual(
    ids: Sequence[str], asked: Iterable[Places], pairs: Pairs, subjects: Mapping[str, Subject]
) -> dict[Places, float]:
    """Return log10 LR of "same person" against anything else for some pairs of places.

    The record with the lower case number asks, so that a pair has one value whatever list it stands in.
    """
    keys = {places: _key(ids, places) for places in asked}
    if len(pairs.known) > MOST_KNOWN:
        pairs.known.clear()
    _compare(sorted({key for key in keys.values() if key not in pairs.known}), pairs, subjects)
    return {places: pairs.known[key] for places, key in keys.items()}


def _key(ids: Sequence[str], places: Places) -> Pair:
    low, high = sorted(ids[place] for place in places)
    return low, high


def _compare(asked: Sequence[Pair], pairs: Pairs, subjects: Mapping[str, Subject]) -> None:
    """Find the values of pairs; only their records are laid out as a small gallery, so the cost is that of the few."""
    involved = sorted({record_id for pair in asked for record_id in pair})
    if not involved:
        return
    small = pairs.prepared.excerpt(np.searchsorted(pairs.prepared.gallery.record_ids, np.array(involved)))
    row_of = {record_id: row for row, record_id in enumerate(involved)}
    for one, items in groupby(asked, key=itemgetter(0)):
        others = [other for _, other in items]
        rows = np.array([row_of[other] for other in others], np.int64)
        values = _same_person(subjects[one], small, rows, len(pairs.prepared.gallery))
        pairs.known.update({(one, other): float(value) for other, value in zip(others, values, strict=True)})


def _same_person(subject: Subject, small: PreparedGallery, rows: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Return log10 LR of "same person" against "anything else"; kin are weighed only where it could matter."""
    plans = compile_plans(subject, small)
    own = exact_totals(plans, small.gallery, rows, small.fusion.combination)
    for plan in plans:
        if plan.channel in BODILY:
            against = exact_totals([plan], small.gallery, rows)
            own = np.where(against <= AGAINST, np.minimum(own, against), own)
    if not (own >= _sure(size)).any():
        return own
    kin: dict[Hypothesis, NDArray[np.float64]] = {
        hypothesis: exact_totals(plans, small.gallery, rows, small.fusion.combination)
        for hypothesis in HYPOTHESES
        if hypothesis != "self" and (plans := compile_plans(subject, small, hypothesis))
    }
    rates: dict[Hypothesis, float] = {
        name: prior_of_hypothesis(name, prior_in_database(None)) / max(size, 1) for name in kin
    }
    return own - log10_mixture(kin, rates, rows.shape[0])


def _sure(size: int) -> float:
    """Return the log10 LR that promises `SURE` against a prior of one pair in `size`."""
    return math.log10(SURE / (1.0 - SURE)) + math.log10(max(size, 1))


def _alike(
    ids: Sequence[str], prepared: PreparedGallery, subjects: Mapping[str, Subject]
) -> list[Places]:  # fmt: skip
    """Return pairs of places with two like faces, two like names or two profiles of their own."""
    faces = _like_faces(ids, prepared.gallery)
    written = [_characters(subjects[record_id]) for record_id in ids]
    typed = [_genotypes(subjects[record_id]) for record_id in ids]
    return [
        (one, other)
        for one, other in combinations(range(len(ids)), 2)
        if faces[one, other]
        or any(len(x & y) >= SHARED_CHARACTERS for x in written[one] for y in written[other])
        or _like_profiles(typed[one], typed[other])
    ]


def _genotypes(subject: Subject) -> Mapping[str, Genotype]:
    return subject.profile.genotypes if subject.profile is not None else {}


def _like_profiles(one: Mapping[str, Genotype], other: Mapping[str, Genotype]) -> bool:
    common = one.keys() & other.keys()
    return bool(common) and sum(one[locus] == other[locus] for locus in common) >= SAME_GENOTYPES * len(common)


def _characters(subject: Subject) -> list[frozenset[str]]:
    return [frozenset(filter(str.isalpha, name.text)) - {"音"} for name in subject.own_names]


def _like_faces(ids: Sequence[str], gallery: Gallery) -> NDArray[np.bool_]:
    """Tell for each pair of places whether any two of their photographs are alike, shape (n, n)."""
    like = np.zeros((len(ids), len(ids)), np.bool_)
    rows = np.searchsorted(gallery.record_ids, np.array(ids))
    for column in gallery.codes["face"].values():
        if isinstance(column, DenseColumn):
            own = take_rows(column, rows)
            assert isinstance(own, DenseColumn)
            vectors = np.asarray(own.vectors, np.float32)
            owner = np.repeat(np.arange(len(ids)), np.diff(own.offsets))
            one, other = np.nonzero(vectors @ vectors.T >= ALIKE_COSINE)
            like[owner[one], owner[other]] = True
    return like
