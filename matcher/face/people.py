"""Who of a gallery of folders looks like a probe: candidate lists by person, by likelihood ratio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.face.calibration import FaceCurves
from matcher.face.faceset import face_set, log10_lrs
from matcher.face.folders import EmbeddedPhoto, FolderPhoto

_PROBE_BLOCK = 64

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PersonHit:
    """One person of the gallery on the candidate list of a probe photo.

    Parameters
    ----------
    person : str
        As in `FolderPhoto`.
    photo : FolderPhoto
        The person's most similar photo.
    cosine : float
        Similarity of that photo.
    log10_lr : float
        log10 of the mean LR over all photos of the person.
    """

    person: str
    photo: FolderPhoto
    cosine: float
    log10_lr: float


def search_people(
    probes: Sequence[EmbeddedPhoto], gallery: Sequence[EmbeddedPhoto], curves: FaceCurves, *, top: int
) -> Iterator[tuple[PersonHit, ...]]:
    """Yield, for each probe photo, the persons of the gallery by log10 LR, best first.

    Ties are broken by the best cosine, then by name. Both sequences hold at least one photo.
    """
    people = sorted({item.photo.person for item in gallery})
    wanted, asked = face_set(gallery).centred(curves), face_set(probes).centred(curves)
    counts = np.bincount(wanted.person)
    for low in range(0, len(asked), _PROBE_BLOCK):
        block = asked.take(np.arange(low, min(low + _PROBE_BLOCK, len(asked))))
        cosines = block.vectors.astype(np.float64) @ wanted.vectors.T.astype(np.float64)
        lrs = 10.0 ** log10_lrs(block, wanted, cosines, curves)
        for row, photo_lrs in zip(cosines, lrs, strict=True):
            log10_lr = np.log10(np.bincount(wanted.person, weights=photo_lrs) / counts)
            yield _hits(people, (gallery, wanted.person), row, log10_lr)[:top]


def _hits(
    people: Sequence[str], gallery: tuple[Sequence[EmbeddedPhoto], NDArray[np.int64]], cosines: Float64, lrs: Float64
) -> tuple[PersonHit, ...]:
    photos, owner = gallery
    best: dict[int, int] = {}
    for position in np.argsort(-cosines, kind="stable").tolist():
        best.setdefault(int(owner[position]), position)
    order = sorted(best, key=lambda person: (-lrs[person], -cosines[best[person]], people[person]))
    return tuple(
        PersonHit(people[person], photos[best[person]].photo, float(cosines[best[person]]), float(lrs[person]))
        for person in order
    )
