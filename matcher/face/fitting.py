"""Fit curves to a station's own photos: what is published is the prior, confirmed persons move it.

Distributions are fitted by expectation maximisation on counted cosines. The base curves take part as if they were
`PRIOR_GENUINE` and `PRIOR_IMPOSTOR` more pairs, so a handful of confirmed reunions moves a curve a little and
thousands move it where they want. Without any known pair of one person the genuine side stays the published one
(moved, when faces are centred, by the affine map that centring makes of a cosine).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.face.ages import AGE_GROUPS
from matcher.face.calibration import PAIRS, FaceCurves
from matcher.face.centring import Centring, fit_centring
from matcher.face.evaluation import Evaluation, GroupPair, PairCounts, count_pairs, evaluate
from matcher.face.faceset import FaceSet
from matcher.face.metrics import COSINES
from matcher.face.mixtures import GRID, MIN_SD, Mixture, PairDistributions
from matcher.face.strata import QUALITY_CLASSES

PRIOR_GENUINE = 50.0
PRIOR_IMPOSTOR = 2000.0
"""Weight of the base curves in pairs; choices, not measurements."""

MIN_GENUINE = 100
"""Genuine pairs needed for each pair of age groups of a recogniser that has no published curves."""

MOST_PHOTOS = 6000
"""Photos that pairs are counted of: eighteen million pairs, more than the tails of a curve need."""

_ROUNDS = 400

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Costs on persons that were not used for fitting, two halves in turn; by pair of age groups.

    Parameters
    ----------
    before, after : mapping of str to Evaluation
        With the base curves, and with curves fitted to the other half.
    """

    before: dict[str, list[Evaluation]]
    after: dict[str, list[Evaluation]]


def fit_curves(faces: FaceSet, base: FaceCurves, *, centre: bool, model_id: str, source: str) -> FaceCurves:
    """Fit curves to photos whose persons are known.

    Parameters
    ----------
    faces : FaceSet
        Photos; those of unknown age group take part in centring only, blurred ones not at all.
    base : FaceCurves
        The prior; its centring is replaced.
    centre : bool
        Fit and subtract group means.
    model_id : str
        Recogniser of the photos; when it is not the base's, the base is not used as a prior.
    source : str
        Provenance, written into the curve file.

    Raises
    ------
    InputError
        When another recogniser has too few pairs of one person for a pair of age groups.
    """
    clear = faces.take(faces.stratum % QUALITY_CLASSES == 0)
    if not len(clear):
        raise InputError("no sharp photo of a face to calibrate on", remedy="add photos with faces above 40 pixels")
    centring = fit_centring(clear.vectors, clear.group) if centre else None
    own_prior = model_id == base.model_id
    plain = replace(base, centring=centring, pairs=_moved(base, centring), model_id=model_id)
    counts = count_pairs(thinned(clear).centred(plain), plain)
    fitted = {
        name: _fit_pair(name, counts.get(_codes(name)), plain.pairs[name] if own_prior else None) for name in PAIRS
    }
    return replace(plain, pairs=fitted, dim=int(faces.vectors.shape[1]), source=source)


def thinned(faces: FaceSet, most: int = MOST_PHOTOS) -> FaceSet:
    """Keep at most `most` photos for counting pairs, whose number grows with the square.

    Persons with several photos go first, as only they give pairs of one person; of each sort, persons are taken at
    even distances in the order of their codes.
    """
    if len(faces) <= most:
        return faces
    people, owner, photos = np.unique(faces.person, return_inverse=True, return_counts=True)
    kept = np.zeros(len(people), np.bool_)
    room = most
    for several in (True, False):
        group = np.flatnonzero((photos > 1) == several)
        sizes = photos[group]
        count = len(group) if int(sizes.sum()) <= room else int(room / max(1.0, float(sizes.mean())))
        chosen = group[np.linspace(0, len(group) - 1, count).astype(np.int64)] if count else group[:0]
        kept[chosen] = True
        room -= int(photos[chosen].sum())
    return faces.take(kept[owner])


def cross_validate(faces: FaceSet, base: FaceCurves, *, centre: bool) -> HeldOut:
    """Fit on half of the persons and measure on the other half, both ways."""
    held_out = HeldOut({}, {})
    faces = thinned(faces)
    for half in (0, 1):
        tested = faces.take(faces.person % 2 == half)
        learnt = faces.take(faces.person % 2 != half)
        if not len(tested) or not len(learnt):
            continue
        fitted = fit_curves(learnt, base, centre=centre, model_id=base.model_id, source="")
        for curves, kept in ((base, held_out.before), (fitted, held_out.after)):
            for name, found in evaluate(tested, curves)[1].items():
                kept.setdefault(name, []).append(found)
    return held_out


def average(found: Sequence[Evaluation]) -> dict[str, float | None]:
    """Average the main measures of several evaluations; None where one of them lacks it."""
    columns: dict[str, list[float | None]] = {
        "eer": [item.eer for item in found],
        "tar_at_far_0.001": [item.tar_at_far.get(1e-3) for item in found],
        "rank_1": [item.rank.get(1) for item in found],
        "rank_20": [item.rank.get(20) for item in found],
        "cllr": [item.cllr for item in found],
        "cllr_min": [item.cllr_min for item in found],
    }
    means: dict[str, float | None] = {}
    for name, values in columns.items():
        known = [value for value in values if value is not None]
        means[name] = sum(known) / len(known) if known and len(known) == len(values) else None
    return means


def fit_mixture(counts: Float64, start: Mixture) -> Mixture:
    """Maximise the likelihood of counts on `GRID`, shape (401,), from a starting mixture of as many components."""
    weight, mean, sd = (np.array(values, np.float64) for values in (start.weight, start.mean, start.sd))
    total = counts.sum()
    for _ in range(_ROUNDS):
        log_density = np.log(np.maximum(weight, 1e-12) / sd) - 0.5 * ((GRID[:, None] - mean) / sd) ** 2
        share = np.exp(log_density - log_density.max(axis=1, keepdims=True))
        share *= (counts / share.sum(axis=1))[:, None]
        mass = np.maximum(share.sum(axis=0), 1e-9)
        weight, mean = mass / total, (share * GRID[:, None]).sum(axis=0) / mass
        spread = (share * (GRID[:, None] - mean) ** 2).sum(axis=0) / mass
        sd = np.maximum(np.sqrt(spread), MIN_SD)
    return Mixture(
        tuple((weight / weight.sum()).tolist()), tuple(np.clip(mean, -1.0, 1.0).tolist()), tuple(sd.tolist())
    )


def _fit_pair(name: str, found: PairCounts | None, prior: PairDistributions | None) -> PairDistributions:
    genuine, impostor = (np.zeros_like(GRID), np.zeros_like(GRID))
    if found is not None:
        genuine, impostor = _rebinned(found.cosines.genuine), _rebinned(found.cosines.impostor)
    if prior is not None:
        return PairDistributions(
            fit_mixture(genuine + PRIOR_GENUINE * prior.genuine.on_grid(), prior.genuine),
            fit_mixture(impostor + PRIOR_IMPOSTOR * prior.impostor.on_grid(), prior.impostor),
        )
    if genuine.sum() < MIN_GENUINE or not impostor.any():
        raise InputError(
            f"{int(genuine.sum())} {name} pairs of one person, a recogniser without published curves needs "
            f"{MIN_GENUINE}",
            remedy="add persons with several photos, children and adults (child_*.jpg, adult_*.jpg)",
        )
    return PairDistributions(fit_mixture(genuine, _start(genuine)), fit_mixture(impostor, _start(impostor)))


def _moved(base: FaceCurves, centring: Centring | None) -> dict[str, PairDistributions]:
    """Move the base distributions to where centring brings their cosines."""
    if centring is None:
        return dict(base.pairs)
    moved = {}
    for name, pair in base.pairs.items():
        shift, scale = centring.transform(*_codes(name))
        moved[name] = PairDistributions(_affine(pair.genuine, shift, scale), _affine(pair.impostor, shift, scale))
    return moved


def _affine(mixture: Mixture, shift: float, scale: float) -> Mixture:
    return Mixture(
        mixture.weight,
        tuple((mean - shift) / scale for mean in mixture.mean),
        tuple(max(MIN_SD, sd / scale) for sd in mixture.sd),
    )


def _start(counts: Float64) -> Mixture:
    """Begin with two components around the mean."""
    mean = float(counts @ GRID / counts.sum())
    sd = max(MIN_SD, float(np.sqrt(counts @ (GRID - mean) ** 2 / counts.sum())))
    return Mixture((0.6, 0.4), (mean + 0.3 * sd, mean - 0.45 * sd), (0.8 * sd, 1.1 * sd))


def _rebinned(counts: NDArray[np.int64]) -> Float64:
    cells = np.rint((COSINES.centres + 1.0) * ((len(GRID) - 1) / 2)).astype(np.int64)
    return np.bincount(cells, weights=counts, minlength=len(GRID)).astype(np.float64)


def _codes(name: str) -> GroupPair:
    """Return the (lower, higher) age-group codes of a pair of names."""
    first, second = sorted(tuple(AGE_GROUPS).index(part) for part in name.split("-"))
    return first, second
