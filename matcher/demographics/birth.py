"""Birth years with honest width: exact dates, "about 50", an age guessed by eye.

Model: true birth year y has the background P(y) of the census. A record states a year o with P(o | y): mostly right or
a year off (Chinese reckoning of age, lunar calendar), sometimes far off (false statement, typing). An age guessed by
eye has a broad error instead. A recorded interval is the event "the stated year lies in it". Then

    LR = sum_y P(y | record) P(y | probe, hypothesis) / P(y),

whose mean over random records is exactly 1. Under "same person" the record's year y is the probe's own; under "sibling"
and "parent or child" it is some years, or a generation, away.

Sources: age structure - National Bureau of Statistics of China, Seventh National Population Census, communique no. 5
(2021): 0-14 years 17.95 %, 15-59 years 63.35 %, 60 and over 18.70 %. Error of ages guessed from photographs - Han,
Otto, Liu & Jain, IEEE TPAMI 37 (2015) 1148: mean absolute error of human observers 7.2 years (PCSO), which is a
standard deviation of about 9 for a normal error. Shares of wrong statements: knobs, no source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.types import Hypothesis

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

FIRST_YEAR = 1900
LAST_YEAR = 2035
YEARS: int = LAST_YEAR - FIRST_YEAR + 1

ONE_YEAR_OFF = 0.08
"""Share of stated years that are one off on either side together (nominal age, lunar new year). Knob, no source."""
FAR_OFF = 0.04
"""Share of stated years that carry no information (false statement, wrong column). Knob, no source."""
GUESS_SD_YEARS = 9.0
GUESS_FAR_OFF = 0.04

SIBLING_GAP_SD_YEARS = 6.0
"""Spread of the years between two siblings. Knob, no source: mothers' ages at birth spread by 5 to 6 years, which is
7 to 8 between two independent births; sibships are closer than that."""
GENERATION_YEARS = 28.0
"""Source: United Nations, World Population Prospects (2022): the mean age at childbearing in China lay between 25 and
30 in all years since 1950; fathers are about two years older."""
GENERATION_SD_YEARS = 6.5
"""Knob, no source: mothers' ages spread by 5 to 6 years, fathers' somewhat more."""
YOUNGEST_PARENT_YEARS = 14

_CENSUS_YEAR = 2020
_AGE_BANDS: tuple[tuple[int, int, float], ...] = ((0, 14, 0.1795), (15, 59, 0.6335), (60, 100, 0.1870))
_FLOOR_SHARE = 1e-4
"""Share given to each year outside the census bands, so that no birth year is impossible. Knob, no source."""


@dataclass(frozen=True, slots=True, order=True)
class BirthStatement:
    """A recorded birth interval in whole years.

    Parameters
    ----------
    first, last : int
        Calendar years, both included; clipped to the years the model covers.
    estimated : bool
        True when the interval comes from an age guessed by eye.
    """

    first: int
    last: int
    estimated: bool

    @classmethod
    def clipped(cls, first: int, last: int, *, estimated: bool) -> BirthStatement:
        """Build a statement, pulling years beyond the model's range to its ends."""
        low, high = (min(max(year, FIRST_YEAR), LAST_YEAR) for year in (first, last))
        return cls(low, high, estimated)


@cache
def population() -> Float64:
    """Return the background P(true birth year), shape (YEARS,)."""
    shares = np.full(YEARS, _FLOOR_SHARE)
    for youngest, oldest, share in _AGE_BANDS:
        first, last = _CENSUS_YEAR - oldest - FIRST_YEAR, _CENSUS_YEAR - youngest - FIRST_YEAR
        shares[first : last + 1] += share / (last - first + 1)
    shares /= shares.sum()
    return shares


@cache
def statement_error(*, estimated: bool) -> Float64:
    """Return P(stated year | true year), shape (YEARS true, YEARS stated); rows sum to 1."""
    offset = np.arange(YEARS)[None, :] - np.arange(YEARS)[:, None]
    if estimated:
        near = np.exp(-0.5 * (offset / GUESS_SD_YEARS) ** 2)
        far = GUESS_FAR_OFF
    else:
        near = np.where(offset == 0, 1.0 - ONE_YEAR_OFF, np.where(abs(offset) == 1, ONE_YEAR_OFF / 2, 0.0))
        far = FAR_OFF
    errors: Float64 = (1.0 - far) * near / near.sum(axis=1, keepdims=True) + far / YEARS
    return errors


def likelihood(statement: BirthStatement) -> Float64:
    """Return P(statement | true year), shape (YEARS,)."""
    columns = slice(statement.first - FIRST_YEAR, statement.last - FIRST_YEAR + 1)
    total: Float64 = statement_error(estimated=statement.estimated)[:, columns].sum(axis=1)
    return total


def posterior(statement: BirthStatement) -> Float64:
    """Return P(true year | statement), shape (YEARS,)."""
    joint: Float64 = population() * likelihood(statement)
    joint /= joint.sum()
    return joint


@cache
def kin_years(hypothesis: Hypothesis) -> Float64:
    """Return P(birth year of the record's person | birth year of the probe), shape (YEARS probe, YEARS record).

    Rows sum to 1. The same person was born in the same year; a sibling some years earlier or later; a parent or child a
    generation earlier or later, either with probability one half.
    """
    offset = np.arange(YEARS)[None, :] - np.arange(YEARS)[:, None]
    match hypothesis:
        case "self":
            return np.eye(YEARS)
        case "sibling":
            density = np.exp(-0.5 * (offset / SIBLING_GAP_SD_YEARS) ** 2)
        case "parent_child":
            gap = abs(offset)
            generation = np.exp(-0.5 * ((gap - GENERATION_YEARS) / GENERATION_SD_YEARS) ** 2)
            density = np.where(gap >= YOUNGEST_PARENT_YEARS, generation, 0.0)
    years: Float64 = density / density.sum(axis=1, keepdims=True)
    return years


def record_weights(statement: BirthStatement, hypothesis: Hypothesis = "self") -> Float64:
    """Return P(record's true year | probe's statement, hypothesis) / P(true year), shape (YEARS,).

    The probe's side of every LR under the hypothesis: LR = sum over years of P(year | record) times this.
    """
    weights: Float64 = (posterior(statement) @ kin_years(hypothesis)) / population()
    return weights


class BirthStatements(NamedTuple):
    """Many statements as arrays.

    Parameters
    ----------
    first, last : ndarray of int64, shape (V,)
        Years counted from `FIRST_YEAR`, both included.
    estimated : ndarray of int64, shape (V,)
        1 where the interval comes from an age guessed by eye, else 0.
    """

    first: Int64
    last: Int64
    estimated: Int64

    @classmethod
    def of(cls, statements: Sequence[BirthStatement]) -> BirthStatements:
        """Lay out statements."""
        rows = [(item.first - FIRST_YEAR, item.last - FIRST_YEAR, int(item.estimated)) for item in statements]
        return cls(*np.array(rows, np.int64).reshape(-1, 3).T)


def log10_lrs(probe: BirthStatement, records: BirthStatements, hypothesis: Hypothesis = "self") -> Float64:
    """Return the log10 LR of a probe with each of many records, shape (V,): `log10_lr` of all of them.

    Numerator and denominator of every LR are sums over the years stated, so running totals over them serve all.
    """
    weights = record_weights(probe, hypothesis)
    under, at_large = _stated_before(weights), _stated_before_at_large()
    first, last = (records.estimated, records.first), (records.estimated, records.last + 1)
    ratios: Float64 = np.log10((under[last] - under[first]) / (at_large[last] - at_large[first]))
    return ratios


def _stated_before(weights: Float64) -> Float64:
    """Return the weighted probability that the year stated, exactly or by guess, lies before each; (2, YEARS + 1)."""
    stated = [(population() * weights) @ statement_error(estimated=estimated) for estimated in (False, True)]
    return np.pad(np.cumsum(stated, axis=1), ((0, 0), (1, 0)))


@cache
def _stated_before_at_large() -> Float64:
    return _stated_before(np.ones(YEARS))


def log10_lr(probe: BirthStatement, record: BirthStatement, hypothesis: Hypothesis = "self") -> float:
    """Return the log10 LR of two statements for a hypothesis against two random persons.

    >>> close = log10_lr(BirthStatement(1962, 1962, False), BirthStatement(1962, 1962, False))
    >>> far = log10_lr(BirthStatement(1962, 1962, False), BirthStatement(1990, 1990, False))
    >>> round(close, 2), round(far, 2)
    (1.76, -1.37)
    """
    return float(np.log10(posterior(record) @ record_weights(probe, hypothesis)))
