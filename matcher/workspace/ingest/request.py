"""What a run of ingest is given and what it reports.

What needs a channel's knowledge (is this name a placeholder, is this a photograph, is this a genotype) comes in as
functions, so that the workspace stays below the channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matcher.errors import MatcherError
from matcher.progress import Progress, no_progress
from matcher.types import RecordKind, Reject, StrProfile
from matcher.workspace.ingest.limits import DEFAULT_LIMITS, Limits
from matcher.workspace.values import ImportCounts, ImportRole


class ProfileReader(Protocol):
    """Reads rows of a long STR table; row numbers in rejects count from 2."""

    def __call__(self, rows: Iterable[Mapping[str, str]], *, source: str) -> tuple[list[StrProfile], list[Reject]]:
        """Return profiles and rejects."""


@dataclass(frozen=True, slots=True)
class ChannelReaders:
    """What the channels know about values.

    Parameters
    ----------
    is_placeholder : callable
        Tells whether a name says that the name is not known.
    check_photo : callable
        Says why the bytes of a file cannot be used as a photograph (a reason code), or None.
    photo_remedy : callable
        Says what to do about such a reason.
    read_profiles : ProfileReader
        Turns rows of a long STR table into profiles and rejects.
    """

    is_placeholder: Callable[[str], bool]
    check_photo: Callable[[bytes], str | None]
    photo_remedy: Callable[[str], str]
    read_profiles: ProfileReader


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How to ingest.

    Parameters
    ----------
    readers : ChannelReaders
        What the channels know.
    today : int
        Day of reading, days since 1970-01-01: two-digit years and future dates are judged by it.
    limits : Limits
        Caps on untrusted files.
    progress : callable
        Opens a progress display.
    """

    readers: ChannelReaders
    today: int
    limits: Limits = DEFAULT_LIMITS
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What to ingest.

    Parameters
    ----------
    forms : tuple of Path
        Tables of records; `kind` is needed for them.
    kind : RecordKind or None
        Kind of the forms' records.
    station : str or None
        Station of rows that name none.
    photos : Path or None
        Folder of photographs named by case number.
    str_tables : tuple of Path
        Long STR tables.
    embeddings : Path or None
        Parquet file of face embeddings.
    """

    forms: tuple[Path, ...] = ()
    kind: RecordKind | None = None
    station: str | None = None
    photos: Path | None = None
    str_tables: tuple[Path, ...] = ()
    embeddings: Path | None = None


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What one file came to.

    Parameters
    ----------
    name : str
        File name.
    role : ImportRole
        What it was read as.
    counts : ImportCounts
        `read == stored + rejected + duplicate`, in rows of a form or embedding file, photographs of a folder,
        samples of a laboratory table.
    encoding : str or None
        Text encoding found.
    rejects : tuple of Reject
        What was left out, in order.
    placeholders : int
        Names that said that the name is not known; they were left out without reject.
    kept_as_notes : tuple of str
        Headers without a known meaning.
    remarks : tuple of str
        What else the reader should know.
    """

    name: str
    role: ImportRole
    counts: ImportCounts
    encoding: str | None = None
    rejects: tuple[Reject, ...] = ()
    placeholders: int = 0
    kept_as_notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold the books to their balance."""
        c = self.counts
        assert c.read == c.stored + c.rejected + c.duplicate, f"{self.name}: {c}"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Outcome of a run: files that were read, and errors of those that could not be, in the order given."""

    files: tuple[FileSummary, ...]
    errors: tuple[MatcherError, ...]
