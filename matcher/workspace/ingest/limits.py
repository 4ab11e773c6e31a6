"""Caps on untrusted files, checked before anything is parsed; beyond them a file is refused, not shortened."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from matcher.errors import LimitError

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one run of ingest.

    Parameters
    ----------
    table_bytes : int
        Size of a table in text form.
    workbook_bytes : int
        Size of a workbook file.
    workbook_entries : int
        Files inside a workbook.
    workbook_unpacked_bytes : int
        Their declared size together.
    workbook_ratio : int
        Declared size over packed size of one entry, for entries above 1 MiB. A sheet of 30,000 x 20 equal cells,
        the most repetitive table there is, has 18 to 1 when XlsxWriter writes it; deflate ends at 1,032 to 1.
    workbook_memory_bytes, workbook_cpu_seconds, workbook_wall_seconds : int
        What the child process that parses a workbook may use.
    line_characters : int
        Length of one line of text; a spreadsheet row of 1,000 full cells is far below.
    columns, rows : int
        Size of a table; 1,048,576 rows are Excel's own limit.
    photo_bytes : int
        Size of a photograph.
    photo_files : int
        Files below a photo folder.
    embeddings_bytes, embeddings_group_bytes : int
        Size of a Parquet file, and of one of its row groups when unpacked.
    """

    table_bytes: int = 256 * _MIB
    workbook_bytes: int = 64 * _MIB
    workbook_entries: int = 5_000
    workbook_unpacked_bytes: int = 512 * _MIB
    workbook_ratio: int = 100
    workbook_memory_bytes: int = 2048 * _MIB
    workbook_cpu_seconds: int = 60
    workbook_wall_seconds: int = 180
    line_characters: int = 1_000_000
    columns: int = 1_000
    rows: int = 1_048_576
    photo_bytes: int = 64 * _MIB
    photo_files: int = 2_000_000
    embeddings_bytes: int = 16_384 * _MIB
    embeddings_group_bytes: int = 2_048 * _MIB


DEFAULT_LIMITS = Limits()


def capped_lines(name: str, stream: io.TextIOWrapper, limits: Limits) -> Iterator[str]:
    """Yield the lines of a text; one that is too long is refused before it is read to its end.

    Raises
    ------
    LimitError
        Naming the line.
    """
    number = 0
    while line := stream.readline(limits.line_characters + 1):
        number += 1
        if len(line) > limits.line_characters:
            raise LimitError(
                f"{name}: line {number} is longer than {limits.line_characters} characters",
                remedy="export the table again; this is not a form",
            )
        yield line
