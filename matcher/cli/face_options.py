"""What all commands of `matcher face` share: how photos are read, and which curves judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from matcher.cli.options import progress
from matcher.errors import ReferenceDataError
from matcher.settings import Settings

if TYPE_CHECKING:
    from matcher.face.calibration import FaceCurves
    from matcher.face.engine import FaceEngine
    from matcher.face.folders import EmbeddedPhoto, FolderPhoto, UnusablePhoto

Command = TypeVar("Command", bound=Callable[..., object])

FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)

_OPTIONS = (
    click.option("--model", help="Recogniser added with `matcher models add`; default: the built-in."),
    click.option("--detector", help="Detector added with `matcher models add`."),
    click.option(
        "--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Photos read side by side."
    ),
    click.option(
        "--cache",
        type=FOLDER,
        help="Folder that keeps readings, so that photos read before are not read again. Holds biometric data.",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How photos are read.

    Parameters
    ----------
    model, detector : str or None
        Names of the networks; None = the built-in ones.
    threads : int
        Photos read side by side.
    cache : Path or None
        Folder that keeps readings.
    """

    model: str | None
    detector: str | None
    threads: int
    cache: Path | None

    def engine(self) -> FaceEngine:
        """Open detector and recogniser."""
        from matcher.face.engine import FaceEngine
        from matcher.face.models import DETECTOR, EMBEDDER

        return FaceEngine.open(
            Settings.from_environment().models,
            embedder=self.model or EMBEDDER,
            detector=self.detector or DETECTOR,
        )

    def embed(
        self, engine: FaceEngine, photos: Sequence[FolderPhoto]
    ) -> tuple[list[EmbeddedPhoto], list[UnusablePhoto]]:
        """Read the faces of photos, with a progress bar; also return the photos without a usable one."""
        from matcher.face.cache import ReadingCache
        from matcher.face.folders import EmbeddedPhoto, embed_photos

        kept = ReadingCache(self.cache, engine.model_id) if self.cache else None
        usable: list[EmbeddedPhoto] = []
        lost: list[UnusablePhoto] = []
        with progress("reading photos", len(photos)) as step:
            for outcome in embed_photos(engine, photos, threads=self.threads, cache=kept):
                if isinstance(outcome, EmbeddedPhoto):
                    usable.append(outcome)
                else:
                    lost.append(outcome)
                step(1)
        return usable, lost


def reading_options(command: Command) -> Callable[..., object]:
    """Add `--model --detector --threads --cache`, passed together as `reading: Reading`."""

    def gathered(*, model: str | None, detector: str | None, threads: int, cache: Path | None, **others: Any) -> object:
        return command(reading=Reading(model, detector, threads, cache), **others)

    wrapped: Callable[..., object] = update_wrapper(gathered, command)
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def curves_option(command: Command) -> Command:
    """Add `--curves FILE`, passed as `curves: Path | None`."""
    return click.option("--curves", type=FILE, help="Curve file of `matcher face calibrate`; default: the published.")(
        command
    )


def ages_option(command: Command) -> Command:
    """Add `--ages FILE`, passed as `ages: Path | None`."""
    return click.option(
        "--ages", type=FILE, help="CSV with the columns file and age (years) or age_group (child, adult)."
    )(command)


def open_curves(path: Path | None, model_id: str) -> FaceCurves:
    """Read curves, refusing those of another recogniser: a cosine means something else there."""
    from matcher.face.calibration import default_curves, read_curves

    curves = read_curves(path) if path else default_curves()
    if curves.model_id != model_id:
        raise ReferenceDataError(
            f"curves are for '{curves.model_id}', the recogniser is '{model_id}'",
            remedy="fit curves for this recogniser with `matcher face calibrate`",
        )
    return curves


def curves_in_use(workspace: Path) -> FaceCurves:
    """Return the curves that a workspace compares faces by: its own, those of the installation, or the published."""
    from matcher.face.calibration import station_curves

    return station_curves([workspace, Settings.from_environment().home])


def list_with_ages(directory: Path, ages: Path | None) -> list[FolderPhoto]:
    """List the photos of a folder, with the age groups of a table where there is one."""
    from matcher.face.faceset import read_ages, with_ages
    from matcher.face.folders import list_photos

    return with_ages(list_photos(directory), read_ages(ages) if ages else {})
