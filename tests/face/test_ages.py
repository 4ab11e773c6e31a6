from __future__ import annotations

import numpy as np
import pytest

from matcher.face.ages import photo_age_group
from matcher.types import AgeGroup, DayInterval, FacePhoto, RecordKind, Subject

YEAR = 365.2425


def years(first: float, last: float) -> DayInterval:
    """Interval in years since 1970."""
    return DayInterval(round(first * YEAR), round(last * YEAR))


CASES = [
    # (kind, taken, event, birth, estimated, declared) -> group
    ("rescue", (30, 30), None, (0, 1), False, "unknown", "adult"),
    ("rescue", (10, 10), None, (0, 1), False, "unknown", "child"),
    ("rescue", (15, 17), None, (0, 1), False, "unknown", "unknown"),
    ("rescue", None, (30, 30), (0, 1), False, "unknown", "adult"),
    ("missing", None, (10, 10), (0, 1), False, "unknown", "child"),
    ("missing", None, (30, 30), (0, 1), False, "unknown", "unknown"),
    ("intake", None, (18, 18), (0, 0.5), True, "unknown", "unknown"),
    ("intake", None, (25, 25), (0, 0.5), True, "unknown", "adult"),
    ("intake", None, None, (0, 1), False, "unknown", "unknown"),
    ("intake", (30, 30), None, None, False, "unknown", "unknown"),
    ("rescue", (30, 30), None, (0, 1), False, "child", "child"),
]


@pytest.mark.parametrize(("kind", "taken", "event", "birth", "estimated", "declared", "group"), CASES)
def test_dates_prove_the_age_group(
    kind: RecordKind,
    taken: tuple[float, float] | None,
    event: tuple[float, float] | None,
    birth: tuple[float, float] | None,
    estimated: bool,
    declared: AgeGroup,
    group: AgeGroup,
) -> None:
    photo = FacePhoto(
        "p",
        "m",
        np.ones(1, np.float32),
        taken=years(*taken) if taken else None,
        declared_age_group=declared,
    )
    subject = Subject(
        "r",
        kind,
        birth=years(*birth) if birth else None,
        birth_estimated=estimated,
        event=years(*event) if event else None,
    )
    assert photo_age_group(photo, subject) == group
