"""A row of a form while it is being read: its cells, what was kept as a note, what was left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from matcher.types import RecordKind, Reject
from matcher.workspace.ingest.columns import ColumnPlan, UsedColumn
from matcher.workspace.ingest.text import UnreadableValueError, says_nothing, shortened

Value = TypeVar("Value")

LONGEST_NOTE = 20_000
_SHORT_TEXT = 200


@dataclass(frozen=True, slots=True)
class FormContext:
    """What is the same for all rows of a form.

    Parameters
    ----------
    source : str
        File name for rejects.
    kind : RecordKind
        Kind of its records unless a row says otherwise.
    station : str or None
        Station of rows that name none.
    plan : ColumnPlan
        Meaning of its columns.
    today : int
        Day of reading, days since 1970-01-01.
    is_placeholder : callable
        Tells whether a name says that the name is not known.
    fields : frozenset of str
        Fields of a record that the form has columns for.
    """

    source: str
    kind: RecordKind
    station: str | None
    plan: ColumnPlan
    today: int
    is_placeholder: Callable[[str], bool]
    fields: frozenset[str]


@dataclass(slots=True)
class Form:
    """A row being read."""

    context: FormContext
    row: int
    cells: Sequence[str]
    rejects: list[Reject] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    placeholders: int = 0

    def cell(self, column: UsedColumn) -> str:
        """Return a cell, empty where the row is short or the cell says that nothing is known."""
        text = self.cells[column.position].strip() if column.position < len(self.cells) else ""
        return "" if says_nothing(text) else text

    def note(self, column: UsedColumn, text: str) -> None:
        """Keep a cell as a note."""
        if len(text) > LONGEST_NOTE:
            self.reject(column, text, "too_long", f"shorten it to {LONGEST_NOTE} characters")
            return
        self.notes.append((column.header, unicodedata.normalize("NFC", text)))

    def reject(self, column: UsedColumn, value: str, reason: str, remedy: str) -> None:
        """Leave one value out."""
        self.rejects.append(
            Reject(self.context.source, self.row, column.header, shortened(value), reason, remedy, record_lost=False)
        )


def first(form: Form, targets: tuple[str, ...], parse: Callable[[str], Value | None]) -> Value | None:
    """Read the first readable cell of some columns; other filled cells of them are kept as notes."""
    found: Value | None = None
    for column in form.context.plan.of(*targets):
        text = form.cell(column)
        if not text:
            continue
        if found is not None:
            form.note(column, text)
            continue
        try:
            found = parse(text)
        except UnreadableValueError as error:
            form.reject(column, text, error.reason, error.remedy)
    return found


def short_text(form: Form, target: str) -> str | None:
    """Read one line of text, with single spaces."""

    def parse(text: str) -> str:
        if len(text) > _SHORT_TEXT:
            raise UnreadableValueError("too_long", f"use at most {_SHORT_TEXT} characters")
        return unicodedata.normalize("NFC", " ".join(text.split()))

    return first(form, (target,), parse)
