"""Every probe of a workspace against every record, channel by channel: the raw numbers that all figures come from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.engine.combination import Combination
from matcher.engine.gallery import Gallery
from matcher.engine.scan import channel_scores
from matcher.leads.matcher import Matcher
from matcher.leads.matching import compile_plans
from matcher.types import CandidateList, ChannelName

Float64 = NDArray[np.float64]
ALERT_FPIR = 0.01
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
    combination : Combination
        How the product fuses them.
    candidates : CandidateList
        What the product shows, with alerts at `ALERT_FPIR`.
    cpu_seconds : float
        Process time of the candidate list, words included.
    """

    probe_id: str
    channels: Mapping[ChannelName, NDArray[np.float32]]
    combination: Combination
    candidates: CandidateList
    cpu_seconds: float

    def product(self, count: int) -> NDArray[np.float32]:
        """Sum the channels, as if they were independent; shape (count,)."""
        return np.sum([*self.channels.values()], axis=0, dtype=np.float32) if self.channels else np.zeros(count, "f4")

    def fused(self, count: int) -> NDArray[np.float32]:
        """Combine the channels as the product's scan does; shape (count,)."""
        return self.combination.fused(self.channels, count).astype(np.float32)

    def shown(self, gallery: Gallery) -> NDArray[np.float32]:
        """Return values in the order of the product's list: listed records first, in its order, then by fused value."""
        values = self.fused(len(gallery))
        top = float(values.max(initial=0.0))
        for place, lead in enumerate(self.candidates.leads):
            row = gallery.position(lead.record_id)
            assert row is not None
            values[row] = top + len(self.candidates.leads) - place
        return values


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


def score_probes(matcher: Matcher, probes: Sequence[str], *, top: int) -> Mapping[str, ProbeScores]:
    """Score probes through the product's own plans; nothing here reads the truth, nor sets what the product can choose.

    Parameters
    ----------
    matcher : Matcher
        Open workspace.
    probes : sequence of str
        Case numbers.
    top : int
        Length of the candidate lists.
    """
    results = {}
    for probe in probes:
        started = time.process_time()
        candidates = matcher.candidates(probe, top=top, alert_fpir=ALERT_FPIR)
        seconds = time.process_time() - started
        gallery = matcher.prepared.gallery
        plans = compile_plans(matcher.subject(probe), matcher.prepared)
        channels: dict[ChannelName, NDArray[np.float32]] = {}
        for plan in plans:
            channels[plan.channel] = channel_scores(plan, gallery.codes[plan.channel], 0, len(gallery))
        results[probe] = ProbeScores(probe, channels, matcher.prepared.fusion.combination, candidates, seconds)
        _check_fusion(results[probe], gallery.position(probe), len(gallery))
    return results


def _check_fusion(scores: ProbeScores, own: int | None, count: int) -> None:
    """Stop when the best lead's LR is not the largest of all records: then the product fuses otherwise."""
    if not scores.candidates.leads:
        return
    fused = scores.fused(count)
    if own is not None:
        fused[own] = -np.inf
    # A person is shown by the record of most worth; another of his records may have the larger ratio.
    leads = scores.candidates.leads
    best = max([lead.log10_lr for lead in leads] + [record.log10_lr for lead in leads for record in lead.others])
    if abs(best - float(fused.max())) > _SCAN_TOLERANCE:
        raise RuntimeError(
            f"{scores.probe_id}: the best lead has log10 LR {best:.3f}, the largest fused value is "
            f"{fused.max():.3f}; bench.scoring no longer knows how the product fuses"
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
