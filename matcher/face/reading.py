"""What comes of reading photographs: a face with all its measures, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.face.decode import PhotoReason
from matcher.face.quality import Caveat, FaceMeasures

Choice = Literal["only_face", "most_prominent"]
FileReason = PhotoReason | Literal["unreadable_file"]


@dataclass(frozen=True, slots=True)
class FaceReading:
    """The face of one photograph.

    Parameters
    ----------
    vector : ndarray of float32, shape (dim,)
        L2-normalised embedding.
    model_id : str
        Recogniser that made it.
    quality : float
        Detector score times reliability, in [0, 1].
    measures : FaceMeasures
        What quality consists of.
    caveats : tuple of Caveat
        What a reader should know, as codes.
    faces_found : int
        Faces in the photograph.
    choice : {"only_face", "most_prominent"}
        Why this face: there was no other, or it is the largest, with a preference for the middle of the photo.
    box : tuple of float
        x, y, width, height in pixels of the upright photo, of the file's own resolution.
    rotation : int
        Degrees clockwise by which the photo (after EXIF) had to be turned: 0, 90, 180, 270.
    """

    vector: NDArray[np.float32]
    model_id: str
    quality: float
    measures: FaceMeasures
    caveats: tuple[Caveat, ...]
    faces_found: int
    choice: Choice
    box: tuple[float, ...]
    rotation: int


@dataclass(frozen=True, slots=True)
class FileReading:
    """Outcome for one file.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        Of its content; empty when it could not be read.
    outcome : FaceReading or str
        The face, or the reason code why there is none.
    """

    path: Path
    sha256: str
    outcome: FaceReading | FileReason
