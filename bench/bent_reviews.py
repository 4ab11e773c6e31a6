"""Learning where the truth is known exactly: outcomes drawn from the lists' own promises, honest or bent.

The lists are the product's; who the person of each case is, is drawn anew, with the probabilities that its list gives
the listed persons once a known map has bent them (`BENT`). A reviewer goes down the list as in `bench.reviews`. After
learning, promises are held against the true probabilities themselves, so what is left of the error holds no chance of
outcomes: lists whose promises are all kept have the error 0, and whatever learning adds to it is harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.metrics import expected_calibration_error
from bench.reviews import REVIEWED_LEADS, SIZES, ReviewedCase
from bench.tables import grid
from matcher.leads.adjustment import PosteriorAdjustment, Review, in_use, learn
from matcher.leads.learning import chained

BENT: Mapping[str, tuple[float, float]] = {
    "all kept": (0.0, 1.0),
    "odds e times too high": (-1.0, 1.0),
    "odds half what they should be": (0.7, 1.0),
    "logits twice too large": (0.0, 0.5),
    "odds and logits too large": (-0.7, 0.7),
}
"""Maps from promised logits to true ones: shift and slope."""

DRAWS = 60
HARM = 0.01

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BentEffect:
    """True calibration error of first leads.

    Parameters
    ----------
    bent : str
        Key of `BENT`.
    reviewed : int
        Cases reviewed.
    before, after, most : float
        Without correction; with it, mean and 95th percentile over draws.
    harmed, on : float
        Shares of draws: the error rose by more than `HARM`; the correction was used.
    """

    bent: str
    reviewed: int
    before: float
    after: float
    most: float
    harmed: float
    on: float


def bent_effects(cases: Sequence[ReviewedCase], *, seed: int) -> Iterator[BentEffect]:
    """Measure every bend with every number of reviewed cases."""
    promised = [_promised(case) for case in cases if case.found.leads]
    first = np.array([posteriors[0] for posteriors in promised])
    for bent, (shift, slope) in BENT.items():
        true = [_bent(posteriors, PosteriorAdjustment(shift, slope, 0, 0)) for posteriors in promised]
        first_true = np.array([shares[0] for shares in true])
        before = expected_calibration_error(first, first_true)
        for size in SIZES:
            rng = np.random.default_rng(seed)
            found = [_learned(promised, true, min(size, len(promised)), rng) for _ in range(DRAWS)]
            errors = np.array([expected_calibration_error(_corrected(first, item), first_true) for item in found])
            yield BentEffect(
                bent, min(size, len(promised)), before, float(errors.mean()), float(np.quantile(errors, 0.95)),
                float(np.mean(errors > before + HARM)), float(np.mean([item is not None for item in found])),
            )  # fmt: skip


def _promised(case: ReviewedCase) -> Float64:
    return np.array([min(lead.person_posterior, 1.0) for lead in case.found.leads[:REVIEWED_LEADS]])


def _bent(promised: Float64, by: PosteriorAdjustment) -> Float64:
    """Bend the promises of one list; together they stay a probability."""
    shares = _corrected(promised, by)
    return shares / max(1.0, float(shares.sum()))


def _corrected(promised: Float64, by: PosteriorAdjustment | None) -> Float64:
    return promised if by is None else np.array([by.corrected(float(value)) for value in promised])


def _learned(
    promised: Sequence[Float64], true: Sequence[Float64], size: int, rng: np.random.Generator
) -> PosteriorAdjustment | None:
    """Draw the outcomes of some cases, review them and learn."""
    reviews: list[Review] = []
    for case in rng.choice(len(promised), size, replace=False):
        shares = true[case]
        right = rng.choice(len(shares) + 1, p=np.append(shares, max(0.0, 1.0 - shares.sum())))
        leads = [(float(posterior), place == right) for place, posterior in enumerate(promised[case])]
        # One stratum: all lists are bent by the same map.
        reviews += chained(str(case), leads)
    return in_use(learn(reviews)).get(None)


def text(cases: Sequence[ReviewedCase], *, seed: int, markdown: bool) -> str:
    """Lay out the effects."""
    header = ["promises", "reviewed", "true error before", "after", "95 % of draws", f"rose by {HARM}", "in use"]
    rows = [
        [e.bent, str(e.reviewed), f"{e.before:.3f}", f"{e.after:.3f}", f"{e.most:.3f}", f"{e.harmed:.2f}",
         f"{e.on:.2f}"]
        for e in bent_effects(cases, seed=seed)
    ]  # fmt: skip
    return grid(header, rows, markdown=markdown)
