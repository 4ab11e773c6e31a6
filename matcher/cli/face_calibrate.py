"""`matcher face calibrate`: fit likelihood-ratio curves to a station's own photos and put them to use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_ceiling import (
    ceiling_document,
    measure_ceiling,
    note_outdated_learning,
    read_stored,
    show_ceiling,
    with_ceiling,
)
from matcher.cli.face_options import (
    FILE,
    FOLDER,
    Reading,
    ages_option,
    curves_in_use,
    list_with_ages,
    reading_options,
)
from matcher.cli.options import emit_json, json_option
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
    from matcher.face.calibration import CURVES_FILE, curves_text

    if (directory is None) == (workspace is None):
        raise UsageError("give either a folder of photos or --workspace")
    if ceiling_only:
        if workspace is None or ages is not None or centre is not None:
            raise UsageError("--ceiling-only fits nothing", remedy="give --workspace, and neither --ages nor --centre")
        measure_ceiling(workspace, output, as_json=as_json)
        return
    if workspace is not None:
        fitted, target = _fit_workspace(workspace, centre=centre is not False), output or workspace / CURVES_FILE
    elif directory is not None and output is not None:
        fitted, target = _fit_folder(_folder_faces(directory, ages, reading), centre=centre is not False), output
    else:
        raise UsageError("say where to write the curves", remedy="add --output FILE")
    replace_file(target, curves_text(fitted.curves).encode())
    if as_json:
        emit_json(_document(fitted, target))
        return
    _show(fitted, target)
    if workspace is not None and output is None:
        note_outdated_learning(workspace)
        click.echo(f"now run: matcher index --workspace {workspace}")


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Curves with what they were fitted to, and their costs on other persons."""

    curves: FaceCurves
    photos: int
    persons: int
    costs: Costs


def _document(fitted: _Fitted, target: Path) -> dict[str, object]:
    return {
        "output": str(target),
        "photos": fitted.photos,
        "persons": fitted.persons,
        "held_out_cllr": fitted.costs,
        **ceiling_document(fitted.curves),
    }


def _show(fitted: _Fitted, target: Path) -> None:
    click.echo(f"{target}: {fitted.photos} photos of {fitted.persons} persons")
    for name, cost in fitted.costs.items():
        told = {when: "-" if value is None else f"{value:.3f}" for when, value in cost.items()}
        click.echo(f"  {name}: Cllr on other persons {told['before']} -> {told['after']}")
    if fitted.curves.support is not None:
        show_ceiling(fitted.curves.support)


def _fit_folder(found: tuple[FaceSet, str], *, centre: bool) -> _Fitted:
    from matcher.face.calibration import default_curves

    faces, model_id = found
    return _fit(faces, default_curves(), centre=centre, model_id=model_id)


def _fit_workspace(workspace: Path, *, centre: bool) -> _Fitted:
    from matcher.face.gallery import confirmed_faces

    base, stored = _base_of(workspace), read_stored(workspace)
    faces = confirmed_faces(*stored, base)
    if not len(faces):
        raise InputError(f"workspace '{workspace}' holds no embedded photo", remedy="run `matcher index` first")
    fitted = _fit(faces, base, centre=centre, model_id=base.model_id)
    return replace(fitted, curves=with_ceiling(fitted.curves, stored))


def _fit(faces: FaceSet, base: FaceCurves, *, centre: bool, model_id: str) -> _Fitted:
    from matcher.face.fitting import cross_validate, fit_curves

    persons = len(set(faces.person.tolist()))
    source = f"Fitted to {len(faces)} photos of {persons} persons, prior: {base.source}"
    curves = fit_curves(faces, base, centre=centre, model_id=model_id, source=source)
    return _Fitted(curves, len(faces), persons, _costs(cross_validate(faces, base, centre=centre)))


def _base_of(workspace: Path) -> FaceCurves:
    """Return the prior: the published curves, or, of another recogniser, those the workspace uses already."""
    from matcher.face.calibration import default_curves
    from matcher.face.ceiling import unmeasured

    published, used = default_curves(), unmeasured(curves_in_use(workspace))
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
