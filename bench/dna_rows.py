"""Rows of the DNA bench: one measured figure each, with the bound that it is held to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Parameters
    ----------
    task, figure : str
        What was measured.
    value : float
        In `unit`.
    unit : str
        Unit.
    at_most, at_least : float or None
        Bound; both None = for information.
    source : str
        Where a published figure comes from; empty = measured here.
    """

    task: str
    figure: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    source: str = ""

    @property
    def bounded(self) -> bool:
        """Tell whether there is a bound."""
        return self.at_most is not None or self.at_least is not None

    @property
    def passed(self) -> bool:
        """Tell whether the bound is kept; a figure that is no number fails."""
        if not self.bounded:
            return True
        low, high = (-math.inf if self.at_least is None else self.at_least), self.at_most
        return low <= self.value <= (math.inf if high is None else high)

    def text(self) -> str:
        """Lay the row out as a line."""
        low = "" if self.at_least is None else f">= {self.at_least:g} "
        high = "" if self.at_most is None else f"<= {self.at_most:g}"
        verdict = ("pass " if self.passed else "FAIL ") if self.bounded else ""
        measured = f"{self.task:<12}{self.figure:<66}{self.value:>12.4g} {self.unit:<16}"
        return f"{measured}{verdict}{low}{high}{self.source}".rstrip()


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median processor time of this thread over repeated runs, after one to warm up."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return float(np.median(seconds))
