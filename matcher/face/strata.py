"""The condition of a photo that selects its curve: age group when it was taken, and a class of quality."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.face.ages import AGE_GROUPS
from matcher.types import AgeGroup

# Quality is detector score times reliability; sharp upright faces score .85 to .95 with the default detector.
FULL_QUALITY = 0.85
_LOWER_ENDS = (0.7, 0.5, 0.3)
"""Qualities at which a better class begins; a photo of unknown quality counts as an ordinary one."""

CLASS_RELIABILITY: tuple[float, ...] = (1.0, 0.7, 0.47, 0.24)
"""Reliability of each class, ordinary first: the middle of its range over `FULL_QUALITY`."""

QUALITY_CLASSES = len(CLASS_RELIABILITY)
STRATA = len(AGE_GROUPS) * QUALITY_CLASSES


def quality_class(quality: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the class of each quality, 0 = ordinary or unknown (NaN), 3 = hardly usable."""
    known = np.where(np.isnan(quality), 1.0, quality)
    return (len(_LOWER_ENDS) - np.searchsorted(_LOWER_ENDS[::-1], known, side="right")).astype(np.uint8)


def quality_class_of(quality: float | None) -> int:
    """Return the class of one photo; None = not measured."""
    return int(quality_class(np.array([np.nan if quality is None else quality]))[0])


def stratum_of(group: AgeGroup, quality: float | None) -> int:
    """Return the stratum of one photo."""
    return AGE_GROUPS.index(group) * QUALITY_CLASSES + quality_class_of(quality)


def split(stratum: int) -> tuple[AgeGroup, int]:
    """Return the age group and the quality class of a stratum."""
    return AGE_GROUPS[stratum // QUALITY_CLASSES], stratum % QUALITY_CLASSES
