"""What reviewed cases are worth: calibration of first leads before and after learning, on synthetic worlds.

A station reviews some of its cases: the reviewer goes down the list until the right person is found, at most
`REVIEWED_LEADS` leads, and the truth of the world says what came out (as DNA, the registry or the family would). The
correction learned from those cases is applied to the cases that nobody reviewed, and their first leads are measured.
Many draws of which cases were reviewed; the lists themselves are made once, by the product, without any correction.

An error of so many cases is never nil: beside it stands the floor, what the same first leads would show if every
promise were kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.metrics import Interval, calibrated_ece, expected_calibration_error
from bench.tables import grid
from bench.tasks import Built
from bench.truth import read_truth
from matcher.leads.adjustment import Adjustments, Review, in_use, learn
from matcher.leads.learning import chained
from matcher.leads.matcher import Matcher
from matcher.leads.reviewing import ListOptions
from matcher.types import CandidateList

REVIEWED_LEADS = 5
"""Leads that a reviewer looks at before giving a case up. Knob, no source."""

SIZES = (25, 100, 500)
DRAWS = 40
STRATA = ("all", "fresh", "long_stayer")
"""A station reviews both strata; honest it must be in each."""

_TOP = 10
_FLOOR_DRAWS = 25

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReviewedCase:
    """One case: what its list promised for each person listed, and which of them were right."""

    probe_id: str
    stratum: str
    found: CandidateList
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Calibration error of first leads on cases that were not reviewed.

    Parameters
    ----------
    stratum : str
        Of the cases measured; `all` = both. Reviews are always of both.
    reviewed : int
        Cases reviewed.
    before, after, floor : Interval
        Mean and 95 % range over draws: without the correction, with it (unchanged where it stayed off), and what chance
        gives promises like those after the correction when all are kept. `trials` = first leads measured, on average.
    worst : float
        Greatest rise of the error in any draw.
    on : float
        Share of draws in which a correction was used for any of these cases.
    """

    stratum: str
    reviewed: int
    before: Interval
    after: Interval
    floor: Interval
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
    leads = zip(case.found.leads[:REVIEWED_LEADS], case.right, strict=False)
    return chained(case.probe_id, ((lead.person_posterior, right) for lead, right in leads), case.found.stratum)


@dataclass(frozen=True, slots=True)
class _Draw:
    """Errors on the cases that one draw left unreviewed."""

    before: float
    after: float
    floor: Interval
    on: bool


def effects(cases: Sequence[ReviewedCase], *, seed: int) -> Iterator[Effect]:
    """Measure every number of reviewed cases that leaves half of the cases for the measurement.

    Where there are not enough cases for that, cases are reviewed and measured in halves.
    """
    for size in SIZES:
        reviewed = min(size, len(cases) // 2)
        rng = np.random.default_rng(seed)
        draws = [_draw(cases, rng.permutation(len(cases)), reviewed) for _ in range(DRAWS)]
        for stratum in STRATA:
            mine = [draw[stratum] for draw in draws if stratum in draw]
            if mine:
                yield _effect(stratum, reviewed, mine)
        if reviewed < size:
            return


def _effect(stratum: str, reviewed: int, draws: Sequence[_Draw]) -> Effect:
    before = np.array([draw.before for draw in draws])
    after = np.array([draw.after for draw in draws])
    floors = np.array([(draw.floor.value, draw.floor.low, draw.floor.high, draw.floor.trials) for draw in draws])
    value, low, high, trials = (float(mean) for mean in floors.mean(axis=0))
    floor = Interval(value, low, high, round(trials))
    on = float(np.mean([draw.on for draw in draws]))
    rise = float((after - before).max())
    return Effect(stratum, reviewed, _range(before, floor.trials), _range(after, floor.trials), floor, rise, on)


def _range(values: Float64, trials: int) -> Interval:
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high), trials)


def _draw(cases: Sequence[ReviewedCase], order: NDArray[np.int64], size: int) -> Mapping[str, _Draw]:
    """Learn from the first cases of an order and measure the others, stratum by stratum."""
    adjustments = in_use(learn(review for place in order[:size] for review in reviews_of(cases[place])))
    held_out = [cases[place] for place in order[size:] if cases[place].found.leads]
    measured = {}
    for stratum in STRATA:
        mine = [case for case in held_out if stratum in {"all", case.stratum}]
        if mine:
            measured[stratum] = _measured(mine, adjustments)
    return measured


def _measured(cases: Sequence[ReviewedCase], adjustments: Adjustments) -> _Draw:
    promised = np.array([min(case.found.leads[0].person_posterior, 1.0) for case in cases])
    right = np.array([case.right[0] for case in cases], np.float64)
    maps = [adjustments.get(case.found.stratum) for case in cases]
    corrected = np.array([p if by is None else by.corrected(float(p)) for p, by in zip(promised, maps, strict=True)])
    return _Draw(
        expected_calibration_error(promised, right),
        expected_calibration_error(corrected, right),
        calibrated_ece(corrected, seed=1, draws=_FLOOR_DRAWS),
        any(by is not None for by in maps),
    )


def text(by_world: Mapping[str, Sequence[ReviewedCase]], *, seed: int, markdown: bool) -> str:
    """Lay out the effects of every world."""
    header = [
        "world",
        "stratum",
        "reviewed",
        "measured",
        "top-1 ECE before",
        "after",
        "floor",
        "greatest rise",
        "in use",
    ]
    rows = [
        [world, e.stratum, str(e.reviewed), str(e.after.trials), *map(_shown, (e.before, e.after, e.floor)),
         f"{e.worst:+.3f}", f"{e.on:.2f}"]
        for world, cases in by_world.items()
        for e in effects(cases, seed=seed)
    ]  # fmt: skip
    notes = (
        f"Mean and 95 % range over {DRAWS} draws of the cases reviewed. floor: what chance gives as many promises that",
        "are all kept. greatest rise: of the error in any one draw, chance included. in use: draws in which it was on.",
    )
    return "\n".join([grid(header, rows, markdown=markdown), "", *notes])


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} [{interval.low:.3f} {interval.high:.3f}]"
