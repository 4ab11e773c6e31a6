"""What reviewed cases are worth: calibration of first leads before and after learning, on synthetic worlds.

A station reviews some of its cases: the reviewer goes down the list until the right person is found, at most
`REVIEWED_LEADS` leads, and the truth of the world says what came out (as DNA, the registry or the family would). The
correction learned from those cases is applied to the cases that nobody reviewed, and their first leads are measured.
Many draws of which cases were reviewed; the lists themselves are made once, by the product, without any correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.metrics import expected_calibration_error
from bench.tables import grid
from bench.tasks import Built
from bench.truth import read_truth
from matcher.leads.adjustment import Review, learn
from matcher.leads.matcher import Matcher
from matcher.leads.reviewing import ListOptions
from matcher.types import CandidateList

REVIEWED_LEADS = 5
"""Leads that a reviewer looks at before giving a case up. Knob, no source."""

SIZES = (25, 100, 500)
DRAWS = 40
_TOP = 10


@dataclass(frozen=True, slots=True)
class ReviewedCase:
    """One case: what its list promised for each person listed, and which of them were right."""

    probe_id: str
    stratum: str
    found: CandidateList
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Calibration error of first leads on cases that were not reviewed, averaged over draws.

    Parameters
    ----------
    reviewed : int
        Cases reviewed.
    before, after : float
        Mean error without the correction and with it, where it was allowed; else unchanged.
    worst : float
        Greatest rise of the error in any draw.
    on : float
        Share of draws in which the correction was used.
    """

    reviewed: int
    before: float
    after: float
    worst: float
    on: float


def reviewed_cases(built: Built) -> list[ReviewedCase]:
    """List every case of a world, as it is and without correction, and join the truth."""
    truth = read_truth(built.world)
    raw = ListOptions(include_rejected=True, learn=False)
    cases = []
    with Matcher.open(built.workspace) as matcher:
        for probe in matcher.cases("intake"):
            known = truth.probes.get(probe)
            if known is None or known.designed:
                continue
            found = matcher.candidates(probe, top=_TOP, language=None, options=raw)
            right = tuple(
                bool(known.mates & {lead.record_id, *(other.record_id for other in lead.others)})
                for lead in found.leads
            )
            cases.append(ReviewedCase(probe, known.stratum, found, right))
    return cases


def reviews_of(case: ReviewedCase) -> Iterator[Review]:
    """Review a case: down the list until the right person, at most `REVIEWED_LEADS` leads."""
    for lead, right in zip(case.found.leads[:REVIEWED_LEADS], case.right, strict=False):
        yield Review(case.probe_id, min(lead.person_posterior, 1.0), right)
        if right:
            return


def effects(cases: Sequence[ReviewedCase], *, seed: int) -> Iterator[Effect]:
    """Measure every number of reviewed cases that leaves half of the cases for the measurement.

    Where there are not enough cases for that, cases are reviewed and measured in halves.
    """
    rng = np.random.default_rng(seed)
    for size in SIZES:
        reviewed = min(size, len(cases) // 2)
        draws = [_draw(cases, rng.permutation(len(cases)), reviewed) for _ in range(DRAWS)]
        before, after, used = (np.array(values, np.float64) for values in zip(*draws, strict=True))
        yield Effect(
            reviewed, float(before.mean()), float(after.mean()), float((after - before).max()), float(used.mean())
        )
        if reviewed < size:
            return


def _draw(cases: Sequence[ReviewedCase], order: np.ndarray, size: int) -> tuple[float, float, float]:
    """Learn from the first cases of an order and measure the others."""
    learned = learn([review for place in order[:size] for review in reviews_of(cases[place])])
    held_out = [cases[place] for place in order[size:]]
    firsts = [(min(c.found.leads[0].person_posterior, 1.0), c.right[0]) for c in held_out if c.found.leads]
    right = [ok for _, ok in firsts]
    before = expected_calibration_error([promised for promised, _ in firsts], right)
    if learned.adjustment is None:
        return before, before, 0.0
    corrected = [learned.adjustment.corrected(promised) for promised, _ in firsts]
    return before, expected_calibration_error(corrected, right), 1.0


def text(by_world: Mapping[str, Sequence[ReviewedCase]], *, seed: int, markdown: bool) -> str:
    """Lay out the effects of every world; strata are mixed here as a station's reviews are."""
    header = ["world", "cases reviewed", "top-1 ECE before", "after", "greatest rise in a draw", "in use"]
    rows = [
        [world, str(e.reviewed), f"{e.before:.3f}", f"{e.after:.3f}", f"{e.worst:+.3f}", f"{e.on:.2f}"]
        for world, cases in by_world.items()
        for e in effects(cases, seed=seed)
    ]
    return grid(header, rows, markdown=markdown)
