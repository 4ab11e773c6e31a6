"""What goes into a workspace and what comes out, beside the `Subject` itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matcher.types import AgeGroup, DayInterval, FacePhoto, Reject, Subject

PhotoState = Literal["pending", "embedded", "unusable"]
Judgement = Literal["confirm", "reject", "defer", "need_dna", "withdraw"]
"""`withdraw` takes back what the same reviewer said about the pair before."""

Ground = Literal["dna", "registry", "family"]
"""Ground truth: a DNA result, a registry that was looked up, recognition by the family."""

ImportRole = Literal["table", "photos", "str", "embeddings"]
Outcome = Literal["added", "updated", "unchanged", "other_kind", "other_station"]
"""What `put` made of an entry; the last two were refused because the case number belongs to somebody else."""

ChildOutcome = Literal["added", "updated", "unchanged", "unknown_case", "conflict"]
"""What became of a photograph, an embedding or a profile; the last two were refused."""

FIELD_NAMES: tuple[str, ...] = ("station", "sex", "birth", "event", "height_cm", "accent", "samples")
"""Fields an entry can cover, beside `name.<kind>`, `place.<role>` and `note.<header>`."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Cases changed and erased after a change number, both ascending, and the number now reached."""

    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    seq: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Who or which column made a statement, and when it was made; None = not recorded."""

    source: str | None = None
    said: DayInterval | None = None


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One record on its way into the workspace.

    Parameters
    ----------
    subject : Subject
        The evidence. Of profiles only the sample name counts here: genotypes and photographs have ways of their own.
    fields : frozenset of str or None
        Fields the source has a column for (`FIELD_NAMES`, `name.<kind>`, `place.<role>`, `note.<header>`); stored
        values of other fields stay as they are. None = all fields: the entry replaces the record.
    source_row : int or None
        Row in the file it came from.
    name_origins, place_origins : tuple of Origin
        For each of the subject's names and places; shorter tuples leave the rest without origin.
    """

    subject: Subject
    fields: frozenset[str] | None = None
    source_row: int | None = None
    name_origins: tuple[Origin, ...] = ()
    place_origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """A photograph file of a record: path as given, SHA-256 in hex, and when it was taken if known."""

    record_id: str
    path: str
    sha256: str
    taken: DayInterval | None = None
    declared_age_group: AgeGroup = "unknown"


@dataclass(frozen=True, slots=True)
class EmbeddedPhoto:
    """An embedding that comes without its photograph; `photo.photo_id` is the id it has where it comes from."""

    record_id: str
    photo: FacePhoto
    provenance: str | None = None


@dataclass(frozen=True, slots=True)
class PendingPhoto:
    """A photograph that a recogniser has not seen yet."""

    photo_id: str
    record_id: str
    path: str


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photograph of a record; `path` is None where only an embedding came in, `reason` says why it is unusable."""

    photo_id: str
    path: str | None
    state: PhotoState
    reason: str | None


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """Quality measures of one embedded face; None = not measured.

    Parameters
    ----------
    confidence : float or None
        Of the detector, in [0, 1].
    eye_distance_px : float or None
        Between the eyes, in pixels of the photograph.
    sharpness : float or None
        In the embedder's own unit.
    yaw : float or None
        Offset of the nose from the middle of the eyes divided by the eye distance.
    roll_degrees : float or None
        Angle of the eye axis.
    """

    confidence: float | None = None
    eye_distance_px: float | None = None
    sharpness: float | None = None
    yaw: float | None = None
    roll_degrees: float | None = None


UNMEASURED = FaceMeasures()


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Rows of one import; `read == stored + rejected + duplicate`, `updated` is part of `stored`."""

    read: int = 0
    stored: int = 0
    updated: int = 0
    duplicate: int = 0
    rejected: int = 0
    values_rejected: int = 0


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file about to be ingested: absolute path, SHA-256 in hex, role, record kind (tables only) and encoding."""

    path: str
    sha256: str
    role: ImportRole
    kind: str = ""
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReject:
    """A reject with the case it belongs to, so that erasing the case erases it too.

    `value_stored` False keeps the value out of the identity file, because it is a genotype.
    """

    reject: Reject
    record_id: str | None = None
    value_stored: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Judgement of a named reviewer on a pair.

    Parameters
    ----------
    probe_id, record_id : str
        The pair.
    judgement, reviewer, reason : str
        What was judged, by whom, and why in the reviewer's words.
    at : str
        UTC, ISO 8601.
    ground : Ground or None
        Ground truth that it rests on; None = on a person's view of the evidence alone.
    probe_seq, record_seq : int or None
        Change numbers of the two records that the judgement knew of; None = not recorded. A greater number now means
        that evidence has come in since.
    """

    probe_id: str
    record_id: str
    judgement: Judgement
    reviewer: str
    reason: str
    at: str
    ground: Ground | None = None
    probe_seq: int | None = None
    record_seq: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmationStep:
    """One step of the confirmation of a hit, as stored; `matcher.cases` knows what the steps mean.

    Parameters
    ----------
    probe_id, record_id : str
        The two sides of the hit.
    action, state : str
        What was done, and where the hit stands since.
    since, at : str
        UTC, ISO 8601: when that state began, and when the step was taken.
    actor, note : str
        Who, and reason or reference.
    sample_id : str or None
        Laboratory sample that the step is about.
    log10_lr : float or None
        Kinship on the new sample.
    """

    probe_id: str
    record_id: str
    action: str
    state: str
    since: str
    actor: str
    at: str
    note: str = ""
    sample_id: str | None = None
    log10_lr: float | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the audit log; `detail` is JSON of ids and counts, `hash` SHA-256 in hex."""

    n: int
    at: str
    actor: str
    action: str
    detail: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Result of verifying the audit chain; `problem` is None when every entry is in place and unaltered."""

    entries: int
    head: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure removed.

    `wal_pending`: a reader still holds a snapshot, so the write-ahead log could not be cut yet; it is when the last
    process closes the workspace, or at the next erasure.
    """

    record_id: str
    photos: int
    vectors: int
    samples: int
    decisions: int
    wal_pending: bool
