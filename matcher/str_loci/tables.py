"""Profile files that nobody vouches for: size cap, encoding, delimiter, header, format."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from matcher.errors import InputError, LimitError
from matcher.str_loci.layouts import Cell, cells_of_table
from matcher.types import Reject, StrProfile

LARGEST_FILE = 64 << 20
"""Bytes; a long table of a million loci has about half of that."""


def read_profile_file(path: Path) -> tuple[list[StrProfile], list[Reject]]:
    """Read a table or a CODIS file, recognised by its content.

    Raises
    ------
    InputError
        When the file cannot be read, decoded or recognised.
    LimitError
        When it is larger than 64 MB.
    """
    return profiles_of_text(read_text(path), source=path.name)


def profiles_of_text(text: str, *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    """Read profiles from the text of a table or a CODIS file; errors as `read_profile_file`."""
    from matcher.str_loci.profiles import collect

    return collect(cells_of_text(text, source=source), source=source)


def cells_of_text(text: str, *, source: str) -> Iterator[Cell]:
    """Read the cells of a table or a CODIS file, of all loci; errors as `read_profile_file`."""
    from matcher.str_loci.codis import cmf_cells

    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return cmf_cells(text, source=source)
    return cells_of_table(rows_of_text(text, source=source), source=source)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV or tab-separated file as header-to-text rows; errors as `read_profile_file`."""
    return rows_of_text(read_text(path), source=path.name)


def rows_of_text(text: str, *, source: str) -> list[dict[str, str]]:
    """Split a delimited table into header-to-text rows.

    Raises
    ------
    InputError
        For text that is no table or has no rows below a header.
    """
    lines = text.splitlines()
    if not lines:
        raise InputError(f"{source}: empty", remedy="give a table with a header row")
    delimiter = max("\t,;", key=lines[0].count)
    try:
        header, *body = csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:
        raise InputError(f"{source}: not a table ({error})", remedy="save it as CSV") from None
    except ValueError:
        raise InputError(f"{source}: empty", remedy="give a table with a header row") from None
    if not body:
        raise InputError(f"{source}: no rows below the header", remedy="give a table with one row per locus")
    names = _distinct(header)
    return [dict(zip(names, row, strict=False)) for row in body]


def _distinct(header: list[str]) -> list[str]:
    """Number repeated headers, `TH01` and `TH01 (2)`, as tables with two columns a locus often have them."""
    seen: dict[str, int] = {}
    names = []
    for text in header:
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return names


def read_text(path: Path) -> str:
    """Read a text file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (which holds GBK)."""
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
