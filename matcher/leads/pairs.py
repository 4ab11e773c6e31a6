"""One probe and some records: plans, exact numbers channel by channel, and their words.

Everything that shows or judges a pair - candidate lists, `explain`, `why-not` - reads its numbers here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Channel, Compiler, Plan
from matcher.engine.gallery import Gallery
from matcher.engine.scan import exact_parts, present
from matcher.engine.search import Search
from matcher.leads.fusion_model import PLAIN_MODEL, FusionModel, fused_log10_lr
from matcher.llr import Language
from matcher.types import (
    HYPOTHESES,
    Adjustment,
    ChannelEvidence,
    ChannelName,
    Comparison,
    Hypothesis,
    Subject,
)


@dataclass(frozen=True, slots=True)
class PreparedGallery:
    """A gallery with every channel's compiler made ready.

    Parameters
    ----------
    gallery : Gallery
        Encoded records.
    channels : tuple of Channel
        In the order in which evidence is shown.
    compilers : mapping of channel name to Compiler
        One for each channel.
    fusion : FusionModel
        How channels are fused; the plain sum unless another is given.
    as_of_day : int or None
        Day from which lengths of stay are counted, in days since 1970-01-01; None = not known.
    search : Search
        Made from the gallery; keeps what a scan needs from probe to probe.
    """

    gallery: Gallery
    channels: tuple[Channel, ...]
    compilers: Mapping[ChannelName, Compiler]
    fusion: FusionModel = PLAIN_MODEL
    as_of_day: int | None = None
    search: Search = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open the search."""
        object.__setattr__(self, "search", Search(self.gallery))


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
    rows, others = np.array([_row(record, prepared)]), {}
    for hypothesis in HYPOTHESES[1:]:
        plans = compile_plans(probe, prepared, hypothesis)
        if plans:
            numbers = next(iter(channel_numbers(plans, prepared, rows).values()))
            others[hypothesis] = prepared.fusion.fused(numbers)
    return PairComparison(fused_log10_lr(channels, adjustments), channels, adjustments, others)


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
