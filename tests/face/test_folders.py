from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from matcher.cli.face import face
from matcher.cli.models import models
from matcher.errors import InputError, ReferenceDataError
from matcher.face.engine import FaceEngine
from matcher.face.folders import list_photos

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def folders(
    tmp_path_factory: pytest.TempPathFactory,
    astronaut: Pixels,
    group: Pixels,
    encode: Callable[..., bytes],
    engine: FaceEngine,
) -> Path:
    """A gallery of three persons and probes of two of them, one probe unreadable."""
    root = tmp_path_factory.mktemp("folders")
    (root / "gallery" / "艾琳").mkdir(parents=True)
    (root / "probes").mkdir()
    (root / "gallery" / "艾琳" / "adult_1.png").write_bytes(encode(astronaut))
    (root / "gallery" / "艾琳" / "adult_2.jpg").write_bytes(encode(astronaut[:, ::-1], ".jpg", 40))
    (root / "gallery" / "B1_1.jpg").write_bytes(encode(group[220:480, 420:620], ".jpg"))
    (root / "gallery" / "C1.jpg").write_bytes(encode(group[:240, 850:1060], ".jpg"))
    (root / "probes" / "P1.jpg").write_bytes(encode(np.clip(astronaut * 0.8, 0, 255).astype(np.uint8), ".jpg", 30))
    (root / "probes" / "P2.jpg").write_bytes(encode(group[200:500, 400:640], ".jpg", 50))
    (root / "probes" / "P3.jpg").write_bytes(b"")
    return root


def test_names_tell_person_and_age_group(folders: Path) -> None:
    found = [(photo.name, photo.person, photo.age_group) for photo in list_photos(folders / "gallery")]
    assert found == [
        ("B1_1.jpg", "B1", "unknown"),
        ("C1.jpg", "C1", "unknown"),
        ("艾琳/adult_1.png", "艾琳", "adult"),
        ("艾琳/adult_2.jpg", "艾琳", "adult"),
    ]


def test_search_ranks_persons(folders: Path, home: Path) -> None:
    arguments = ["search", "--probes", str(folders / "probes"), "--gallery", str(folders / "gallery"), "--json"]
    result = CliRunner().invoke(face, [*arguments, "--top", "2"], env={"MATCHER_HOME": str(folders)})
    assert isinstance(result.exception, ReferenceDataError), "there are no models where MATCHER_HOME points"
    result = CliRunner().invoke(face, [*arguments, "--top", "2"], env={"MATCHER_HOME": str(home)})
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["gallery_photos"], answer["gallery_persons"]) == (4, 3)
    assert [item["candidates"][0]["person"] for item in answer["probes"]] == ["艾琳", "B1"]
    assert [len(item["candidates"]) for item in answer["probes"]] == [2, 2]
    assert answer["probes"][0]["candidates"][0]["log10_lr"] > 2
    assert answer["probes"][0]["candidates"][1]["log10_lr"] < 1
    assert answer["unusable_probes"] == [{"file": "P3.jpg", "reason": "empty_photo"}]


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no photo"):
        list_photos(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        list_photos(tmp_path / "absent")


def test_models_are_built_listed_and_verified(tmp_path: Path) -> None:
    environment = {"MATCHER_HOME": str(tmp_path)}
    runner = CliRunner()
    assert runner.invoke(models, ["verify"], env=environment).exit_code != 0
    built = runner.invoke(models, ["build", "--json"], env=environment)
    assert [item["built"] for item in json.loads(built.stdout)] == [True, True]
    listed = runner.invoke(models, ["list", "--json"], env=environment)
    assert [item["state"] for item in json.loads(listed.stdout)] == ["ready", "ready"]
    shown = runner.invoke(models, ["list"], env=environment)
    assert "licence: Apache-2.0" in shown.stdout
    assert "licence: MIT" in shown.stdout
    assert runner.invoke(models, ["verify"], env=environment).exit_code == 0
