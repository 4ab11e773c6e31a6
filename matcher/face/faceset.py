"""Embedded photos of many persons as arrays: the material of search, evaluation and calibration."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.face.ages import AGE_GROUPS, CHILD_BELOW_YEARS
from matcher.face.calibration import FaceCurves
from matcher.face.folders import EmbeddedPhoto, FolderPhoto
from matcher.face.mixtures import GRID
from matcher.face.strata import QUALITY_CLASSES, quality_class
from matcher.types import AgeGroup

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Embedded photos.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        L2-normalised.
    person : ndarray of int64, shape (n,)
        Code of the person.
    stratum : ndarray of uint8, shape (n,)
        Age group and quality class, as `matcher.face.strata` codes them.
    """

    vectors: NDArray[np.float32]
    person: NDArray[np.int64]
    stratum: NDArray[np.uint8]

    def __len__(self) -> int:
        """Count the photos."""
        return int(self.person.shape[0])

    @property
    def group(self) -> NDArray[np.uint8]:
        """Code of the age group of each photo, shape (n,)."""
        return (self.stratum // QUALITY_CLASSES).astype(np.uint8)

    def take(self, photos: NDArray[np.integer] | NDArray[np.bool_]) -> FaceSet:
        """Select photos."""
        return FaceSet(self.vectors[photos], self.person[photos], self.stratum[photos])

    def centred(self, curves: FaceCurves) -> FaceSet:
        """Return the photos as the curves compare them."""
        if curves.centring is None:
            return self
        return replace(self, vectors=curves.centring.apply(self.vectors, self.group))


def face_set(photos: Sequence[EmbeddedPhoto]) -> FaceSet:
    """Lay out embedded photos as arrays; persons are coded in order of name."""
    people = {name: code for code, name in enumerate(sorted({item.photo.person for item in photos}))}
    groups = np.array([AGE_GROUPS.index(item.photo.age_group) for item in photos], np.uint8)
    qualities = quality_class(np.array([item.reading.quality for item in photos], np.float64))
    return FaceSet(
        np.stack([item.reading.vector for item in photos]),
        np.array([people[item.photo.person] for item in photos], np.int64),
        (groups * QUALITY_CLASSES + qualities).astype(np.uint8),
    )


def log10_lrs(probes: FaceSet, gallery: FaceSet, cosines: Float64, curves: FaceCurves) -> Float64:
    """Turn cosines, shape (P, G), into log10 LRs, each pair by the curve of its strata."""
    result = np.empty_like(cosines)
    for mine in np.unique(probes.stratum):
        rows = np.flatnonzero(probes.stratum == mine)
        for theirs in np.unique(gallery.stratum):
            columns = np.flatnonzero(gallery.stratum == theirs)
            cells = np.ix_(rows, columns)
            result[cells] = np.interp(cosines[cells], GRID, curves.of_strata(int(mine), int(theirs)).log10_lr)
    return result


def with_ages(photos: Sequence[FolderPhoto], ages: Mapping[str, AgeGroup]) -> list[FolderPhoto]:
    """Set the age group of the photos that a table names; the others keep what their file name says."""
    return [replace(photo, age_group=ages.get(photo.name, photo.age_group)) for photo in photos]


def read_ages(path: Path) -> dict[str, AgeGroup]:
    """Read a CSV with the columns `file` and `age` (years) or `age_group` (child, adult, unknown).

    Raises
    ------
    InputError
        Naming the row and what is accepted.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error})", remedy="give a CSV in UTF-8") from error
    return {_cell(row, "file", path, number): _age_group(row, path, number) for number, row in enumerate(rows, 2)}


def _age_group(row: Mapping[str, str | None], path: Path, number: int) -> AgeGroup:
    declared = (row.get("age_group") or "").strip()
    if declared in AGE_GROUPS:
        return next(group for group in AGE_GROUPS if group == declared)
    text = _cell(row, "age", path, number)
    if not text:
        return "unknown"
    try:
        return "child" if float(text) < CHILD_BELOW_YEARS else "adult"
    except ValueError:
        raise InputError(f"{path}:{number} age: '{text}' is not a number of years", remedy="e.g. 7 or 34.5") from None


def _cell(row: Mapping[str, str | None], column: str, path: Path, number: int) -> str:
    value = row.get(column)
    if value is None:
        raise InputError(
            f"{path}:{number}: no column '{column}'", remedy="columns: file and age (years) or age_group (child, adult)"
        )
    return value.strip()
