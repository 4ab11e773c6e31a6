"""What lowers a pair of records, or could raise it: one finding for each topic of the comparison.

A statement is worth what the channel gives when the other side says the very same; a face is worth what the channel's
own calibration gives two photographs of one person on average, because no two photographs are the same. What a topic
gives less than the better side's worth is its loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matcher.leads.why_not_words import Wording
from matcher.types import ChannelEvidence, ChannelName, PlaceRole, Reject, Subject
from matcher.workspace.values import PhotoFile

Topic = Literal["face", "name", "place", "dna", "sex", "birth", "height", "event"]
Side = Literal["case", "record", "both"]
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
    "height": ("demographics", "height"),
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
class Party:
    """One side of the comparison: what it holds, what each topic of it is worth, and what it lacks for which cause."""

    side: Side
    subject: Subject
    papers: Papers
    worth: Mapping[Topic, float]


def findings(evidence: Sequence[ChannelEvidence], case: Party, record: Party, wording: Wording) -> tuple[Finding, ...]:
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
    "height": "height",
    "admitted": "event",
    "missing_date": "event",
    "photo": "face",
    "place.home": "place",
    "place.household": "place",
}


def _value(evidence: ChannelEvidence, column: str | None) -> float | None:
    """Return what a topic gives in a comparison; None = it was not compared."""
    parts = [part.log10_lr for part in evidence.parts if column in {None, part.column}]
    return math.fsum(parts) if parts else None


def _of_topic(topic: Topic, value: float | None, parties: tuple[Party, Party], wording: Wording) -> Iterator[Finding]:
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


def _poorer(topic: Topic, parties: tuple[Party, Party], cause: Cause) -> Side:
    """Tell which side says less than the other; both where they weigh the same or contradict each other."""
    case, record = (party.worth.get(topic, 0.0) for party in parties)
    if cause == "contradicts" or abs(case - record) < TELLS_LESS:
        return "both"
    return "case" if case < record else "record"


def _absence(topic: Topic, party: Party) -> tuple[Cause, str]:
    """Say why a side has nothing on a topic, with what the reader needs to find the spot."""
    reject = party.papers.rejects.get(topic)
    if reject is not None:
        where = reject.source if reject.row is None else f"{reject.source}:{reject.row}"
        return "rejected", f"{where} {reject.column or ''} '{reject.value}' {reject.reason}: {reject.remedy}"
    stored = _stored(topic, party)
    return stored if stored else ("missing", "")


def _stored(topic: Topic, party: Party) -> tuple[Cause, str] | None:
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
