"""What a bad camera, a scanner or a careless hand does to a photo, and how much of the face survives it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.face.engine import FaceEngine
from matcher.face.reading import FaceReading

Pixels = NDArray[np.uint8]


def as_pixels(value: object) -> Pixels:
    return np.clip(np.asarray(value), 0, 255).astype(np.uint8)


def grey(photo: Pixels) -> Pixels:
    return as_pixels(cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


def gamma(photo: Pixels, power: float) -> Pixels:
    return as_pixels(255.0 * (photo / 255.0) ** power)


def jpeg(photo: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return as_pixels(cv2.imdecode(data, cv2.IMREAD_COLOR))


def face_width(photo: Pixels, width: float) -> Pixels:
    """Shrink the photo of a 90-pixel face."""
    return as_pixels(cv2.resize(photo, None, fx=width / 90.0, fy=width / 90.0, interpolation=cv2.INTER_AREA))


def blur(photo: Pixels, share: float) -> Pixels:
    return as_pixels(cv2.GaussianBlur(photo, (0, 0), share * 90.0))


def roll(photo: Pixels, degrees: float) -> Pixels:
    matrix = cv2.getRotationMatrix2D((224.0, 120.0), degrees, 1.0)
    return as_pixels(cv2.warpAffine(photo, matrix, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE))


def masked(photo: Pixels) -> Pixels:
    covered = photo.copy()
    covered[128:180, 178:270] = (200, 180, 150)
    return covered


def noise(photo: Pixels) -> Pixels:
    return as_pixels(photo + np.random.default_rng(1).normal(0, 25, photo.shape))


def tight(photo: Pixels, margin: float) -> Pixels:
    x, y, w, h = 178, 62, 91, 114
    dx, dy = round(margin * w), round(margin * h)
    return photo[y - dy : y + h + dy, x - dx : x + w + dx]


# (name, alteration, least cosine to the unaltered photo). The floors lie a little below the lower tenth percentile of
# 100 photos measured with the same weights: grey .91, gamma .4 and 2.5, JPEG, 80 to 16 pixels, blur, noise (mean
# .69, p10 .37), a mask on the lower face (mean .76), crops at the edge of the face. Inclined faces are held to
# more than the .80 and .59 measured at 30 and 45 degrees without straightening.
ALTERATIONS: list[tuple[str, Callable[[Pixels], Pixels], float]] = [
    ("grey", grey, 0.88),
    ("gamma .4", lambda photo: gamma(photo, 0.4), 0.85),
    ("gamma 2.5", lambda photo: gamma(photo, 2.5), 0.85),
    ("JPEG 40", lambda photo: jpeg(photo, 40), 0.90),
    ("JPEG 20", lambda photo: jpeg(photo, 20), 0.85),
    ("JPEG 10", lambda photo: jpeg(photo, 10), 0.70),
    ("60 pixels", lambda photo: face_width(photo, 60), 0.94),
    ("40 pixels", lambda photo: face_width(photo, 40), 0.87),
    ("30 pixels", lambda photo: face_width(photo, 30), 0.80),
    ("24 pixels", lambda photo: face_width(photo, 24), 0.60),
    ("blur 3 %", lambda photo: blur(photo, 0.03), 0.60),
    ("roll 15", lambda photo: roll(photo, 15), 0.88),
    ("roll 30", lambda photo: roll(photo, 30), 0.90),
    ("roll 45", lambda photo: roll(photo, 45), 0.90),
    ("roll 60", lambda photo: roll(photo, 60), 0.85),
    ("roll -45", lambda photo: roll(photo, -45), 0.90),
    ("mask", masked, 0.50),
    ("noise", noise, 0.37),
    ("crop 10 %", lambda photo: tight(photo, 0.10), 0.85),
    ("crop 0 %", lambda photo: tight(photo, 0.0), 0.75),
    ("on its side", lambda photo: np.ascontiguousarray(np.rot90(photo)), 0.999),
    ("on its head", lambda photo: np.ascontiguousarray(np.rot90(photo, 2)), 0.999),
    ("mirrored", lambda photo: np.ascontiguousarray(photo[:, ::-1]), 0.90),
]


@pytest.fixture(scope="module")
def reference(engine: FaceEngine, astronaut: Pixels, encode: Callable[..., bytes]) -> FaceReading:
    """The unaltered photo."""
    found = engine.read(encode(astronaut))
    assert isinstance(found, FaceReading)
    return found


@pytest.mark.parametrize(("name", "alter", "least"), ALTERATIONS, ids=[name for name, *_ in ALTERATIONS])
def test_the_face_survives(
    engine: FaceEngine,
    reference: FaceReading,
    astronaut: Pixels,
    encode: Callable[..., bytes],
    name: str,
    alter: Callable[[Pixels], Pixels],
    least: float,
) -> None:
    found = engine.read(encode(alter(astronaut)))
    assert isinstance(found, FaceReading), name
    assert float(found.vector @ reference.vector) >= least


def test_quality_falls_with_size_and_blur(
    engine: FaceEngine, reference: FaceReading, astronaut: Pixels, encode: Callable[..., bytes]
) -> None:
    for alter, steps in ((face_width, (90, 40, 24, 14)), (blur, (0.001, 0.02, 0.03, 0.05))):
        readings = [engine.read(encode(alter(astronaut, step))) for step in steps]
        qualities = [item.quality for item in readings if isinstance(item, FaceReading)]
        assert len(qualities) == len(steps)
        assert all(better > worse for better, worse in pairwise(qualities)), qualities


@pytest.mark.parametrize("alter", [grey, masked, noise])
def test_an_altered_photo_is_still_nearer_to_itself_than_to_others(
    engine: FaceEngine,
    reference: FaceReading,
    astronaut: Pixels,
    group: Pixels,
    encode: Callable[..., bytes],
    alter: Callable[[Pixels], Pixels],
) -> None:
    found, other = engine.read(encode(alter(astronaut))), engine.read(encode(group, ".jpg"))
    assert isinstance(found, FaceReading)
    assert isinstance(other, FaceReading)
    assert found.vector @ reference.vector > found.vector @ other.vector + 0.2
