"""`matcher face calibrate`: fit likelihood-ratio curves to a station's own photos and put them to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_ceiling import show_ceiling
from matcher.cli.face_options import FILE, FOLDER, Reading, ages_option, list_with_ages, reading_options
from matcher.cli.options import emit_json, json_option, open_workspace
from matcher.errors import InputError, UsageError

if TYPE_CHECKING:
    from matcher.face.calibration import FaceCurves
    from matcher.face.faceset import FaceSet
    from matcher.face.fitting import HeldOut
    from matcher.schema import Evidence
    from matcher.types import RecordKind

Costs = dict[str, dict[str, float | None]]
Stored = tuple["Evidence", list[tuple[str, str]]]
"""Records of a workspace, and the pairs of them that were confirmed to be one person."""


@click.command()
@click.argument("directory", type=FOLDER, required=False)
@click.option("-w", "--workspace", type=FOLDER, help="Use the photos and confirmed decisions of this workspace.")
@click.option("--output", type=FILE, help="Curve file to write (JSON); default with --workspace: put it to use there.")
@ages_option
@click.option(
    "--centre/--no-centre", default=None, help="Subtract what faces of one age group have in common; default: do."
)
@click.option(
    "--ceiling-only",
    is_flag=True,
    help="Keep the curves of the workspace and measure only how strong a face may be as evidence.",
)
@reading_options
@json_option
def calibrate(
    directory: Path | None,
    workspace: Path | None,
    output: Path | None,
    ages: Path | None,
    centre: bool | None,  # noqa: FBT001 - click passes options by name
    ceiling_only: bool,  # noqa: FBT001
    reading: Reading,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Fit curves to your own photos, one sub-folder per confirmed person, and say what that changed.

    The published curves take part as a prior, so a few persons move them a little. The costs shown (Cllr, lower is
    better) come from persons that were not used for fitting. Persons with one photo each still serve to centre. With
    --workspace, records whose pair was confirmed are one person, and the curves are used there from the next
    `matcher index` on; delete WORKSPACE/face-curves.json to return to the published ones. A curve file in the
    directory MATCHER_HOME serves all workspaces without one of their own.

    With --workspace the ceiling is measured as well: missing-person reports of one sex, born 15 years apart or more,
    are strangers, and how often they look alike tells how strong a face may be as evidence here. It needs no confirmed
    pair. With --ceiling-only nothing else changes, the index stays as it is, and `matcher match` uses it at once.

    \b
    Examples:
      matcher face calibrate --workspace my-station
      matcher face calibrate --workspace my-station --ceiling-only
      matcher face calibrate confirmed-reunions/ --output my-station/face-curves.json
    """
    from matcher.durable import replace_file
    from matcher.face.calibration import CURVES_FILE, curves_text, default_curves
    from matcher.face.support import support_table

    if (directory is None) == (workspace is None):
        raise UsageError("give either a folder of photos or --workspace")
    if ceiling_only:
        if workspace is None or ages is not None or centre is not None:
            raise UsageError("--ceiling-only fits nothing", remedy="give --workspace, and neither --ages nor --centre")
        _measure_ceiling(workspace, output, as_json=as_json)
        return
    stored = _stored(workspace) if workspace is not None else None
    if workspace is not None and stored is not None:
        base, target = _base_of(workspace), output or workspace / CURVES_FILE
        faces, model_id = _stored_faces(workspace, stored, base), base.model_id
    else:
        assert directory is not None
        if output is None:
            raise UsageError("say where to write the curves", remedy="add --output FILE")
        base, target = default_curves(), output
        faces, model_id = _folder_faces(directory, ages, reading)
    curves, costs = _fitted(faces, base, centre=centre is not False, model_id=model_id)
    if stored is not None:
        curves = _with_ceiling(curves, stored)
    replace_file(target, curves_text(curves).encode())
    persons = len(set(faces.person.tolist()))
    if as_json:
        support = support_table(curves.support) if curves.support else None
        emit_json(
            {
                "output": str(target),
                "photos": len(faces),
                "persons": persons,
                "held_out_cllr": costs,
                "ceiling_log10_lr": curves.ceiling,
                "ceiling_support": support,
            }
        )
        return
    click.echo(f"{target}: {len(faces)} photos of {persons} persons")
    for name, cost in costs.items():
        told = {when: "-" if value is None else f"{value:.3f}" for when, value in cost.items()}
        click.echo(f"  {name}: Cllr on other persons {told['before']} -> {told['after']}")
    if curves.support is not None:
        show_ceiling(curves.support)
    if target.name == CURVES_FILE and workspace is not None and output is None:
        click.echo(f"now run: matcher index --workspace {workspace}")


def _measure_ceiling(workspace: Path, output: Path | None, *, as_json: bool) -> None:
    """Write the curves in use with the ceiling that the workspace's strangers support; nothing else in them changes."""
    from matcher.durable import replace_file
    from matcher.face.calibration import CURVES_FILE, curves_text, station_curves
    from matcher.face.support import support_table
    from matcher.settings import Settings

    used = station_curves([workspace, Settings.from_environment().home])
    curves = _with_ceiling(used, _stored(workspace, kind="missing"))
    assert curves.support is not None
    # A copy of the curves in use that changes no bound would only keep the workspace from better published ones.
    same = output is None and curves.ceiling == used.ceiling == curves.support.base
    target = None if same else output or workspace / CURVES_FILE
    if target is not None:
        replace_file(target, curves_text(curves).encode())
    if as_json:
        emit_json(
            {
                "output": None if target is None else str(target),
                "ceiling_log10_lr": curves.ceiling,
                "ceiling_support": support_table(curves.support),
            }
        )
        return
    show_ceiling(curves.support)
    click.echo("nothing was written" if target is None else f"written: {target}; the index stays as it is")


def _with_ceiling(curves: FaceCurves, stored: Stored) -> FaceCurves:
    from matcher.face.ceiling import with_measured_ceiling
    from matcher.face.gallery import reported_faces
    from matcher.face.strangers import count_strangers

    return with_measured_ceiling(curves, count_strangers(reported_faces(*stored, curves)))


def _stored(workspace: Path, kind: RecordKind | None = None) -> Stored:
    """Read the records of a workspace, or those of one kind, and its confirmed pairs."""
    with open_workspace(workspace, read_only=True) as opened:
        latest = {(item.probe_id, item.record_id): item.judgement for item in opened.decisions()}
        confirmed = [pair for pair, judgement in latest.items() if judgement == "confirm"]
        return opened.evidence(opened.record_ids(kind)), confirmed


def _fitted(faces: FaceSet, base: FaceCurves, *, centre: bool, model_id: str) -> tuple[FaceCurves, Costs]:
    """Fit curves and tell their costs on other persons."""
    from matcher.face.fitting import cross_validate, fit_curves

    source = f"Fitted to {len(faces)} photos of {len(set(faces.person.tolist()))} persons, prior: {base.source}"
    curves = fit_curves(faces, base, centre=centre, model_id=model_id, source=source)
    return curves, _costs(cross_validate(faces, base, centre=centre))


def _base_of(workspace: Path) -> FaceCurves:
    """Return the prior: the published curves, or, of another recogniser, those the workspace uses already."""
    from matcher.face.calibration import default_curves, station_curves
    from matcher.face.ceiling import unmeasured
    from matcher.settings import Settings

    published = default_curves()
    used = unmeasured(station_curves([workspace, Settings.from_environment().home]))
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


def _stored_faces(workspace: Path, stored: Stored, curves: FaceCurves) -> FaceSet:
    from matcher.face.gallery import confirmed_faces

    faces = confirmed_faces(*stored, curves)
    if not len(faces):
        raise InputError(f"workspace '{workspace}' holds no embedded photo", remedy="run `matcher index` first")
    return faces
