"""Reads the analyst's decisions back from a workbook that `write_workbook` made, sorted and filtered as it may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError
from matcher.report.phrases import phrases
from matcher.types import Reject
from matcher.workspace.ingest.files import read_capped
from matcher.workspace.ingest.limits import DEFAULT_LIMITS
from matcher.workspace.ingest.workbook import read_workbook
from matcher.workspace.values import Decision, Ground, Judgement

_JUDGEMENTS: Mapping[str, Judgement] = {
    "confirm": "confirm",
    "exclude": "reject",
    "pending": "defer",
    "sample_dna": "need_dna",
}
_KEYS = ("case", "record", "decision", "remark")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ReadDecisions:
    """What a reviewed workbook holds: `rows == len(decisions) + empty + len(rejects)`."""

    rows: int
    empty: int
    decisions: tuple[Decision, ...]
    rejects: tuple[Reject, ...]


def read_decisions(
    path: Path, *, known: Collection[str], reviewer: str, ground: Ground | None = None
) -> ReadDecisions:  # fmt: skip
    """Read the decision column.

    Parameters
    ----------
    path : Path
        Workbook in either language.
    known : collection of str
        Case numbers of the workspace.
    reviewer : str
        Who judged; a workbook is one person's work.
    ground : Ground or None
        Ground truth behind every decision in it.

    Raises
    ------
    InputError
        When the file cannot be read or has no decision column.
    LimitError
        When it is too large.
    """
    rows = _rows(path)
    columns = _columns(path, rows)
    words = {
        phrases(language)[f"decision.{key}"]: said for language in ("zh", "en") for key, said in _JUDGEMENTS.items()
    }
    decisions: list[Decision] = []
    rejects: list[Reject] = []
    empty = 0
    for number, cells in rows[1:]:
        case, record, decision, remark = (cells[at].strip() if at < len(cells) else "" for at in columns.values())
        if not decision:
            empty += 1
            continue
        fault = next(_faults(decision, (case, record), words, known), None)
        if fault is None:
            decisions.append(Decision(case, record, words[decision], reviewer, remark, "", ground))
        else:
            column, value, reason, remedy = fault
            heading = rows[0][1][columns[column]]
            rejects.append(Reject(path.name, number, heading, value[:_LONGEST], reason, remedy, record_lost=True))
    return ReadDecisions(len(rows) - 1, empty, tuple(decisions), tuple(rejects))


def _faults(
    decision: str, pair: tuple[str, str], words: Mapping[str, Judgement], known: Collection[str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield column, value, reason and remedy of what is wrong with a row."""
    if decision not in words:
        yield "decision", decision, "unknown_decision", f"use one of {', '.join(words)}"
    for column, record_id in zip(("case", "record"), pair, strict=True):
        if record_id not in known:
            yield column, record_id, "unknown_case", "the case number is not in the workspace; check the cell"
    if pair[0] == pair[1]:
        yield "record", pair[1], "same_record", "a case cannot be judged against itself"


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    content = read_capped(path, DEFAULT_LIMITS.workbook_bytes)
    return list(read_workbook(path.name, content, DEFAULT_LIMITS).rows())


def _columns(path: Path, rows: Sequence[tuple[int, list[str]]]) -> dict[str, int]:
    """Find the columns by their headings, in whatever order they stand now."""
    headings = [cell.strip() for cell in rows[0][1]] if rows else []
    found = {}
    for key in _KEYS:
        names = {phrases(language)[f"column.{key}"] for language in ("zh", "en")}
        at = next((place for place, heading in enumerate(headings) if heading in names), None)
        if at is None:
            raise InputError(
                f"{path}: no column '{' / '.join(sorted(names))}' in the first row",
                remedy="give a workbook that `matcher match` wrote, with its headings",
            )
        found[key] = at
    return found
