"""Are two records one person? Their mutual fused evidence, by the plans that make the list.

A list's records are laid out as a small gallery and ask each other, the one with the lower case number the other, so
that a pair has one value whatever list it stands in. What is cheap to compile - faces, age, homes - settles most
questions, with names and profiles at their very best or worst: namesakes cannot be sure to be one person, nor do the
records of one person speak against each other. Only the rest is compared in full. "Is his brother" is weighed against
"is the same" as in the list: kin can take certainty away, but are no evidence against.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.engine.exact import channel_totals
from matcher.engine.scan import present
from matcher.leads.fusion import log10_mixture
from matcher.leads.fusion_prior import prior_in_database, prior_of_hypothesis
from matcher.leads.judgements import Pair
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.phonetic import compiler as names
from matcher.types import HYPOTHESES, ChannelName, Hypothesis, Subject

SURE = 0.95
"""Posterior from which two records count as one person at all. A judgement."""

BODILY: tuple[ChannelName, ...] = ("face", "dna")
AGAINST = -1.0
"""A face or profile that speaks ten to one against keeps two records apart, however well names and places agree: that
is what a namesake from the same village looks like. A judgement."""

DEAR: Mapping[ChannelName, tuple[float, float]] = {
    "name": (names.FLOOR, names.CEILING),
    "dna": (-math.inf, math.inf),
}
"""Channels whose compiling is dear, with the least and the most that they can say."""

Question = Literal["sure", "against"]
"""Whether two records can be sure to be one person; whether they speak against it."""

MOST_KNOWN = 500_000
"""Pairs kept in memory, some 150 bytes each."""

Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The records of a gallery, to be compared with each other.

    Parameters
    ----------
    prepared : PreparedGallery
        The gallery.
    known : dict
        log10 LR of "same person" by pair of case numbers, the lower one first, once it was asked for: the records of a
        hundred lists are often the same ones.
    settled : mapping of Question to set
        Pairs whose answer is no, and whose value nobody needed. All are emptied when they hold `MOST_KNOWN`.
    """

    prepared: PreparedGallery
    known: dict[Pair, float] = field(default_factory=dict, repr=False, compare=False)
    settled: Mapping[Question, set[Pair]] = field(
        default_factory=lambda: {"sure": set(), "against": set()}, repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """The records of a list, laid out as a gallery of their own; make one with `listed_of`.

    `held` tells for each row whether it has evidence of a channel.
    """

    subjects: Mapping[str, Subject]
    few: PreparedGallery
    row_of: Mapping[str, int]
    held: Mapping[ChannelName, NDArray[np.bool_]]


def listed_of(subjects: Mapping[str, Subject], pairs: Pairs) -> Listed:
    """Lay out the records of a list, given by case number."""
    ids, gallery = sorted(subjects), pairs.prepared.gallery
    few = pairs.prepared.excerpt(np.searchsorted(gallery.record_ids, np.array(ids, np.str_)))
    held = {channel.name: present(few.gallery.codes[channel.name], np.arange(len(ids))) for channel in few.channels}
    return Listed(subjects, few, {record_id: row for row, record_id in enumerate(ids)}, held)


def sure_log10_lr(size: int) -> float:
    """Return the log10 LR that promises `SURE` against a prior of one pair in `size`."""
    return math.log10(SURE / (1.0 - SURE)) + math.log10(max(size, 1))


def different(log10_lr: float, size: int) -> float:
    """Return the probability that two records of a gallery of `size` are not one person.

    >>> round(different(sure_log10_lr(1000), 1000), 6)
    0.05
    """
    return 1.0 / (1.0 + math.pow(10.0, log10_lr - math.log10(max(size, 1))))


def possible(asked: Iterable[Pair], pairs: Pairs, listed: Listed) -> dict[Pair, float]:
    """Return the values of those pairs that could be sure; the others' are below `sure_log10_lr`.

    Parameters
    ----------
    asked : iterable of Pair
        Case numbers, the lower one first.
    pairs : Pairs
        The gallery.
    listed : Listed
        The records of the list.
    """
    wanted = _compared(asked, pairs, listed, "sure")
    return {pair: pairs.known[pair] for pair in wanted & pairs.known.keys()}


def opposed(asked: Iterable[Pair], pairs: Pairs, listed: Listed) -> set[Pair]:
    """Return the pairs that speak against being one person; parameters as of `possible`."""
    wanted = _compared(asked, pairs, listed, "against")
    return {pair for pair in wanted & pairs.known.keys() if pairs.known[pair] < 0.0}


def _compared(asked: Iterable[Pair], pairs: Pairs, listed: Listed, question: Question) -> set[Pair]:
    """Find what is not known of some pairs yet, and return them."""
    if len(pairs.known) + sum(map(len, pairs.settled.values())) > MOST_KNOWN:
        pairs.known.clear()
        for kept in pairs.settled.values():
            kept.clear()
    wanted, settled = set(asked), pairs.settled[question]
    # Pair by pair: to take a dictionary's keys off a set, Python goes through all of them.
    unknown = sorted(pair for pair in wanted if pair not in pairs.known and pair not in settled)
    if unknown:
        _compare(unknown, pairs, listed, question)
    return wanted


def _compare(asked: Sequence[Pair], pairs: Pairs, listed: Listed, question: Question) -> None:
    """Find the values of pairs, or that they answer a question with no."""
    size = len(pairs.prepared.gallery)
    for one, items in groupby(asked, key=itemgetter(0)):
        others = [other for _, other in items]
        rows = np.array([listed.row_of[other] for other in others], np.int64)
        found = _same_person(listed.subjects[one], listed, rows, (size, question))
        for other, value in zip(others, found.tolist(), strict=True):
            if math.isnan(value):
                pairs.settled[question].add((one, other))
            else:
                pairs.known[one, other] = value


def _same_person(subject: Subject, listed: Listed, rows: Rows, asked: tuple[int, Question]) -> Float64:
    """Return log10 LR of "same person" against "anything else"; a face or profile that speaks against is the answer.

    `asked` is the size of the gallery and the question; NaN stands for a no that needed no value.
    """
    (size, question), result, few = asked, np.full(rows.shape[0], np.nan), listed.few
    cheap = _spoken(subject, listed, rows, [channel.name for channel in few.channels if channel.name not in DEAR])
    against = _against(cheap, result)
    least, most = _bounds(cheap, listed, rows)
    open_ = np.flatnonzero(~against & (most >= sure_log10_lr(size) if question == "sure" else least < 0.0))
    if not open_.shape[0]:
        return result
    dear = _spoken(subject, listed, rows[open_], list(DEAR))
    spoken = {name: found[open_] for name, found in cheap.items()} | dear
    own = few.fusion.combination.fused(_in_order(few, spoken), open_.shape[0])
    against = _against(dear, own)
    # Kin are weighed only where it could matter.
    sure = np.flatnonzero(~against & (own >= sure_log10_lr(size)))
    if sure.shape[0]:
        own[sure] = np.maximum(own[sure] - _log10_otherwise(subject, listed, rows[open_[sure]], size), 0.0)
    result[open_] = own
    return result


def _spoken(
    subject: Subject, listed: Listed, rows: Rows, names: Sequence[ChannelName], hypothesis: Hypothesis = "self"
) -> dict[ChannelName, Float64]:
    """Return the bounded log10 LRs of some channels; one of which the records hold nothing is not even compiled."""
    found, few = {}, listed.few
    for name in names:
        if listed.held[name][rows].any():
            plan = few.compilers[name].compile(subject, hypothesis)
            if plan is not None:
                found[name] = channel_totals(plan, few.gallery.codes[name], rows)
    return found


def _in_order(few: PreparedGallery, spoken: Mapping[ChannelName, Float64]) -> dict[ChannelName, Float64]:
    """Sum channels in one order, whichever were compiled first."""
    return {channel.name: spoken[channel.name] for channel in few.channels if channel.name in spoken}


def _against(spoken: Mapping[ChannelName, Float64], result: Float64) -> NDArray[np.bool_]:
    """Tell where a face or profile speaks against, and put what it says into `result`."""
    against = np.zeros(result.shape[0], np.bool_)
    for name in BODILY:
        if name in spoken:
            speaks = spoken[name] <= AGAINST
            result[speaks] = spoken[name][speaks]
            against |= speaks
    return against


def _bounds(cheap: Mapping[ChannelName, Float64], listed: Listed, rows: Rows) -> tuple[Float64, Float64]:
    """Return the least and the greatest fused value that the channels not yet compiled could lead to."""
    least, most = (
        listed.few.fusion.combination.fused(
            {**cheap, **{name: np.where(listed.held[name][rows], DEAR[name][end], 0.0) for name in DEAR}},
            rows.shape[0],
        )
        for end in (0, 1)
    )
    return least, most


def _log10_otherwise(subject: Subject, listed: Listed, rows: Rows, size: int) -> Float64:
    """Return log10 LR of "anything else" against "unrelated": kin may explain a likeness as well."""
    names = [channel.name for channel in listed.few.channels]
    kin: dict[Hypothesis, Float64] = {
        hypothesis: listed.few.fusion.combination.fused(
            _spoken(subject, listed, rows, names, hypothesis), rows.shape[0]
        )
        for hypothesis in HYPOTHESES
        if hypothesis != "self"
    }
    rates = {name: prior_of_hypothesis(name, prior_in_database(None)) / max(size, 1) for name in kin}
    return log10_mixture(kin, rates, rows.shape[0])
