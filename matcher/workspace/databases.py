"""The two SQLite files of a workspace as one transactional resource.

Two files in WAL mode cannot commit as one, so the order of commits carries the guarantee:

* A write commits biometrics first and identity second; the identity commit is the commit point. A crash in between
  leaves biometrics that nothing refers to.
* Biometrics that a write makes superfluous are deleted after the identity commit, in a transaction of their own.
* Both files carry a `stamp` that every write to biometrics moves on. Unequal stamps mean that a write was cut short:
  the next writer removes what nothing refers to before it does anything else.

Writers hold the identity file's write lock throughout, so there is one at a time over all processes. Readers take the
identity snapshot first and then a biometrics snapshot that still holds everything the former refers to.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.errors import WorkspaceError
from matcher.workspace import migrations
from matcher.workspace.connection import BIOMETRICS_FILE, BUSY_SECONDS, IDENTITY_FILE, connect, translated

# A write moves the stamp by one for what it adds and by one more for what it removes.
_LARGEST_STAMP_GAP = 2
_SNAPSHOT_ATTEMPTS = 50
_TRUNCATE_MILLISECONDS = 500  # a reader's snapshot usually ends within this; a longer one is reported instead


class Databases:
    """Both files of a workspace, opened; safe to share between threads, which then take turns.

    Parameters
    ----------
    directory : Path
        The workspace directory, holding both files.
    read_only : bool
        True opens without the right to write.

    Raises
    ------
    WorkspaceError
        When a file is missing, damaged, locked, from a newer version, or the two do not belong together.
    """

    def __init__(self, directory: Path, *, read_only: bool) -> None:
        self.directory = directory
        self.read_only = read_only
        self._lock = threading.RLock()
        self._depth = 0
        self._rehearsal = False
        self._doomed: tuple[list[int], list[int]] = ([], [])
        self._biometrics_touched = False
        with translated(directory):
            self.identity = connect(directory / IDENTITY_FILE, read_only=read_only)
            try:
                self.biometrics = connect(directory / BIOMETRICS_FILE, read_only=read_only)
                try:
                    self._prepare()
                except BaseException:
                    self.biometrics.close()
                    raise
            except BaseException:
                self.identity.close()
                raise

    def _prepare(self) -> None:
        migrations.check(self.identity, migrations.IDENTITY, self.directory)
        migrations.check(self.biometrics, migrations.BIOMETRICS, self.directory)
        if not self.read_only:
            # Biometrics first: an identity file never refers to a form its partner does not have yet.
            migrations.upgrade(self.biometrics, migrations.BIOMETRICS)
            migrations.upgrade(self.identity, migrations.IDENTITY)
        migrations.require_current(self.identity, migrations.IDENTITY, self.directory)
        migrations.require_current(self.biometrics, migrations.BIOMETRICS, self.directory)
        ours, theirs = (db.execute("SELECT store_id FROM store").fetchone()[0] for db in self._both())
        if ours != theirs:
            raise WorkspaceError(
                f"the two database files in '{self.directory}' belong to different workspaces",
                remedy="restore both files from the same backup",
            )
        if not self.read_only and self._stamps()[0] != self._stamps()[1]:
            with self.writing():
                pass

    def close(self) -> None:
        """Close both files; closing twice does nothing."""
        with self._lock, translated(self.directory):
            self.biometrics.close()
            self.identity.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one consistent snapshot of both files; inside a snapshot or a write, join it."""
        with self._lock, translated(self.directory):
            if self._depth == 0:
                self._begin_snapshot()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._both_end("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write to both files as one transaction; an exception undoes everything."""
        if self.read_only:
            raise WorkspaceError(f"workspace '{self.directory}' was opened for reading", remedy="open it for writing")
        with self._lock, translated(self.directory):
            if self._rehearsal:
                with self._savepoint():
                    yield
                return
            if self._depth:
                raise WorkspaceError("a write was begun inside a snapshot", remedy="this is a defect; please report it")
            self._begin_write()
            try:
                yield
                self._commit()
            except BaseException:
                self._both_end("ROLLBACK")
                raise
            finally:
                self._depth = 0
            self._delete_doomed()

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Let writes inside happen for the eye only: all of them are undone at the end, nothing reaches the disk."""
        if self.read_only:
            raise WorkspaceError(f"workspace '{self.directory}' was opened for reading", remedy="open it for writing")
        with self._lock, translated(self.directory):
            for db in self._both():
                db.execute("PRAGMA cache_spill = OFF")  # uncommitted pages stay in memory
            self._begin_write()
            self._rehearsal = True
            try:
                yield
            finally:
                self._rehearsal = False
                self._both_end("ROLLBACK")
                self._depth = 0
                for db in self._both():
                    db.execute("PRAGMA cache_spill = ON")

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        for db in self._both():
            db.execute("SAVEPOINT rehearsal")
        try:
            yield
        except BaseException:
            for db in self._both():
                db.execute("ROLLBACK TO rehearsal")
            raise
        finally:
            for db in self._both():
                db.execute("RELEASE rehearsal")

    @property
    def busy(self) -> bool:
        """True inside a snapshot or a write of the calling thread."""
        # Another thread's snapshot is invisible here: taking the lock waits for it.
        with self._lock:
            return self._depth > 0

    def touch_biometrics(self) -> None:
        """Say that this write changes biometrics, so that the stamps move on."""
        self._biometrics_touched = True

    def doom(self, *, vector_keys: list[int] | None = None, sample_keys: list[int] | None = None) -> None:
        """Mark biometrics for deletion right after the identity commit of this write."""
        self._doomed[0].extend(vector_keys or ())
        self._doomed[1].extend(sample_keys or ())

    def truncate_logs(self) -> bool:
        """Write both logs back and cut them to nothing; False when a reader still needs them."""
        with self._lock, translated(self.directory):
            cut = [_truncate_log(db) for db in self._both()]
        return all(cut)

    def _both(self) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        return self.identity, self.biometrics

    def _both_end(self, verb: str) -> None:
        for db in self._both():
            if db.in_transaction:
                db.execute(verb)

    def _stamps(self) -> tuple[int, int]:
        ours, theirs = (int(db.execute("SELECT stamp FROM store").fetchone()[0]) for db in self._both())
        return ours, theirs

    def _begin_snapshot(self) -> None:
        """Begin reading; retry when a deletion slipped in between the two snapshots."""
        for attempt in range(_SNAPSHOT_ATTEMPTS):
            for db in self._both():
                db.execute("BEGIN")
            identity_stamp, biometrics_stamp = self._stamps()  # the first read fixes the snapshot, identity first
            # One ahead: only additions that are not referred to yet. Two or more: something may have been deleted.
            if -_LARGEST_STAMP_GAP <= biometrics_stamp - identity_stamp <= 1:
                return
            self._both_end("ROLLBACK")
            time.sleep(0.001 * attempt)
        raise self._from_different_moments()

    def _begin_write(self) -> None:
        self._begin_immediate()
        try:
            if self._stamps()[0] != self._stamps()[1]:
                # A transaction of its own: recovery and a further write together would move the stamps too far.
                self._recover(*self._stamps())
                self.biometrics.execute("COMMIT")
                self.identity.execute("COMMIT")
                self._begin_immediate()
        except BaseException:
            self._both_end("ROLLBACK")
            raise
        self._depth = 1
        self._doomed = ([], [])
        self._biometrics_touched = False

    def _begin_immediate(self) -> None:
        self.identity.execute("BEGIN IMMEDIATE")
        try:
            self.biometrics.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._both_end("ROLLBACK")
            raise

    def _from_different_moments(self) -> WorkspaceError:
        return WorkspaceError(
            f"the two database files in '{self.directory}' are from different moments",
            remedy="restore both files from the same backup",
        )

    def _recover(self, identity_stamp: int, biometrics_stamp: int) -> None:
        """Remove biometrics that nothing refers to: what a write that was cut short left behind."""
        if abs(identity_stamp - biometrics_stamp) > _LARGEST_STAMP_GAP:
            raise self._from_different_moments()
        for table, column, query in (
            ("embedding", "vector_key", "SELECT vector_key FROM photo_model WHERE vector_key IS NOT NULL"),
            ("genotype", "sample_key", "SELECT sample_key FROM sample"),
        ):
            kept = {row[0] for row in self.identity.execute(query)}
            found = {row[0] for row in self.biometrics.execute(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608
            delete_biometrics(self.biometrics, table, sorted(found - kept))
        stamp = max(identity_stamp, biometrics_stamp)
        for db in self._both():
            db.execute("UPDATE store SET stamp = ?", (stamp,))

    def _commit(self) -> None:
        stamp, _ = self._stamps()
        doomed = any(self._doomed)
        if self._biometrics_touched:
            self.biometrics.execute("UPDATE store SET stamp = ?", (stamp + 1,))
        if self._biometrics_touched or doomed:
            self.identity.execute("UPDATE store SET stamp = ?", (stamp + (2 if doomed else 1),))
        self.biometrics.execute("COMMIT")
        self.identity.execute("COMMIT")

    def _delete_doomed(self) -> None:
        vector_keys, sample_keys = self._doomed
        if not (vector_keys or sample_keys):
            return
        # Under the identity lock again, so that no other writer's stamp is overtaken.
        self._begin_immediate()
        try:
            delete_biometrics(self.biometrics, "embedding", vector_keys)
            delete_biometrics(self.biometrics, "genotype", sample_keys)
            stamp, _ = self._stamps()
            self.biometrics.execute("UPDATE store SET stamp = ?", (stamp,))
            self.biometrics.execute("COMMIT")
        finally:
            self._both_end("ROLLBACK")
        self._doomed = ([], [])


def _truncate_log(db: sqlite3.Connection) -> bool:
    db.execute(f"PRAGMA busy_timeout = {_TRUNCATE_MILLISECONDS}")
    try:
        return bool(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    finally:
        db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def delete_biometrics(biometrics: sqlite3.Connection, table: str, keys: list[int]) -> None:
    """Delete the rows of `embedding` or `genotype` with these random keys."""
    column = {"embedding": "vector_key", "genotype": "sample_key"}[table]
    biometrics.executemany(f"DELETE FROM {table} WHERE {column} = ?", ((key,) for key in keys))  # noqa: S608 - from above
