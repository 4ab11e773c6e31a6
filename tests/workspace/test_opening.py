"""A workspace that cannot be trusted is refused in one clear line."""

import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from matcher.errors import MatcherError, WorkspaceError
from matcher.workspace import connection, migrations
from matcher.workspace.store import Workspace
from matcher.workspace.values import Decision
from tests.workspace.conftest import full_subject


def execute(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


def refused(path: Path, *, read_only: bool = False) -> str:
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(path, read_only=read_only)
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return str(caught.value)


def test_settings_that_the_guarantees_rest_on(workspace: Workspace) -> None:
    for db in (workspace._db.identity, workspace._db.biometrics):
        found = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "page_size", "temp_store")
        }
        expected = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
        assert found == expected | {"page_size": 16384, "temp_store": 2}
    assert oct((workspace.path / "identity.sqlite").stat().st_mode)[-3:] == "600"
    assert oct(workspace.path.stat().st_mode)[-3:] == "700"


def test_nothing_is_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("full", "file"):
        with pytest.raises(WorkspaceError, match="exists and is not empty"):
            Workspace.create(tmp_path / name)
    (tmp_path / "empty").mkdir()
    Workspace.create(tmp_path / "empty").close()
    with pytest.raises(WorkspaceError, match="exists and is not empty"):
        Workspace.create(tmp_path / "empty")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file", "full"], "no half-made directories stay"


def test_missing_damaged_and_foreign_files(tmp_path: Path) -> None:
    assert "not a workspace" in refused(tmp_path / "nowhere")
    original = tmp_path / "original"
    Workspace.create(original).close()

    def copy(name: str) -> Path:
        return Path(shutil.copytree(original, tmp_path / name))

    (one_file := copy("one-file")).joinpath("biometrics.sqlite").unlink()
    assert "biometrics.sqlite" in refused(one_file)
    (garbage := copy("garbage")).joinpath("identity.sqlite").write_bytes(os.urandom(70_000))
    assert "not a database" in refused(garbage)
    (emptied := copy("emptied")).joinpath("identity.sqlite").write_bytes(b"")
    assert "did not make" in refused(emptied, read_only=True)
    (swapped := copy("swapped")).joinpath("identity.sqlite").write_bytes((original / "biometrics.sqlite").read_bytes())
    assert "did not make" in refused(swapped)
    Workspace.create(tmp_path / "other").close()
    shutil.copy(tmp_path / "other" / "biometrics.sqlite", (mixed := copy("mixed")) / "biometrics.sqlite")
    assert "different workspaces" in refused(mixed)
    whole = (original / "identity.sqlite").read_bytes()
    (torn := copy("torn")).joinpath("identity.sqlite").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MatcherError, match="damaged"), Workspace.open(torn) as opened:
        opened.counts()


def test_files_of_different_moments_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "station"
    with Workspace.create(path) as workspace:
        workspace.put_subjects([full_subject("A1")])
    old = (path / "biometrics.sqlite").read_bytes()
    with Workspace.open(path) as workspace:
        for n in range(3):
            workspace.put_subjects([full_subject(f"B{n}")])
    (path / "biometrics.sqlite").write_bytes(old)
    assert "different moments" in refused(path)
    with Workspace.open(path, read_only=True) as reader, pytest.raises(WorkspaceError, match="different moments"):
        reader.seq()


def test_a_newer_schema_is_refused_with_its_remedy(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "station").close()
    execute(tmp_path / "station" / "biometrics.sqlite", "PRAGMA user_version = 99")
    assert "newer version of matcher" in refused(tmp_path / "station")
    assert "newer version of matcher" in refused(tmp_path / "station", read_only=True)


def test_a_locked_workspace_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(workspace.path / "identity.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Workspace.open(workspace.path) as second:
        assert second.seq() == 0, "readers do not wait"
        with pytest.raises(WorkspaceError, match="being written by another process"):
            second.put_subjects([full_subject()])
    other.execute("ROLLBACK")
    other.close()
    workspace.put_subjects([full_subject()])


def test_a_writer_waits_for_another(workspace: Workspace) -> None:
    other = sqlite3.connect(workspace.path / "identity.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    timer.start()
    workspace.put_subjects([full_subject()])
    timer.join()
    other.close()
    assert workspace.record_ids() == ["A0012"]


def test_an_upgrade_keeps_rows_and_a_failed_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "station"
    with Workspace.create(path) as workspace:
        workspace.put_subjects([full_subject("A1")])
        before = workspace.subject("A1")

    def add_column(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE record ADD COLUMN blood_group TEXT")

    def fail_half_way(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE record ADD COLUMN half TEXT")
        db.execute("SELECT * FROM no_such_table")

    released = migrations.IDENTITY

    def extend(*steps: migrations.Step) -> None:
        schema = migrations.Schema(released.application_id, (*released.steps, *steps))
        monkeypatch.setattr(migrations, "IDENTITY", schema)

    extend(add_column, fail_half_way)
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        Workspace.open(path)
    assert "older schema" in refused(path, read_only=True)
    extend(add_column)
    with Workspace.open(path) as workspace:
        columns = [row[1] for row in workspace._db.identity.execute("PRAGMA table_info(record)")]
        assert columns[-1] == "blood_group"
        assert "half" not in columns
        assert workspace.subject("A1").names == before.names
        assert migrations.version_of(workspace._db.identity) == released.version + 1
    with Workspace.open(path, read_only=True) as workspace:
        assert [s.record_id for s in workspace.subjects(["A1"])] == ["A1"]
    monkeypatch.undo()
    assert "newer version" in refused(path)


def test_a_workspace_of_the_first_version_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = migrations.Schema(migrations.IDENTITY.application_id, (migrations.identity_1,))
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "IDENTITY", first)
        with Workspace.create(tmp_path / "station") as workspace:
            workspace.put_subjects([full_subject("A1"), full_subject("B1")])
            workspace._db.identity.execute(
                "INSERT INTO decision (probe_id, record_id, judgement, reviewer, reason, at) "
                "VALUES ('A1', 'B1', 'reject', '李', '身高不符', '2026-01-05T08:00:00Z')"
            )
    with Workspace.open(tmp_path / "station") as workspace:
        assert workspace.record_ids() == ["A1", "B1"]
        assert workspace.confirmation_steps() == []
        assert workspace.decisions() == [Decision("A1", "B1", "reject", "李", "身高不符", "2026-01-05T08:00:00Z")]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            workspace._db.identity.execute("DELETE FROM decision")
        workspace.decide("A1", "B1", judgement="withdraw", reviewer="李")


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.create(tmp_path / "station").close()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 30, 0))
    assert "is needed" in refused(tmp_path / "station")


def test_a_place_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot make a workspace"):
        Workspace.create(tmp_path / "file" / "station")
