"""How far one face photo can be trusted: sharpness, size, pose and detector score, each measured on the photo itself.

A poor photo is kept. Its measures are stored, and its quality narrows what a comparison may say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Detection, Face, roll_of

Caveat = Literal["small_face", "blurred", "turned_away", "several_faces", "photo_was_rotated"]

# Sharpness of an aligned crop -> cosine between the embedding of the blurred or shrunken photo and that of the sharp
# one. Medians over the seven faces of skimage's `astronaut` and insightface's `t1`, each blurred by a Gaussian of
# 0 to 9 % of the face width, SFace 2021dec; tests/face/test_quality.py measures it again.
_SHARPNESS: tuple[float, ...] = (0.284, 0.307, 0.339, 0.403, 0.480, 0.600, 0.680)
_SHARP_COSINE: tuple[float, ...] = (0.09, 0.33, 0.58, 0.80, 0.90, 0.98, 1.00)

# Face width in pixels -> mean cosine to the full-size photo, 100 photos of 60 Chinese and 40 other persons.
_WIDTH_PX: tuple[float, ...] = (8.0, 16.0, 24.0, 30.0, 40.0, 60.0, 80.0, 112.0)
_WIDTH_COSINE: tuple[float, ...] = (0.20, 0.60, 0.82, 0.89, 0.94, 0.97, 0.98, 1.00)

SMALL_FACE_PX = 30.0
"""Below this face width rank-1 and cosine begin to fall (measured: .89 at 30, .82 at 24, .60 at 16 pixels)."""

BLURRED_BELOW = 0.40
"""Sharpness below which a reader is told that the photo is blurred: a cosine of .8 or less is kept."""

TURNED_ABOVE = 0.6
"""Yaw proxy of a face seen from the side."""


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """Measures of one face.

    Parameters
    ----------
    score : float
        Detector confidence in [0, 1].
    face_width : float
        Width of the face box in pixels of the file.
    eye_distance : float
        Distance of the eyes in pixels of the file.
    sharpness : float
        Fine over coarse detail of the aligned crop; about .3 is useless, .6 and above is sharp.
    reliability : float
        Expected cosine to a sharp, large photo, in [0, 1]: the lower of what sharpness and width allow.
    yaw : float
        Horizontal distance of the nose tip from the middle of the eyes in eye distances; 0 = frontal.
    roll : float
        Inclination of the line of the eyes in degrees, in (-180, 180].
    """

    score: float
    face_width: float
    eye_distance: float
    sharpness: float
    reliability: float
    yaw: float
    roll: float

    @property
    def quality(self) -> float:
        """Detector score times reliability, in [0, 1]."""
        return self.score * self.reliability


def measure(face: Face, crop: NDArray[np.uint8], *, reduction: int = 1) -> FaceMeasures:
    """Measure one face and its aligned crop; `reduction` as in `Photo`."""
    right_eye, left_eye, nose = face.landmarks[0], face.landmarks[1], face.landmarks[2]
    eyes = left_eye - right_eye
    distance = float(np.hypot(*eyes)) or 1.0
    along = float(np.dot(nose - (right_eye + left_eye) / 2.0, eyes)) / distance**2
    sharp = sharpness_of(crop)
    return FaceMeasures(
        score=min(face.score, 1.0),
        face_width=face.box[2] * reduction,
        eye_distance=distance * reduction,
        sharpness=sharp,
        reliability=reliability_of(sharp, face.box[2]),
        yaw=abs(along),
        roll=roll_of(face),
    )


def reliability_of(sharpness: float, width_px: float) -> float:
    """Return the cosine that a photo keeps with a sharp, large one, from its sharpness and its face width.

    A blurred and an enlarged face look different: the lower of the two counts.
    """
    return min(
        float(np.interp(sharpness, _SHARPNESS, _SHARP_COSINE)), float(np.interp(width_px, _WIDTH_PX, _WIDTH_COSINE))
    )


def sharpness_of(crop: NDArray[np.uint8]) -> float:
    """Return the ratio of detail at 1-2 pixels to detail at 2-4 pixels in the middle of an aligned crop.

    A ratio of two neighbouring bands does not depend on contrast or lighting, and falls with blur and with
    enlargement from a small face alike.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32)
    fine, middle, coarse = (cv2.GaussianBlur(grey, (0, 0), sigma)[20:105, 15:97] for sigma in (1.0, 2.0, 4.0))
    base = float(np.std(middle - coarse))
    return float(np.std(fine - middle)) / base if base > 0.0 else 0.0


def caveats_of(measures: FaceMeasures, detection: Detection) -> tuple[Caveat, ...]:
    """Name what a reader should know about a photo."""
    found: dict[Caveat, bool] = {
        "small_face": measures.face_width < SMALL_FACE_PX,
        "blurred": measures.sharpness < BLURRED_BELOW,
        "turned_away": measures.yaw > TURNED_ABOVE,
        "several_faces": len(detection.faces) > 1,
        "photo_was_rotated": detection.rotation != 0,
    }
    return tuple(name for name, holds in found.items() if holds)
