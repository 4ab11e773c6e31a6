"""What a scan is given and what it hands on: plans in; the few records that can be best and the weight of all out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Plan
from matcher.engine.combination import PLAIN, Combination


@dataclass(frozen=True, slots=True)
class ScanProbe:
    """One compiled probe.

    Parameters
    ----------
    plans : sequence of Plan
        At most one per channel.
    excluded : int or None
        Record that is left out, usually the probe's own.
    combination : Combination
        How the channels are fused; probes that are scanned together tie the same channels.
    """

    plans: Sequence[Plan]
    excluded: int | None = None
    combination: Combination = PLAIN


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Outcome of scanning N records for one probe.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Every record that can be among the best once scores are exact, ascending.
    scores : ndarray of float64, shape (n,)
        Their scanned log10 LRs.
    log10_sum : float
        log10 of the sum of all eligible records' LRs, as scanned; minus infinity when there is none.
    eligible : int
        Records that may be listed: all but the excluded one.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    log10_sum: float
    eligible: int

    def corrected_log10_sum(self, exact: NDArray[np.float64]) -> float:
        """Return `log10_sum` with the shortlisted records' LRs replaced by exact ones, shape (n,)."""
        if not math.isfinite(self.log10_sum):
            return self.log10_sum
        top = max(self.log10_sum, float(exact.max(initial=-math.inf)))
        # Cancellation leaves the rest its absolute precision, which is all that the sum needs.
        rest = math.pow(10.0, self.log10_sum - top) - float(np.sum(10.0 ** (self.scores - top)))
        total = max(rest, 0.0) + float(np.sum(10.0 ** (exact - top)))
        return top + math.log10(total) if total > 0.0 else -math.inf
