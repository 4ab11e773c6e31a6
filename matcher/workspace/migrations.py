"""Schema versions of both files: numbered steps, each applied once, in one transaction.

A step is never edited after a release; a change of the schema is a new function at the end of its list. The version a
file has reached is its `user_version`, and `application_id` tells our files from other SQLite files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import WorkspaceError
from matcher.workspace.tables import BIOMETRICS_1, IDENTITY_1, IDENTITY_2, IDENTITY_3

Step = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Schema:
    """One file's history: its application id and the steps that lead from an empty file to the present version."""

    application_id: int
    steps: tuple[Step, ...]

    @property
    def version(self) -> int:
        """Present version, the number of steps."""
        return len(self.steps)


def identity_1(db: sqlite3.Connection) -> None:
    """Create the identity tables."""
    for statement in IDENTITY_1:
        db.execute(statement)


def identity_2(db: sqlite3.Connection) -> None:
    """Add the steps of confirmations."""
    for statement in IDENTITY_2:
        db.execute(statement)


def identity_3(db: sqlite3.Connection) -> None:
    """Let a judgement say what it rests on and what had been known by then; older judgements do not know."""
    for statement in IDENTITY_3:
        db.execute(statement)


def biometrics_1(db: sqlite3.Connection) -> None:
    """Create the biometrics tables."""
    for statement in BIOMETRICS_1:
        db.execute(statement)


IDENTITY = Schema(int.from_bytes(b"MTid", "big"), (identity_1, identity_2, identity_3))
BIOMETRICS = Schema(int.from_bytes(b"MTbi", "big"), (biometrics_1,))


def version_of(db: sqlite3.Connection) -> int:
    """Return the schema version of an open file; 0 = empty."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def check(db: sqlite3.Connection, schema: Schema, directory: Path) -> None:
    """Refuse a file that is not ours or comes from a newer version of this program."""
    found = int(db.execute("PRAGMA application_id").fetchone()[0])
    if found != schema.application_id:
        raise WorkspaceError(
            f"workspace '{directory}' holds a database that this program did not make",
            remedy="restore both database files from the same backup",
        )
    version = version_of(db)
    if version > schema.version:
        raise WorkspaceError(
            f"workspace '{directory}' has schema version {version}, this program knows up to {schema.version}",
            remedy="install the newer version of matcher that wrote it",
        )


def require_current(db: sqlite3.Connection, schema: Schema, directory: Path) -> None:
    """Refuse an older file, which can only be met when reading: writers upgrade it first."""
    version = version_of(db)
    if version < schema.version:
        raise WorkspaceError(
            f"workspace '{directory}' has the older schema version {version}, {schema.version} is current",
            remedy="upgrade it by opening it for writing once, for example with: matcher index",
        )


def upgrade(db: sqlite3.Connection, schema: Schema) -> int:
    """Apply the missing steps, each in a transaction of its own, and return how many there were."""
    applied = 0
    while version_of(db) < schema.version:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(db)  # again under the lock: another process may have been faster
            if version < schema.version:
                schema.steps[version](db)
                db.execute(f"PRAGMA user_version = {version + 1}")
                db.execute(f"PRAGMA application_id = {schema.application_id}")
                applied += 1
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    return applied
