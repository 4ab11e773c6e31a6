"""A table as rows of text cells, whatever file it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from matcher.errors import InputError
from matcher.types import Reject
from matcher.workspace.ingest import csv_rows, json_rows, workbook
from matcher.workspace.ingest.files import read_capped, sha256_of
from matcher.workspace.ingest.limits import Limits

Cells = list[str]
NumberedRow = tuple[int, Cells]

HEADER_ROWS = 10
"""A header is looked for in this many rows; above it may stand a title."""

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that was read through once and found sound.

    Parameters
    ----------
    name : str
        File name without directory.
    sha256 : str
        Of the file, in hex.
    encoding : str or None
        Text encoding found; None for workbooks.
    headers : tuple of str
        As written; an empty header is an empty string.
    header_row : int
        1-based row of the headers as a spreadsheet shows it.
    count : int
        Rows below the header that are not blank, unreadable ones included.
    remarks : tuple of str
        What the reader should know, such as further worksheets that were not read.
    broken : tuple of Reject
        Rows that could not be read as rows at all (JSON lines only).
    read_rows : callable
        Gives an iterator over (1-based row number, cells), the header excluded, as often as it is called.
    """

    name: str
    sha256: str
    encoding: str | None
    headers: tuple[str, ...]
    header_row: int
    count: int
    remarks: tuple[str, ...]
    broken: tuple[Reject, ...]
    read_rows: Callable[[], Iterator[NumberedRow]]


def open_sheet(path: Path, limits: Limits, *, is_known: Callable[[str], bool]) -> Sheet:
    """Open a table after reading it through once, so that a broken file stores nothing.

    Parameters
    ----------
    path : Path
        CSV (comma, tab or semicolon; UTF-8, GBK or GB18030), XLSX or JSON lines, told by the suffix.
    limits : Limits
        Caps.
    is_known : callable
        Tells whether a header has a known meaning; used to find the header row and the separator.

    Raises
    ------
    InputError
        For a file that is none of these, is empty, or has no rows.
    LimitError
        Beyond a cap.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: files ending in '{suffix}' are not read", remedy=f"use one of {', '.join(SUFFIXES)}")
    content = read_capped(path, limits.workbook_bytes if suffix == ".xlsx" else limits.table_bytes)
    _check_disguise(content, path)
    if suffix in (".jsonl", ".ndjson"):
        return _json_sheet(path.name, content, limits)
    if suffix == ".xlsx":
        book = workbook.read_workbook(path.name, content, limits)
        return _with_header(path.name, content, book.rows, (None, book.remarks), is_known)
    encoding, read_all = csv_rows.open_text(path.name, content, limits, is_known=is_known)
    return _with_header(path.name, content, read_all, (encoding, ()), is_known)


def find_header(rows: Iterable[NumberedRow], *, is_known: Callable[[str], bool]) -> NumberedRow | None:
    """Choose the header among the first rows: the one with most known headers, else the first that is not blank."""
    candidates = [(number, cells) for number, cells in islice(rows, HEADER_ROWS) if any(map(str.strip, cells))]
    if not candidates:
        return None
    return max(candidates, key=lambda row: (sum(is_known(cell) for cell in row[1]), -row[0]))


def _with_header(
    name: str,
    content: bytes,
    read_all: Callable[[], Iterator[NumberedRow]],
    described: tuple[str | None, tuple[str, ...]],
    is_known: Callable[[str], bool],
) -> Sheet:
    header = find_header(read_all(), is_known=is_known)
    if header is None:
        raise InputError(f"{name}: no rows", remedy="export it again")
    header_row, headers = header

    def read_rows() -> Iterator[NumberedRow]:
        return ((n, cells) for n, cells in read_all() if n > header_row and any(map(str.strip, cells)))

    count = sum(1 for _ in read_rows())
    encoding, remarks = described
    trimmed = tuple(text.strip() for text in _without_trailing_blanks(headers))
    return Sheet(name, sha256_of(content), encoding, trimmed, header_row, count, remarks, (), read_rows)


def _json_sheet(name: str, content: bytes, limits: Limits) -> Sheet:
    table = json_rows.open_lines(name, content, limits)
    count = sum(1 for _ in table.read_rows()) + len(table.broken)
    if not count:
        raise InputError(f"{name}: no rows", remedy="write one JSON object per line")
    return Sheet(
        name, sha256_of(content), table.encoding, table.headers, 0, count, (), table.broken, table.read_rows
    )  # fmt: skip


def _check_disguise(content: bytes, path: Path) -> None:
    """Refuse a file whose content is of another kind than its name says."""
    is_zip = content.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    if path.suffix.lower() == ".xlsx":
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            raise InputError(
                f"{path}: an old .xls file or a workbook with a password", remedy="save it as .xlsx without password"
            )
        if not is_zip:
            raise InputError(f"{path}: not an XLSX workbook", remedy="save it again as .xlsx, or rename it to .csv")
    elif is_zip or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(f"{path}: a workbook or archive, not text", remedy="rename it to .xlsx, or export it as CSV")


def _without_trailing_blanks(cells: Cells) -> Cells:
    last = max((place for place, text in enumerate(cells) if text.strip()), default=-1)
    return cells[: last + 1]
