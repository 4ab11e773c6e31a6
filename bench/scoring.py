"""One probe of a workspace against every record, channel by channel: the raw numbers that all figures come from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.truth import Rows
from matcher.engine.columns import ColumnCodes, DenseColumn
from matcher.engine.gallery import Gallery
from matcher.engine.scan import channel_scores
from matcher.engine.shortlist import ScanProbe
from matcher.engine.vectors import PackedVectors, Vectors
from matcher.leads.matcher import Matcher
from matcher.leads.pairs import compile_plans
from matcher.types import CandidateList, ChannelName

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

ALERT_FPIR = 0.01
TEXT_CHANNELS = frozenset({"name", "place", "demographics"})
"""What a spreadsheet holds, and all that Splink can see."""

_BLOCK = 1 << 16

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
    fused : ndarray of float32, shape (N,)
        The channels combined as the product's scan does.
    candidates : CandidateList
        What the product shows, with alerts at `ALERT_FPIR`.
    list_seconds, scan_seconds : float
        Process time of the candidate list, words included, and of the scan alone.
    """

    probe_id: str
    channels: Mapping[ChannelName, Float32]
    fused: Float32
    candidates: CandidateList
    list_seconds: float
    scan_seconds: float

    def methods(self) -> Iterator[tuple[str, Float32]]:
        """Yield every method with its value of each record: fused, the plain sums, each channel alone."""
        yield "fused", self.fused
        yield "product", self._sum(self.channels)
        told = [name for name in self.channels if name in TEXT_CHANNELS]
        if told:
            yield "text", self._sum(told)
        yield from self.channels.items()

    def _sum(self, names: Mapping[ChannelName, Float32] | list[ChannelName]) -> Float32:
        """Sum channels as if they were independent."""
        total = np.zeros_like(self.fused)
        for name in names:
            total += self.channels[name]
        return total

    def shown(self, gallery: Gallery) -> Float32:
        """Return values in the order of the product's list: listed records first, in its order, then by fused value."""
        values = self.fused.copy()
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


@dataclass(frozen=True, slots=True)
class Scorer:
    """The product's own plans, read channel by channel; nothing here sees the truth, nor sets what the product chooses.

    Parameters
    ----------
    matcher : Matcher
        Open workspace.
    codes : mapping
        The gallery's columns with decoded vectors: every probe reads them all.
    """

    matcher: Matcher
    codes: Mapping[ChannelName, Mapping[str, ColumnCodes]]

    @classmethod
    def of(cls, matcher: Matcher) -> Scorer:
        """Prepare for many probes."""
        codes = matcher.prepared.gallery.codes
        return cls(matcher, {channel: {name: _decoded(column) for name, column in columns.items()}
                             for channel, columns in codes.items()})  # fmt: skip

    def scores(self, probe: str, *, top: int) -> ProbeScores:
        """Score one probe against the whole gallery; `top` is the length of its candidate list."""
        matcher, started = self.matcher, time.process_time()
        candidates = matcher.candidates(probe, top=top, alert_fpir=ALERT_FPIR)
        listed = time.process_time()
        prepared, gallery = matcher.prepared, matcher.prepared.gallery
        plans = compile_plans(matcher.subject(probe), prepared)
        own, combination = gallery.position(probe), prepared.fusion.combination
        compiled = time.process_time()
        prepared.search.best(ScanProbe(plans, own, combination), top)
        scanned = time.process_time()
        channels = {plan.channel: channel_scores(plan, self.codes[plan.channel], 0, len(gallery)) for plan in plans}
        fused = combination.fused(channels, len(gallery)).astype(np.float32)
        scores = ProbeScores(probe, channels, fused, candidates, listed - started, scanned - compiled)
        _check_fusion(scores, own)
        return scores


def _decoded(column: ColumnCodes) -> ColumnCodes:
    return replace(column, vectors=decoded(column.vectors)) if isinstance(column, DenseColumn) else column


def decoded(vectors: Vectors) -> Float32:
    """Decode packed vectors a block at a time: in one go they would take five times the room."""
    if not isinstance(vectors, PackedVectors):
        return vectors
    found = np.empty(vectors.shape, np.float32)
    for low in range(0, len(vectors), _BLOCK):
        found[low : low + _BLOCK] = vectors[low : low + _BLOCK]
    return found


def _check_fusion(scores: ProbeScores, own: int | None) -> None:
    """Stop when the best lead's LR is not the largest of all records: then the product fuses otherwise."""
    if not scores.candidates.leads:
        return
    others = scores.fused if own is None else np.delete(scores.fused, own)
    # A person is shown by the record of most worth; another of his records may have the larger ratio.
    leads = scores.candidates.leads
    best = max([lead.log10_lr for lead in leads] + [record.log10_lr for lead in leads for record in lead.others])
    if abs(best - float(others.max())) > _SCAN_TOLERANCE:
        raise RuntimeError(
            f"{scores.probe_id}: the best lead has log10 LR {best:.3f}, the largest fused value is "
            f"{others.max():.3f}; bench.scoring no longer knows how the product fuses"
        )


def placement(values: Float32 | Float64, mates: Rows, own: Rows) -> Placement:
    """Find the place of the best mate among others.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One method's value of each record.
    mates, own : ndarray of int64
        Rows of the probe's person that were to be found, and all of that person's: the rest is of others.

    >>> placement(np.array([3.0, 1.0, 1.0, 9.0]), np.array([1]), np.array([1, 3])).rank
    2.5
    """
    others = values.copy()
    others[own] = -np.inf
    best_other = float(others.max(initial=-np.inf))
    if not len(mates):
        return Placement(None, None, best_other)
    best = values[mates].max()
    above, level = int(np.count_nonzero(others > best)), int(np.count_nonzero(others == best))
    tied_mates = int(np.count_nonzero(values[mates] == best))
    # Of m tied mates and t tied others in random order, t / (m + 1) others come before the first mate.
    return Placement(1.0 + above + level / (tied_mates + 1), float(best), best_other)
