"""`matcher face`: search and evaluate photo folders by face, without a workspace."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import emit_json, json_option, note, open_workspace, progress
from matcher.errors import InputError, ReferenceDataError, UsageError
from matcher.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcher.face.calibration import FaceCurves
    from matcher.face.engine import FaceEngine
    from matcher.face.evalpage import EvaluationHead
    from matcher.face.evaluation import Evaluation
    from matcher.face.faceset import FaceSet
    from matcher.face.folders import EmbeddedPhoto, FolderPhoto, UnusablePhoto
    from matcher.face.people import PersonHit

_FOLDER = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, dir_okay=False)
_threads = click.option(
    "--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Photos read side by side."
)
_cache = click.option(
    "--cache",
    type=_FOLDER,
    help="Folder that keeps readings, so that photos read before are not read again. Holds biometric data.",
)
_model = click.option(
    "--model", default=None, help="Recogniser added with `matcher models add`; default: the built-in."
)
_detector = click.option("--detector", default=None, help="Detector added with `matcher models add`.")
_curves = click.option(
    "--curves", type=_FILE, help="Curve file of `matcher face calibrate`; default: the published one."
)


@click.group()
def face() -> None:
    """Search and evaluate faces in folders.

    \b
    Example:
      matcher face search --probes unknown/ --gallery known/ --top 50
    """


@face.command()
@click.option("--probes", type=_FOLDER, required=True, help="Folder of photos to look for.")
@click.option("--gallery", type=_FOLDER, required=True, help="Folder of photos to look in; sub-folders are persons.")
@click.option("--top", type=click.IntRange(1), default=50, show_default=True, help="Length of each candidate list.")
@_curves
@_model
@_detector
@_threads
@_cache
@json_option
def search(
    probes: Path,
    gallery: Path,
    top: int,
    curves: Path | None,
    model: str | None,
    detector: str | None,
    threads: int,
    cache: Path | None,
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

    engine = _open_engine(model, detector)
    used = _open_curves(curves, engine.model_id)
    probe_faces, lost_probes = _embed(engine, list_photos(probes), threads, cache)
    gallery_faces, lost_gallery = _embed(engine, list_photos(gallery), threads, cache)
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


@face.command("eval")
@click.argument("directory", type=_FOLDER)
@click.option("--ages", type=_FILE, help="CSV with the columns file and age (years) or age_group (child, adult).")
@click.option("--html", type=_FILE, help="Write a page with tables and plots here.")
@click.option(
    "--centre", is_flag=True, help="Also measure with group means subtracted, fitted on the other half of the persons."
)
@_curves
@_model
@_detector
@_threads
@_cache
@json_option
def evaluate_folder(
    directory: Path,
    ages: Path | None,
    html: Path | None,
    centre: bool,  # noqa: FBT001 - click passes options by name
    curves: Path | None,
    model: str | None,
    detector: str | None,
    threads: int,
    cache: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Measure recognition on your own photos, one sub-folder per person; nothing leaves the machine.

    Detection rate, error rates, ranks and the honesty of the likelihood ratios, overall and per pair of age groups
    (file names that begin with child_ or adult_, or --ages).

    \b
    Example:
      matcher face eval photos-by-person/ --html evaluation.html --json
    """
    from matcher.face.evalpage import EvaluationHead, evaluation_page
    from matcher.face.evaluation import evaluate
    from matcher.face.faceset import face_set, read_ages, with_ages
    from matcher.face.folders import list_photos

    engine = _open_engine(model, detector)
    used = _open_curves(curves, engine.model_id)
    photos = with_ages(list_photos(directory), read_ages(ages) if ages else {})
    usable, lost = _embed(engine, photos, threads, cache)
    if not usable:
        raise InputError(
            f"'{directory}' holds no photo with a face", remedy="see the reasons with `matcher face search`"
        )
    overall, by_age = evaluate(face_set(usable), used)
    head = EvaluationHead(len({photo.person for photo in photos}), len(photos), len(usable), engine.model_id)
    unusable = [(item.photo.name, item.reason) for item in lost]
    if html:
        html.write_text(evaluation_page(head, overall, by_age, unusable=unusable), "utf-8")
        note(f"page written to {html}")
    centred = _centred(face_set(usable), used) if centre else {}
    if as_json:
        emit_json(_evaluation_json(head, overall, by_age, unusable) | ({"centred": centred} if centre else {}))
        return
    click.echo(f"{head.identities} persons, {head.images} photos, a face in {head.detected}")
    for name, found in (("all", overall), *by_age.items()):
        click.echo(_evaluation_line(name, found))
    for name, both in centred.items():
        for when, measures in both.items():
            told = ", ".join(f"{key} {value:.3f}" for key, value in measures.items() if value is not None)
            click.echo(f"{name}, {when} centring (two halves of the persons): {told}")


@face.command()
@click.argument("directory", type=_FOLDER, required=False)
@click.option(
    "-w", "--workspace", type=_FOLDER, help="Use the photos and confirmed decisions of this workspace instead."
)
@click.option("--output", type=_FILE, required=True, help="Curve file to write (JSON).")
@click.option("--ages", type=_FILE, help="CSV with the columns file and age (years) or age_group (child, adult).")
@click.option(
    "--centre/--no-centre", default=True, show_default=True, help="Subtract what faces of one age group have in common."
)
@_model
@_detector
@_threads
@_cache
@json_option
def calibrate(
    directory: Path | None,
    workspace: Path | None,
    output: Path,
    ages: Path | None,
    centre: bool,  # noqa: FBT001 - click passes options by name
    model: str | None,
    detector: str | None,
    threads: int,
    cache: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Fit curves to your own photos, one sub-folder per confirmed person, and say what that changed.

    The published curves take part as a prior, so a few persons move them a little. The costs shown (Cllr, lower is
    better) come from persons that were not used for fitting. Persons with one photo each still serve to centre. With
    --workspace, records whose pair was confirmed are one person.

    \b
    Examples:
      matcher face calibrate confirmed-reunions/ --output station-curves.json
      matcher face calibrate --workspace my-station --output station-curves.json
    """
    from matcher.face.calibration import curves_text, default_curves
    from matcher.face.fitting import average, cross_validate, fit_curves

    if (directory is None) == (workspace is None):
        raise UsageError("give either a folder of photos or --workspace")
    base = default_curves()
    if workspace is not None:
        faces, model_id = _workspace_faces(workspace, base), base.model_id
    else:
        assert directory is not None
        faces, model_id = _folder_faces(directory, ages, _open_engine(model, detector), threads, cache)
    persons = len(set(faces.person.tolist()))
    source = f"Fitted to {len(faces)} photos of {persons} persons, prior: {base.source}"
    curves = fit_curves(faces, base, centre=centre, model_id=model_id, source=source)
    output.write_text(curves_text(curves), "utf-8")
    held_out = cross_validate(faces, base, centre=centre)
    costs = {
        name: {"before": average(held_out.before[name])["cllr"], "after": average(held_out.after[name])["cllr"]}
        for name in held_out.before
    }
    if as_json:
        emit_json({"output": str(output), "photos": len(faces), "persons": persons, "held_out_cllr": costs})
        return
    click.echo(f"{output}: {len(faces)} photos of {persons} persons")
    for name, cost in costs.items():
        told = {when: "-" if value is None else f"{value:.3f}" for when, value in cost.items()}
        click.echo(f"  {name}: Cllr on other persons {told['before']} -> {told['after']}")


def _folder_faces(
    directory: Path, ages: Path | None, engine: FaceEngine, threads: int, cache: Path | None
) -> tuple[FaceSet, str]:
    from matcher.face.faceset import face_set, read_ages, with_ages
    from matcher.face.folders import list_photos

    usable, _ = _embed(engine, with_ages(list_photos(directory), read_ages(ages) if ages else {}), threads, cache)
    if not usable:
        raise InputError(f"'{directory}' holds no photo with a face", remedy="see the reasons with `matcher face eval`")
    return face_set(usable), engine.model_id


def _workspace_faces(workspace: Path, curves: FaceCurves) -> FaceSet:
    from matcher.face.channel import confirmed_faces

    with open_workspace(workspace, read_only=True) as opened:
        latest = {(item.probe_id, item.record_id): item.judgement for item in opened.decisions()}
        faces = confirmed_faces(
            opened.evidence(), [pair for pair, judgement in latest.items() if judgement == "confirm"], curves
        )
    if not len(faces):
        raise InputError(f"workspace '{workspace}' holds no embedded photo", remedy="run `matcher index` first")
    return faces


def _open_engine(model: str | None, detector: str | None) -> FaceEngine:
    from matcher.face.engine import FaceEngine
    from matcher.face.models import DETECTOR, EMBEDDER

    return FaceEngine.open(
        Settings.from_environment().models, embedder=model or EMBEDDER, detector=detector or DETECTOR
    )


def _open_curves(path: Path | None, model_id: str) -> FaceCurves:
    from matcher.face.calibration import default_curves, read_curves

    curves = read_curves(path) if path else default_curves()
    if curves.model_id != model_id:
        raise ReferenceDataError(
            f"curves are for '{curves.model_id}', the recogniser is '{model_id}'",
            remedy="fit curves for this recogniser with `matcher face calibrate`",
        )
    return curves


def _embed(
    engine: FaceEngine, photos: Sequence[FolderPhoto], threads: int, cache: Path | None
) -> tuple[list[EmbeddedPhoto], list[UnusablePhoto]]:
    from matcher.face.cache import ReadingCache
    from matcher.face.folders import EmbeddedPhoto, embed_photos

    kept = ReadingCache(cache, engine.model_id) if cache else None
    usable: list[EmbeddedPhoto] = []
    lost: list[UnusablePhoto] = []
    with progress("reading photos", len(photos)) as step:
        for outcome in embed_photos(engine, photos, threads=threads, cache=kept):
            if isinstance(outcome, EmbeddedPhoto):
                usable.append(outcome)
            else:
                lost.append(outcome)
            step(1)
    return usable, lost


def _centred(faces: FaceSet, curves: FaceCurves) -> dict[str, dict[str, dict[str, float | None]]]:
    from matcher.face.fitting import average, cross_validate

    held_out = cross_validate(faces, curves, centre=True)
    return {
        name: {"before": average(held_out.before[name]), "after": average(held_out.after[name])}
        for name in held_out.before
    }


def _evaluation_json(
    head: EvaluationHead, overall: Evaluation, by_age: Mapping[str, Evaluation], unusable: Sequence[tuple[str, str]]
) -> dict[str, object]:
    return {
        **asdict(head),
        **_measures(overall),
        "by_age": {name: _measures(found) for name, found in by_age.items()},
        "unusable": [{"file": file, "reason": reason} for file, reason in unusable],
    }


def _measures(found: Evaluation) -> dict[str, object]:
    """Turn rates into JSON, with the operating points as text keys."""
    table = asdict(found)
    for name in ("tar_at_far", "rank", "fnir_at_fpir"):
        table[name] = {f"{point:g}": value for point, value in table[name].items()}
    return table


def _evaluation_line(name: str, found: Evaluation) -> str:
    def percent(value: float | None) -> str:
        return "-" if value is None else f"{100 * value:.1f} %"

    tar = ", ".join(f"{percent(value)} at {far:g}" for far, value in found.tar_at_far.items())
    ranks = ", ".join(f"{percent(value)} in {k}" for k, value in found.rank.items() if value is not None)
    costs = "-" if found.cllr is None or found.cllr_min is None else f"{found.cllr:.3f} (min {found.cllr_min:.3f})"
    return f"{name}: EER {percent(found.eer)}; TAR {tar}; ranks {ranks or '-'}; Cllr {costs}"


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
