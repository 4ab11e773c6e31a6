"""Gathering what the renderers show: the cases of one run, the records of their leads, and portraits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from matcher.llr import Language

if TYPE_CHECKING:
    from matcher.report.batch import CaseView, ReportBatch
    from matcher.types import CandidateList
    from matcher.workspace.store import Workspace

TITLES = {"zh": "寻亲比对线索", "en": "Leads for unidentified persons"}


def gather(
    workspace: Workspace,
    lists: Sequence[CandidateList],
    *,
    language: Language,
    made: datetime | None = None,
) -> ReportBatch:
    """Collect probes, records and portraits of candidate lists.

    Parameters
    ----------
    workspace : Workspace
        The one that the lists were made from; portraits lie in its derived part.
    lists : sequence of CandidateList
        Lists to show. A record that was erased since is shown without its facts.
    language : {"zh", "en"}
        Language of the labels.
    made : datetime or None
        When the lists were made; None = now.
    """
    return batch_of(workspace, case_views(workspace, lists), language=language, made=made)


def case_views(workspace: Workspace, lists: Sequence[CandidateList]) -> list[CaseView]:
    """Read the cases of some lists and the records of their leads; a case that was erased since is left out."""
    from matcher.report.batch import CaseView

    shown = {found.probe_id for found in lists} | {lead.record_id for found in lists for lead in found.leads}
    subjects = {subject.record_id: subject for subject in workspace.subjects(sorted(workspace.seqs(sorted(shown))))}
    return [
        CaseView(
            subjects[found.probe_id],
            found,
            {lead.record_id: subjects[lead.record_id] for lead in found.leads if lead.record_id in subjects},
        )
        for found in lists
        if found.probe_id in subjects
    ]


def batch_of(
    workspace: Workspace, cases: Sequence[CaseView], *, language: Language, made: datetime | None = None
) -> ReportBatch:
    """Put a title, the time and portraits to cases; parameters as of `gather`."""
    from matcher.report.batch import ReportBatch

    shown = {case.probe.record_id for case in cases} | {record_id for case in cases for record_id in case.records}
    created = (made or datetime.now(UTC)).astimezone().isoformat(timespec="minutes")
    return ReportBatch(TITLES[language], created, language, tuple(cases), _portraits(workspace, sorted(shown)))


def _portraits(workspace: Workspace, record_ids: Iterable[str]) -> dict[str, bytes]:
    """Read the first portrait of each record that has one."""
    from matcher.leads.indexing import portraits

    cut, found = portraits(workspace), dict[str, bytes]()
    for record_id in record_ids if cut else ():
        first = next((photo.photo_id for photo in workspace.photos(record_id) if photo.photo_id in cut), None)
        if first is not None:
            found[record_id] = cut[first].read_bytes()
    return found
