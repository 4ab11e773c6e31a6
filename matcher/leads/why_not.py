"""Why a record is not, or not higher, on a case's candidate list: the stage that lost it, what lowered it, what helps.

Nothing is scored here a second time: places and numbers are read off the plans, the scan and the exact values that
make the list. What a topic *could* give is read off the same plans too. A statement is worth what the channel gives
when the other side says the very same; a face is worth what the channel's own calibration gives two photographs of
one person on average, because no two photographs are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from matcher.leads.why_not_words import Wording, wording_of
from matcher.llr import Language
from matcher.types import CandidateList, ChannelEvidence, ChannelName, Lead, PlaceRole, Reject, Subject
from matcher.workspace.values import PhotoFile

Topic = Literal["face", "name", "place", "dna", "sex", "birth", "event"]
Side = Literal["case", "record", "both"]
Stage = Literal["below_list", "listed"]
Cause = Literal["missing", "rejected", "unusable", "pending", "not_comparable", "contradicts", "weak"]
"""`missing`: never stated or taken; `rejected`: stated, but left out at intake; `unusable`: stored, but nothing can be
made of it; `pending`: a photograph not embedded yet; `contradicts`, `weak`: compared, and against it or below what
was to be had."""

TOPICS: Mapping[Topic, tuple[ChannelName, str | None]] = {
    "face": ("face", None),
    "name": ("name", None),
    "place": ("place", None),
    "dna": ("dna", None),
    "sex": ("demographics", "sex"),
    "birth": ("demographics", "birth"),
    "event": ("demographics", "event"),
}
"""Channel of each topic, and its column where the channel speaks about several topics."""

WORTH_SAYING = math.log10(2.0)
"""Loss in log10 LR from which a topic is mentioned: the least that the verbal scale gives a word."""

TELLS_LESS = 1.0
"""Difference in worth, in log10 LR, from which one side's statement is the poorer one."""

HOME_ROLES: frozenset[PlaceRole] = frozenset(("home", "household"))


@dataclass(frozen=True, slots=True)
class Papers:
    """What the workspace knows about a record beside its evidence.

    Parameters
    ----------
    photos : sequence of PhotoFile
        Its photographs, with what the recogniser made of them.
    rejects : mapping of Topic to Reject
        The last value of each topic that was left out at intake.
    """

    photos: Sequence[PhotoFile]
    rejects: Mapping[Topic, Reject]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lowers a record, or that could raise it.

    Parameters
    ----------
    topic, cause, side : str
        What it is about, what happened, and on which side.
    log10_lr : float
        What the topic gives now.
    possible : float or None
        What it could give; None = nothing is known on either side.
    words, remedy : str
        One sentence each, in the language asked for.
    """

    topic: Topic
    cause: Cause
    side: Side
    log10_lr: float
    possible: float | None
    words: str
    remedy: str


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


@dataclass(frozen=True, slots=True)
class _Party:
    """One side of the comparison: what it holds, what each topic of it is worth, and what it lacks for which cause."""

    side: Side
    subject: Subject
    papers: Papers
    worth: Mapping[Topic, float]


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
    case = _Party("case", probe, papers(probe.record_id), worth(probe, prepared))
    other = _Party("record", record, papers(record.record_id), worth(record, prepared))
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


def findings(
    evidence: Sequence[ChannelEvidence], case: _Party, record: _Party, wording: Wording
) -> tuple[Finding, ...]:
    """List what lowers a pair or could raise it, gravest first."""
    by_channel = {item.channel: item for item in evidence}
    found = [
        finding
        for topic, (channel, column) in TOPICS.items()
        for finding in _of_topic(topic, _value(by_channel[channel], column), (case, record), wording)
    ]
    return tuple(sorted(found, key=_gravity))


def topic_of_target(target: str) -> Topic | None:
    """Return the topic that a column of a form feeds, by its target in the table of headers; None = no evidence.

    >>> topic_of_target("name.alias"), topic_of_target("age_guessed"), topic_of_target("note")
    ('name', 'birth', None)
    """
    if target in _TARGETS:
        return _TARGETS[target]
    head = target.partition(".")[0]
    return "name" if head == "name" else "dna" if head == "sample" else None


_TARGETS: Mapping[str, Topic] = {
    "sex": "sex",
    "birth": "birth",
    "age": "birth",
    "age_guessed": "birth",
    "admitted": "event",
    "missing_date": "event",
    "photo": "face",
    "place.home": "place",
    "place.household": "place",
}


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


def _value(evidence: ChannelEvidence, column: str | None) -> float | None:
    """Return what a topic gives in a comparison; None = it was not compared."""
    parts = [part.log10_lr for part in evidence.parts if column in {None, part.column}]
    return math.fsum(parts) if parts else None


def _of_topic(topic: Topic, value: float | None, parties: tuple[_Party, _Party], wording: Wording) -> Iterator[Finding]:
    possible = max((party.worth[topic] for party in parties if topic in party.worth), default=None)
    absent = [party for party in parties if topic not in party.worth]
    if value is not None and possible is not None:
        if possible - value >= WORTH_SAYING:
            cause: Cause = "contradicts" if value <= -WORTH_SAYING else "weak"
            yield _finding(topic, cause, _poorer(topic, parties, cause), (value, possible), wording)
    elif not absent:
        if topic == "dna":
            yield _finding(topic, "not_comparable", "both", (0.0, None), wording)
    elif possible is None or possible >= WORTH_SAYING:
        reasons = [(party.side, *_absence(topic, party)) for party in absent]
        if len(reasons) == 2 and reasons[0][1:] == reasons[1][1:] == ("missing", ""):
            reasons = [("both", "missing", "")]
        for side, lack, detail in reasons:
            yield _finding(topic, lack, side, (0.0, possible), wording, detail)


def _poorer(topic: Topic, parties: tuple[_Party, _Party], cause: Cause) -> Side:
    """Tell which side says less than the other; both where they weigh the same or contradict each other."""
    case, record = (party.worth.get(topic, 0.0) for party in parties)
    if cause == "contradicts" or abs(case - record) < TELLS_LESS:
        return "both"
    return "case" if case < record else "record"


def _absence(topic: Topic, party: _Party) -> tuple[Cause, str]:
    """Say why a side has nothing on a topic, with what the reader needs to find the spot."""
    reject = party.papers.rejects.get(topic)
    if reject is not None:
        where = reject.source if reject.row is None else f"{reject.source}:{reject.row}"
        return "rejected", f"{where} {reject.column or ''} '{reject.value}' {reject.reason}: {reject.remedy}"
    stored = _stored(topic, party)
    return stored if stored else ("missing", "")


def _stored(topic: Topic, party: _Party) -> tuple[Cause, str] | None:
    """Describe what is stored on a topic although nothing can be made of it; None when nothing is."""
    subject = party.subject
    if topic == "face" and party.papers.photos:
        waiting = any(photo.state == "pending" for photo in party.papers.photos)
        reasons = sorted({photo.reason or "other_recogniser" for photo in party.papers.photos})
        return ("pending", "") if waiting else ("unusable", ", ".join(reasons))
    texts = {
        "name": [name.text for name in subject.own_names],
        "place": [place.text for place in subject.places if place.role in HOME_ROLES],
        "dna": [
            profile.sample_id
            for profile in (subject.profile, *(member.profile for member in subject.pedigree))
            if profile is not None
        ],
    }.get(topic, [])
    return ("unusable", ", ".join(dict.fromkeys(texts))) if texts else None


def _finding(
    topic: Topic, cause: Cause, side: Side, values: tuple[float, float | None], wording: Wording, detail: str = ""
) -> Finding:
    words, remedy = wording(topic, cause, side, detail)
    return Finding(topic, cause, side, values[0], values[1], words, remedy)


def _gravity(finding: Finding) -> tuple[int, float]:
    if finding.possible is None:
        return 2, 0.0
    ordinary = finding.topic == "dna" and finding.cause == "missing"
    return int(ordinary), finding.log10_lr - finding.possible
