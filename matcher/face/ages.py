"""Was this photograph taken of a child or of an adult? Faces change most while they grow, so curves depend on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.types import DAYS_PER_YEAR, AgeGroup, DayInterval, FacePhoto, RecordKind, Subject

AGE_GROUPS: tuple[AgeGroup, ...] = ("unknown", "child", "adult")
"""Order of the codes."""

CHILD_BELOW_YEARS = 16
"""Most measures of the face reach their adult size between 12 and 15 years of age.

Source: Farkas, Posnick, Hreczko, Growth patterns of the face, Cleft Palate-Craniofacial Journal 29 (1992) 308.
"""

GUESS_ERROR_YEARS = 5
"""An age guessed by eye is taken to be wrong by up to this much beyond its interval; a choice, not a measurement."""


Float64 = NDArray[np.float64]


def photo_age_group(photo: FacePhoto, subject: Subject) -> AgeGroup:
    """Return the declared age group, else the one that dates prove, else `unknown`."""
    if photo.declared_age_group != "unknown":
        return photo.declared_age_group
    return age_group_at(
        taken_or_bounded(photo.taken, subject.event, subject.kind), subject.birth, estimated=subject.birth_estimated
    )


def taken_or_bounded(
    taken: DayInterval | None, event: DayInterval | None, kind: RecordKind
) -> tuple[float, float] | None:
    """Return the days between which a photo was taken, None when nothing is known.

    A photo without a date is the station's own on the day of the rescue; in a missing report it is older than the
    day the person went missing.
    """
    if taken is not None:
        return taken.earliest, taken.latest
    if event is None:
        return None
    return (float("-inf") if kind == "missing" else event.earliest), event.latest


def age_group_at(taken: tuple[float, float] | None, birth: DayInterval | None, *, estimated: bool) -> AgeGroup:
    """Return `child` or `adult` when every day of both intervals agrees, else `unknown`."""
    if taken is None or birth is None:
        return "unknown"
    days = tuple(np.array([day], np.float64) for day in (*taken, birth.earliest, birth.latest))
    youngest, oldest = age_bounds(days[:2], days[2:], estimated=np.array([estimated]))
    if oldest[0] < CHILD_BELOW_YEARS:
        return "child"
    return "adult" if youngest[0] >= CHILD_BELOW_YEARS else "unknown"


def age_bounds(
    taken: tuple[Float64, ...], birth: tuple[Float64, ...], *, estimated: NDArray[np.bool_]
) -> tuple[Float64, Float64]:
    """Return the youngest and oldest possible ages in years, shape (n,), NaN where a date is unknown.

    Parameters
    ----------
    taken, birth : pair of ndarray of float64, shape (n,)
        First and last possible day; NaN = unknown.
    estimated : ndarray of bool, shape (n,)
        The birth interval comes from an age guessed by eye.
    """
    error = np.where(estimated, GUESS_ERROR_YEARS, 0)
    return (taken[0] - birth[1]) / DAYS_PER_YEAR - error, (taken[1] - birth[0]) / DAYS_PER_YEAR + error
