"""`matcher face search`: rank the persons of one photo folder for the photos of another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_options import FOLDER, Reading, curves_option, open_curves, reading_options
from matcher.cli.options import emit_json, json_option, note

if TYPE_CHECKING:
    from matcher.face.folders import EmbeddedPhoto
    from matcher.face.people import PersonHit


@click.command()
@click.option("--probes", type=FOLDER, required=True, help="Folder of photos to look for.")
@click.option("--gallery", type=FOLDER, required=True, help="Folder of photos to look in; sub-folders are persons.")
@click.option("--top", type=click.IntRange(1), default=50, show_default=True, help="Length of each candidate list.")
@curves_option
@reading_options
@json_option
def search(
    probes: Path,
    gallery: Path,
    top: int,
    curves: Path | None,
    reading: Reading,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Rank the persons of a gallery folder for every photo of a probe folder.

    A sub-folder is one person; photos directly in the folder belong together when their names differ only in a
    number at the end (A0012_1.jpg, A0012_2.jpg). Names that begin with child_ or adult_ tell the age group. A
    candidate is never an identification.

    \b
    Example:
      matcher face search --probes unknown/ --gallery known/ --top 50 --json
    """
    from matcher.face.folders import list_photos
    from matcher.face.people import search_people

    engine = reading.engine()
    used = open_curves(curves, engine.model_id)
    probe_faces, lost_probes = reading.embed(engine, list_photos(probes))
    gallery_faces, lost_gallery = reading.embed(engine, list_photos(gallery))
    lists = list(search_people(probe_faces, gallery_faces, used, top=top)) if probe_faces and gallery_faces else []
    results = list(zip(probe_faces, lists, strict=False))
    if as_json:
        emit_json(
            {
                "model_id": engine.model_id,
                "gallery_photos": len(gallery_faces),
                "gallery_persons": len({item.photo.person for item in gallery_faces}),
                "probes": [_as_json(probe, hits) for probe, hits in results],
                "unusable_probes": [{"file": item.photo.name, "reason": item.reason} for item in lost_probes],
                "unusable_gallery": [{"file": item.photo.name, "reason": item.reason} for item in lost_gallery],
            }
        )
        return
    for item in (*lost_probes, *lost_gallery):
        note(f"{item.photo.path}: not used ({item.reason})")
    for probe, hits in results:
        click.echo(f"{probe.photo.name}")
        for rank, hit in enumerate(hits, 1):
            click.echo(
                f"{rank:5d}  log10 LR {hit.log10_lr:+.2f}  cosine {hit.cosine:.3f}  {hit.person}  {hit.photo.name}"
            )


def _as_json(probe: EmbeddedPhoto, hits: tuple[PersonHit, ...]) -> dict[str, object]:
    return {
        "probe": probe.photo.name,
        "quality": round(probe.reading.quality, 4),
        "caveats": list(probe.reading.caveats),
        "candidates": [
            {
                "rank": rank,
                "person": hit.person,
                "file": hit.photo.name,
                "cosine": round(hit.cosine, 6),
                "log10_lr": round(hit.log10_lr, 6),
            }
            for rank, hit in enumerate(hits, 1)
        ],
    }
