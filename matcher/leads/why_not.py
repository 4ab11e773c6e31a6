"""Why a record is not, or not higher, on a case's candidate list: the stage that lost it, what lowered it, what helps.

Nothing is scored here a second time: places and numbers are read off the plans, the scan and the exact values that
make the list. What a topic *could* give is read off the same plans too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.engine.channel import Plan
from matcher.engine.exact import RESOLUTION, exact_totals
from matcher.engine.scan import exact_parts, scan, scan_tolerance
from matcher.engine.terms import Dense
from matcher.errors import UsageError
from matcher.leads.pairs import compile_plans, pair_evidence
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.why_not_findings import TOPICS, Finding, Papers, Party, Topic, findings
from matcher.leads.why_not_words import wording_of
from matcher.llr import Language
from matcher.types import CandidateList, ChannelEvidence, ChannelName, Lead, Subject

Stage = Literal["below_list", "listed"]


@dataclass(frozen=True, slots=True)
class Gap:
    """One channel of the record beside the same channel of the record it is measured against, in log10 LR."""

    channel: ChannelName
    log10_lr: float
    rival_log10_lr: float


@dataclass(frozen=True, slots=True)
class Rival:
    """The record that another is measured against: the last of the list, or the first for one that is listed."""

    record_id: str
    rank: int
    log10_lr: float


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where a record stands for a case, and why not higher.

    Parameters
    ----------
    probe_id, record_id : str
        Case numbers.
    stage : Stage
        `below_list` or `listed`.
    rank, gallery_size, list_length : int
        Place in the list; for a record that is not listed, place among all records scored by fused log10 LR.
    log10_lr : float
        Fused, as `explain` shows it.
    rival : Rival or None
        None for the first record of the list.
    gaps : tuple of Gap
        Channels where the two differ, those that pulled the record down most first; empty without a rival.
    findings : tuple of Finding
        Gravest first. An absent DNA profile is the ordinary state of a record and stands after what sets this one
        apart; what nobody can put a number on comes last.
    """

    probe_id: str
    record_id: str
    stage: Stage
    rank: int
    gallery_size: int
    list_length: int
    log10_lr: float
    rival: Rival | None
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]


def why_not(
    pair: tuple[Subject, Subject],
    listed: CandidateList,
    prepared: PreparedGallery,
    *,
    papers: Callable[[str], Papers],
    language: Language,
) -> WhyNot:
    """Say where a record of the gallery stands for a case, what lowers it, and what could change that.

    Parameters
    ----------
    pair : tuple of Subject
        The case, and the record of the gallery.
    listed : CandidateList
        The case's list under the hypothesis "same person".
    prepared : PreparedGallery
        What the list was made from.
    papers : callable
        Gives what the workspace knows of a case number.
    language : {"zh", "en"}
        Language of the words.

    Raises
    ------
    UsageError
        When both are the same record.
    """
    probe, record = pair
    if probe.record_id == record.record_id:
        raise UsageError(f"'{probe.record_id}' is the case itself", remedy="name another record")
    rank, total = standing(probe, record.record_id, prepared)
    place = next((lead.rank for lead in listed.leads if lead.record_id == record.record_id), None)
    evidence = pair_evidence(probe, record, prepared, language)
    rival = _rival(listed.leads, place)
    case = Party("case", probe, papers(probe.record_id), worth(probe, prepared))
    other = Party("record", record, papers(record.record_id), worth(record, prepared))
    return WhyNot(
        probe.record_id, record.record_id, "below_list" if place is None else "listed",
        rank if place is None else place, listed.gallery_size, len(listed.leads), total,
        None if rival is None else Rival(rival.record_id, rival.rank, rival.log10_lr),
        _gaps(evidence, rival), findings(evidence, case, other, wording_of(language)),
    )  # fmt: skip


def standing(probe: Subject, record_id: str, prepared: PreparedGallery) -> tuple[int, float]:
    """Return the place of a record among all records scored for a probe, and its fused log10 LR.

    Raises
    ------
    KeyError
        When the record is not in the gallery.
    """
    gallery, plans, combination = prepared.gallery, compile_plans(probe, prepared), prepared.fusion.combination
    row, own = gallery.position(record_id), gallery.position(probe.record_id)
    if row is None:
        raise KeyError(record_id)
    mine = float(exact_totals(plans, gallery, np.array([row]), combination)[0])
    scores = scan(gallery, plans, combination)
    if own is not None:
        scores[own] = -np.inf
    unsure = 2 * scan_tolerance(plans)
    close = np.flatnonzero(np.abs(scores - np.float32(mine)) <= unsure)
    exact = exact_totals(plans, gallery, close, combination)
    level = np.abs(exact - mine) <= RESOLUTION
    before = int((scores > mine + unsure).sum()) + int((exact > mine + RESOLUTION).sum())
    return 1 + before + int((level & (close < row)).sum()), mine


def worth(subject: Subject, prepared: PreparedGallery) -> dict[Topic, float]:
    """Return what each topic that a record of the gallery states could give, in bounded log10 LR."""
    row = prepared.gallery.position(subject.record_id)
    found: dict[Topic, float] = {}
    for plan in compile_plans(subject, prepared):
        columns = prepared.gallery.codes[plan.channel]
        parts = exact_parts(plan, columns, row) if row is not None and not _is_dense(plan) else ()
        for topic, column in _topics_of(plan.channel):
            if column is not None and column not in {term.column for term in plan.terms}:
                continue
            same = math.fsum(part.log10_lr for part in parts if column in {None, part.column})
            found[topic] = same or _expected(plan, column, subject, prepared)
    return found


def _rival(leads: Sequence[Lead], place: int | None) -> Lead | None:
    """Return the first of the list for a listed record, the weakest for one that is not, None for the first itself."""
    if not leads or place == 1:
        return None
    return min(leads, key=lambda lead: (lead.log10_lr, -lead.rank)) if place is None else leads[0]


def _gaps(evidence: Sequence[ChannelEvidence], rival: Lead | None) -> tuple[Gap, ...]:
    if rival is None:
        return ()
    theirs = {item.channel: item.log10_lr for item in rival.channels}
    gaps = (Gap(item.channel, item.log10_lr, theirs[item.channel]) for item in evidence)
    return tuple(sorted((gap for gap in gaps if gap.log10_lr != gap.rival_log10_lr), key=_pull))


def _pull(gap: Gap) -> float:
    return gap.log10_lr - gap.rival_log10_lr


def _is_dense(plan: Plan) -> bool:
    return any(isinstance(term, Dense) for term in plan.terms)


def _topics_of(channel: ChannelName) -> Iterator[tuple[Topic, str | None]]:
    return ((topic, column) for topic, (name, column) in TOPICS.items() if name == channel)


def _expected(plan: Plan, column: str | None, subject: Subject, prepared: PreparedGallery) -> float:
    """Mean log10 LR of the same person: by law 2, background times LR is the distribution for the same person."""
    backgrounds = [
        item for item in prepared.compilers[plan.channel].backgrounds(subject) if column in {None, item.column}
    ]
    means = [float(np.sum(item.probability * 10.0**item.log10_lr * item.log10_lr)) for item in backgrounds]
    total = math.fsum(means) if column is None else max(means, default=0.0)
    return min(max(total, plan.floor), plan.ceiling)
