"""A process killed at any moment loses nothing it was told is stored, and leaves nothing half-written."""

import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from matcher.types import Subject
from matcher.workspace.databases import Databases
from matcher.workspace.store import Workspace
from tests.workspace import kill_writer
from tests.workspace.conftest import full_subject
from tests.workspace.kill_writer import stored, subject_for

Model = dict[int, int]
"""Case -> version that the workspace must hold."""


def run_and_kill(path: Path, seed: int, operations: int, delay: float) -> list[str]:
    """Start a writer, kill it some time after a number of commits, and return what it said."""
    command = [sys.executable, str(kill_writer.__file__), str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said: list[str] = []
        while sum(line.startswith("done") for line in said) < operations:
            line = writer.stdout.readline().strip()
            assert line, "the writer ended by itself"
            said.append(line)
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        said += [line.strip() for line in writer.stdout]
    assert writer.returncode == -signal.SIGKILL
    return said


def replay(model: Model, said: list[str]) -> list[Model]:
    """Return the states that may be found: all that was acknowledged, with or without the operation in flight."""
    in_flight: list[str] = []
    for line in said:
        moment, *operation = line.split()
        if moment == "begin":
            in_flight = operation
        elif moment == "done":
            model = applied(model, operation)
            in_flight = []
    return [model, applied(model, in_flight)] if in_flight else [model]


def applied(model: Model, operation: list[str]) -> Model:
    verb, case, version = operation[0], int(operation[1]), int(operation[2])
    rest = {c: v for c, v in model.items() if c != case}
    return rest if verb == "erase" else rest | {case: version}


def expected(model: Model) -> list[Subject]:
    # A profile only grows, and an erasure removes it: its loci are those of the latest version put.
    return [stored(subject_for(case, version)) for case, version in sorted(model.items())]


def check_pair(path: Path) -> None:
    """Nothing in biometrics that no record refers to, nothing referred to that is missing, both databases sound."""
    databases = Databases(path, read_only=False)
    identity, biometrics = databases.identity, databases.biometrics
    vectors = {row[0] for row in biometrics.execute("SELECT vector_key FROM embedding")}
    assert vectors == {row[0] for row in identity.execute("SELECT vector_key FROM photo_model")}
    samples = {row[0] for row in biometrics.execute("SELECT DISTINCT sample_key FROM genotype")}
    assert samples == {row[0] for row in identity.execute("SELECT sample_key FROM sample")}
    for db in (identity, biometrics):
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert identity.execute("PRAGMA foreign_key_check").fetchall() == []
    databases.close()


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "station"
    Workspace.create(path).close()
    model: Model = {}
    random = Random(5)
    in_flight = 0
    for turn in range(12):
        said = run_and_kill(path, turn, random.randint(1, 12), random.random() * 0.012)
        states = replay(model, said)
        in_flight += len(states) > 1
        with Workspace.open(path) as workspace:
            found = [stored(s) for s in workspace.subjects(workspace.record_ids())]
            assert workspace.verify_audit().problem is None
            assert workspace.counts()["embedding"] == len(found)
        fitting = [state for state in states if found == expected(state)]
        assert fitting, f"turn {turn}: {said[-3:]}"
        model = fitting[0]
        check_pair(path)
    assert in_flight >= 3, "most kills must hit a write for the test to mean something"


def crash(databases: Databases) -> None:
    """Drop both connections with whatever they had not committed."""
    for db in (databases.identity, databases.biometrics):
        db.close()


class CrashError(Exception):
    """Stands for the end of the process."""


class Dying:
    """A connection whose process ends just before it would commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: object) -> sqlite3.Cursor:
        if statement == "COMMIT":
            raise CrashError
        return self._connection.execute(statement, *parameters)  # type: ignore[arg-type]


def end(*_: object, **__: object) -> None:
    raise CrashError


@pytest.mark.parametrize("moment", ["between_commits", "before_deletion", "during_deletion"])
def test_each_window_between_the_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    path = tmp_path / "station"
    with Workspace.create(path) as workspace:
        workspace.put_subjects([full_subject("A1"), full_subject("A2")])
    workspace = Workspace.open(path)
    with monkeypatch.context() as patched:
        if moment == "between_commits":
            patched.setattr(workspace._db, "identity", Dying(workspace._db.identity))
        elif moment == "before_deletion":
            patched.setattr(Databases, "_delete_doomed", end)
        else:
            patched.setattr("matcher.workspace.databases.delete_biometrics", end)
        with pytest.raises(CrashError):
            workspace.put_subjects([changed("A1")])
    crash(workspace._db)
    wanted = stored(full_subject("A1") if moment == "between_commits" else changed("A1"))
    with Workspace.open(path, read_only=True) as reader:
        assert reader.record_ids() == ["A1", "A2"], "a reader does not need the mending"
        assert stored(reader.subject("A1")) == wanted
    assert orphans(path) == 1, "the crash left something to mend"
    Workspace.open(path).close()
    check_pair(path)
    with Workspace.open(path) as workspace:
        assert stored(workspace.subject("A1")) == wanted


def changed(record_id: str) -> Subject:
    """Make the subject with one embedding replaced, so that the former one has to be deleted."""
    subject = full_subject(record_id)
    first, second = subject.photos
    return replace(subject, photos=(replace(first, vector=-first.vector), second))


def orphans(path: Path) -> int:
    """Count vectors that no photograph refers to."""
    databases = Databases(path, read_only=True)
    held = {row[0] for row in databases.biometrics.execute("SELECT vector_key FROM embedding")}
    known = {row[0] for row in databases.identity.execute("SELECT vector_key FROM photo_model")}
    databases.close()
    return len(held - known)
