"""`matcher index`: embed new photos and bring the derived index up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import emit_json, json_option, note, open_workspace, progress, workspace_option

if TYPE_CHECKING:
    from matcher.leads.indexing import EmbeddingReport
    from matcher.settings import Settings
    from matcher.workspace.store import Workspace


@click.command()
@workspace_option
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Photos read side by side.")
@json_option
def index(
    workspace: Path,
    threads: int,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Embed photos that are new and encode records that changed; everything else is kept.

    Can be stopped and repeated at any time. What it writes below WORKSPACE/indexes is safe to delete.

    \b
    Example:
      matcher index --workspace my-station
    """
    from matcher.leads.indexing import update_index
    from matcher.leads.registry import open_channels
    from matcher.settings import Settings

    settings = Settings.from_environment()
    channels = open_channels(settings)
    with open_workspace(workspace) as opened:
        embedded = _embed(opened, settings, threads)
        with progress("encoding"):
            updated = update_index(opened, channels)
    for record_id, path, reason in embedded.unusable:
        note(f"{record_id}: photo {Path(path).name} not used ({reason})")
    if as_json:
        emit_json(
            {
                "records": updated.records,
                "encoded": dict(updated.encoded),
                "unchanged": updated.unchanged,
                "photos_embedded": embedded.embedded,
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


def _embed(opened: Workspace, settings: Settings, threads: int) -> EmbeddingReport:
    """Embed pending photos and restore lost portraits; the model is not even opened when there is nothing to do."""
    from matcher.face.engine import FaceEngine
    from matcher.face.models import EMBEDDER, model_cards
    from matcher.leads.indexing import EmbeddingReport, embed_pending, portraits_are_lost, restore_portraits

    pending = len(opened.pending_photos(model_cards()[EMBEDDER].model_id))
    lost = portraits_are_lost(opened)
    if not pending and not lost:
        return EmbeddingReport(0, ())
    engine = FaceEngine.open(settings.models)
    if lost:
        with progress("cutting portraits") as step:
            restore_portraits(opened, engine, threads=threads, step=step)
    with progress("embedding photos", pending) as step:
        return embed_pending(opened, engine, threads=threads, step=step)
