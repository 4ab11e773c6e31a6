"""Separated text as rows of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from matcher.errors import InputError, LimitError
from matcher.workspace.ingest.encodings import find_encoding
from matcher.workspace.ingest.limits import Limits, capped_lines

NumberedRow = tuple[int, list[str]]

_SEPARATORS = (",", "\t", ";")
_SAMPLE_LINES = 10
_SAMPLE_CHARACTERS = 10_000


def open_text(
    name: str, content: bytes, limits: Limits, *, is_known: Callable[[str], bool]
) -> tuple[str, Callable[[], Iterator[NumberedRow]]]:
    """Return the encoding found and a function that reads all rows, header included.

    Raises
    ------
    InputError
        For another encoding or binary content; while reading, for broken quotes.
    LimitError
        While reading, beyond a cap.
    """
    encoding = find_encoding(content, name)
    separator = _find_separator(content, encoding, is_known)
    return encoding, lambda: _rows(name, content, (encoding, separator), limits)


def _find_separator(content: bytes, encoding: str, is_known: Callable[[str], bool]) -> str:
    """Choose the separator that shows most known headers in the first lines, then most columns."""
    stream = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    first = [
        line
        for _, line in zip(range(_SAMPLE_LINES), iter(lambda: stream.readline(_SAMPLE_CHARACTERS), ""), strict=False)
    ]

    def shown(separator: str) -> tuple[int, int]:
        rows = list(csv.reader(first, delimiter=separator))
        known = max((sum(map(is_known, cells)) for cells in rows), default=0)
        return known, max(map(len, rows), default=0)

    return max(_SEPARATORS, key=lambda separator: (*shown(separator), separator == ","))


def _rows(name: str, content: bytes, form: tuple[str, str], limits: Limits) -> Iterator[NumberedRow]:
    encoding, separator = form
    stream = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    reader = csv.reader(capped_lines(name, stream, limits), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken(name, number, error) from error
        if len(cells) > limits.columns:
            raise LimitError(
                f"{name}:{number}: {len(cells)} columns, at most {limits.columns} are accepted",
                remedy="check the separator; it should be a comma, a tab or a semicolon",
            )
        if number > limits.rows:
            raise LimitError(f"{name}: more than {limits.rows} rows", remedy="split the file")
        yield number, cells


def _broken(name: str, number: int, error: csv.Error) -> InputError:
    text = str(error)
    if "field larger" in text:
        return LimitError(
            f"{name}:{number}: a cell longer than {csv.field_size_limit()} characters",
            remedy="look for a quotation mark that is opened and never closed",
        )
    return InputError(
        f"{name}:{number}: broken quotation marks ({text})",
        remedy='write a quotation mark inside a cell twice (""), and close every one that is opened',
    )
