"""JSON lines as rows of cells: one object per line, its keys are the headers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matcher.errors import LimitError
from matcher.types import Reject
from matcher.workspace.ingest.encodings import find_encoding
from matcher.workspace.ingest.limits import Limits, capped_lines
from matcher.workspace.ingest.text import is_text, shortened

NumberedRow = tuple[int, list[str]]

_REMEDY = "write one JSON object per line, with text, numbers, true/false, null or lists of them"


@dataclass(frozen=True, slots=True)
class JsonTable:
    """Headers in order of first appearance, lines that are no objects, and a function that reads the others."""

    encoding: str
    headers: tuple[str, ...]
    broken: tuple[Reject, ...]
    read_rows: Callable[[], Iterator[NumberedRow]]


def open_lines(name: str, content: bytes, limits: Limits) -> JsonTable:
    """Read JSON lines through once, collecting headers and broken lines.

    Raises
    ------
    InputError
        For another encoding or binary content.
    LimitError
        Beyond a cap on line length, rows or columns.
    """
    encoding = find_encoding(content, name)
    headers: dict[str, None] = {}
    broken: list[Reject] = []
    for number, line in _lines(name, content, encoding, limits):
        try:
            headers.update(dict.fromkeys(_object(line)))
        except ValueError as error:
            broken.append(
                Reject(name, number, None, shortened(line.strip()), "bad_json", _why(error), record_lost=True)
            )
        if len(headers) > limits.columns:
            raise LimitError(f"{name}: more than {limits.columns} different keys", remedy="this is not a form")
    order = tuple(headers)
    skipped = {reject.row for reject in broken}

    def read_rows() -> Iterator[NumberedRow]:
        for number, line in _lines(name, content, encoding, limits):
            if number not in skipped:
                row = _object(line)
                yield number, [row.get(header, "") for header in order]

    return JsonTable(encoding, order, tuple(broken), read_rows)


def _lines(name: str, content: bytes, encoding: str, limits: Limits) -> Iterator[tuple[int, str]]:
    stream = io.TextIOWrapper(io.BytesIO(content), encoding, newline="\n")
    for number, line in enumerate(capped_lines(name, stream, limits), 1):
        if number > limits.rows:
            raise LimitError(f"{name}: more than {limits.rows} lines", remedy="split the file")
        if line.strip():
            yield number, line


def _object(line: str) -> dict[str, str]:
    """Read one line; every way in which it can be wrong is a `ValueError`."""
    try:
        value = json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"a {type(value).__name__}, not an object")
    if not all(is_text(key) for key in value):
        raise ValueError("a key that is not text")
    return {key.strip(): _cell(item) for key, item in value.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return "；".join(_cell(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that stands twice")
    return found


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a JSON number")


def _why(error: ValueError) -> str:
    """Say what is wrong without quoting the line: a message of the parser's own may hold part of it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}; {_REMEDY}"
    return f"{error}; {_REMEDY}"
