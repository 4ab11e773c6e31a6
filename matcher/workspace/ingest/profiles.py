"""A laboratory's long STR table into profiles; what a genotype is, `read_profiles` of the DNA channel knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from matcher.types import Reject, StrProfile
from matcher.workspace.ingest.request import FileSummary, IngestSettings
from matcher.workspace.ingest.sheets import Sheet, open_sheet
from matcher.workspace.ingest.tally import Tally
from matcher.workspace.ingest.text import is_text
from matcher.workspace.keys import batches
from matcher.workspace.store import Workspace
from matcher.workspace.values import ImportFile

_BATCH_SAMPLES = 500
_CONFLICT_REMEDY = (
    "the stored profile of this sample differs; check for a swapped sample. Erase the stored profile first if this one "
    "is right"
)


def ingest_str_table(workspace: Workspace, path: Path, settings: IngestSettings) -> Iterator[FileSummary]:
    """Store the profiles of a laboratory table; counts are of samples, single loci are values.

    Raises
    ------
    InputError
        When the file is no table with sample, locus and allele columns; nothing of it is stored then.
    LimitError
        Beyond a cap.
    """
    sheet = open_sheet(path, settings.limits, is_known=lambda _header: False)
    profiles, rejects = settings.readers.read_profiles(_rows(sheet), source=sheet.name)
    tally = Tally()
    lost = [reject for reject in rejects if reject.record_lost]
    tally.read = len(profiles) + len(lost)
    for reject in lost:
        tally.lose(_placed(reject, sheet))
    # A rejected genotype is a biometric value: the file says what it was, the identity file does not.
    tally.leave_out((_placed(r, sheet) for r in rejects if not r.record_lost), value_stored=False)
    with settings.progress(f"storing profiles of {sheet.name}", len(profiles)) as advance:
        for some in batches(profiles, _BATCH_SAMPLES):
            _store(workspace, some, sheet.name, tally)
            advance(len(some))
    key = workspace.begin_import(ImportFile(str(path.absolute()), sheet.sha256, "str", "", sheet.encoding))
    workspace.finish_import(key, tally.counts(), tally.sorted_rejects())
    shown = tuple(item.reject for item in tally.sorted_rejects())
    yield FileSummary(sheet.name, "str", tally.counts(), sheet.encoding, shown, remarks=sheet.remarks)


def _store(workspace: Workspace, profiles: Sequence[StrProfile], source: str, tally: Tally) -> None:
    for profile, outcome in zip(profiles, workspace.put_profiles(profiles), strict=True):
        if outcome == "conflict":
            reject = Reject(
                source, None, None, profile.sample_id, "contradicts_stored_profile", _CONFLICT_REMEDY, record_lost=True
            )
            tally.lose(reject)
        else:
            tally.keep(outcome)


def _rows(sheet: Sheet) -> Iterator[dict[str, str]]:
    """Yield rows by header, blank ones included so that the reader's row numbers run as in the file."""
    expected = sheet.header_row + 1
    for number, cells in sheet.read_rows():
        while expected < number:
            yield dict.fromkeys(sheet.headers, "")
            expected += 1
        expected += 1
        read = cells if is_text("".join(cells)) else [cell if is_text(cell) else "" for cell in cells]
        yield dict(zip_longest(sheet.headers, read[: len(sheet.headers)], fillvalue=""))


def _placed(reject: Reject, sheet: Sheet) -> Reject:
    """Move a row number that was counted from row 2 to where the table really begins."""
    return reject if reject.row is None else replace(reject, row=reject.row + sheet.header_row - 1)
