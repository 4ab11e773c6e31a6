"""The frozen values that everything speaks in: evidence about a subject, and what came of comparing it.

A *subject* is whoever a record is about: the person at intake, the person of a past rescue record, or the person a
family is looking for. Absent evidence is `None` or an empty tuple, never a default value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.findings import (
    CHANNEL_NAMES,
    HYPOTHESES,
    Adjustment,
    AdjustmentKind,
    CandidateList,
    ChannelEvidence,
    ChannelName,
    Comparison,
    Hypothesis,
    HypothesisShare,
    Lead,
    Part,
    PersonRecord,
    Stratum,
    Suppression,
)

__all__ = [
    "CHANNEL_NAMES",
    "HYPOTHESES",
    "RELATIONS",
    "SUBJECT",
    "Adjustment",
    "AdjustmentKind",
    "AgeGroup",
    "CandidateList",
    "ChannelEvidence",
    "ChannelName",
    "Comparison",
    "DayInterval",
    "FacePhoto",
    "Genotype",
    "Hypothesis",
    "HypothesisShare",
    "Lead",
    "NameKind",
    "Part",
    "PedigreeMember",
    "PersonRecord",
    "PlaceRole",
    "RecordKind",
    "Reject",
    "Sex",
    "StrProfile",
    "Stratum",
    "Subject",
    "Suppression",
    "ToldName",
    "ToldPlace",
]  # fmt: skip

RecordKind = Literal["intake", "rescue", "missing"]
"""`intake`: an open case to be identified; `rescue`: a past rescue record; `missing`: a family's report."""

Sex = Literal["male", "female"]
NameKind = Literal[
    "told", "registered", "former", "alias", "nickname", "father", "mother", "sibling", "child", "spouse"
]
"""Where a name of the subject comes from, or else whose name it is: that of the subject's father, mother ..."""

RELATIONS: tuple[NameKind, ...] = ("father", "mother", "sibling", "child", "spouse")
"""Kinds of names that are a relative's and not the subject's own."""

PlaceRole = Literal["home", "household", "accent", "lost", "found"]
"""`home`: told as home; `household` 户籍地; `accent` 口音地; `lost` 走失地; `found`: where the rescue began."""

AgeGroup = Literal["unknown", "child", "adult"]


DAYS_PER_YEAR = 365.2425
"""Mean length of a Gregorian year, for ages and spans counted in days."""


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
    """One name a subject goes by, or tells of a relative, as written down.

    Parameters
    ----------
    text : str
        As written, with marks such as `(音)`; placeholders were turned into absence at intake.
    kind : NameKind
        Where the name comes from; one of `RELATIONS` = it is the name of that relative.
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
        Told names (`own_names` and `relatives` take them apart), told places, embedded photographs.
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

    @property
    def own_names(self) -> tuple[ToldName, ...]:
        """Names of the subject itself, without those of relatives."""
        return tuple(name for name in self.names if name.kind not in RELATIONS)

    @property
    def relatives(self) -> tuple[ToldName, ...]:
        """Names of the subject's relatives; `kind` is the relation."""
        return tuple(name for name in self.names if name.kind in RELATIONS)


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
