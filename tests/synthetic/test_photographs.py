"""Real photographs: found by the real detector, recognised across cameras, and a clear word when absent."""

from __future__ import annotations

import importlib.metadata
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matcher.errors import ReferenceDataError
from matcher.face.engine import FaceEngine
from matcher.face.models import build_models
from matcher.face.reading import FaceReading
from matcher.synthetic.block import draw_block
from matcher.synthetic.casting import cast
from matcher.synthetic.photographs import PORTRAITS, original, photograph_pair, require_portraits, second_camera
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.synthetic.world import imagine_world


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> FaceEngine:
    models = tmp_path_factory.mktemp("models")
    list(build_models(models))
    return FaceEngine.open(models)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[bytes, bytes]]:
    return [photograph_pair(Streams(7).of("photographs", n), portrait) for n, portrait in enumerate(PORTRAITS)]


def _read(engine: FaceEngine, photos: Iterator[bytes]) -> list[FaceReading]:
    readings = [engine.read(photo) for photo in photos]
    assert all(isinstance(reading, FaceReading) for reading in readings), readings
    return [reading for reading in readings if isinstance(reading, FaceReading)]


def test_every_portrait_shows_one_face_and_is_recognised_across_cameras(
    engine: FaceEngine, pairs: list[tuple[bytes, bytes]]
) -> None:
    first = _read(engine, (a for a, _ in pairs))
    second = _read(engine, (b for _, b in pairs))
    assert {reading.faces_found for reading in [*first, *second]} == {1}
    cosines = np.array([[float(a.vector @ b.vector) for b in second] for a in first])
    # Each person's own second photograph is the nearest one, by far for most.
    assert (cosines.argmax(axis=1) == np.arange(len(PORTRAITS))).all()
    assert np.median(np.diag(cosines)) > 0.7
    assert (cosines - 2 * np.eye(len(PORTRAITS))).max() < 0.45


def test_the_same_stream_takes_the_same_photograph(pairs: list[tuple[bytes, bytes]]) -> None:
    again = photograph_pair(Streams(7).of("photographs", 0), PORTRAITS[0])
    assert again == pairs[0]
    assert photograph_pair(Streams(8).of("photographs", 0), PORTRAITS[0])[1] != pairs[0][1]


def test_photographs_carry_no_metadata(pairs: list[tuple[bytes, bytes]]) -> None:
    for photo in (photo for pair in pairs for photo in pair):
        with Image.open(io.BytesIO(photo)) as image:
            assert not image.getexif()
            assert max(image.size) <= 1000


def test_a_second_camera_changes_the_picture_but_not_beyond_recognition() -> None:
    picture = original(PORTRAITS[0])
    taken = second_camera(np.random.default_rng(1), picture)
    assert taken.size != picture.size
    assert taken.mode == "RGB"


def test_absent_packages_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", nothing)
    with pytest.raises(
        ReferenceDataError, match=r"'scikit-image' is not installed -> pip install 'matcher\[insightface\]'"
    ):
        require_portraits()


def test_a_package_without_the_picture_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Empty:
        def locate_file(self, path: str) -> Path:
            return tmp_path / path

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Empty())
    with pytest.raises(ReferenceDataError, match=r"astronaut.png' is not in the installed 'scikit-image'"):
        original(PORTRAITS[0])


def test_portraits_are_cast_to_adults_of_their_sex_who_were_found_again(larger: Recipe, sources: Sources) -> None:
    block = draw_block(imagine_world(larger, sources, seed=11), 0)
    pairs = cast(block.traces)
    assert len(pairs) == len(PORTRAITS)
    assert len({intake.person.person for _, _, intake in pairs}) == len(PORTRAITS)
    for portrait, gallery, intake in pairs:
        assert gallery.person == intake.person
        assert intake.person.sex == portrait.sex
        assert (gallery.kind, intake.kind) in {("rescue", "intake"), ("missing", "intake")}
