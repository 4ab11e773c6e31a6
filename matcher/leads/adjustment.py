"""What reviewers' outcomes teach about the posteriors: two parameters a stratum, a ridge towards "nothing", a guard.

    logit P' = a + b logit P,    a ~ N(0, RIDGE_A^2),  b ~ N(1, RIDGE_B^2)

Each stratum has parameters of its own and its own say whether they are used: priors belong to strata, and where fresh
arrivals are promised too much and long-stayers too little, one map for both would mend neither (METHOD.md).

The posterior of the reviewed leads is corrected, never a likelihood ratio: reviewed leads are a biased sample of all
pairs, and what they show is how far promises at the top of the list were kept. P is what the list promises of a lead
when its turn comes (`matcher.leads.learning`); of the first lead that is its posterior. The correction is used from
`FEWEST_CASES` reviewed cases on, and only where cross-validation over cases shows that it does good.

Source: J. Platt in Advances in Large Margin Classifiers (1999) 61, the two parameters; N. Bruemmer & D. van Leeuwen,
Odyssey (2006), the same map on log odds; the priors of a and b are judgements.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.llr import probability
from matcher.types import CandidateList, Lead, Stratum

FEWEST_CASES = 25
"""Reviewed cases of a stratum that are needed to learn. Source: simulated reviews; fewer change more than they know."""

RIDGE_A, RIDGE_B = 0.25, 0.15
"""Standard deviations of the priors of a (natural logits) and b. Chosen by simulated outcomes (METHOD.md): with these,
reviews of honest lists raise the error by .002 on average, with twice the width by .004."""

WORSE_BY = 0.01
"""Greatest rise of the calibration error under cross-validation that is still put up with."""

PROVEN = 1.0
"""Standard errors by which the log loss must fall under cross-validation, over cases. Chosen by simulated outcomes
(METHOD.md): with half of it, honest lists are corrected half as often again; with twice, 100 reviewed cases leave the
correction off where it would have taken a third off the error."""

FOLDS = 5
_MOST_CERTAIN = math.log(1e6)
"""Logits are cut here: beyond one in a million no number of reviews can tell certainties apart."""

_STEPS = 50
_SETTLED = 1e-10
BINS = 10

Float64 = NDArray[np.float64]
Verdict = Literal["on", "too_few", "worse"]


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewed lead: its case, what the uncorrected list promised when its turn came, and whether it was right.

    `stratum` is that of the list; None where it is not known.
    """

    case: str
    posterior: float
    right: bool
    stratum: Stratum | None = None


@dataclass(frozen=True, slots=True)
class PosteriorAdjustment:
    """The correction of one stratum.

    Parameters
    ----------
    a, b : float
        Of the map; b > 0, so the order of leads stays.
    cases, labels : int
        Reviewed cases and leads it was learned from.
    low, high : float
        Natural logits between which posteriors were reviewed. Beyond them the correction stays what it is at the edge:
        nobody knows that the many leads that were never looked at are as wrong as the few that were.
    """

    a: float
    b: float
    cases: int
    labels: int
    low: float = -_MOST_CERTAIN
    high: float = _MOST_CERTAIN

    def corrected(self, posterior: float) -> float:
        """Correct one posterior; 0 and 1 stay."""
        if not 0.0 < posterior < 1.0:
            return posterior
        logit = math.log(posterior) - math.log1p(-posterior)
        known = min(max(logit, self.low), self.high)
        return probability((logit + self.a + (self.b - 1.0) * known) / math.log(10.0))


Adjustments = Mapping[Stratum | None, PosteriorAdjustment]
"""Corrections by stratum; a list of a stratum that is not named stays as it is."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How honest posteriors were: expected calibration error over ten bins, and mean log loss in nats."""

    ece: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Learned:
    """Outcome of learning from the reviews of one stratum.

    Parameters
    ----------
    reviews : tuple of Review
        What it was learned from.
    verdict : Verdict
        `on`; `too_few` cases; `worse`: no better under cross-validation, so the correction stays off.
    adjustment : PosteriorAdjustment or None
        None unless the verdict is `on`.
    before, after : Quality
        Of the reviewed leads as promised, and corrected by parameters that had not seen their case.
    held_out : tuple of float
        The corrected posteriors behind `after`, in the order of the reviews.
    """

    reviews: tuple[Review, ...]
    verdict: Verdict
    adjustment: PosteriorAdjustment | None
    before: Quality
    after: Quality
    held_out: tuple[float, ...]

    @property
    def cases(self) -> int:
        """Cases reviewed."""
        return len(_cases_of(self.reviews))


def learn(reviews: Iterable[Review]) -> dict[Stratum | None, Learned]:
    """Fit two parameters to the reviewed leads of each stratum and decide whether they may be used."""
    strata: dict[Stratum | None, list[Review]] = {}
    for review in reviews:
        strata.setdefault(review.stratum, []).append(review)
    return {stratum: _learned(strata[stratum]) for stratum in sorted(strata, key=str)}


def in_use(learned: Mapping[Stratum | None, Learned]) -> Adjustments:
    """Return the corrections that may be used."""
    return {stratum: found.adjustment for stratum, found in learned.items() if found.adjustment is not None}


def _learned(reviews: Sequence[Review]) -> Learned:
    promised = np.array([review.posterior for review in reviews], np.float64)
    right = np.array([review.right for review in reviews], np.float64)
    cases = _cases_of(reviews)
    place = {case: number for number, case in enumerate(cases)}
    of_case = np.array([place[review.case] for review in reviews], np.int64)
    before = quality(promised, right)
    held_out = _held_out(promised, right, of_case)
    after = quality(held_out, right)
    gains = np.bincount(of_case, _losses(promised, right) - _losses(held_out, right), len(cases))
    verdict = _verdict(before, after, gains.astype(np.float64, copy=False))
    adjustment = None
    if verdict == "on":
        logits = _logits(promised)
        reach = float(logits.min()), float(logits.max())
        adjustment = PosteriorAdjustment(*fit(promised, right), len(cases), len(reviews), *reach)
    return Learned(tuple(reviews), verdict, adjustment, before, after, tuple(held_out.tolist()))


def fit(promised: Float64, right: Float64) -> tuple[float, float]:
    """Return the parameters of greatest posterior density, by Newton's method; (0, 1) without any review.

    Parameters
    ----------
    promised : ndarray of float64, shape (n,)
        Posteriors as listed.
    right : ndarray of float64, shape (n,)
        1 where the lead was right, else 0.
    """
    design = np.column_stack([np.ones_like(promised), _logits(promised)])
    centre, precision = np.array([0.0, 1.0]), np.array([RIDGE_A**-2, RIDGE_B**-2])
    theta = centre.copy()
    for _ in range(_STEPS):
        expected = 1.0 / (1.0 + np.exp(-design @ theta))
        gradient = design.T @ (right - expected) - precision * (theta - centre)
        curvature = (design * (expected * (1.0 - expected))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        theta = theta + step * min(1.0, 1.0 / float(np.abs(step).max(initial=1e-300)))
        if float(np.abs(step).max()) < _SETTLED:
            break
    # Reviews that speak against the order of leads must not turn it round.
    return float(theta[0]), max(float(theta[1]), 0.05)


def quality(promised: Float64, right: Float64) -> Quality:
    """Measure posteriors against outcomes; NaN without any.

    Source: Naeini, Cooper & Hauskrecht, AAAI (2015), for the expected calibration error.
    """
    if not promised.shape[0]:
        return Quality(math.nan, math.nan)
    cells = np.minimum((promised * BINS).astype(int), BINS - 1)
    gaps = np.bincount(cells, promised - right, BINS)
    return Quality(float(np.abs(gaps).sum() / promised.shape[0]), float(_losses(promised, right).mean()))


def adjusted(candidates: CandidateList, adjustment: PosteriorAdjustment) -> CandidateList:
    """Correct the posteriors of a list; likelihood ratios and the order stay, and everything still sums to 1.

    What the listed persons gain or lose, the unlisted records, kin and nobody lose or gain in proportion.
    """
    former = [lead.person_posterior for lead in candidates.leads]
    wanted = [adjustment.corrected(posterior) for posterior in former]
    total = sum(wanted)
    shares = [share / max(1.0, total) for share in wanted]
    rest, former_rest = max(0.0, 1.0 - sum(shares)), 1.0 - sum(former)
    scale = rest / former_rest if former_rest > 0.0 else 0.0
    return replace(
        candidates,
        leads=tuple(scaled(lead, share / was if was else 0.0)
                    for lead, share, was in zip(candidates.leads, shares, former, strict=True)),
        nobody=candidates.nobody * scale if former_rest > 0.0 else rest,
        kin=candidates.kin * scale,
        expected_wrong=len(shares) - sum(shares),
        learned_from=adjustment.cases,
    )  # fmt: skip


def scaled(lead: Lead, factor: float) -> Lead:
    """Multiply the posterior of a lead, with its person's other records.

    What the hypotheses share is about the record taken by itself, apart from all other records, and stays.

    Parameters
    ----------
    lead : Lead
        Of any list.
    factor : float
        For its posterior.
    """
    others = tuple(replace(other, posterior=other.posterior * factor) for other in lead.others)
    return replace(lead, posterior=lead.posterior * factor, others=others)


def _losses(promised: Float64, right: Float64) -> Float64:
    """Return the log loss of each posterior, in nats."""
    safe = np.clip(promised, math.exp(-_MOST_CERTAIN), 1.0 - math.exp(-_MOST_CERTAIN))
    losses: Float64 = -np.where(right > 0, np.log(safe), np.log1p(-safe))
    return losses


def _cases_of(reviews: Iterable[Review]) -> list[str]:
    return sorted({review.case for review in reviews})


def _held_out(promised: Float64, right: Float64, of_case: NDArray[np.int64]) -> Float64:
    """Correct each review by parameters fitted to the cases of the other folds; `of_case` numbers their cases."""
    found = promised.copy()
    for fold in range(FOLDS):
        own = of_case % FOLDS == fold
        a, b = fit(promised[~own], right[~own])
        found[own] = 1.0 / (1.0 + np.exp(-(a + b * _logits(promised[own]))))
    return found


def _verdict(before: Quality, after: Quality, gains: Float64) -> Verdict:
    """Judge by what each case gains in log loss."""
    if gains.size < FEWEST_CASES:
        return "too_few"
    error = float(gains.std(ddof=1)) / math.sqrt(gains.size)
    proven = float(gains.mean()) > PROVEN * error
    return "on" if proven and after.ece <= before.ece + WORSE_BY else "worse"


def _logits(posterior: Float64) -> Float64:
    safe = np.clip(posterior, 1e-300, 1.0 - 1e-16)
    logits: Float64 = np.clip(np.log(safe) - np.log1p(-safe), -_MOST_CERTAIN, _MOST_CERTAIN)
    return logits
