"""Error rates and honesty of face comparisons, from counts of scores on a fixed fine grid.

All pairs of a large folder are hundreds of millions: they are counted into cells, never listed. A cell is a ten-
thousandth of a cosine (or a thousandth of a log10 LR), far below any sampling error.

Source: ISO/IEC 19795-1:2021 for FMR, FNMR, FPIR and FNIR; Bruemmer & du Preez, Computer Speech & Language 20 (2006)
230 for Cllr and its minimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.face.calibration import pool_adjacent

Float64 = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal cells between `low` and `high`; values beyond go to the end cells."""

    low: float
    high: float
    cells: int

    def cells_of(self, values: Float64) -> NDArray[np.int64]:
        """Return the cell of each value."""
        scaled = np.rint((values - self.low) * ((self.cells - 1) / (self.high - self.low)))
        return np.clip(scaled, 0, self.cells - 1).astype(np.int64)

    @property
    def centres(self) -> Float64:
        """Value of each cell."""
        return np.linspace(self.low, self.high, self.cells)


COSINES = Grid(-1.0, 1.0, 20001)
LOG10_LRS = Grid(-10.0, 10.0, 20001)


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """Scores of pairs of one person and of two, counted into cells.

    Parameters
    ----------
    grid : Grid
        The cells.
    genuine, impostor : ndarray of int64, shape (grid.cells,)
        Pairs in each cell.
    """

    grid: Grid
    genuine: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    impostor: Counts = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def empty(cls, grid: Grid) -> ScoreCounts:
        """Start with no pairs."""
        return cls(grid, np.zeros(grid.cells, np.int64), np.zeros(grid.cells, np.int64))

    @classmethod
    def of(cls, grid: Grid, genuine: Float64, impostor: Float64) -> ScoreCounts:
        """Count listed scores."""
        counts = cls.empty(grid)
        counts.add(genuine, impostor)
        return counts

    def add(self, genuine: Float64, impostor: Float64) -> None:
        """Count more scores."""
        for counts, values in ((self.genuine, genuine), (self.impostor, impostor)):
            counts += np.bincount(self.grid.cells_of(values), minlength=self.grid.cells)

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        """Pool the pairs of two counts."""
        return ScoreCounts(self.grid, self.genuine + other.genuine, self.impostor + other.impostor)

    @property
    def complete(self) -> bool:
        """True when there are pairs of both kinds."""
        return bool(self.genuine.any() and self.impostor.any())


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """Error rates of accepting every score at or above a threshold.

    Parameters
    ----------
    threshold : ndarray of float64, shape (n,)
        Ascending; the last one accepts nothing.
    fmr, fnmr : ndarray of float64, shape (n,)
        Share of impostor pairs accepted, share of genuine pairs refused.
    """

    threshold: Float64
    fmr: Float64
    fnmr: Float64


def error_curve(counts: ScoreCounts) -> ErrorCurve:
    """Return FMR and FNMR at every cell."""
    step = counts.grid.centres[1] - counts.grid.centres[0]
    threshold = np.append(counts.grid.centres, counts.grid.centres[-1] + step)
    fnmr = np.concatenate([[0], np.cumsum(counts.genuine)]) / counts.genuine.sum()
    fmr = 1.0 - np.concatenate([[0], np.cumsum(counts.impostor)]) / counts.impostor.sum()
    return ErrorCurve(threshold, np.clip(fmr, 0.0, 1.0), fnmr)


def auc(counts: ScoreCounts) -> float:
    """Return the probability that a genuine score beats an impostor score, ties counted half."""
    below = np.cumsum(counts.impostor) - counts.impostor
    wins = float(counts.genuine @ (below + 0.5 * counts.impostor))
    return wins / (float(counts.genuine.sum()) * float(counts.impostor.sum()))


def equal_error_rate(curve: ErrorCurve) -> float:
    """Return the error rate where FMR and FNMR cross, between cells by interpolation."""
    gap = curve.fmr - curve.fnmr
    after = int(np.argmax(gap <= 0.0))
    if after == 0:
        return float(curve.fmr[0] + curve.fnmr[0]) / 2.0
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(curve.fmr[after - 1] + share * (curve.fmr[after] - curve.fmr[after - 1]))


def tar_at_far(curve: ErrorCurve, far: float) -> float:
    """Return the share of genuine pairs accepted at the lowest threshold whose FMR is at most `far`."""
    return float(1.0 - curve.fnmr[int(np.argmax(curve.fmr <= far))])


def cllr(log10_lrs: ScoreCounts) -> float:
    """Return the cost of log LRs in bits: 0 = perfect, 1 = says nothing, above 1 = worse than saying nothing."""
    values = log10_lrs.grid.centres * np.log(10.0)
    same = float(log10_lrs.genuine @ np.logaddexp(0.0, -values)) / float(log10_lrs.genuine.sum())
    different = float(log10_lrs.impostor @ np.logaddexp(0.0, values)) / float(log10_lrs.impostor.sum())
    return (same + different) / (2.0 * float(np.log(2.0)))


def cllr_min(scores: ScoreCounts) -> float:
    """Return the lowest Cllr that any non-decreasing calibration of these scores could reach."""
    used = np.flatnonzero(scores.genuine + scores.impostor)
    genuine = scores.genuine[used] / scores.genuine.sum()
    impostor = scores.impostor[used] / scores.impostor.sum()
    posterior = pool_adjacent(genuine / (genuine + impostor), genuine + impostor)
    with np.errstate(divide="ignore"):
        same = -np.log2(posterior, where=genuine > 0, out=np.zeros_like(posterior))
        different = -np.log2(1.0 - posterior, where=impostor > 0, out=np.zeros_like(posterior))
    return float(genuine @ same + impostor @ different) / 2.0


@dataclass(frozen=True, slots=True)
class Ranks:
    """One-to-many results of probes against a gallery.

    Parameters
    ----------
    rank : ndarray of int64, shape (P,)
        Rank of the right person among all persons, 1 = first; ties count against the right person.
    mate_score, best_other : ndarray of float64, shape (P,)
        Score of the right person, and the highest score of anybody else.
    persons : int
        Persons in the gallery.
    """

    rank: NDArray[np.int64]
    mate_score: Float64
    best_other: Float64
    persons: int


def rank_share(ranks: Ranks, k: int) -> float:
    """Return the share of probes whose person is among the first k."""
    return float((ranks.rank <= k).mean())


def fnir_at_fpir(ranks: Ranks, fpir: float) -> float:
    """Return the share of probes missed at the threshold where a person not enrolled raises an alarm with rate `fpir`.

    Each probe also serves as somebody who is not enrolled, by leaving its person out: FPIR counts the probes whose
    best other person is at or above the threshold.
    """
    alarms = np.sort(ranks.best_other)[::-1]
    allowed = int(np.floor(fpir * len(alarms)))
    threshold = np.nextafter(alarms[allowed], np.inf) if allowed < len(alarms) else -np.inf
    return float((ranks.mate_score < threshold).mean())
