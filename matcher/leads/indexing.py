"""Bringing everything derived up to date: embeddings of new photos, portraits, index generations.

Embeddings are truth and are committed in small batches, so an interrupted run goes on where it stopped. Portraits
and index generations are derived and safe to delete.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.engine import generation
from matcher.engine.channel import Channel
from matcher.errors import WorkspaceError
from matcher.progress import Advance, untold
from matcher.workspace.store import Workspace
from matcher.workspace.summary import EMBEDDED_BY
from matcher.workspace.values import FaceMeasures, PendingPhoto

if TYPE_CHECKING:
    from matcher.face.engine import FaceEngine
    from matcher.face.reading import FaceReading


@dataclass(frozen=True, slots=True)
class EmbeddingReport:
    """Outcome of embedding new photos.

    Parameters
    ----------
    embedded : int
        Photos that now have an embedding.
    unusable : tuple of (str, str, str)
        Record id, path and reason code of every photo without one.
    """

    embedded: int
    unusable: tuple[tuple[str, str, str], ...]


def portraits(workspace: Workspace) -> dict[str, Path]:
    """Return where the portrait of each photo lies that has one, by `photo_id`."""
    return {path.stem: path for path in _portraits(workspace).glob("*.jpg")}


def face_model_of(channels: Sequence[Channel]) -> str:
    """Return the `model_id` of the recogniser whose embeddings the channels compare."""
    from matcher.face.channel import FaceChannel

    return next(channel.curves.model_id for channel in channels if isinstance(channel, FaceChannel))


def embedded_by_model(workspace: Workspace) -> dict[str, int]:
    """Return how many photos each recogniser has embedded, by `model_id`."""
    counts = workspace.counts().items()
    return {name.removeprefix(EMBEDDED_BY): count for name, count in counts if name.startswith(EMBEDDED_BY)}


def left_behind(workspace: Workspace, model_id: str, *, reembed: bool) -> int:
    """Return how many embeddings of other recognisers cannot be made anew, as they came without a photo file.

    Parameters
    ----------
    workspace : Workspace
        Open.
    model_id : str
        Recogniser whose embeddings are to be compared.
    reembed : bool
        The user knows that the recogniser is another one than before.

    Raises
    ------
    WorkspaceError
        When nothing was embedded by this recogniser but much by another one and `reembed` is False, or when the
        workspace knows no photo file that could be embedded again.
    """
    embedded = embedded_by_model(workspace)
    others = {name: count for name, count in embedded.items() if name != model_id}
    if not others or model_id in embedded:
        return 0
    files = len(_photos_with_files(workspace))
    told = ", ".join(f"{count} by '{name}'" for name, count in sorted(others.items()))
    if not files:
        raise WorkspaceError(
            f"photos were embedded {told}; the face curves are for '{model_id}', and no photo lies in a file",
            remedy="ingest the photos, or put the curves of that recogniser into the workspace",
        )
    if not reembed:
        raise WorkspaceError(
            f"photos were embedded {told}; the face curves are for '{model_id}', and the two are never compared",
            remedy=f"run: matcher index --workspace {workspace.path} --reembed (reads {files} photos again)",
        )
    return max(0, max(others.values()) - files)


def embed_pending(
    workspace: Workspace, engine: FaceEngine, *, threads: int = 1, step: Advance = untold
) -> EmbeddingReport:
    """Embed every photo that the engine's model has not seen, and cut its portrait.

    Parameters
    ----------
    workspace : Workspace
        Open for writing.
    engine : FaceEngine
        Detector and recogniser.
    threads : int
        Worker threads, one photo each.
    step : callable
        Told how many photos were done since the last call.
    """
    pending = workspace.pending_photos(engine.model_id)
    readings = engine.read_many((Path(item.path) for item in pending), threads=threads)
    unusable: list[tuple[str, str, str]] = []
    for item, reading in zip(pending, readings, strict=True):
        if isinstance(reading.outcome, str):
            workspace.mark_unusable(item.photo_id, engine.model_id, reading.outcome)
            unusable.append((item.record_id, item.path, reading.outcome))
        else:
            _cut_portrait(_portraits(workspace), item, reading.outcome)
            _store(workspace, item, reading.outcome)
        step(1)
    workspace.flush()
    return EmbeddingReport(len(pending) - len(unusable), tuple(unusable))


def restore_portraits(workspace: Workspace, engine: FaceEngine, *, threads: int = 1, step: Advance = untold) -> int:
    """Cut all portraits again after their directory was deleted; return how many.

    They appear together, so a run that is killed leaves the directory missing and the next one starts again.
    """
    photos = _photos_with_files(workspace)
    readings = engine.read_many((Path(item.path) for item in photos), threads=threads)
    folder = _portraits(workspace)
    building = folder.with_name("portraits.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    restored = 0
    for item, reading in zip(photos, readings, strict=True):
        if not isinstance(reading.outcome, str):
            _cut_portrait(building, item, reading.outcome)
            restored += 1
        step(1)
    building.rename(folder)
    return restored


def portraits_are_lost(workspace: Workspace) -> bool:
    """Tell whether embedded photographs exist while the portraits' directory does not."""
    embedded = workspace.counts().get("photo.embedded", 0)
    return bool(embedded and _photos_with_files(workspace)) and not _portraits(workspace).is_dir()


def update_index(
    workspace: Workspace, channels: Sequence[Channel], *, processes: int = 1, step: Advance = untold
) -> generation.UpdateReport:
    """Write a new index generation where anything changed, and remove portraits of photos that are gone.

    Parameters
    ----------
    workspace : Workspace
        Open.
    channels : sequence of Channel
        All channels to encode.
    processes : int
        Processes that resolve told places, which is nearly all the work of a large first index; the files are the
        same for any number.
    step : callable
        Told how many told places were resolved since the last call.
    """
    report = generation.update(workspace.indexes, workspace, _staffed(channels, processes, step))
    kept = {f"{item.photo_id}.jpg" for item in _photos_with_files(workspace)}
    for path in _portraits(workspace).glob("*.jpg"):
        if path.name not in kept:
            path.unlink()
    return report


def _staffed(channels: Sequence[Channel], processes: int, step: Advance) -> list[Channel]:
    """Give workers to the channel whose encoding is dear."""
    from matcher.placenames.channel import PlaceChannel
    from matcher.placenames.resolving import Workers

    workers = Workers(processes, step)
    return [replace(channel, workers=workers) if isinstance(channel, PlaceChannel) else channel for channel in channels]


def _portraits(workspace: Workspace) -> Path:
    return workspace.indexes / "portraits"


def _photos_with_files(workspace: Workspace) -> list[PendingPhoto]:
    """List every photograph that lies in a file: no recogniser has the empty name, so none of them is done by it."""
    return workspace.pending_photos("")


def _store(workspace: Workspace, item: PendingPhoto, reading: FaceReading) -> None:
    measures = FaceMeasures(
        confidence=reading.quality,
        eye_distance_px=reading.measures.eye_distance,
        sharpness=reading.measures.sharpness,
        yaw=reading.measures.yaw,
        roll_degrees=reading.measures.roll,
    )
    workspace.store_embedding(item.photo_id, reading.model_id, reading.vector, measures)


def _cut_portrait(folder: Path, item: PendingPhoto, reading: FaceReading) -> None:
    from matcher.face.thumbnail import portrait

    image = portrait(Path(item.path).read_bytes(), reading.box, reading.rotation)
    if image is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{item.photo_id}.jpg").write_bytes(image)
