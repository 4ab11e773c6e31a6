"""The library's front door: a workspace with its index, opened for matching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from matcher.engine import generation
from matcher.errors import InputError
from matcher.leads.fusion import DEFAULT_PRIOR_IN_DATABASE
from matcher.leads.matching import (
    ListRequest,
    PreparedGallery,
    candidate_lists,
    candidates,
    pair_evidence,
    put_into_words,
)
from matcher.leads.registry import open_channels
from matcher.llr import Language
from matcher.settings import Settings
from matcher.subjects import subjects_of
from matcher.types import CandidateList, ChannelEvidence, RecordKind, Subject
from matcher.workspace.store import Workspace


@dataclass(frozen=True, slots=True)
class Matcher:
    """An open workspace and its current index generation; reads only, safe to share between threads that read.

    Open it with `Matcher.open` and use it as a context manager.
    """

    workspace: Workspace
    prepared: PreparedGallery

    @classmethod
    def open(cls, path: str | Path, settings: Settings | None = None) -> Self:
        """Open a workspace whose index is up to date.

        Parameters
        ----------
        path : path
            Workspace directory.
        settings : Settings or None
            Where models and gazetteer live; None = this Python environment.

        Raises
        ------
        WorkspaceError, StaleIndexError, ReferenceDataError
            Each with the command that mends it.
        """
        channels = open_channels(settings or Settings.from_environment())
        workspace = Workspace.open(Path(path), read_only=True)
        try:
            opened = generation.open_current(workspace.indexes, workspace, channels)
        except BaseException:
            workspace.close()
            raise
        compilers = {channel.name: channel.prepare(opened.vocabularies[channel.name]) for channel in channels}
        return cls(workspace, PreparedGallery(opened.gallery, channels, compilers))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the workspace."""
        self.workspace.close()

    def cases(self, kind: RecordKind = "intake") -> list[str]:
        """Return the case numbers of one kind of record, ascending."""
        return self.workspace.record_ids(kind)

    def candidates(
        self,
        probe: str | Subject,
        *,
        top: int = 50,
        prior_in_database: float = DEFAULT_PRIOR_IN_DATABASE,
        language: Language = "zh",
        threads: int = 1,
    ) -> CandidateList:
        """Rank every other record for one probe.

        Parameters
        ----------
        probe : str or Subject
            Case number of a record in the workspace, or evidence that is not (yet) stored.
        top : int
            Greatest number of leads.
        prior_in_database : float
            Prior probability that the person is in the gallery at all.
        language : {"zh", "en"}
            Language of the words.
        threads : int
            Worker threads of the scan.

        Raises
        ------
        InputError
            For an unknown case number.
        """
        subject = self.subject(probe) if isinstance(probe, str) else probe
        request = ListRequest(top, prior_in_database, language, threads)
        return candidates(subject, self.prepared, request, self.subjects)

    def candidate_lists(
        self,
        probes: Sequence[str],
        *,
        top: int = 50,
        prior_in_database: float = DEFAULT_PRIOR_IN_DATABASE,
        language: Language = "zh",
        threads: int = 1,
    ) -> Iterator[CandidateList]:
        """Yield the candidate list of each probe, in order; the same lists as `candidates` gives, found much faster.

        Parameters
        ----------
        probes : sequence of str
            Case numbers of records in the workspace.
        top, prior_in_database, language, threads
            As of `candidates`.

        Raises
        ------
        InputError
            For an unknown case number, when its turn comes.
        """
        request = ListRequest(top, prior_in_database, language, threads)
        subjects = (self.subject(probe) for probe in probes)
        return candidate_lists(subjects, self.prepared, request, self.subjects, expected=len(probes))

    def explain(self, probe_id: str, record_id: str, *, language: Language = "zh") -> tuple[ChannelEvidence, ...]:
        """Compare two records of the workspace, channel by channel, in the numbers of the candidate list."""
        return pair_evidence(self.subject(probe_id), self.subject(record_id), self.prepared, language)

    def reworded(
        self, evidence: Sequence[ChannelEvidence], probe: Subject, record: Subject, language: Language
    ) -> tuple[ChannelEvidence, ...]:
        """Put evidence that was computed earlier into another language; numbers stay as they are."""
        return put_into_words(evidence, probe, record, self.prepared.channels, language)

    def subject(self, record_id: str) -> Subject:
        """Return the evidence of one record.

        Raises
        ------
        InputError
            For an unknown case number.
        """
        found = self.subjects([record_id]).get(record_id)
        if found is None:
            raise InputError(f"no record '{record_id}' in the workspace", remedy="check the case number")
        return found

    def subjects(self, record_ids: Sequence[str], *, with_notes: bool = False) -> Mapping[str, Subject]:
        """Return the evidence of several records by case number; unknown ones are left out.

        Parameters
        ----------
        record_ids : sequence of str
            Case numbers.
        with_notes : bool
            Read the columns without a known meaning as well (slower; for people to read).
        """
        known = [record_id for record_id in record_ids if self.prepared.gallery.position(record_id) is not None]
        if with_notes:
            return {subject.record_id: subject for subject in self.workspace.subjects(sorted(set(known)))}
        evidence = self.workspace.evidence(sorted(set(known)))
        return {subject.record_id: subject for subject in subjects_of(evidence)}
