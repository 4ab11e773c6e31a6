"""Birth years with honest width: exact dates, "about 50", an age guessed by eye.

Model: true birth year y has the background P(y) of the census. A record states a year o with P(o | y): mostly right or
a year off (Chinese reckoning of age, lunar calendar), sometimes far off (false statement, typing). An age guessed by
eye has a broad error instead. A recorded interval is the event "the stated year lies in it". Then

    LR = sum_y P(y | record) P(probe | y) / P(probe),

whose mean over random records is exactly 1.

Sources: age structure - National Bureau of Statistics of China, Seventh National Population Census, communique no. 5
(2021): 0-14 years 17.95 %, 15-59 years 63.35 %, 60 and over 18.70 %. Error of ages guessed from photographs - Han,
Otto, Liu & Jain, IEEE TPAMI 37 (2015) 1148: mean absolute error of human observers 7.2 years (PCSO), which is a
standard deviation of about 9 for a normal error. Shares of wrong statements: knobs, no source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FIRST_YEAR = 1900
LAST_YEAR = 2035
YEARS: int = LAST_YEAR - FIRST_YEAR + 1

ONE_YEAR_OFF = 0.08
"""Share of stated years that are one off on either side together (nominal age, lunar new year). Knob, no source."""
FAR_OFF = 0.04
"""Share of stated years that carry no information (false statement, wrong column). Knob, no source."""
GUESS_SD_YEARS = 9.0
GUESS_FAR_OFF = 0.04

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


def probe_weights(statement: BirthStatement) -> Float64:
    """Return P(statement | true year) / P(statement), shape (YEARS,): the probe's side of every LR."""
    values = likelihood(statement)
    return values / float(population() @ values)


def log10_lr(probe: BirthStatement, record: BirthStatement) -> float:
    """Return the log10 LR of two statements for the same person against two random persons.

    >>> close = log10_lr(BirthStatement(1962, 1962, False), BirthStatement(1962, 1962, False))
    >>> far = log10_lr(BirthStatement(1962, 1962, False), BirthStatement(1990, 1990, False))
    >>> round(close, 2), round(far, 2)
    (1.76, -1.37)
    """
    return float(np.log10(posterior(record) @ probe_weights(probe)))
