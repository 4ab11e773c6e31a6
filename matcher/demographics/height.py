"""Stated heights of adults: a tape measure, a family's memory, or somebody's eye.

Model: a person of sex s has adult height H ~ P(H | s), a normal distribution. A record states h with P(h | H): as a
person or family knows it, mostly; by eye, sometimes; anything, seldom. Each record states the sex with the error of
`matcher.demographics.sex`, so a height that is usual for a man is no surprise in the record of a "woman" who is one by
a clerk's error. With b the sex that the record states (one that is not stated is either),

    LR = P(h_record | h_probe, b, same person) / P(h_record | b),

both sides distributions of the record's height, so the mean over random records of each stated sex is exactly 1. The
sex that the probe states is left to `sex.log10_lr`. Only adults are compared (`ADULT_YEARS` on the day of the
statement): children grow.

Sources: means of all adults from 18 years on, 2012, 167.1 and 155.8 cm - 中国居民营养与慢性病状况报告 (2015), National
Health and Family Planning Commission. Difference between reported and measured heights: standard deviation 2.57 cm in
men and 2.45 cm in women - Spencer et al., Public Health Nutrition 5 (2002) 561 (EPIC-Oxford, n = 4,808). Spread of
heights, and shares and errors of estimates by eye: knobs, no source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.demographics import sex
from matcher.types import DAYS_PER_YEAR, DayInterval, Sex

Float64 = NDArray[np.float64]

SHORTEST_CM, TALLEST_CM = 120, 215
"""Heights the model covers, true and stated; what lies beyond is taken for the end."""
HEIGHTS: int = TALLEST_CM - SHORTEST_CM + 1
ADULT_YEARS = 18

MEAN_CM: dict[Sex, float] = {"male": 167.1, "female": 155.8}
SPREAD_CM = 6.5
"""Standard deviation within a sex. Knob, no source: about 6 cm within an age group; those born later are taller."""
KNOWN_SD_CM = 2.5
BY_EYE, BY_EYE_SD_CM = 0.25, 6.0
"""Share of heights that somebody estimated, and the error of such an estimate (old people who have lost height are
among these). Knobs, no source."""
FAR_OFF = 0.05
"""Share of stated heights that say nothing (wrong column, somebody else's, invented). Knob, no source."""


@dataclass(frozen=True, slots=True)
class HeightStatement:
    """A stated height.

    Parameters
    ----------
    height_cm : int
        Centimetres; beyond the heights the model covers it counts as the nearest of them.
    sex : Sex or None
        As the record states it; None = not stated.
    """

    height_cm: int
    sex: Sex | None


def adult(birth: DayInterval | None, event: DayInterval | None) -> bool:
    """Tell whether the dates prove that a person was grown up on the day of a record's event.

    >>> adult(DayInterval(0, 365), DayInterval(7000, 7000)), adult(DayInterval(0, 365), None)
    (True, False)
    """
    if birth is None or event is None:
        return False
    return event.earliest - birth.latest >= ADULT_YEARS * DAYS_PER_YEAR


@cache
def population() -> Float64:
    """Return P(true sex, true height), shape (2, HEIGHTS), sexes in the order of `sex.SEXES`."""
    heights = np.arange(SHORTEST_CM, TALLEST_CM + 1)
    means = np.array([MEAN_CM[value] for value in sex.SEXES])[:, None]
    near = np.exp(-0.5 * ((heights - means) / SPREAD_CM) ** 2)
    shares = np.array([sex.share(value) for value in sex.SEXES])[:, None]
    joint: Float64 = shares * near / near.sum(axis=1, keepdims=True)
    return joint


@cache
def statement_error() -> Float64:
    """Return P(stated height | true height), shape (HEIGHTS true, HEIGHTS stated); rows sum to 1."""
    offset = np.arange(HEIGHTS)[None, :] - np.arange(HEIGHTS)[:, None]
    known, by_eye = (np.exp(-0.5 * (offset / spread) ** 2) for spread in (KNOWN_SD_CM, BY_EYE_SD_CM))
    shares = ((1.0 - BY_EYE - FAR_OFF, known), (BY_EYE, by_eye))
    errors: Float64 = FAR_OFF / HEIGHTS + sum(share * near / near.sum(axis=1, keepdims=True) for share, near in shares)
    return errors


def stated_at_large(stated_sex: Sex | None) -> Float64:
    """Return P(stated height | stated sex) of a random adult's record, shape (HEIGHTS,)."""
    return _stated(population(), stated_sex)


def stated_of_same_person(probe_cm: int, stated_sex: Sex | None) -> Float64:
    """Return P(height that a record states | the sex it states, the probe's height, same person), shape (HEIGHTS,)."""
    return _stated(population() * statement_error()[:, _place(probe_cm)], stated_sex)


def log10_lrs(probe_cm: int, records: Sequence[HeightStatement]) -> Float64:
    """Return the log10 LR of a probe's height with each of many records' statements, shape (V,)."""
    tables = {
        value: np.log10(stated_of_same_person(probe_cm, value) / stated_at_large(value)) for value in (*sex.SEXES, None)
    }
    return np.array([tables[record.sex][_place(record.height_cm)] for record in records], np.float64)


def log10_lr(probe_cm: int, record: HeightStatement) -> float:
    """Return the log10 LR of two heights, summed over sexes and heights one by one: the readable twin of `log10_lrs`.

    >>> near, tall = HeightStatement(169, "male"), HeightStatement(186, "male")
    >>> round(log10_lr(168, near), 2), round(log10_lr(186, tall), 2), round(log10_lr(168, tall), 2)
    (0.24, 1.16, -0.46)
    """
    same, of_probe, at_large, of_sex = 0.0, 0.0, 0.0, 0.0
    for number, true_sex in enumerate(sex.SEXES):
        stated = 1.0 if record.sex is None else sex.stated(record.sex, true_sex)
        for true_height, share in enumerate(population()[number].tolist()):
            ours, theirs = (statement_error()[true_height, _place(height)] for height in (probe_cm, record.height_cm))
            same += share * stated * ours * theirs
            of_probe += share * stated * ours
            at_large += share * stated * theirs
            of_sex += share * stated
    return math.log10(same / of_probe * of_sex / at_large)


def _stated(joint: Float64, stated_sex: Sex | None) -> Float64:
    """Return the distribution of stated heights for a joint distribution of sex and height, known up to a factor."""
    likelihood = [1.0 if stated_sex is None else sex.stated(stated_sex, true) for true in sex.SEXES]
    heights = np.array(likelihood) @ joint
    stated: Float64 = (heights / heights.sum()) @ statement_error()
    return stated


def _place(height_cm: int) -> int:
    return min(max(height_cm, SHORTEST_CM), TALLEST_CM) - SHORTEST_CM
