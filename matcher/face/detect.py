"""Find faces and their five landmarks, in any size and any of the four upright directions.

The networks are trained for faces of about 10 to 300 pixels in their input. They miss close-ups at full size and give
poor landmarks at the edge of a photo, so a photo without a sure face well inside it is tried again with a border, at
640, 320 and 160 pixels. YuNet also "finds" upside-down faces, with plausible but wrong landmarks and a lower score
(measured .65-.88; upright faces .86 and above): below `SURE_SCORE` the four rotations are tried and the best one is
kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.networks import Network
from matcher.face.sessions import Float32

PADDING = 0.3
"""Border around the photo on each side, as a share of its longer side."""

FIRST_TRY = (640, 0.0)
RETRIES = ((640, PADDING), (320, PADDING), (160, PADDING), (1280, 0.0))
"""(longer side of the photo in the network in pixels, border) in the order tried; the last is for tiny faces."""

SURE_SCORE = 0.9
"""Below this the photo may lie on its side or head."""

UPRIGHT_WITHIN = 5.0
"""Degrees of inclination, as the landmarks show it, below which a sure face is taken as upright."""

UPRIGHT_SCORE = 0.91
"""Score below which a face may be inclined; upright faces score .88 to .94."""

_STEP = 20.0
_FARTHEST = 3
_TOO_SMALL = 40.0
"""Pixels below which a face is too coarse for its score to tell the angle."""

_CLEARLY_BETTER = 0.01
_PATCH = 160
_PATCH_FACES = 2.2
"""Side of the patch in face sizes."""

OVERLAP = 0.3
"""Boxes that share more than this (intersection over union) are one face."""


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face, in pixels of the upright photo.

    Parameters
    ----------
    box : tuple of float
        x, y, width, height.
    landmarks : ndarray of float64, shape (5, 2)
        Right eye, left eye, nose tip, right and left mouth corner.
    score : float
        Detector confidence in [0, 1].
    """

    box: tuple[float, ...]
    landmarks: NDArray[np.float64]
    score: float


@dataclass(frozen=True, slots=True)
class Detection:
    """Faces of a photo and how they were found.

    Parameters
    ----------
    faces : tuple of Face
        Best score first.
    pixels : ndarray of uint8, shape (height, width, 3)
        The photo turned upright, in which the faces are measured.
    rotation : int
        Degrees clockwise that made it upright: 0, 90, 180 or 270.
    scale : int
        Longer side of the photo in the network when the faces were found; 0 = none was found.
    """

    faces: tuple[Face, ...]
    pixels: NDArray[np.uint8]
    rotation: int
    scale: int

    @property
    def best_score(self) -> float:
        """Score of the best face, 0 without one."""
        return self.faces[0].score if self.faces else 0.0


class Detector:
    """A detector network with the strategy around it; safe to share between threads."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, pixels: NDArray[np.uint8]) -> Detection:
        """Find faces; when none is sure, also in the photo turned by 90, 180 and 270 degrees."""
        best = self._detect_upright(pixels, 0)
        if best.best_score >= SURE_SCORE:
            return best
        for quarter in (1, 2, 3):
            turned = np.ascontiguousarray(np.rot90(pixels, -quarter))
            found = self._detect_upright(turned, 90 * quarter)
            if found.best_score > best.best_score:
                best = found
        return best

    def straighten(self, pixels: NDArray[np.uint8], face: Face, *, inclined: bool = False) -> Face:
        """Find the landmarks of an inclined face again, in a patch turned until the detector is surest.

        YuNet draws the landmarks of an inclined face nearly upright and so hides the inclination (measured: cosine
        .93, .80, .59 at 15, 30, 45 degrees), but its score peaks where the face stands upright. A face that is sure
        and shows no inclination is left alone, unless `inclined` says that there are grounds to doubt it (a photo that
        had to be turned by 90 degrees may have been turned by 60).
        """
        upright = face.score >= UPRIGHT_SCORE and abs(roll_of(face)) < UPRIGHT_WITHIN
        if (upright and not inclined) or max(face.box[2:]) < _TOO_SMALL:
            return face
        left, right = (self._turned(pixels, face, angle) for angle in (-_STEP, _STEP))
        direction = _STEP if right.score >= left.score else -_STEP
        tried = [face, max(left, right, key=lambda item: item.score)]
        while tried[-1].score > tried[-2].score and len(tried) <= _FARTHEST:
            tried.append(self._turned(pixels, face, len(tried) * direction))
        best = max(item.score for item in tried)
        if best <= face.score + _CLEARLY_BETTER:
            return face
        # On both sides of the true angle the landmarks err in opposite directions: their mean is better than either.
        near = [item.landmarks for item in tried if item.score >= best - _CLEARLY_BETTER]
        return Face(face.box, np.mean(near, axis=0), best)

    def _turned(self, pixels: NDArray[np.uint8], face: Face, angle: float) -> Face:
        """Detect in a patch around the face turned by an angle; a face of score 0 when nothing is found there."""
        turn = _patch_transform(face, angle)
        patch = np.asarray(cv2.warpAffine(pixels, turn, (_PATCH, _PATCH), flags=cv2.INTER_LINEAR), np.uint8)
        found = self.detect_at(patch, _PATCH, 0.0)
        middle = [item for item in found if np.abs(item.landmarks.mean(axis=0) - _PATCH / 2).max() < _PATCH / 5]
        if not middle:
            return Face(face.box, face.landmarks, 0.0)
        back = np.asarray(cv2.invertAffineTransform(turn), np.float64)
        return Face(face.box, middle[0].landmarks @ back[:, :2].T + back[:, 2], middle[0].score)

    def _detect_upright(self, pixels: NDArray[np.uint8], rotation: int) -> Detection:
        faces = self.detect_at(pixels, *FIRST_TRY)
        if faces and faces[0].score >= SURE_SCORE and _well_inside(faces[0], pixels):
            return Detection(faces, pixels, rotation, FIRST_TRY[0])
        for scale, padding in RETRIES:
            faces = self.detect_at(pixels, scale, padding)
            if faces:
                return Detection(faces, pixels, rotation, scale)
        return Detection((), pixels, rotation, 0)

    def detect_at(self, pixels: NDArray[np.uint8], scale: int, padding: float) -> tuple[Face, ...]:
        """Find faces with the longer side of the photo brought to at most `scale` pixels, best score first."""
        canvas, factor, border = letterbox(pixels, scale, padding)
        anchors = self._network.find(canvas)
        boxes = anchors.boxes.copy()
        boxes[:, :2] -= border
        return tuple(
            Face(
                box=tuple(float(value) for value in boxes[index] / factor),
                landmarks=(anchors.points[index] - border) / factor,
                score=float(anchors.scores[index]),
            )
            for index in _suppress(boxes, anchors.scores)
        )


def roll_of(face: Face) -> float:
    """Return the inclination of the line of the eyes in degrees, in (-180, 180]."""
    eyes = face.landmarks[1] - face.landmarks[0]
    return math.degrees(math.atan2(float(eyes[1]), float(eyes[0])))


def _patch_transform(face: Face, roll: float) -> NDArray[np.float64]:
    """Return the affine map that turns a face upright in the middle of a square patch, with room around it."""
    x, y, width, height = face.box
    scale = min(1.0, _PATCH / (_PATCH_FACES * max(width, height)))
    turn = np.asarray(cv2.getRotationMatrix2D((x + width / 2, y + height / 2), roll, scale), np.float64)
    turn[:, 2] += _PATCH / 2 - np.array([x + width / 2, y + height / 2])
    return turn


def letterbox(pixels: NDArray[np.uint8], scale: int, padding: float) -> tuple[NDArray[np.uint8], float, int]:
    """Scale down to `scale` (never up), add the border and fill up to multiples of 32; also factor and border."""
    factor = min(1.0, scale / max(pixels.shape[:2]))
    if factor < 1.0:
        pixels = _shrunk(pixels, (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))))
    height, width = pixels.shape[:2]
    border = round(padding * max(height, width))
    full_height, full_width = (-(-(side + 2 * border) // 32) * 32 for side in (height, width))
    canvas = np.zeros((full_height, full_width, 3), np.uint8)
    canvas[border : border + height, border : border + width] = pixels
    return canvas, factor, border


def _shrunk(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale down to (width, height) by halves, then by linear interpolation.

    Halving averages two by two pixels in a vectorised loop; averaging by any other factor takes five to ten times as
    long (measured: 1,741 to 640 pixels 9.3 ms), more than the detector itself.
    """
    while min(pixels.shape[1] // size[0], pixels.shape[0] // size[1]) >= 2:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        even = pixels[: 2 * height, : 2 * width]
        pixels = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _well_inside(face: Face, pixels: NDArray[np.uint8]) -> bool:
    """Tell whether a face has a tenth of its size around it on all sides, so that its landmarks can be trusted."""
    x, y, width, height = face.box
    margin = 0.1 * max(width, height)
    return min(x, y) >= margin and x + width + margin <= pixels.shape[1] and y + height + margin <= pixels.shape[0]


def _suppress(boxes: NDArray[np.float64], scores: Float32) -> list[int]:
    """Keep the best of overlapping boxes, best first; ties in order of position."""
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    areas = boxes[:, 2] * boxes[:, 3]
    for index in order:
        low = np.maximum(boxes[kept, :2], boxes[index, :2])
        high = np.minimum(boxes[kept, :2] + boxes[kept, 2:], boxes[index, :2] + boxes[index, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        union = areas[kept] + areas[index] - shared
        if not np.any(shared > OVERLAP * union):
            kept.append(int(index))
    return kept
