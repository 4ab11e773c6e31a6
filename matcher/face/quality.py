"""How far one face photo can be trusted: sharpness, size, pose, clarity, detector score, each measured on the photo.

A poor photo is kept. Its measures are stored, and its quality narrows what a comparison may say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.detect import Detection, Face, roll_of

Caveat = Literal["small_face", "blurred", "turned_away", "unclear", "several_faces", "photo_was_rotated"]

# Sharpness of an aligned crop -> cosine between the embedding of the blurred or shrunken photo and that of the sharp
# one. Medians over the seven faces of skimage's `astronaut` and insightface's `t1`, each blurred by a Gaussian of
# 0 to 9 % of the face width, SFace 2021dec; tests/face/test_quality.py measures it again.
_SHARPNESS: tuple[float, ...] = (0.284, 0.307, 0.339, 0.403, 0.480, 0.600, 0.680)
_SHARP_COSINE: tuple[float, ...] = (0.09, 0.33, 0.58, 0.80, 0.90, 0.98, 1.00)

# Face width in pixels -> mean cosine to the full-size photo, 100 photos of 60 Chinese and 40 other persons.
_WIDTH_PX: tuple[float, ...] = (8.0, 16.0, 24.0, 30.0, 40.0, 60.0, 80.0, 112.0)
_WIDTH_COSINE: tuple[float, ...] = (0.20, 0.60, 0.82, 0.89, 0.94, 0.97, 0.98, 1.00)

# Yaw proxy -> cosine to the frontal photo. Medians over seven aligned faces squeezed to .7 and .5 of their width, as by
# a turn of 45 and 60 degrees, where the proxy is about .55 and 1; the far side of the face, which a real turn hides, is
# still there, so the last value is a judgement below the measured .62.
_YAW: tuple[float, ...] = (0.30, 0.55, 1.00)
_YAW_COSINE: tuple[float, ...] = (1.0, 0.82, 0.50)

# Length of the recogniser's raw output, as a share of that of clear faces -> cosine kept. A covered, noisy or dark face
# gives a short output, whatever it suffers from. Mean over seven faces of the cosine given the length, under blur,
# noise, squeeze, masks, bars over the eyes and covered halves, drawn towards 1: a clear face may be short as well
# (.7 to 1.2), and its evidence is then narrowed for nothing.
_LENGTH: tuple[float, ...] = (0.62, 0.72, 0.80, 0.89, 0.98)
_LENGTH_COSINE: tuple[float, ...] = (0.60, 0.80, 0.88, 0.95, 1.0)

SMALL_FACE_PX = 30.0
"""Below this face width rank-1 and cosine begin to fall (measured: .89 at 30, .82 at 24, .60 at 16 pixels)."""

BLURRED_BELOW = 0.40
"""Sharpness below which a reader is told that the photo is blurred: a cosine of .8 or less is kept."""

TURNED_ABOVE = 0.6
"""Yaw proxy of a face seen from the side."""

UNCLEAR_BELOW = 0.75
"""Clarity below which a sharp face is probably covered, noisy or badly lit: a cosine of .8 or less is kept."""


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
        Expected cosine to a sharp, large, frontal photo, in [0, 1]: the lowest of what the other measures allow.
    yaw : float
        Horizontal distance of the nose tip from the middle of the eyes in eye distances; 0 = frontal.
    clarity : float
        Length of the recogniser's raw output as a share of that of a clear face; 1 where that is not known.
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
    clarity: float = 1.0

    @property
    def quality(self) -> float:
        """Detector score times reliability, in [0, 1]."""
        return self.score * self.reliability


def measure(face: Face, crop: NDArray[np.uint8], *, reduction: int = 1, clarity: float = 1.0) -> FaceMeasures:
    """Measure one face and its aligned crop; `reduction` as in `Photo`, `clarity` as in `FaceMeasures`."""
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
        reliability=reliability_of(sharp, face.box[2], yaw=abs(along), clarity=clarity),
        yaw=abs(along),
        roll=roll_of(face),
        clarity=clarity,
    )


def reliability_of(sharpness: float, width_px: float, *, yaw: float = 0.0, clarity: float = 1.0) -> float:
    """Return the cosine that a photo keeps with a sharp, large, frontal, uncovered one.

    One cause shows in several measures (a blurred face is also unclear), so the lowest counts, not their product.
    """
    kept = (
        np.interp(sharpness, _SHARPNESS, _SHARP_COSINE),
        np.interp(width_px, _WIDTH_PX, _WIDTH_COSINE),
        np.interp(yaw, _YAW, _YAW_COSINE),
        np.interp(clarity, _LENGTH, _LENGTH_COSINE),
    )
    return float(min(kept))


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
        "unclear": measures.clarity < UNCLEAR_BELOW and measures.sharpness >= BLURRED_BELOW,
        "several_faces": len(detection.faces) > 1,
        "photo_was_rotated": detection.rotation != 0,
    }
    return tuple(name for name, holds in found.items() if holds)
