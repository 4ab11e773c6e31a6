"""Forms of stations into records: rows in batches, duplicates told from repetitions, books that balance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import UsageError
from matcher.types import Reject
from matcher.workspace.ingest.columns import CASE_NUMBER, is_known, plan_columns
from matcher.workspace.ingest.entries import ReadRow, covered_fields, read_row
from matcher.workspace.ingest.form import FormContext
from matcher.workspace.ingest.photo_files import PhotoTask, named_photo_tasks, store_photos
from matcher.workspace.ingest.request import FileSummary, IngestRequest, IngestSettings
from matcher.workspace.ingest.sheets import Sheet, open_sheet
from matcher.workspace.ingest.tally import Tally
from matcher.workspace.keys import batches
from matcher.workspace.store import Workspace
from matcher.workspace.values import ImportFile, Outcome

_BATCH_ROWS = 500
_TAKEN: dict[Outcome, tuple[str, str]] = {
    "other_kind": (
        "case_of_other_kind",
        "this case number belongs to a record of another kind; give each record its own number",
    ),
    "other_station": (
        "case_of_other_station",
        "this case number belongs to a record of another station; put a station prefix before the numbers",
    ),
}


@dataclass(slots=True)
class _Reading:
    """A form being read: its context, its books, and the case numbers met so far with their row and content."""

    sheet: Sheet
    context: FormContext
    tally: Tally = field(default_factory=Tally)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    photos: list[PhotoTask] = field(default_factory=list)
    photo_base: Path = Path()


def ingest_form(
    workspace: Workspace, path: Path, request: IngestRequest, settings: IngestSettings
) -> Iterator[FileSummary]:
    """Store the records of one form, then link the photographs that its rows name.

    Raises
    ------
    InputError
        When the file cannot be read as a table with a case number column; nothing of it is stored then.
    LimitError
        Beyond a cap.
    UsageError
        When no record kind was given.
    """
    if request.kind is None:
        raise UsageError(f"{path}: what kind of records are these?", remedy="add --kind intake, rescue or missing")
    sheet = open_sheet(path, settings.limits, is_known=is_known)
    plan = plan_columns(sheet.name, sheet.headers)
    context = FormContext(
        sheet.name, request.kind, request.station, plan, settings.today, settings.readers.is_placeholder,
        covered_fields(plan, request.station),
    )  # fmt: skip
    reading = _Reading(sheet, context, photo_base=request.photos or path.parent)
    file = ImportFile(str(path.absolute()), sheet.sha256, "table", request.kind, sheet.encoding)
    import_key = workspace.begin_import(file)
    for broken in sheet.broken:
        reading.tally.read += 1
        reading.tally.lose(broken)
    with settings.progress(f"reading {sheet.name}", sheet.count) as advance:
        advance(len(sheet.broken))
        for rows in batches(sheet.read_rows(), _BATCH_ROWS):
            _store(workspace, reading, [read_row(context, *row) for row in rows], import_key)
            advance(len(rows))
    tally = reading.tally
    workspace.finish_import(import_key, tally.counts(), tally.sorted_rejects())
    yield FileSummary(
        sheet.name, "table", tally.counts(), sheet.encoding, tuple(item.reject for item in tally.sorted_rejects()),
        tally.placeholders, plan.unknown,
        (*sheet.remarks, *(f"'{header}' is kept as a note; did you mean '{near}'?" for header, near in plan.proposals)),
    )  # fmt: skip
    if reading.photos:
        yield store_photos(workspace, file, reading.photos, settings)


def _store(workspace: Workspace, reading: _Reading, rows: list[ReadRow], import_key: int) -> None:
    tally, fresh = reading.tally, []
    for row in rows:
        tally.read += 1
        if row.entry is None:
            tally.lose(row.rejects[0], row.record_id)
            continue
        if _repeated(reading, row):
            continue
        fresh.append(row)
    outcomes = workspace.put([row.entry for row in fresh if row.entry is not None], import_key=import_key)
    for row, outcome in zip(fresh, outcomes, strict=True):
        _book(reading, row, outcome)


def _repeated(reading: _Reading, row: ReadRow) -> bool:
    """Book a row whose case number stood further up: a duplicate when it says the same, else rejected."""
    assert row.entry is not None and row.record_id is not None  # noqa: PT018 - both hold for a row with an entry
    number = row.entry.source_row or 0
    content = hash((row.entry.subject.__repr__(), row.photo_files))
    first = reading.seen.setdefault(row.record_id, (number, content))
    if first[0] == number:
        return False
    if first[1] == content:
        reading.tally.duplicate += 1
    else:
        remedy = f"row {first[0]} has the same case number; merge the two rows or renumber one"
        reading.tally.lose(_row_reject(reading, row, "duplicate_case", remedy), row.record_id)
    return True


def _book(reading: _Reading, row: ReadRow, outcome: Outcome) -> None:
    if outcome in _TAKEN:
        reading.tally.lose(_row_reject(reading, row, *_TAKEN[outcome]), row.record_id)
        return
    reading.tally.keep(outcome)
    reading.tally.placeholders += row.placeholders
    reading.tally.leave_out(row.rejects, row.record_id)
    assert row.entry is not None
    reading.photos += named_photo_tasks(row, reading.context.source, reading.photo_base)


def _row_reject(reading: _Reading, row: ReadRow, reason: str, remedy: str) -> Reject:
    assert row.entry is not None
    header = reading.context.plan.of(CASE_NUMBER)[0].header
    return Reject(
        reading.context.source, row.entry.source_row, header, row.record_id or "", reason, remedy, record_lost=True
    )
