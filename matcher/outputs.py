"""Files handed to people: whole or not at all, readable by their owner only, and no cell of them can act."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.durable import replacing
from matcher.errors import UsageError

_REMEDY = "choose an existing directory you may write to, with free space"
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets take a cell that begins so for a formula (OWASP, CSV injection)."""


@contextmanager
def output_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and put the file there in its place once the block is done.

    A reader sees the old file or the new one, never half of it; a failure leaves the old one and no litter. The file
    is readable by its owner only: it may hold personal data.

    Raises
    ------
    UsageError
        When the place cannot be written to.
    """
    try:
        with replacing(path) as temporary:
            temporary.touch(mode=0o600, exist_ok=False)
            yield temporary
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}", remedy=_REMEDY) from error


def require_place(path: Path) -> None:
    """Refuse a place where no file can be written, before the work that is to be written there.

    Raises
    ------
    UsageError
        When the path names no file, or its directory is absent or may not be written to.
    """
    if path.name in ("", ".."):
        raise UsageError(f"'{path}' names no file", remedy="give a file name")
    if not (path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)):
        raise UsageError(f"{path}: cannot be written: '{path.parent}' is no directory to write to", remedy=_REMEDY)


def inert_workbook(target: Path | io.BytesIO) -> Any:
    """Begin a workbook in which no text is taken for a formula or a link; it is made in memory, whole.

    With a buffer, a disk that is full cannot meet the library half way.
    """
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(target if isinstance(target, io.BytesIO) else str(target), options)


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell of separated text that a spreadsheet would take for a formula.

    >>> harmless("=1+1"), harmless("王江山")
    ("'=1+1", '王江山')
    """
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell
