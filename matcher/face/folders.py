"""Photo folders without a workspace: whose photo is which, and who of the gallery looks like a probe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.face.calibration import GRID, FaceCurves
from matcher.face.engine import FaceEngine, FaceReading
from matcher.face.strata import CLASS_RELIABILITY, quality_class_of
from matcher.types import AgeGroup

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif"})

_NUMBERED = re.compile(r"(?P<person>.+?)[_-]\d{1,3}$")
_PROBE_BLOCK = 64


@dataclass(frozen=True, slots=True)
class FolderPhoto:
    """One photo file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Path relative to the folder, with `/`.
    person : str
        Name of its sub-folder; without one, the file name without a number at its end (`A0012_2.jpg` -> `A0012`).
    age_group : AgeGroup
        From a file name that begins with `child_` or `adult_`.
    """

    path: Path
    name: str
    person: str
    age_group: AgeGroup


@dataclass(frozen=True, slots=True)
class EmbeddedPhoto:
    """A photo of a folder with its face."""

    photo: FolderPhoto
    reading: FaceReading


@dataclass(frozen=True, slots=True)
class UnusablePhoto:
    """A photo of a folder without a usable face, and the reason code."""

    photo: FolderPhoto
    reason: str


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


def list_photos(folder: Path) -> list[FolderPhoto]:
    """List the photo files of a folder and its sub-folders, in order of name.

    Raises
    ------
    InputError
        When it is not a folder or holds no photo.
    """
    if not folder.is_dir():
        raise InputError(f"'{folder}' is not a folder", remedy="give a folder of photos")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise InputError(f"folder '{folder}' holds no photo", remedy=f"accepted: {', '.join(sorted(SUFFIXES))}")
    return [_describe(path, folder) for path in paths]


def embed_photos(
    engine: FaceEngine, photos: Sequence[FolderPhoto], *, threads: int = 1
) -> Iterator[EmbeddedPhoto | UnusablePhoto]:
    """Read the face of each photo, in order."""
    readings = engine.read_many((photo.path for photo in photos), threads=threads)
    for photo, file_reading in zip(photos, readings, strict=True):
        outcome = file_reading.outcome
        if isinstance(outcome, FaceReading):
            yield EmbeddedPhoto(photo, outcome)
        else:
            yield UnusablePhoto(photo, outcome)


def search_people(
    probes: Sequence[EmbeddedPhoto], gallery: Sequence[EmbeddedPhoto], curves: FaceCurves, *, top: int
) -> Iterator[tuple[PersonHit, ...]]:
    """Yield, for each probe photo, the persons of the gallery by log10 LR, best first.

    Ties are broken by the best cosine, then by name.
    """
    people = sorted({item.photo.person for item in gallery})
    owner = np.array([people.index(item.photo.person) for item in gallery], np.int64)
    vectors = np.stack([item.reading.vector for item in gallery]).astype(np.float64)
    for low in range(0, len(probes), _PROBE_BLOCK):
        block = probes[low : low + _PROBE_BLOCK]
        cosines = np.stack([item.reading.vector for item in block]).astype(np.float64) @ vectors.T
        for probe, row in zip(block, cosines, strict=True):
            log10_lr = _mean_by_person(_photo_lrs(probe, gallery, row, curves), owner, len(people))
            yield _hits(people, (gallery, owner), row, log10_lr)[:top]


def _describe(path: Path, folder: Path) -> FolderPhoto:
    name = path.relative_to(folder)
    stem = path.stem
    group: AgeGroup = "unknown"
    for prefix in ("child", "adult"):
        if stem.lower().startswith(f"{prefix}_"):
            group = "child" if prefix == "child" else "adult"
    person = "/".join(name.parent.parts)
    if not person:
        bare = stem.split("_", 1)[1] if group != "unknown" else stem
        numbered = _NUMBERED.match(bare)
        person = numbered["person"] if numbered else bare
    return FolderPhoto(path, name.as_posix(), person, group)


def _photo_lrs(
    probe: EmbeddedPhoto, gallery: Sequence[EmbeddedPhoto], cosines: NDArray[np.float64], curves: FaceCurves
) -> NDArray[np.float64]:
    """Return the LR of each gallery photo, by the curve of its age group and quality."""
    lrs = np.empty(len(gallery), np.float64)
    classes = [(item.photo.age_group, quality_class_of(item.reading.quality)) for item in gallery]
    own = CLASS_RELIABILITY[quality_class_of(probe.reading.quality)]
    for group, quality in sorted(set(classes)):
        members = np.flatnonzero([item == (group, quality) for item in classes])
        curve = curves.curve(probe.photo.age_group, group, reliability=own * CLASS_RELIABILITY[quality])
        lrs[members] = 10.0 ** np.interp(cosines[members], GRID, curve.log10_lr)
    return lrs


def _mean_by_person(lrs: NDArray[np.float64], owner: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    counts = np.bincount(owner, minlength=people)
    return np.log10(np.bincount(owner, weights=lrs, minlength=people) / counts)


def _hits(
    people: Sequence[str],
    gallery: tuple[Sequence[EmbeddedPhoto], NDArray[np.int64]],
    cosines: NDArray[np.float64],
    log10_lr: NDArray[np.float64],
) -> tuple[PersonHit, ...]:
    photos, owner = gallery
    best: dict[int, int] = {}
    for position in np.argsort(-cosines, kind="stable").tolist():
        best.setdefault(int(owner[position]), position)
    order = sorted(best, key=lambda person: (-log10_lr[person], -cosines[best[person]], people[person]))
    return tuple(
        PersonHit(people[person], photos[best[person]].photo, float(cosines[best[person]]), float(log10_lr[person]))
        for person in order
    )
