"""The library's front door: a workspace with its index, opened for matching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import tee
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from matcher.demographics.channel import DemographicsCompiler
from matcher.engine import generation
from matcher.errors import InputError
from matcher.leads.adjustment import Adjustments
from matcher.leads.adjustment_file import read_adjustments
from matcher.leads.fusion_model import fitted_model
from matcher.leads.judgements import judged_pairs
from matcher.leads.matching import ListRequest, candidate_lists, candidates
from matcher.leads.mutual import Pairs
from matcher.leads.pairs import PairComparison, compare_pair, pair_evidence, put_into_words
from matcher.leads.papers import NotIngested, not_ingested, papers_of
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.registry import latest_encounter, open_channels
from matcher.leads.reviewing import ListOptions, Reviewer, reviewed, scan_length, worded
from matcher.leads.why_not import WhyNot, why_not
from matcher.llr import Language
from matcher.settings import Settings
from matcher.subjects import subjects_of
from matcher.types import CandidateList, ChannelEvidence, Hypothesis, RecordKind, Subject, Suppression
from matcher.workspace.store import Workspace

SHOWN = ListOptions()
"""What is done to a list unless something else is asked for."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """An open workspace and its current index generation; reads only, safe to share between threads that read.

    Open it with `Matcher.open` and use it as a context manager.

    Parameters
    ----------
    workspace : Workspace
        Open for reading.
    prepared : PreparedGallery
        Its index, with every channel's compiler.
    pairs : Pairs
        Its records, to be compared with each other.
    adjustments : mapping of Stratum or None to PosteriorAdjustment
        What reviewed cases taught, by stratum; empty = nothing.
    """

    workspace: Workspace
    prepared: PreparedGallery
    pairs: Pairs = field(repr=False)
    adjustments: Adjustments = field(default_factory=dict)

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
        channels = open_channels(settings or Settings.from_environment(), Path(path))
        workspace = Workspace.open(Path(path), read_only=True)
        try:
            opened = generation.open_current(workspace.indexes, workspace, channels)
        except BaseException:
            workspace.close()
            raise
        compilers = {channel.name: opened.compiler(channel) for channel in channels}
        moments = cast(DemographicsCompiler, compilers["demographics"]).moments
        prepared = PreparedGallery(
            opened.gallery,
            opened.vocabularies,
            channels,
            compilers,
            fusion=fitted_model(),
            as_of_day=latest_encounter(moments),
        )
        learned = read_adjustments(workspace.path, fusion=prepared.fusion.name)
        return cls(workspace, prepared, Pairs(prepared), learned)

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
        prior_in_database: float | None = None,
        language: Language | None = "zh",
        threads: int = 1,
        hypothesis: Hypothesis = "self",
        alert_fpir: float | None = None,
        options: ListOptions = SHOWN,
    ) -> CandidateList:
        """Rank every other record for one probe.

        Parameters
        ----------
        probe : str or Subject
            Case number of a record in the workspace, or evidence that is not (yet) stored.
        top : int
            Greatest number of persons, or of records where the list is not grouped.
        prior_in_database : float or None
            Prior probability that the person is in the gallery at all; None = that of the case's stratum, which follows
            from its length of stay up to the latest day that a station recorded.
        language : {"zh", "en"} or None
            Language of the words; None = numbers only.
        threads : int
            Worker threads of the scan.
        hypothesis : Hypothesis
            What the probe is to be to the subjects of the records: the list is scanned for a sibling's record, or a
            parent's or child's, as it is for the person's own.
        alert_fpir : float or None
            Greatest share of cases without a record here that may raise an alert; None = no alerts.
        options : ListOptions
            What is done to the list: by default each person is shown once, records that were rejected before are left
            out, and posteriors are corrected by what reviewed cases taught.

        Raises
        ------
        InputError
            For an unknown case number.
        """
        subject = self.subject(probe) if isinstance(probe, str) else probe
        request = ListRequest(top, prior_in_database, threads, hypothesis, alert_fpir)
        reviewer = self.reviewer()
        scanned = self._scanned(subject, request, reviewer, options)
        return self._worded(subject, self._reviewed(subject, scanned, request, reviewer, options), language)

    def candidate_lists(
        self,
        probes: Sequence[str],
        *,
        top: int = 50,
        prior_in_database: float | None = None,
        language: Language | None = "zh",
        threads: int = 1,
        hypothesis: Hypothesis = "self",
        alert_fpir: float | None = None,
        options: ListOptions = SHOWN,
    ) -> Iterator[CandidateList]:
        """Yield the candidate list of each probe, in order; the same lists as `candidates` gives, found much faster.

        Parameters
        ----------
        probes : sequence of str
            Case numbers of records in the workspace.
        top, prior_in_database, language, threads, hypothesis, alert_fpir, options
            As of `candidates`.

        Raises
        ------
        InputError
            For an unknown case number, when its turn comes.
        """
        request = ListRequest(top, prior_in_database, threads, hypothesis, alert_fpir)
        reviewer = self.reviewer()
        hidden = max((len(reviewer.hidden(probe, options)) for probe in probes), default=0)
        longer = replace(request, top=scan_length(top, hidden, options))
        taken, scanned = tee(self.subject(probe) for probe in probes)
        lists = candidate_lists(scanned, self.prepared, longer, expected=len(probes))
        for found in lists:
            subject = next(taken)
            yield self._worded(subject, self._reviewed(subject, found, request, reviewer, options), language)

    def reviewer(self) -> Reviewer:
        """Return what reviewers said about pairs of this workspace by now, and what was learned from it."""
        judged = judged_pairs(self.workspace.decisions())
        concerned = sorted({record_id for pair in judged for record_id in pair})
        return Reviewer(judged, self.workspace.seqs(concerned), self.adjustments)

    def why_not(self, probe_id: str, record_id: str, *, top: int = 50, language: Language = "zh") -> WhyNot:
        """Say where a record stands for a case, what lowers it, and what could change that.

        Parameters
        ----------
        probe_id, record_id : str
            Case numbers; for one that is not in the workspace ask `not_ingested`.
        top : int
            Length of the list that the record should be on.
        language : {"zh", "en"}
            Language of the words.

        Raises
        ------
        InputError
            For an unknown case number.
        UsageError
            When both are the same.
        """
        pair = self.subject(probe_id), self.subject(record_id)
        listed = candidates(pair[0], self.prepared, ListRequest(top))
        papers = partial(papers_of, self.workspace)
        return why_not(pair, listed, self.prepared, papers=papers, language=language)

    def not_ingested(self, record_id: str) -> NotIngested | None:
        """Say what is known of a case number that is not in the workspace; None when it is."""
        return not_ingested(self.workspace, record_id)

    def suppression(self, probe_id: str, record_id: str) -> Suppression | None:
        """Say why a record is left out of a case's list; None when it is not."""
        return self.reviewer().hidden(probe_id, SHOWN).get(record_id)

    def explain(self, probe_id: str, record_id: str, *, language: Language = "zh") -> tuple[ChannelEvidence, ...]:
        """Compare two records of the workspace, channel by channel, in the numbers of the candidate list."""
        return pair_evidence(self.subject(probe_id), self.subject(record_id), self.prepared, language)

    def compare(self, probe_id: str, record_id: str, *, language: Language = "zh") -> PairComparison:
        """Compare two records of the workspace under every hypothesis, with what fusion takes off."""
        return compare_pair(self.subject(probe_id), self.subject(record_id), self.prepared, language)

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

    def subjects(self, record_ids: Sequence[str]) -> Mapping[str, Subject]:
        """Return the evidence of several records by case number; unknown ones are left out.

        Parameters
        ----------
        record_ids : sequence of str
            Case numbers.
        """
        known = [record_id for record_id in record_ids if self.prepared.gallery.position(record_id) is not None]
        evidence = self.workspace.evidence(sorted(set(known)))
        return {subject.record_id: subject for subject in subjects_of(evidence)}

    def _scanned(
        self, probe: Subject, request: ListRequest, reviewer: Reviewer, options: ListOptions, *, again: bool = False
    ) -> CandidateList:
        hidden = len(reviewer.hidden(probe.record_id, options))
        longer = replace(request, top=scan_length(request.top, hidden, options, again=again))
        return candidates(probe, self.prepared, longer)

    def _reviewed(
        self, probe: Subject, found: CandidateList, request: ListRequest, reviewer: Reviewer, options: ListOptions
    ) -> tuple[CandidateList, Mapping[str, Subject]]:
        """Make a scanned list what is shown; scan again, further down, where one person took too many places.

        The records that were read for it come along, so that words need not read them again.
        """
        subjects = self._records_of(found) if options.group else {}
        shown = reviewed(found, reviewer, request.top, options, self.pairs, subjects)
        if len(shown.leads) < request.top and len(found.leads) < found.gallery_size and options.group:
            found = self._scanned(probe, request, reviewer, options, again=True)
            subjects = self._records_of(found)
            shown = reviewed(found, reviewer, request.top, options, self.pairs, subjects)
        return shown, subjects

    def _worded(
        self, probe: Subject, shown: tuple[CandidateList, Mapping[str, Subject]], language: Language | None
    ) -> CandidateList:
        found, subjects = shown
        if language is None:
            return found
        return worded(found, probe, subjects or self._records_of(found), self.prepared, language)

    def _records_of(self, found: CandidateList) -> Mapping[str, Subject]:
        """Read the records of a list."""
        return self.subjects([lead.record_id for lead in found.leads])
