"""`matcher face calibrate`: fit likelihood-ratio curves to a station's own photos and put them to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_options import FILE, FOLDER, Reading, ages_option, list_with_ages, reading_options
from matcher.cli.options import emit_json, json_option, open_workspace
from matcher.errors import InputError, UsageError

if TYPE_CHECKING:
    from matcher.face.calibration import FaceCurves
    from matcher.face.faceset import FaceSet
    from matcher.face.fitting import HeldOut

Costs = dict[str, dict[str, float | None]]


@click.command()
@click.argument("directory", type=FOLDER, required=False)
@click.option("-w", "--workspace", type=FOLDER, help="Use the photos and confirmed decisions of this workspace.")
@click.option("--output", type=FILE, help="Curve file to write (JSON); default with --workspace: put it to use there.")
@ages_option
@click.option(
    "--centre/--no-centre", default=True, show_default=True, help="Subtract what faces of one age group have in common."
)
@reading_options
@json_option
def calibrate(
    directory: Path | None,
    workspace: Path | None,
    output: Path | None,
    ages: Path | None,
    centre: bool,  # noqa: FBT001 - click passes options by name
    reading: Reading,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Fit curves to your own photos, one sub-folder per confirmed person, and say what that changed.

    The published curves take part as a prior, so a few persons move them a little. The costs shown (Cllr, lower is
    better) come from persons that were not used for fitting. Persons with one photo each still serve to centre. With
    --workspace, records whose pair was confirmed are one person, and the curves are used there from the next
    `matcher index` on; delete WORKSPACE/face-curves.json to return to the published ones. A curve file in the
    directory MATCHER_HOME serves all workspaces without one of their own.

    \b
    Examples:
      matcher face calibrate --workspace my-station
      matcher face calibrate confirmed-reunions/ --output my-station/face-curves.json
    """
    from matcher.durable import replace_file
    from matcher.face.calibration import CURVES_FILE, curves_text, default_curves
    from matcher.face.fitting import cross_validate, fit_curves

    if (directory is None) == (workspace is None):
        raise UsageError("give either a folder of photos or --workspace")
    if workspace is not None:
        base = _base_of(workspace)
        faces, model_id, target = _workspace_faces(workspace, base), base.model_id, output or workspace / CURVES_FILE
    else:
        assert directory is not None
        if output is None:
            raise UsageError("say where to write the curves", remedy="add --output FILE")
        base, target = default_curves(), output
        faces, model_id = _folder_faces(directory, ages, reading)
    persons = len(set(faces.person.tolist()))
    source = f"Fitted to {len(faces)} photos of {persons} persons, prior: {base.source}"
    curves = fit_curves(faces, base, centre=centre, model_id=model_id, source=source)
    costs = _costs(cross_validate(faces, base, centre=centre))
    replace_file(target, curves_text(curves).encode())
    if as_json:
        emit_json({"output": str(target), "photos": len(faces), "persons": persons, "held_out_cllr": costs})
        return
    click.echo(f"{target}: {len(faces)} photos of {persons} persons")
    for name, cost in costs.items():
        told = {when: "-" if value is None else f"{value:.3f}" for when, value in cost.items()}
        click.echo(f"  {name}: Cllr on other persons {told['before']} -> {told['after']}")
    if target.name == CURVES_FILE and workspace is not None and output is None:
        click.echo(f"now run: matcher index --workspace {workspace}")


def _base_of(workspace: Path) -> FaceCurves:
    """Return the prior: the published curves, or, of another recogniser, those the workspace uses already."""
    from matcher.face.calibration import default_curves, station_curves
    from matcher.settings import Settings

    published, used = default_curves(), station_curves([workspace, Settings.from_environment().home])
    return published if used.model_id == published.model_id else used


def _costs(held_out: HeldOut) -> Costs:
    from matcher.face.fitting import average

    return {
        name: {"before": average(held_out.before[name])["cllr"], "after": average(held_out.after[name])["cllr"]}
        for name in held_out.before
    }


def _folder_faces(directory: Path, ages: Path | None, reading: Reading) -> tuple[FaceSet, str]:
    from matcher.face.faceset import face_set

    engine = reading.engine()
    usable, _ = reading.embed(engine, list_with_ages(directory, ages))
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
