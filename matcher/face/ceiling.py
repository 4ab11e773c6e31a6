"""How strong may a face be as evidence? A gallery's own strangers say.

The published curves end where published impostor pairs end, at one in 10^4. A large gallery holds tens of millions of
pairs that are certainly of two persons (`strangers.py`), compared by this recogniser on these photographs. A calibrated
LR has mean 1 among them, so by Markov's inequality at most one in x of them may reach an LR of x. A higher ceiling is
given as long as that holds with a margin: `FACTOR` times the upper limit of the rate, at every threshold. The curves do
not change their form: the ceiling is the share `10^-ceiling` of strangers that they take to be one person after all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.face.calibration import FaceCurves
from matcher.face.evaluation import pair_name
from matcher.face.metrics import COSINES, Counts
from matcher.face.mixtures import GRID
from matcher.face.strangers import StrangerCounts
from matcher.face.strata import QUALITY_CLASSES
from matcher.face.support import PEERS, CeilingSupport, Reach

HIGHEST = 6.0
"""No ceiling above this is given. False match rates of recognisers are published down to one in 10^6, and more photos
than one in 10^6 are misfiled."""

FACTOR = 10.0
"""Safety factor, a judgement: strangers of one age are more alike than those born 15 years apart, and the pairs are not
independent, since each face is in thousands of them. One recogniser had over 400 times as many false matches among
persons of one age, sex and race as among mixed ones (Howard, Sirotin, Vemury, IEEE BTAS 2019), age not told apart."""

_STEP = 0.25
_START = 2.0
"""Thresholds in log10 LR begin here: weaker evidence decides nothing, and published pairs tell of it."""

_MARGIN = 0.3
"""They end this far below the ceiling, a factor of two: a bounded curve comes near its ceiling but never reaches it."""

_FINENESS = 0.01

Float64 = NDArray[np.float64]


def unmeasured(curves: FaceCurves) -> FaceCurves:
    """Return the curves with the ceiling that they have without a count of strangers."""
    return curves if curves.support is None else replace(curves, ceiling=curves.support.base, support=None)


def with_measured_ceiling(curves: FaceCurves, counts: StrangerCounts, *, factor: float = FACTOR) -> FaceCurves:
    """Give curves the highest ceiling that a count of strangers supports, never below their own unmeasured one.

    A higher ceiling raises every LR above 1 and adds thresholds, so the first one that fails ends the search.
    """
    base = unmeasured(curves)
    chosen, refused = base, None
    for ceiling in np.arange(base.ceiling + _STEP, HIGHEST + 1e-9, _STEP).tolist():
        raised = replace(base, ceiling=float(ceiling))
        refused = next(_failures(raised, counts, factor), None)
        if refused is not None:
            break
        chosen = raised
    contradicted = next((reach for reach in _reaches(base, counts, _thresholds(base)) if reach.contradicts), None)
    decades = np.append(np.arange(_START, chosen.ceiling - _MARGIN), chosen.ceiling - _MARGIN)
    reached = list(_reaches(chosen, counts, decades))
    support = CeilingSupport(
        base=base.ceiling,
        ceiling=chosen.ceiling,
        faces=counts.faces,
        pairs=counts.pairs,
        factor=factor,
        reached=tuple(reach for reach in reached if reach.ages == "all"),
        peers=tuple(reach for reach in reached if reach.ages == PEERS),
        refused=refused,
        contradicted=contradicted,
    )
    return replace(chosen, support=support)


def reaching(counts: Counts, log10_lr: Float64, thresholds: Float64) -> Counts:
    """Count the pairs at or above each threshold; `log10_lr` does not decrease from cell to cell of `counts`."""
    at_or_above = np.append(np.cumsum(counts[::-1])[::-1], 0)
    return np.asarray(at_or_above[np.searchsorted(log10_lr, thresholds)], np.int64)


def _failures(curves: FaceCurves, counts: StrangerCounts, factor: float) -> Iterator[Reach]:
    """Yield the thresholds that too many strangers may reach, or that peers or a pair of age groups surely do."""
    for reach in _reaches(curves, counts, _thresholds(curves)):
        if reach.exceeds(factor) if reach.ages == "all" else reach.contradicts:
            yield reach


def _thresholds(curves: FaceCurves) -> Float64:
    last = curves.ceiling - _MARGIN
    return np.append(np.arange(_START, last, _FINENESS), last)


def _reaches(curves: FaceCurves, counts: StrangerCounts, thresholds: Float64) -> Iterator[Reach]:
    """Yield what strangers reach at each threshold: pooled, for each pair of age groups, and those of one age."""
    groups = {"all": counts.cosines, PEERS: counts.peers}
    for older, younger in counts.cosines:
        first, second = sorted((older // QUALITY_CLASSES, younger // QUALITY_CLASSES))
        ages = pair_name((first, second))
        groups[ages] = {**groups.get(ages, {}), (older, younger): counts.cosines[older, younger]}
    strangers = {ages: np.zeros(len(thresholds), np.int64) for ages in groups}
    for ages, cosines in groups.items():
        for pair, found in cosines.items():
            log10_lr = np.interp(COSINES.centres, GRID, curves.of_strata(*pair).log10_lr)
            strangers[ages] += reaching(found, log10_lr, thresholds)
    pairs = {ages: sum(int(found.sum()) for found in cosines.values()) for ages, cosines in groups.items()}
    for place, threshold in enumerate(thresholds.tolist()):
        for ages in groups:
            yield Reach(threshold, int(strangers[ages][place]), pairs[ages], ages)
