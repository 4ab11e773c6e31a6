"""One probe and some records: plans, exact numbers channel by channel, and their words.

Everything that shows or judges a pair - candidate lists, `explain`, `why-not` - reads its numbers here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Channel, Plan
from matcher.engine.exact import exact_totals
from matcher.engine.scan import exact_parts, present
from matcher.leads.fusion_model import fused_log10_lr
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.llr import Language
from matcher.types import (
    HYPOTHESES,
    Adjustment,
    ChannelEvidence,
    Comparison,
    Hypothesis,
    Subject,
)


@dataclass(frozen=True, slots=True)
class PairComparison:
    """One pair in the numbers of the candidate list, without what depends on the other records.

    Parameters
    ----------
    log10_lr : float
        Fused log10 LR of "same person", the sum over `channels` and `adjustments`.
    channels : tuple of ChannelEvidence
        One entry per channel, in words.
    adjustments : tuple of Adjustment
        What fusion took off the plain sum.
    others : mapping of Hypothesis to float
        Fused log10 LR of each other hypothesis that some channel can speak about.
    """

    log10_lr: float
    channels: tuple[ChannelEvidence, ...]
    adjustments: tuple[Adjustment, ...]
    others: Mapping[Hypothesis, float]


def compile_plans(probe: Subject, prepared: PreparedGallery, hypothesis: Hypothesis = "self") -> list[Plan]:
    """Compile a probe for every channel that has something to say about a hypothesis."""
    compiled = (prepared.compilers[channel.name].compile(probe, hypothesis) for channel in prepared.channels)
    return [plan for plan in compiled if plan is not None]


def pair_evidence(
    probe: Subject,
    record: Subject,
    prepared: PreparedGallery,
    language: Language,
    hypothesis: Hypothesis = "self",
) -> tuple[ChannelEvidence, ...]:
    """Compare a probe with one record of the gallery, in the numbers that the candidate list would show.

    Raises
    ------
    KeyError
        When the record is not in the gallery.
    """
    plans = compile_plans(probe, prepared, hypothesis)
    numbers = channel_numbers(plans, prepared, np.array([_row(record, prepared)]))
    return put_into_words(next(iter(numbers.values())), probe, record, prepared.channels, language)


def compare_pair(probe: Subject, record: Subject, prepared: PreparedGallery, language: Language) -> PairComparison:
    """Compare a probe with one record under every hypothesis.

    Raises
    ------
    KeyError
        When the record is not in the gallery.
    """
    channels = pair_evidence(probe, record, prepared, language)
    adjustments = prepared.fusion.adjustments(channels)
    totals = totals_by_hypothesis(probe, prepared, np.array([_row(record, prepared)]), HYPOTHESES[1:])
    others = {hypothesis: float(values[0]) for hypothesis, values in totals.items()}
    return PairComparison(fused_log10_lr(channels, adjustments), channels, adjustments, others)


def totals_by_hypothesis(
    probe: Subject, prepared: PreparedGallery, rows: NDArray[np.int64], hypotheses: Sequence[Hypothesis]
) -> dict[Hypothesis, NDArray[np.float64]]:
    """Return the exact fused log10 LRs of a few records, shape (n,), under each of some hypotheses.

    A hypothesis that no channel can speak about is left out: nothing could tell it from "unrelated".
    """
    distinct, place = np.unique(rows, return_inverse=True)
    few = prepared.excerpt(distinct)
    plans = {hypothesis: compile_plans(probe, few, hypothesis) for hypothesis in hypotheses}
    return {
        hypothesis: exact_totals(own, few.gallery, place, few.fusion.combination)
        for hypothesis, own in plans.items()
        if own
    }


def put_into_words(
    evidence: Sequence[ChannelEvidence],
    probe: Subject,
    record: Subject,
    channels: Sequence[Channel],
    language: Language,
) -> tuple[ChannelEvidence, ...]:
    """Give every channel's evidence its words in one language; numbers stay as they are."""
    by_name = {channel.name: channel for channel in channels}
    return tuple(
        ChannelEvidence(
            item.channel,
            item.log10_lr,
            item.comparison,
            item.parts,
            by_name[item.channel].describe(probe, record, item.parts, language) if item.parts else (),
        )
        for item in evidence
    )


def channel_numbers(
    plans: Sequence[Plan], prepared: PreparedGallery, rows: NDArray[np.int64]
) -> dict[int, tuple[ChannelEvidence, ...]]:
    """Return the exact numbers of every channel for the records named, without words."""
    plan_of = {plan.channel: plan for plan in plans}
    found: dict[int, list[ChannelEvidence]] = {int(row): [] for row in rows}
    for channel in prepared.channels:
        columns = prepared.gallery.codes[channel.name]
        plan = plan_of.get(channel.name)
        for row, recorded in zip(found, present(columns, rows), strict=True):
            parts = exact_parts(plan, columns, row) if plan else ()
            comparison = _comparison(compared=bool(parts), probe_has=plan is not None, record_has=bool(recorded))
            evidence = ChannelEvidence(channel.name, math.fsum(p.log10_lr for p in parts), comparison, parts)
            found[row].append(evidence)
    return {row: tuple(channels) for row, channels in found.items()}


def _row(record: Subject, prepared: PreparedGallery) -> int:
    row = prepared.gallery.position(record.record_id)
    if row is None:
        raise KeyError(record.record_id)
    return row


def _comparison(*, compared: bool, probe_has: bool, record_has: bool) -> Comparison:
    if compared:
        return "compared"
    if probe_has and record_has:
        return "not_comparable"
    if probe_has:
        return "record_missing"
    return "probe_missing" if record_has else "both_missing"
