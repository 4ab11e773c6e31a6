"""What a renderer is given: the cases of one run, the records that their leads point to, and thumbnails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matcher.llr import Language
from matcher.types import CandidateList, Subject


@dataclass(frozen=True, slots=True)
class CaseView:
    """One probe with its candidate list and what is known about the listed records.

    Parameters
    ----------
    probe : Subject
        The case itself.
    candidates : CandidateList
        Its ranked leads; may be empty.
    records : Mapping of str to Subject
        By case number, the subjects of the leads. A lead whose record is not here (erased since the list was made)
        is still shown, with a remark in place of its facts.

    Raises
    ------
    ValueError
        When the list belongs to another probe.
    """

    probe: Subject
    candidates: CandidateList
    records: Mapping[str, Subject]

    def __post_init__(self) -> None:
        """Refuse a list that was made for another case."""
        if self.candidates.probe_id != self.probe.record_id:
            raise ValueError(f"candidates of {self.candidates.probe_id!r} given for case {self.probe.record_id!r}")


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """Everything that one report or workbook shows.

    Parameters
    ----------
    title : str
        Heading of the report.
    created : str
        When the lists were made, as an ISO 8601 date or date and time; nothing here reads the clock, so that equal
        input gives equal output.
    language : {"zh", "en"}
        Language of labels; the words of the explanations stay as they were made.
    cases : tuple of CaseView
        Any number, in any order; every output shows the most promising first.
    photos : Mapping of str to bytes
        By case number, one JPEG thumbnail per record. Portrait 4:5 with the face in the middle looks best,
        240 x 300 pixels and 6 to 12 kB each is enough for screen and print. A record without one gets a placeholder.

    Raises
    ------
    ValueError
        When `created` is not an ISO 8601 date or date and time.
    """

    title: str
    created: str
    language: Language
    cases: tuple[CaseView, ...]
    photos: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the date."""
        datetime.fromisoformat(self.created)

    @property
    def created_text(self) -> str:
        """When the lists were made, to the minute, in the time zone they were made in."""
        moment = datetime.fromisoformat(self.created)
        return f"{moment:%Y-%m-%d %H:%M}" if "T" in self.created or " " in self.created else f"{moment:%Y-%m-%d}"

    def most_promising_first(self) -> tuple[CaseView, ...]:
        """Return the cases by the posterior of their first lead, then by case number; those without leads last."""
        return tuple(sorted(self.cases, key=_promise))

    @property
    def calibrated(self) -> bool:
        """Whether every list of the batch is calibrated; an empty batch claims nothing."""
        return bool(self.cases) and all(case.candidates.calibrated for case in self.cases)

    @property
    def fusion(self) -> str:
        """Names of the fusion models that made the numbers."""
        return ", ".join(sorted({case.candidates.fusion for case in self.cases if case.candidates.fusion}))


def _promise(case: CaseView) -> tuple[float, str]:
    leads = case.candidates.leads
    return (-leads[0].person_posterior if leads else 1.0), case.probe.record_id
