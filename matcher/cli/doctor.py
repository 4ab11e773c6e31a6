"""`matcher doctor`: is everything there, and what to do if not."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from matcher import __version__
from matcher.cli.options import emit_json, json_option, optional_workspace
from matcher.errors import MatcherError, ReferenceDataError
from matcher.settings import Settings

if TYPE_CHECKING:
    from matcher.workspace.store import Workspace

State = Literal["ok", "warning", "failure"]
_MARKS: dict[State, str] = {"ok": "ok     ", "warning": "WARNING", "failure": "FAILURE"}
_LIBRARIES = ("numpy", "pyarrow", "onnxruntime", "faiss-cpu", "opencv-python", "numba", "pypinyin")
_LOW_DISK_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report: what was looked at, how it is, and what to do about it."""

    subject: str
    state: State
    finding: str
    remedy: str = ""


@click.command()
@optional_workspace("Check this workspace and its index as well.")
@json_option
def doctor(
    workspace: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Check versions, models, gazetteer, disk and workspace, and say what to do.

    Exits with 0 when nothing failed, else with 7 (models or gazetteer) or 5 (workspace).

    \b
    Examples:
      matcher doctor
      matcher doctor --workspace my-station --json
    """
    settings = Settings.from_environment()
    checks = [*_installation(), _scan(), *_models(settings), _gazetteer(settings), _disk(workspace or settings.home)]
    reference_failed = any(check.state == "failure" for check in checks)
    if workspace is not None:
        checks += _workspace(workspace)
    if as_json:
        emit_json([asdict(check) for check in checks])
    else:
        for check in checks:
            arrow = f" -> {check.remedy}" if check.remedy else ""
            click.echo(f"{_MARKS[check.state]} {check.subject}: {check.finding}{arrow}")
    if any(check.state == "failure" for check in checks):
        sys.exit(ReferenceDataError.exit_code if reference_failed else 5)


def _installation() -> Iterator[Check]:
    yield Check("matcher", "ok", f"{__version__} on Python {platform.python_version()} ({platform.machine()})")
    versions: list[str] = []
    missing: list[str] = []
    for name in _LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Check("libraries", "failure", f"not installed: {', '.join(missing)}", "pip install matcher")
    else:
        yield Check("libraries", "ok", ", ".join(versions))


def _scan() -> Check:
    from matcher.engine.search import compiled_scan_problem

    problem = compiled_scan_problem()
    if problem:
        return Check("scan", "warning", f"not compiled: {problem}", "results are the same, large galleries are slower")
    return Check("scan", "ok", "compiled")


def _models(settings: Settings) -> Iterator[Check]:
    from matcher.face.models import model_cards, model_path

    for card in model_cards().values():
        try:
            path = model_path(card, settings.models)
        except MatcherError as error:
            yield Check(f"model {card.name}", "failure", error.message, error.remedy)
        else:
            yield Check(f"model {card.name}", "ok", str(path))


def _gazetteer(settings: Settings) -> Check:
    from matcher.placenames.gazetteer import Gazetteer

    try:
        gazetteer = Gazetteer.open(settings.gazetteer)
    except MatcherError as error:
        return Check("gazetteer", "failure", error.message, error.remedy)
    return Check("gazetteer", "ok", f"{len(gazetteer):,} places in {settings.gazetteer}")


def _disk(path: Path) -> Check:
    existing = next(parent for parent in (path.resolve(), *path.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    finding = f"{free / 2**30:.1f} GiB free at {existing}"
    if free < _LOW_DISK_BYTES:
        return Check("disk", "warning", finding, "free some space: an index update needs room for two generations")
    return Check("disk", "ok", finding)


def _workspace(path: Path) -> Iterator[Check]:
    from matcher.cli.options import open_workspace

    try:
        with open_workspace(path, read_only=True) as opened:
            yield Check("workspace", "ok", f"{path}: {_holdings(opened.counts())}")
            audit = opened.verify_audit()
            state: State = "failure" if audit.problem else "ok"
            yield Check("audit log", state, audit.problem or f"{audit.entries} entries, unbroken")
            yield _index(opened)
            yield _face_ceiling(opened)
    except MatcherError as error:
        yield Check("workspace", "failure", error.message, error.remedy)


def _holdings(counts: Mapping[str, int]) -> str:
    """Say in one line what a workspace holds."""
    from matcher.types import RecordKind

    kinds = ", ".join(f"{counts.get(f'record.{kind}', 0)} {kind}" for kind in get_args(RecordKind))
    photos = ", ".join(f"{counts.get(f'photo.{state}', 0)} {state}" for state in ("embedded", "pending", "unusable"))
    return f"{counts.get('record', 0)} records ({kinds}), photos {photos}, {counts.get('sample', 0)} DNA samples"


def _index(opened: Workspace) -> Check:
    from matcher.engine import generation
    from matcher.leads.registry import open_channels

    try:
        channels = open_channels(Settings.from_environment(), opened.path)
        current = generation.open_current(opened.indexes, opened, channels)
    except MatcherError as error:
        return Check("index", "warning", error.message, error.remedy)
    damaged = generation.verify(current)
    if damaged:
        remedy = f"delete {opened.indexes} and run: matcher index"
        return Check("index", "failure", f"damaged files: {', '.join(damaged)}", remedy)
    return Check("index", "ok", f"{len(current.gallery)} records, up to date")


def _face_ceiling(opened: Workspace) -> Check:
    from matcher.cli.face_options import curves_in_use

    curves = curves_in_use(opened.path)
    finding = f"at most 10^{curves.ceiling:g}"
    measure = f"matcher face calibrate --workspace {opened.path} --ceiling-only"
    if curves.support is None:
        return Check(
            "face evidence", "ok", f"{finding}, not measured on this gallery", f"with many reports run: {measure}"
        )
    if curves.support.contradicted is not None:
        return Check("face evidence", "warning", f"{finding}, which strangers contradict", "matcher face calibrate")
    return Check("face evidence", "ok", f"{finding}, measured on {curves.support.pairs:,} pairs of strangers")
