"""Which files came in, what they counted, and what of them was rejected."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import PurePath

from matcher.types import Reject
from matcher.workspace.audit import now
from matcher.workspace.values import ImportCounts, ImportFile, StoredReject

VALUE_WITHHELD = "(withheld: see the file)"
"""Stands for a rejected genotype, which is not kept in the identity file."""

_COUNTS = "read, stored, updated, duplicate, rejected, values_rejected"


def begin(identity: sqlite3.Connection, file: ImportFile) -> int:
    """Return the key of a file's import row, made when the file is new; it counts as cut short until `finish`."""
    where = (file.sha256, file.role, file.kind, file.path)
    known = identity.execute(
        "SELECT import_key FROM import_file WHERE sha256 = ? AND role = ? AND kind = ? AND path = ?", where
    ).fetchone()
    if known is not None:
        return int(known[0])
    cursor = identity.execute(
        f"INSERT INTO import_file (sha256, role, kind, path, name, encoding, at, complete, {_COUNTS}) "  # noqa: S608
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0)",
        (*where, PurePath(file.path).name, file.encoding, now()),
    )
    return int(cursor.lastrowid or 0)


def is_complete(identity: sqlite3.Connection, import_key: int) -> bool:
    """Say whether an import was finished before."""
    row = identity.execute("SELECT complete FROM import_file WHERE import_key = ?", (import_key,)).fetchone()
    return bool(row and row[0])


def finish(identity: sqlite3.Connection, import_key: int, counts: ImportCounts) -> None:
    """Write the counts of an import that ran to its end."""
    identity.execute(
        "UPDATE import_file SET complete = 1, read = ?, stored = ?, updated = ?, duplicate = ?, rejected = ?, "
        "values_rejected = ? WHERE import_key = ?",
        (*astuple(counts), import_key),
    )


def replace_rejects(identity: sqlite3.Connection, import_key: int, rejects: Sequence[StoredReject]) -> bool:
    """Put the rejects of an import in place of its own former ones and of those of an earlier file at its path.

    Returns False when nothing changed.
    """
    rows = [
        (import_key, n, r.row, r.column, r.value if item.value_stored else None, r.reason, r.remedy, int(r.record_lost),
         item.record_id)
        for n, item in enumerate(rejects)
        for r in (item.reject,)
    ]  # fmt: skip
    earlier = identity.execute(
        "DELETE FROM reject WHERE import_key IN (SELECT e.import_key FROM import_file e JOIN import_file f "
        "USING (path, role, kind) WHERE f.import_key = ? AND e.import_key <> ?)",
        (import_key, import_key),
    ).rowcount
    if rows == identity.execute("SELECT * FROM reject WHERE import_key = ? ORDER BY n", (import_key,)).fetchall():
        return earlier > 0
    identity.execute("DELETE FROM reject WHERE import_key = ?", (import_key,))
    identity.executemany("INSERT INTO reject VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return True


def rejects(identity: sqlite3.Connection, *, source: str | None, record_id: str | None) -> list[Reject]:
    """List what was rejected, by file in the order of arrival; optionally of one file name or of one case only."""
    found = identity.execute(
        "SELECT f.name, r.row, r.field, r.value, r.reason, r.remedy, r.record_lost FROM reject r "
        "JOIN import_file f USING (import_key) WHERE (? IS NULL OR f.name = ?) AND (? IS NULL OR r.record_id = ?) "
        "ORDER BY import_key, n",
        (source, source, record_id, record_id),
    )
    return [
        Reject(name, row, field, VALUE_WITHHELD if value is None else value, reason, remedy, bool(lost))
        for name, row, field, value, reason, remedy, lost in found
    ]
