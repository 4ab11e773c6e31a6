"""Several processes in one workspace: nothing is lost, and a reader never sees half of anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from matcher.workspace.store import Workspace
from tests.workspace import kill_writer
from tests.workspace.kill_writer import stored, subject_for
from tests.workspace.test_killed import check_pair

WRITER = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("kill_writer", sys.argv[1])
kill_writer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kill_writer)
with kill_writer.Workspace.open(Path(sys.argv[2])) as workspace:
    first = int(sys.argv[3])
    for version in range(1, 13):
        for case in range(first, first + 3):
            workspace.put_subjects([kill_writer.subject_for(case, version)])
    workspace.erase(f"A{first:03d}")
"""


@pytest.mark.slow
def test_two_writers_and_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "station"
    Workspace.create(path).close()
    command = [sys.executable, "-c", WRITER, str(kill_writer.__file__), str(path)]
    writers = [subprocess.Popen([*command, first], stderr=subprocess.PIPE, text=True) for first in ("0", "10")]
    seen = 0
    with Workspace.open(path, read_only=True) as reader:
        while any(writer.poll() is None for writer in writers):
            with reader.snapshot():
                for subject in reader.subjects(reader.record_ids()):
                    # Every case is read whole, in one of its versions.
                    case, version = int(subject.record_id[1:]), (subject.height_cm or 0) - 100
                    assert stored(subject) == stored(subject_for(case, version))
                    seen += 1
    for writer in writers:
        _, said = writer.communicate()
        assert writer.returncode == 0, said
    assert seen > 20, "the reader must have met the writers for the test to mean something"
    with Workspace.open(path) as workspace:
        found = [stored(s) for s in workspace.subjects(workspace.record_ids())]
        assert found == [stored(subject_for(case, 12)) for case in (1, 2, 11, 12)]
        assert workspace.verify_audit().problem is None
        assert workspace.seq() == 2 * (12 * 3) * 3 + 2, "record, profile and photograph each count, and the erasures"
    check_pair(path)
