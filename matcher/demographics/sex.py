"""Recorded sex as evidence: mostly an exclusion, softened by clerks' errors.

Model: true sex s with background P(s); each record states it wrongly with probability `ERROR_RATE`, independently.
log10 LR = log10( sum_s P(s) P(a|s) P(b|s) / (P(a) P(b)) ).
"""

from __future__ import annotations

import math
from typing import get_args

from matcher.types import Sex

MALE_SHARE = 0.5124
"""Source: National Bureau of Statistics of China, Seventh National Population Census, communique no. 4 (2021)."""

ERROR_RATE = 0.01
"""Share of records with the wrong sex. Knob, no source: of the order of other single-keystroke errors."""

SEXES: tuple[Sex, ...] = get_args(Sex)

_SHARE: dict[Sex, float] = {"male": MALE_SHARE, "female": 1.0 - MALE_SHARE}


def share(true: Sex) -> float:
    """Return the share of a sex in the population."""
    return _SHARE[true]


def stated(statement: Sex, true: Sex) -> float:
    """Return P(statement | true sex)."""
    return 1.0 - ERROR_RATE if statement == true else ERROR_RATE


def background(statement: Sex) -> float:
    """Return P(statement) of a random record."""
    return sum(_SHARE[true] * stated(statement, true) for true in SEXES)


def log10_lr(probe: Sex, record: Sex) -> float:
    """Return the log10 LR of two statements for the same person against two random persons.

    >>> round(log10_lr("male", "male"), 2), round(log10_lr("male", "female"), 2)
    (0.28, -1.4)
    """
    joint = sum(_SHARE[true] * stated(probe, true) * stated(record, true) for true in SEXES)
    return math.log10(joint / (background(probe) * background(record)))
