"""How well faces are recognised on photos whose persons are known, overall and per pair of age groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.face.ages import AGE_GROUPS
from matcher.face.calibration import FaceCurves
from matcher.face.faceset import FaceSet, log10_lrs
from matcher.face.metrics import (
    COSINES,
    LOG10_LRS,
    Ranks,
    ScoreCounts,
    auc,
    cllr,
    cllr_min,
    equal_error_rate,
    error_curve,
    fnir_at_fpir,
    rank_share,
    tar_at_far,
)

FARS = (1e-2, 1e-3, 1e-4)
FPIRS = (1e-2, 1e-1)
RANKS = (1, 5, 10, 20, 50, 100)

_BLOCK = 256
_SUPPORT = 10
_CHILD, _ADULT = AGE_GROUPS.index("child"), AGE_GROUPS.index("adult")

GroupPair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures of one set of pairs; None where the photos do not allow the measure.

    Parameters
    ----------
    genuine_pairs, impostor_pairs : int
        Pairs of photos of one person and of two.
    auc, eer : float or None
        Area under the ROC, equal error rate.
    tar_at_far : mapping of float to float or None
        Share of genuine pairs accepted at the lowest threshold with at most that FAR among the pairs at hand.
    supported_far : float or None
        FAR with ten impostor pairs beyond it: rates at a lower one rest on too few pairs to be trusted.
    rank : mapping of int to float or None
        Share of probes whose person is among the first k persons of the gallery, by cosine.
    fnir_at_fpir : mapping of float to float or None
        Open set: share of probes missed at the lowest threshold with at most that FPIR among the probes at hand.
    supported_fpir : float or None
        FPIR with ten probes beyond it.
    probes, gallery_persons : int
        Size of the one-to-many test: one enrolled photo per person, every other photo a probe.
    cllr, cllr_min : float or None
        Cost of the log LRs, and the lowest that any recalibration of them could reach.
    curve : tuple of (float, float, float)
        Threshold, FMR and FNMR at about a hundred thresholds.
    """

    genuine_pairs: int
    impostor_pairs: int
    auc: float | None
    eer: float | None
    tar_at_far: Mapping[float, float | None]
    supported_far: float | None
    rank: Mapping[int, float | None]
    fnir_at_fpir: Mapping[float, float | None]
    supported_fpir: float | None
    probes: int
    gallery_persons: int
    cllr: float | None
    cllr_min: float | None
    curve: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Cosines and log10 LRs of all pairs of one pair of age groups."""

    cosines: ScoreCounts
    log10_lrs: ScoreCounts

    def __add__(self, other: PairCounts) -> PairCounts:
        """Pool two sets of pairs."""
        return PairCounts(self.cosines + other.cosines, self.log10_lrs + other.log10_lrs)


def evaluate(faces: FaceSet, curves: FaceCurves) -> tuple[Evaluation, dict[str, Evaluation]]:
    """Measure a labelled set of photos: overall, and by pair of age groups (`child-adult`: child probes).

    Parameters
    ----------
    faces : FaceSet
        At least one photo.
    curves : FaceCurves
        Calibration under test; its centring is applied to the photos.
    """
    compared = faces.centred(curves)
    counts = count_pairs(compared, curves)
    by_age = {pair_name(pair): _measure(found, _ranks(compared, pair)) for pair, found in sorted(counts.items())}
    pooled = PairCounts(ScoreCounts.empty(COSINES), ScoreCounts.empty(LOG10_LRS))
    for found in counts.values():
        pooled = pooled + found
    return _measure(pooled, _ranks(compared, None)), by_age


def count_pairs(faces: FaceSet, curves: FaceCurves) -> dict[GroupPair, PairCounts]:
    """Count the cosines and log10 LRs of all pairs of photos, per (lower, higher) pair of age-group codes."""
    result: dict[GroupPair, PairCounts] = {}
    order = np.argsort(faces.group, kind="stable")
    ordered = faces.take(order)
    bounds = np.searchsorted(ordered.group, np.arange(len(AGE_GROUPS) + 1))
    for first in range(len(AGE_GROUPS)):
        for second in range(first, len(AGE_GROUPS)):
            found = PairCounts(ScoreCounts.empty(COSINES), ScoreCounts.empty(LOG10_LRS))
            right = ordered.take(np.arange(bounds[second], bounds[second + 1]))
            for low in range(int(bounds[first]), int(bounds[first + 1]), _BLOCK):
                high = min(low + _BLOCK, int(bounds[first + 1]))
                start = low - int(bounds[first]) if first == second else None
                _count_block(ordered.take(np.arange(low, high)), right, start, curves, found)
            if found.cosines.genuine.any() or found.cosines.impostor.any():
                result[first, second] = found
    return result


def pair_name(pair: GroupPair) -> str:
    """Return the name of a pair of age groups, as `child-adult`."""
    return f"{AGE_GROUPS[pair[0]]}-{AGE_GROUPS[pair[1]]}"


def _count_block(left: FaceSet, right: FaceSet, start: int | None, curves: FaceCurves, found: PairCounts) -> None:
    """Count the pairs of a block; with `start`, left is right[start:...] and each pair is counted once."""
    if not len(left) or not len(right):
        return
    cosines = left.vectors.astype(np.float64) @ right.vectors.T.astype(np.float64)
    lrs = log10_lrs(left, right, cosines, curves)
    wanted = np.ones(cosines.shape, np.bool_)
    if start is not None:
        wanted = np.arange(len(right))[None, :] > start + np.arange(len(left))[:, None]
    same = wanted & (left.person[:, None] == right.person[None, :])
    other = wanted & ~same
    found.cosines.add(cosines[same], cosines[other])
    found.log10_lrs.add(lrs[same], lrs[other])


def _measure(found: PairCounts, ranks: Ranks | None) -> Evaluation:
    complete = found.cosines.complete
    curve = error_curve(found.cosines) if complete else None
    impostors = int(found.cosines.impostor.sum())
    probes = 0 if ranks is None else len(ranks.rank)
    return Evaluation(
        genuine_pairs=int(found.cosines.genuine.sum()),
        impostor_pairs=impostors,
        auc=auc(found.cosines) if complete else None,
        eer=equal_error_rate(curve) if curve else None,
        tar_at_far={far: tar_at_far(curve, far) if curve else None for far in FARS},
        supported_far=min(1.0, _SUPPORT / impostors) if impostors else None,
        rank={k: rank_share(ranks, k) if ranks else None for k in RANKS},
        fnir_at_fpir={fpir: fnir_at_fpir(ranks, fpir) if ranks else None for fpir in FPIRS},
        supported_fpir=min(1.0, _SUPPORT / probes) if probes else None,
        probes=probes,
        gallery_persons=0 if ranks is None else ranks.persons,
        cllr=cllr(found.log10_lrs) if complete else None,
        cllr_min=cllr_min(found.log10_lrs) if complete else None,
        curve=_thin(curve.threshold, curve.fmr, curve.fnmr) if curve else (),
    )


def _ranks(faces: FaceSet, pair: GroupPair | None) -> Ranks | None:
    """Enrol one photo per person, of the pair's second group (overall: an adult's where there is one), and rank."""
    enrolable = np.arange(len(faces)) if pair is None else np.flatnonzero(faces.group == pair[1])
    # An adult photo comes first: it is what a record of today holds.
    order = enrolable[np.argsort(faces.group[enrolable] != _ADULT, kind="stable")]
    persons, first = np.unique(faces.person[order], return_index=True)
    enrolled = order[first]
    asked = np.arange(len(faces)) if pair is None else np.flatnonzero(faces.group == pair[0])
    probes = asked[np.isin(faces.person[asked], persons) & ~np.isin(asked, enrolled)]
    if not len(probes) or len(persons) < 2:
        return None
    gallery = faces.vectors[enrolled].astype(np.float64).T
    results = [
        _rank_block(faces.vectors[block].astype(np.float64) @ gallery, np.searchsorted(persons, faces.person[block]))
        for block in np.array_split(probes, -(-len(probes) // _BLOCK))
    ]
    rank, mate, other = (np.concatenate(column) for column in zip(*results, strict=True))
    return Ranks(rank.astype(np.int64), mate, other, len(persons))


def _rank_block(
    scores: NDArray[np.float64], own: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    rows = np.arange(len(scores))
    mate = scores[rows, own]
    scores[rows, own] = -np.inf
    return 1.0 + (scores >= mate[:, None]).sum(axis=1), mate, scores.max(axis=1)


def _thin(
    threshold: NDArray[np.float64], fmr: NDArray[np.float64], fnmr: NDArray[np.float64]
) -> tuple[tuple[float, float, float], ...]:
    """Keep every hundredth of a cosine; a plot and a reader need no more."""
    kept = np.arange(0, len(threshold), 100)
    moving = kept[(fmr[kept] < 1.0) & (fmr[kept] + fnmr[kept] > 0.0) & ((fmr[kept] > 0.0) | (fnmr[kept] < 1.0))]
    return tuple((round(float(threshold[i]), 4), float(fmr[i]), float(fnmr[i])) for i in moving)
