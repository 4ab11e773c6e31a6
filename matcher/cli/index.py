"""`matcher index`: embed new photos and bring the derived index up to date."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import emit_json, json_option, note, open_workspace, progress, workspace_option

if TYPE_CHECKING:
    from matcher.leads.indexing import EmbeddingReport
    from matcher.settings import Settings
    from matcher.workspace.store import Workspace

_ENOUGH_TO_CENTRE = 1000
"""Photos from which a reader is told that curves of their own are worth fitting."""


@click.command()
@workspace_option
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Photos read side by side.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=lambda: min(64, os.cpu_count() or 1),
    show_default="one per core",
    help="Processes that resolve told places; one is used where there are few new ones.",
)
@click.option(
    "--reembed",
    is_flag=True,
    help="Embed all photos again with the recogniser of the workspace's face-curves.json, which is another one now.",
)
@json_option
def index(
    workspace: Path,
    threads: int,
    processes: int,
    reembed: bool,  # noqa: FBT001 - click passes options by name
    as_json: bool,  # noqa: FBT001
) -> None:
    """Embed photos that are new and encode records that changed; everything else is kept.

    Can be stopped and repeated at any time. What it writes below WORKSPACE/indexes is safe to delete.

    \b
    Examples:
      matcher index --workspace my-station
      matcher index --workspace my-station --reembed
    """
    from matcher.face.calibration import CURVES_FILE
    from matcher.leads.indexing import embedded_by_model, face_model_of, left_behind, update_index
    from matcher.leads.registry import open_channels
    from matcher.settings import Settings

    settings = Settings.from_environment()
    channels = open_channels(settings, workspace)
    model_id = face_model_of(channels)
    with open_workspace(workspace) as opened:
        behind = left_behind(opened, model_id, reembed=reembed)
        embedded = _embed(opened, settings, model_id, threads)
        with progress("encoding") as step:
            updated = update_index(opened, channels, processes=processes, step=step)
        photos = embedded_by_model(opened).get(model_id, 0)
    for record_id, path, reason in embedded.unusable:
        note(f"{record_id}: photo {Path(path).name} not used ({reason})")
    if behind:
        note(f"{behind} embeddings came without a photo file and cannot be made by '{model_id}'; they are not compared")
    if photos >= _ENOUGH_TO_CENTRE and not (workspace / CURVES_FILE).is_file():
        note(
            f"{photos} faces: `matcher face calibrate --workspace {workspace}` would fit curves to your own photos, "
            "with --ceiling-only measure how strong a face may be as evidence"
        )
    if as_json:
        emit_json(
            {
                "records": updated.records,
                "encoded": dict(updated.encoded),
                "unchanged": updated.unchanged,
                "face_model": model_id,
                "photos_embedded": embedded.embedded,
                "photos_without_file": behind,
                "photos_unusable": [
                    {"record_id": record_id, "path": path, "reason": reason}
                    for record_id, path, reason in embedded.unusable
                ],
            }
        )
        return
    click.echo(f"photos: {embedded.embedded} embedded, {len(embedded.unusable)} unusable")
    encoded = max(updated.encoded.values(), default=0)
    state = "already up to date" if updated.unchanged else f"{encoded} encoded"
    click.echo(f"index: {updated.records} records, {state}")


def _embed(opened: Workspace, settings: Settings, model_id: str, threads: int) -> EmbeddingReport:
    """Embed pending photos and restore lost portraits; the model is not even opened when there is nothing to do."""
    from matcher.face.recogniser import open_for
    from matcher.leads.indexing import EmbeddingReport, embed_pending, portraits_are_lost, restore_portraits

    pending = len(opened.pending_photos(model_id))
    lost = portraits_are_lost(opened)
    if not pending and not lost:
        return EmbeddingReport(0, ())
    engine = open_for(settings.models, model_id)
    if lost:
        with progress("cutting portraits") as step:
            restore_portraits(opened, engine, threads=threads, step=step)
    with progress("embedding photos", pending) as step:
        return embed_pending(opened, engine, threads=threads, step=step)
