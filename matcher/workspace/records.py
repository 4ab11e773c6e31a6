"""Writing records: what is new is added, what changed is updated, what is the same stays untouched."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from matcher.errors import UsageError
from matcher.workspace.keys import bump, listed
from matcher.workspace.rows import (
    RECORD_COLUMNS,
    RecordRows,
    delete_children,
    load,
    merged,
    rows_of,
    unknown_fields,
    write_children,
)
from matcher.workspace.values import Outcome, RecordEntry

Change = tuple[str, int | None, RecordRows, int | None]
"""Case number, record key (None = new), rows, row in the source file."""


def put(identity: sqlite3.Connection, entries: Sequence[RecordEntry], *, import_key: int | None) -> list[Outcome]:
    """Store a batch within the caller's transaction and say what became of each entry.

    Raises
    ------
    UsageError
        When a case number stands twice in the batch, or an entry covers a field that does not exist.
    """
    _check(entries)
    stored = load(identity, [entry.subject.record_id for entry in entries])
    outcomes: list[Outcome] = []
    changes: list[Change] = []
    for entry in entries:
        record_id = entry.subject.record_id
        came = rows_of(entry)
        key, present = stored.get(record_id, (None, None))
        outcome, rows = _judge(present, came, entry.fields)
        outcomes.append(outcome)
        if outcome in ("added", "updated"):
            changes.append((record_id, key, rows, entry.source_row))
    if changes:
        _write(identity, changes, import_key)
    return outcomes


def _check(entries: Sequence[RecordEntry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        record_id = entry.subject.record_id
        if record_id in seen:
            raise UsageError(f"case number '{record_id}' stands twice in one batch", remedy="put it once")
        seen.add(record_id)
        if wrong := unknown_fields(entry.fields or frozenset()):
            raise UsageError(f"no such field: {', '.join(sorted(wrong))}", remedy="see matcher.workspace.values")


def _judge(present: RecordRows | None, came: RecordRows, fields: frozenset[str] | None) -> tuple[Outcome, RecordRows]:
    """Decide what to do with rows that came, given what is present under the same case number."""
    if present is not None:
        if present.kind != came.kind:
            return "other_kind", came
        # Two stations may both have a case 0012; overwriting one with the other would lose a person.
        if present.station and came.station and present.station != came.station:
            return "other_station", came
    rows = merged(present, came, fields)
    if present is None:
        return "added", rows
    return ("unchanged" if rows == present else "updated"), rows


def _write(identity: sqlite3.Connection, changes: Sequence[Change], import_key: int | None) -> None:
    seq = bump(identity)
    new = [change for change in changes if change[1] is None]
    old = [change for change in changes if change[1] is not None]
    identity.executemany(
        f"INSERT INTO record (record_id, seq, {RECORD_COLUMNS}, import_key, source_row) "  # noqa: S608 - constants
        f"VALUES ({', '.join('?' * 14)})",
        ((record_id, seq, *rows.record, import_key, row) for record_id, _, rows, row in new),
    )
    assignments = ", ".join(f"{column.strip()} = ?" for column in RECORD_COLUMNS.split(","))
    identity.executemany(
        f"UPDATE record SET seq = ?, {assignments}, import_key = ?, source_row = ? "  # noqa: S608 - constants
        "WHERE record_key = ?",
        ((seq, *rows.record, import_key, row, key) for _, key, rows, row in old),
    )
    identity.executemany("DELETE FROM tombstone WHERE record_id = ?", ((change[0],) for change in new))
    delete_children(identity, [key for _, key, _, _ in old if key is not None])
    keys = dict(
        identity.execute(
            "SELECT record_id, record_key FROM record WHERE record_id IN (SELECT value FROM json_each(?))",
            (listed([change[0] for change in new]),),
        )
    )
    write_children(identity, [(keys[i] if key is None else key, rows) for i, key, rows, _ in changes])
