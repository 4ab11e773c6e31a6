"""`matcher face eval`: measure recognition on one's own photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_options import (
    FILE,
    FOLDER,
    Reading,
    ages_option,
    curves_option,
    list_with_ages,
    open_curves,
    reading_options,
)
from matcher.cli.options import emit_json, json_option, note
from matcher.errors import InputError

if TYPE_CHECKING:
    from matcher.face.calibration import FaceCurves
    from matcher.face.evalpage import EvaluationHead
    from matcher.face.evaluation import Evaluation
    from matcher.face.faceset import FaceSet

Centred = dict[str, dict[str, dict[str, float | None]]]


@click.command("eval")
@click.argument("directory", type=FOLDER)
@ages_option
@click.option("--html", type=FILE, help="Write a page with tables and plots here.")
@click.option(
    "--centre", is_flag=True, help="Also measure with group means subtracted, fitted on the other half of the persons."
)
@curves_option
@reading_options
@json_option
def evaluate_folder(
    directory: Path,
    ages: Path | None,
    html: Path | None,
    centre: bool,  # noqa: FBT001 - click passes options by name
    curves: Path | None,
    reading: Reading,
    as_json: bool,  # noqa: FBT001
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
    from matcher.face.faceset import face_set

    engine = reading.engine()
    used = open_curves(curves, engine.model_id)
    photos = list_with_ages(directory, ages)
    usable, lost = reading.embed(engine, photos)
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
        emit_json(_as_json(head, overall, by_age, unusable) | ({"centred": centred} if centre else {}))
        return
    click.echo(f"{head.identities} persons, {head.images} photos, a face in {head.detected}")
    for name, found in (("all", overall), *by_age.items()):
        click.echo(_line(name, found))
    for line in _centred_lines(centred):
        click.echo(line)


def _centred(faces: FaceSet, curves: FaceCurves) -> Centred:
    from matcher.face.fitting import average, cross_validate

    held_out = cross_validate(faces, curves, centre=True)
    return {
        name: {"before": average(held_out.before[name]), "after": average(held_out.after[name])}
        for name in held_out.before
    }


def _centred_lines(centred: Centred) -> Sequence[str]:
    return [
        f"{name}, {when} centring (two halves of the persons): "
        + ", ".join(f"{key} {value:.3f}" for key, value in measures.items() if value is not None)
        for name, both in centred.items()
        for when, measures in both.items()
    ]


def _as_json(
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


def _line(name: str, found: Evaluation) -> str:
    def percent(value: float | None) -> str:
        return "-" if value is None else f"{100 * value:.1f} %"

    tar = ", ".join(f"{percent(value)} at {far:g}" for far, value in found.tar_at_far.items())
    ranks = ", ".join(f"{percent(value)} in {k}" for k, value in found.rank.items() if value is not None)
    costs = "-" if found.cllr is None or found.cllr_min is None else f"{found.cllr:.3f} (min {found.cllr_min:.3f})"
    return f"{name}: EER {percent(found.eer)}; TAR {tar}; ranks {ranks or '-'}; Cllr {costs}"
