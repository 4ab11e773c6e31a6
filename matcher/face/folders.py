"""Photo folders without a workspace: which photo shows whom, and the face on each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError
from matcher.face.cache import ReadingCache
from matcher.face.engine import FaceEngine
from matcher.face.reading import FaceReading
from matcher.types import AgeGroup

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif"})

_NUMBERED = re.compile(r"(?P<person>.+?)[_-]\d{1,3}$")


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
    engine: FaceEngine, photos: Sequence[FolderPhoto], *, threads: int = 1, cache: ReadingCache | None = None
) -> Iterator[EmbeddedPhoto | UnusablePhoto]:
    """Read the face of each photo, in order."""
    readings = engine.read_many((photo.path for photo in photos), threads=threads, cache=cache)
    for photo, file_reading in zip(photos, readings, strict=True):
        outcome = file_reading.outcome
        if isinstance(outcome, FaceReading):
            yield EmbeddedPhoto(photo, outcome)
        else:
            yield UnusablePhoto(photo, outcome)


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
