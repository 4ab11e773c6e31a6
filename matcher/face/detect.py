"""Find faces and their five landmarks, in any size and any of the four upright directions.

The networks are trained for faces of about 10 to 300 pixels in their input. They miss close-ups at full size and give
poor landmarks at the edge of a photo, so a photo without a sure face well inside it is tried again with a border, at
640, 320 and 160 pixels. YuNet also "finds" upside-down faces, with plausible but wrong landmarks and a lower score
(measured .65-.88; upright faces .86 and above): below `SURE_SCORE` the four rotations are tried and the best one is
kept.
"""

from __future__ import annotations

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


def letterbox(pixels: NDArray[np.uint8], scale: int, padding: float) -> tuple[NDArray[np.uint8], float, int]:
    """Scale down to `scale` (never up), add the border and fill up to multiples of 32; also factor and border."""
    factor = min(1.0, scale / max(pixels.shape[:2]))
    if factor < 1.0:
        size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = pixels.shape[:2]
    border = round(padding * max(height, width))
    full_height, full_width = (-(-(side + 2 * border) // 32) * 32 for side in (height, width))
    canvas = np.zeros((full_height, full_width, 3), np.uint8)
    canvas[border : border + height, border : border + width] = pixels
    return canvas, factor, border


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
