"""Every probe of a workspace against every record, channel by channel: the raw numbers that all figures come from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.scan import channel_scores
from matcher.leads.matcher import Matcher
from matcher.leads.matching import compile_plans
from matcher.types import CandidateList

Float64 = NDArray[np.float64]
_SCAN_TOLERANCE = 0.1
"""Gridded curves of the scan differ from exact values by hundredths."""


@dataclass(frozen=True, slots=True)
class ProbeScores:
    """One probe against the whole gallery.

    Parameters
    ----------
    probe_id : str
        Case number.
    channels : mapping of channel name to ndarray of float32, shape (N,)
        Bounded log10 LR of each record in the order of the gallery; a channel without evidence from the probe is
        absent.
    candidates : CandidateList
        What the product shows.
    cpu_seconds : float
        Process time of the candidate list, words included.
    """

    probe_id: str
    channels: Mapping[str, NDArray[np.float32]]
    candidates: CandidateList
    cpu_seconds: float

    def total(self, count: int) -> NDArray[np.float32]:
        """Sum the channels, as the product does in this version; shape (count,)."""
        return np.sum([*self.channels.values()], axis=0, dtype=np.float32) if self.channels else np.zeros(count, "f4")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one method puts the right person.

    Parameters
    ----------
    rank : float or None
        Expected rank of the best mate among all records when ties are broken by lot; None = no mate.
    mate_value : float or None
        Value of the best mate.
    best_other : float
        Highest value of a record of somebody else.
    """

    rank: float | None
    mate_value: float | None
    best_other: float


def score_probes(
    matcher: Matcher, probes: Sequence[str], *, top: int, prior: Callable[[str], float]
) -> Mapping[str, ProbeScores]:
    """Score probes through the product's own plans; nothing here reads the truth.

    Parameters
    ----------
    matcher : Matcher
        Open workspace.
    probes : sequence of str
        Case numbers.
    top : int
        Length of the candidate lists.
    prior : callable
        Prior probability that a probe's person is in the gallery.
    """
    results = {}
    for probe in probes:
        started = time.process_time()
        candidates = matcher.candidates(probe, top=top, prior_in_database=prior(probe))
        seconds = time.process_time() - started
        gallery = matcher.prepared.gallery
        plans = compile_plans(matcher.subject(probe), matcher.prepared)
        channels: dict[str, NDArray[np.float32]] = {}
        for plan in plans:
            channels[plan.channel] = channel_scores(plan, gallery.codes[plan.channel], 0, len(gallery))
        results[probe] = ProbeScores(probe, channels, candidates, seconds)
        _check_fusion(results[probe], gallery.position(probe), len(gallery))
    return results


def _check_fusion(scores: ProbeScores, own: int | None, count: int) -> None:
    """Stop when the product's first lead is not the largest sum: then it fuses otherwise, and `total` must learn it."""
    if not scores.candidates.leads:
        return
    total = scores.total(count)
    if own is not None:
        total[own] = -np.inf
    first = scores.candidates.leads[0].log10_lr
    if abs(first - float(total.max())) > _SCAN_TOLERANCE:
        raise RuntimeError(
            f"{scores.probe_id}: the first lead has log10 LR {first:.3f}, the largest sum of the channels is "
            f"{total.max():.3f}; bench.scoring no longer knows how the product fuses"
        )


def placement(values: NDArray[np.float32] | Float64, mates: NDArray[np.bool_], others: NDArray[np.bool_]) -> Placement:
    """Find the place of the best mate among others.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One method's value of each record.
    mates, others : ndarray of bool, shape (N,)
        Records of the probe's person, and of other persons; records in neither are left out (the probe itself).

    >>> placement(np.array([3.0, 1.0, 1.0, 9.0]), np.array([0, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)).rank
    2.5
    """
    best_other = float(values[others].max()) if others.any() else -np.inf
    if not mates.any():
        return Placement(None, None, best_other)
    best = values[mates].max()
    above, level = int((values[others] > best).sum()), int((values[others] == best).sum())
    tied_mates = int((values[mates] == best).sum())
    # Of m tied mates and t tied others in random order, t / (m + 1) others come before the first mate.
    return Placement(1.0 + above + level / (tied_mates + 1), float(best), best_other)
