from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import WorkspaceError
from matcher.face.calibration import CURVES_FILE, curves_text, default_curves, station_curves
from matcher.face.centring import Centring
from matcher.leads.indexing import embedded_by_model, left_behind
from matcher.types import FacePhoto, Subject
from matcher.workspace.store import Workspace
from matcher.workspace.values import PhotoSource

NEW = "station-512-abc"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Two records with embeddings of the built-in recogniser that came without a photo file."""
    with Workspace.create(tmp_path / "ws") as opened:
        opened.put_subjects(
            [
                Subject(name, "rescue", photos=(FacePhoto(name, "sface-2021dec-128", vector),))
                for name, vector in zip(("R1", "R2"), np.eye(2, 128, dtype=np.float32), strict=True)
            ]
        )
        yield opened


def test_photos_of_the_same_recogniser_are_simply_indexed(workspace: Workspace) -> None:
    assert embedded_by_model(workspace) == {"sface-2021dec-128": 2}
    assert left_behind(workspace, "sface-2021dec-128", reembed=False) == 0


def test_another_recogniser_without_photo_files_is_refused(workspace: Workspace) -> None:
    for reembed in (False, True):
        with pytest.raises(WorkspaceError, match=r"2 by .sface-2021dec-128.*no photo lies in a file"):
            left_behind(workspace, NEW, reembed=reembed)


def test_another_recogniser_needs_to_be_asked_for_and_says_what_it_leaves_behind(
    workspace: Workspace, tmp_path: Path
) -> None:
    photo = tmp_path / "R1.jpg"
    photo.write_bytes(b"a photo")
    workspace.put_photos([PhotoSource("R1", str(photo), "0" * 64)])
    with pytest.raises(WorkspaceError, match=r"never compared -> run: matcher index .*--reembed \(reads 1 photos"):
        left_behind(workspace, NEW, reembed=False)
    assert left_behind(workspace, NEW, reembed=True) == 1


def test_a_migration_that_was_interrupted_goes_on_unasked(workspace: Workspace, tmp_path: Path) -> None:
    workspace.put_subjects(
        [Subject("R3", "rescue", photos=(FacePhoto("R3", NEW, np.eye(1, 512, dtype=np.float32)[0]),))]
    )
    assert left_behind(workspace, NEW, reembed=False) == 0


def test_the_curves_of_the_workspace_go_before_those_of_the_installation(tmp_path: Path) -> None:
    here, home = tmp_path / "ws", tmp_path / "home"
    here.mkdir()
    home.mkdir()
    assert station_curves([here, home]) == default_curves()
    centring = Centring(np.full((3, 128), 0.01), (1, 2, 3))
    for directory, source in ((home, "installation"), (here, "workspace")):
        curves = dataclasses.replace(default_curves(), source=source, centring=centring)
        (directory / CURVES_FILE).write_text(curves_text(curves), "utf-8")
        found = station_curves([here, home])
        assert found.source == source
        assert found.centring is not None
        np.testing.assert_allclose(found.centring.means, 0.01)
