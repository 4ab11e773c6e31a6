"""Text tables from files that nobody vouches for: size cap, encoding, delimiter, header."""

from __future__ import annotations

import csv
from pathlib import Path

from matcher.errors import InputError, LimitError

LARGEST_FILE = 64 << 20
"""Bytes; a long table of a million loci has about half of that."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV or tab-separated file as header-to-text rows.

    UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (which holds GBK and GB2312).

    Raises
    ------
    InputError
        When the file cannot be read or decoded, or has no rows below a header.
    LimitError
        When it is larger than 64 MB.
    """
    text = read_text(path)
    lines = text.splitlines()
    if not lines:
        raise InputError(f"{path}: empty", remedy="give a table with a header row")
    delimiter = max("\t,;", key=lines[0].count)
    try:
        rows = list(csv.DictReader(lines, delimiter=delimiter, restkey="", restval=""))
    except csv.Error as error:
        raise InputError(f"{path}: not a table ({error})", remedy="save it as CSV") from None
    if not rows:
        raise InputError(f"{path}: no rows below the header", remedy="give a table with one row per locus")
    return [{header: value for header, value in row.items() if isinstance(value, str)} for row in rows]


def read_text(path: Path) -> str:
    """Read a text file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030; errors as for `read_rows`."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise LimitError(f"{path}: {size >> 20} MB", remedy=f"split it into files below {LARGEST_FILE >> 20} MB")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", remedy="check the path") from None
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: binary", remedy="save the table as CSV")
    for encoding in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path}: neither UTF-8 nor GB18030", remedy="save it as UTF-8")
