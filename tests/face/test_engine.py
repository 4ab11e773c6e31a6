from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.errors import ReferenceDataError
from matcher.face.engine import FaceEngine
from matcher.face.models import EMBEDDER, model_cards
from matcher.face.reading import FaceReading

Pixels = NDArray[np.uint8]
Encode = Callable[..., bytes]


def reading(engine: FaceEngine, data: bytes) -> FaceReading:
    outcome = engine.read(data)
    assert isinstance(outcome, FaceReading), outcome
    return outcome


def test_one_face_is_read_with_all_its_measures(engine: FaceEngine, astronaut: Pixels, encode: Encode) -> None:
    found = reading(engine, encode(astronaut))
    assert found.vector.shape == (128,)
    assert found.vector.dtype == np.float32
    assert np.linalg.norm(found.vector) == pytest.approx(1.0, abs=1e-6)
    assert found.model_id == model_cards()[EMBEDDER].model_id
    assert (found.faces_found, found.choice, found.rotation, found.caveats) == (1, "only_face", 0, ())
    assert found.measures.face_width == pytest.approx(90, abs=8)
    assert 0.85 < found.quality <= found.measures.score < 1.0


def test_of_several_faces_the_prominent_one_is_taken(engine: FaceEngine, group: Pixels, encode: Encode) -> None:
    found = reading(engine, encode(group, ".jpg"))
    assert (found.faces_found, found.choice) == (6, "most_prominent")
    assert "several_faces" in found.caveats
    middle = found.box[0] + found.box[2] / 2
    assert 0.25 * group.shape[1] < middle < 0.75 * group.shape[1]


def test_different_people_are_far_apart(engine: FaceEngine, astronaut: Pixels, group: Pixels, encode: Encode) -> None:
    same = reading(engine, encode(astronaut, ".jpg", 30)).vector @ reading(engine, encode(astronaut)).vector
    other = reading(engine, encode(astronaut)).vector @ reading(engine, encode(group)).vector
    assert same > 0.9
    assert other < 0.35


def test_pixels_of_a_reduced_photo_are_those_of_the_file(engine: FaceEngine, astronaut: Pixels, encode: Encode) -> None:
    small = reading(engine, encode(astronaut))
    large = cv2.resize(astronaut, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    found = reading(engine, encode(large, ".jpg"))
    np.testing.assert_allclose(np.array(found.box) / 6, small.box, atol=4)
    assert found.measures.eye_distance / 6 == pytest.approx(small.measures.eye_distance, rel=0.1)
    assert found.vector @ small.vector > 0.9


def test_no_face_is_a_reason(engine: FaceEngine, encode: Encode) -> None:
    assert engine.read(encode(np.full((200, 200, 3), 77, np.uint8))) == "no_face"
    assert engine.read(b"text") == "not_an_image"


def test_many_files_come_back_in_order_and_equal_on_any_number_of_threads(
    engine: FaceEngine, astronaut: Pixels, encode: Encode, tmp_path: Path
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(encode(np.roll(astronaut, 5 * number, axis=1)))
    (tmp_path / "3.png").write_bytes(b"")
    paths = [*sorted(tmp_path.iterdir()), tmp_path / "absent.jpg", tmp_path]
    one = list(engine.read_many(paths, threads=1))
    three = list(engine.read_many(paths, threads=3))
    assert [item.path for item in one] == [item.path for item in three] == paths
    assert [item.outcome for item in one if isinstance(item.outcome, str)] == [
        "empty_photo",
        "unreadable_file",
        "unreadable_file",
    ]
    for left, right in zip(one, three, strict=True):
        assert left.sha256 == right.sha256
        if isinstance(left.outcome, FaceReading):
            assert isinstance(right.outcome, FaceReading)
            assert (left.outcome.vector == right.outcome.vector).all()


def test_opening_without_models_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="matcher models build"):
        FaceEngine.open(tmp_path)
