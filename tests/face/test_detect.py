from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.face.detect import Detector, letterbox
from matcher.face.models import DETECTOR, model_cards, model_path
from matcher.face.networks import Yunet

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def detector(models_dir: Path) -> Detector:
    return Detector(Yunet(model_path(model_cards()[DETECTOR], models_dir)))


@pytest.mark.parametrize("photo", ["astronaut", "group"])
def test_faces_equal_those_of_opencv(
    detector: Detector, models_dir: Path, photo: str, request: pytest.FixtureRequest
) -> None:
    pixels: Pixels = request.getfixturevalue(photo)
    canvas, factor, border = letterbox(pixels, 640, 0.0)
    path = str(model_path(model_cards()[DETECTOR], models_dir))
    reference = cv2.FaceDetectorYN.create(path, "", (canvas.shape[1], canvas.shape[0]), 0.6, 0.3, 5000).detect(canvas)[
        1
    ]
    reference = reference[np.argsort(-reference[:, 14])]
    faces = detector.detect_at(pixels, 640, 0.0)
    assert len(faces) == len(reference) == {"astronaut": 1, "group": 6}[photo]
    for face, row in zip(faces, reference, strict=True):
        np.testing.assert_allclose(face.box, (row[:4] - [border, border, 0, 0]) / factor, atol=0.05)
        np.testing.assert_allclose(face.landmarks.ravel(), (row[4:14] - border) / factor, atol=0.05)
        assert face.score == pytest.approx(float(row[14]), abs=1e-4)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_photo_on_its_side_or_head_is_turned_upright(detector: Detector, astronaut: Pixels, quarter: int) -> None:
    upright = detector.detect(astronaut)
    turned = detector.detect(np.ascontiguousarray(np.rot90(astronaut, quarter)))
    assert (upright.rotation, turned.rotation) == (0, 90 * quarter)
    np.testing.assert_allclose(turned.faces[0].landmarks, upright.faces[0].landmarks, atol=1e-6)


def test_a_close_up_that_fills_the_photo_is_found(detector: Detector, astronaut: Pixels) -> None:
    x, y, w, h = (round(value) for value in detector.detect(astronaut).faces[0].box)
    close_up = cv2.resize(astronaut[y : y + h, x : x + w], None, fx=12, fy=12, interpolation=cv2.INTER_CUBIC)
    found = detector.detect(np.asarray(close_up, np.uint8))
    assert found.best_score > 0.7
    assert found.faces[0].box[2] == pytest.approx(12 * w, rel=0.2)


def test_a_tiny_face_in_a_large_photo_is_found(detector: Detector, astronaut: Pixels) -> None:
    scene = np.full((1800, 2400, 3), 110, np.uint8)
    small = cv2.resize(astronaut, (170, 170), interpolation=cv2.INTER_AREA)
    scene[900:1070, 1500:1670] = small
    found = detector.detect(scene)
    assert len(found.faces) == 1
    x, y, w, h = found.faces[0].box
    assert 1500 < x + w / 2 < 1670
    assert 900 < y + h / 2 < 1070


def test_an_empty_wall_has_no_face(detector: Detector) -> None:
    found = detector.detect(np.full((300, 400, 3), 128, np.uint8))
    assert (found.faces, found.scale, found.best_score) == ((), 0, 0.0)
