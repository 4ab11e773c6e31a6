"""Opening one SQLite file of a workspace: creation, settings, and what SQLite's complaints mean to the user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from matcher.errors import WorkspaceError
from matcher.workspace import migrations

IDENTITY_FILE = "identity.sqlite"
BIOMETRICS_FILE = "biometrics.sqlite"
BUSY_SECONDS = 30.0
PAGE_SIZE = 16384
OLDEST_SQLITE = (3, 38, 0)  # STRICT tables (3.37), JSON functions built in (3.38)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite reports about its environment into a `WorkspaceError`; defects of ours pass through."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        for prefix, text, remedy in _SQLITE_PROBLEMS:
            if name.startswith(prefix):
                raise WorkspaceError(f"workspace '{path}' {text}", remedy=remedy) from error
        raise


_SQLITE_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_BUSY", "is being written by another process", "wait for it to finish, then repeat"),
    ("SQLITE_LOCKED", "is being written by another process", "wait for it to finish, then repeat"),
    ("SQLITE_CORRUPT", "is damaged", "restore both database files from the same backup"),
    ("SQLITE_NOTADB", "holds a file that is not a database", "restore both database files from the same backup"),
    ("SQLITE_FULL", "cannot grow: the disk is full", "free some space, then repeat"),
    ("SQLITE_READONLY", "cannot be written", "check the permissions of the directory and its files"),
    ("SQLITE_CANTOPEN", "cannot be opened", "check that the directory and its files exist and may be read"),
    ("SQLITE_PERM", "may not be opened", "check the permissions of the directory and its files"),
    (
        "SQLITE_IOERR",
        "met an input/output error",
        "check the disk and its space; a network share holds no workspace",
    ),
)


def create_files(directory: Path, *, store_id: str, created_at: str) -> None:
    """Make both files in an existing directory and write everything through to disk."""
    for name, steps in ((BIOMETRICS_FILE, migrations.BIOMETRICS), (IDENTITY_FILE, migrations.IDENTITY)):
        (directory / name).touch(mode=0o600)
        db = connect(directory / name, read_only=False)
        try:
            migrations.upgrade(db, steps)
            db.execute("BEGIN IMMEDIATE")
            if name == IDENTITY_FILE:
                row = (store_id, created_at, b"")
                db.execute("INSERT INTO store VALUES (1, ?, ?, 0, 0, 0, ?)", row)
            else:
                db.execute("INSERT INTO store VALUES (1, ?, 0)", (store_id,))
            db.execute("COMMIT")
        finally:
            with suppress(sqlite3.Error):
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.close()


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open one file with the settings that the guarantees rest on."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise WorkspaceError(
            f"this Python has SQLite {sqlite3.sqlite_version}, {'.'.join(map(str, OLDEST_SQLITE))} is needed",
            remedy="install a newer Python",
        )
    if not path.is_file():
        raise WorkspaceError(
            f"no '{path.name}' in '{path.parent}': not a workspace",
            remedy=f"create one with: matcher init {path.parent}",
        )
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        if not read_only:
            if path.stat().st_size == 0:
                db.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise WorkspaceError(
                    f"the disk under '{path.parent}' cannot hold a write-ahead log",
                    remedy="put the workspace on a local disk, not on a network share",
                )
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA temp_store = MEMORY")  # nothing personal in temporary files
    except BaseException:
        db.close()
        raise
    return db
