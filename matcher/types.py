"""The frozen values that everything speaks in: evidence about a subject, and what came of comparing it.

A *subject* is whoever a record is about: the person at intake, the person of a past rescue record, or the person a
family is looking for. Absent evidence is `None` or an empty tuple, never a default value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RecordKind = Literal["intake", "rescue", "missing"]
"""`intake`: an open case to be identified; `rescue`: a past rescue record; `missing`: a family's report."""

Sex = Literal["male", "female"]
NameKind = Literal["told", "registered", "former", "alias", "nickname"]
PlaceRole = Literal["home", "household", "accent", "lost", "found"]
"""`home`: told as home; `household` 户籍地; `accent` 口音地; `lost` 走失地; `found`: where the rescue began."""

ChannelName = Literal["face", "name", "place", "dna", "demographics"]
CHANNEL_NAMES: tuple[ChannelName, ...] = ("face", "name", "place", "dna", "demographics")

Hypothesis = Literal["self", "sibling", "parent_child"]
HYPOTHESES: tuple[Hypothesis, ...] = ("self", "sibling", "parent_child")
"""What the probe may be to the subject of a record: the same person, a full sibling, or parent or child. Each has a
likelihood ratio of its own, always against an unrelated person."""

AgeGroup = Literal["unknown", "child", "adult"]


@dataclass(frozen=True, slots=True, order=True)
class DayInterval:
    """Closed interval of days, the honest form of a partial date.

    Parameters
    ----------
    earliest, latest : int
        Days since 1970-01-01 (proleptic Gregorian), both included; negative before 1970.
    """

    earliest: int
    latest: int

    def __post_init__(self) -> None:
        """Refuse an interval that ends before it begins."""
        if self.earliest > self.latest:
            raise ValueError(f"interval ends before it begins: {self.earliest} > {self.latest}")


@dataclass(frozen=True, slots=True)
class ToldName:
    """One name a subject goes by, as written down.

    Parameters
    ----------
    text : str
        As written, with marks such as `(音)`; placeholders were turned into absence at intake.
    kind : NameKind
        Where the name comes from.
    sound_only : bool
        The record says that only the sound is known, `(音)`.
    credence : float or None
        Probability in (0, 1] that the statement is sincere and about this subject; None = not judged.
    """

    text: str
    kind: NameKind = "told"
    sound_only: bool = False
    credence: float | None = None


@dataclass(frozen=True, slots=True)
class ToldPlace:
    """One place connected with a subject, in the words of the record; `credence` as in `ToldName`."""

    text: str
    role: PlaceRole = "home"
    credence: float | None = None


@dataclass(frozen=True, slots=True)
class FacePhoto:
    """One embedded photograph.

    Parameters
    ----------
    photo_id : str
        Random id of the photograph in the workspace.
    model_id : str
        Recogniser that made `vector`; vectors of different models are never compared.
    vector : ndarray of float32, shape (d,)
        L2-normalised embedding.
    quality : float or None
        Detector confidence in [0, 1] after quality gates; None = not measured.
    taken : DayInterval or None
        When the photograph was taken.
    declared_age_group : AgeGroup
        Age group that the source declares; `unknown` = to be derived from `taken` and the birth interval.
    """

    photo_id: str
    model_id: str
    vector: NDArray[np.float32]
    quality: float | None = None
    taken: DayInterval | None = None
    declared_age_group: AgeGroup = "unknown"


Genotype = tuple[int, int]
"""Two alleles in integer tenths of a repeat, ascending: (93, 100) is 9.3/10."""


@dataclass(frozen=True, slots=True)
class StrProfile:
    """Autosomal STR genotypes of one sample, by canonical locus name; an untyped locus is absent."""

    sample_id: str
    genotypes: Mapping[str, Genotype]


@dataclass(frozen=True, slots=True)
class PedigreeMember:
    """One person of the pedigree around a subject.

    Parameters
    ----------
    member : str
        Name within the pedigree; the subject itself is `subject`.
    father, mother : str or None
        Names of the parents within the pedigree; both or neither.
    sex : Sex or None
        None = unknown (allowed for persons who are nobody's parent).
    profile : StrProfile or None
        None = untyped.
    """

    member: str
    father: str | None
    mother: str | None
    sex: Sex | None
    profile: StrProfile | None = None


SUBJECT = "subject"
"""Name of the record's own subject inside its pedigree."""


@dataclass(frozen=True, slots=True)
class Subject:
    """All evidence that one record holds about its subject.

    Parameters
    ----------
    record_id : str
        Case number of the record, unique in a workspace.
    kind : RecordKind
        What sort of record it is.
    station : str or None
        Rescue station or reporting body.
    sex : Sex or None
        As recorded, never inferred.
    birth : DayInterval or None
        Birth date, exact or as wide as the record leaves it.
    birth_estimated : bool
        The interval comes from an age guessed by eye (目测) or "about"; it may be wrong beyond its ends.
    event : DayInterval or None
        Day of rescue for `intake` and `rescue`; day the subject went missing for `missing`.
    height_cm : int or None
        Height in centimetres.
    accent : str or None
        口音 in the words of the record.
    names, places, photos : tuple
        Told names, told places, embedded photographs.
    profile : StrProfile or None
        The subject's own STR profile.
    pedigree : tuple of PedigreeMember
        Typed relatives around the subject, with the connecting untyped persons and the subject itself (member
        `SUBJECT`, whose profile is `profile`); empty = no relative is known.
    notes : tuple of (str, str)
        Columns without a known meaning, kept as (header, text).
    """

    record_id: str
    kind: RecordKind
    station: str | None = None
    sex: Sex | None = None
    birth: DayInterval | None = None
    birth_estimated: bool = False
    event: DayInterval | None = None
    height_cm: int | None = None
    accent: str | None = None
    names: tuple[ToldName, ...] = ()
    places: tuple[ToldPlace, ...] = ()
    photos: tuple[FacePhoto, ...] = ()
    profile: StrProfile | None = None
    pedigree: tuple[PedigreeMember, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a channel's log10 LR.

    Parameters
    ----------
    channel : ChannelName
        Channel the part belongs to.
    column : str
        Column compared, or `bounded` for what the channel's floor or ceiling took away or gave back.
    log10_lr : float
        Signed contribution; positive supports "same person".
    """

    channel: ChannelName
    column: str
    log10_lr: float


Comparison = Literal["compared", "probe_missing", "record_missing", "both_missing", "not_comparable"]
"""`not_comparable`: both sides have evidence, but of sorts that say nothing about each other (two families' DNA)."""


@dataclass(frozen=True, slots=True)
class ChannelEvidence:
    """What one channel says about a probe and a record.

    Parameters
    ----------
    channel : ChannelName
        The channel.
    log10_lr : float
        Sum of `parts`; exactly 0 unless `comparison` is `compared`.
    comparison : Comparison
        Whether there was something to compare, and if not, which side lacks it.
    parts : tuple of Part
        Addends of `log10_lr`.
    words : tuple of str
        Explanation in the language asked for, one sentence each.
    """

    channel: ChannelName
    log10_lr: float
    comparison: Comparison
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()


AdjustmentKind = Literal["discounted", "tied"]
"""`discounted`: a channel counts for less than it says; `tied`: two channels say partly the same thing."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What fusion takes off the plain sum of the channels, or gives back.

    Parameters
    ----------
    kind : AdjustmentKind
        Why.
    channels : tuple of ChannelName
        The channel discounted, or the two that are tied.
    log10_lr : float
        Signed contribution to the fused log10 LR.
    """

    kind: AdjustmentKind
    channels: tuple[ChannelName, ...]
    log10_lr: float


@dataclass(frozen=True, slots=True)
class HypothesisShare:
    """What one hypothesis about a record has: its fused log10 LR against an unrelated person, and its posterior."""

    hypothesis: Hypothesis
    log10_lr: float
    posterior: float


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A further record taken for the same person as a lead: its fused log10 LR and its posterior."""

    record_id: str
    log10_lr: float
    posterior: float


@dataclass(frozen=True, slots=True)
class Suppression:
    """A record left out of a list because a reviewer rejected it and neither side has new evidence since.

    Parameters
    ----------
    record_id : str
        Case number.
    reviewer, reason : str
        Who rejected it last, and why.
    at : str
        When, UTC, ISO 8601.
    """

    record_id: str
    reviewer: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Lead:
    """One ranked, explained candidate for a probe; never an identification.

    Parameters
    ----------
    probe_id, record_id : str
        Case numbers.
    rank : int
        1 = first of the candidate list.
    log10_lr : float
        Fused log10 LR under the hypothesis of the list, the sum over `channels` and `adjustments`.
    posterior : float
        Probability that this record's subject is what the list asks for: the probe's own person, unless the list is of
        another hypothesis.
    channels : tuple of ChannelEvidence
        One entry per channel, also for those with nothing to compare.
    adjustments : tuple of Adjustment
        What fusion took off the plain sum of `channels`; empty = nothing.
    hypotheses : tuple of HypothesisShare
        One entry per hypothesis that was weighed, the list's own included; their posteriors and that of "unrelated"
        sum to 1. Empty = only the list's own was.
    others : tuple of PersonRecord
        Further records taken for the same person, best first; empty = none, or the list is not grouped by person.
    """

    probe_id: str
    record_id: str
    rank: int
    log10_lr: float
    posterior: float
    channels: tuple[ChannelEvidence, ...]
    adjustments: tuple[Adjustment, ...] = ()
    hypotheses: tuple[HypothesisShare, ...] = ()
    others: tuple[PersonRecord, ...] = ()

    @property
    def person_posterior(self) -> float:
        """Posterior of the person: the sum over this record and the others taken for the same person."""
        return self.posterior + sum(other.posterior for other in self.others)

    @property
    def likeliest(self) -> Hypothesis | None:
        """The hypothesis with the greatest posterior; None when none was weighed against the list's own."""
        return max(self.hypotheses, key=lambda share: share.posterior).hypothesis if self.hypotheses else None


Stratum = Literal["fresh", "long_stayer"]
"""`fresh`: at a station for days or weeks; `long_stayer` 长期滞留: for more than three months."""


@dataclass(frozen=True, slots=True)
class CandidateList:
    """Leads of one probe with what must be known to read them.

    Parameters
    ----------
    probe_id : str
        Case number of the probe.
    gallery_size : int
        Records scored, the probe's own excluded.
    prior_in_database : float
        Prior probability that the probe's person is in the gallery at all.
    nobody : float
        Posterior probability that neither the probe's person nor a sibling, parent or child is in this database.
    expected_wrong : float
        Expected number of wrong leads in the list: the list length minus the sum of the persons' posteriors.
    calibrated : bool
        False: probabilities come from summed LRs and have not been checked against outcomes.
    leads : tuple of Lead
        Best first; ties in order of record id.
    hypothesis : Hypothesis
        What the list asks for: what the probe is to the subjects of its records.
    kin : float
        Posterior probability that a sibling, parent or child of the probe's person is in this database, but not the
        person; with `nobody` and the posterior of the person it sums to 1.
    stratum : Stratum or None
        What the prior was chosen for; None = it was given, or the length of stay is not known.
    fusion : str
        Name of the fusion model that made the numbers; empty = the plain sum of the channels.
    alert_log10_lr : float or None
        Fused log10 LR from which a lead raises an alert; None = no alerts were asked for.
    suppressed : tuple of Suppression
        Records left out because they were rejected before.
    learned_from : int
        Reviewed cases whose outcomes corrected the posteriors; 0 = they are those of the fusion model.
    """

    probe_id: str
    gallery_size: int
    prior_in_database: float
    nobody: float
    expected_wrong: float
    calibrated: bool
    leads: tuple[Lead, ...] = field(default=())
    hypothesis: Hypothesis = "self"
    kin: float = 0.0
    stratum: Stratum | None = None
    fusion: str = ""
    alert_log10_lr: float | None = None
    suppressed: tuple[Suppression, ...] = ()
    learned_from: int = 0

    @property
    def alerts(self) -> tuple[Lead, ...]:
        """Leads that reach the alert threshold; none when no threshold was asked for."""
        lowest = self.alert_log10_lr
        return () if lowest is None else tuple(lead for lead in self.leads if lead.log10_lr >= lowest)


@dataclass(frozen=True, slots=True)
class Reject:
    """One input value or row that was not stored, with what to do about it.

    Parameters
    ----------
    source : str
        File name.
    row : int or None
        1-based row as a spreadsheet shows it; None = the whole file.
    column : str or None
        Header of the offending column; None = the whole row.
    value : str
        What came, shortened to 80 characters.
    reason : str
        Reason code such as `bad_date`, `duplicate_case`, `truncated_photo`.
    remedy : str
        What is accepted, or what to do.
    record_lost : bool
        True: the whole row was rejected; False: only this value was left out.
    """

    source: str
    row: int | None
    column: str | None
    value: str
    reason: str
    remedy: str
    record_lost: bool
