"""`matcher ingest`: read forms, photo folders and laboratory tables into the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.options import (
    WORKSPACE_VARIABLE,
    emit_json,
    json_option,
    note,
    open_workspace,
    optional_workspace,
    progress,
)
from matcher.errors import UsageError

if TYPE_CHECKING:
    from matcher.types import RecordKind, Reject, StrProfile
    from matcher.workspace.ingest.request import FileSummary, IngestReport, IngestRequest, IngestSettings

_SHOWN_REJECTS = 5
_UNITS = {"table": "rows", "photos": "photos", "str": "samples", "embeddings": "embeddings"}
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--kind", type=click.Choice(["intake", "rescue", "missing"]), help="Kind of the records in FILES.")
@click.option("--station", help="Station of records that name none.")
@click.option("--photos", type=_FILE, help="Folder of photographs named by case number (A0012.jpg, A0012_2.jpg).")
@click.option(
    "--str",
    "str_tables",
    type=_FILE,
    multiple=True,
    help="Laboratory table: sample, locus, allele 1, allele 2; may be repeated.",
)
@click.option("--embeddings", type=_FILE, help="Parquet file of face embeddings that come without photographs.")
@optional_workspace()
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@click.option("--explain-columns", is_flag=True, help="Show the headers that are understood, and stop.")
@json_option
def ingest(
    files: tuple[Path, ...],
    kind: RecordKind | None,
    station: str | None,
    photos: Path | None,
    str_tables: tuple[Path, ...],
    embeddings: Path | None,
    workspace: Path | None,
    dry_run: bool,  # noqa: FBT001 - click passes options by name
    explain_columns: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> None:
    """Read FILES (CSV, XLSX or JSON lines) into the workspace, and photographs and profiles with them.

    CSV may be in UTF-8, GBK or GB18030; headers may be Chinese or English, in any order. What cannot be read is left
    out with row, column, value and remedy, and listed in WORKSPACE/rejects.csv. Reading the same file again changes
    nothing; a changed row updates its case.

    \b
    Examples:
      matcher ingest intakes.csv --kind intake --photos photos/ --workspace my-station
      matcher ingest missing.xlsx --kind missing --str profiles.csv --workspace my-station
      matcher ingest --explain-columns
    """
    if explain_columns:
        _explain_columns(as_json=as_json)
        return
    if workspace is None:
        raise UsageError(
            f"no workspace named: --workspace or {WORKSPACE_VARIABLE}", remedy="make one: matcher init DIR"
        )
    from matcher.workspace.ingest.request import IngestRequest

    request = IngestRequest(files, kind, station, photos, str_tables, embeddings)
    if request == IngestRequest(kind=kind, station=station):
        raise UsageError("nothing to read", remedy="name FILES, --photos, --str or --embeddings")
    report = _run(workspace, request, dry_run=dry_run)
    if as_json:
        emit_json(_as_json(report, dry_run=dry_run))
    else:
        for file in report.files:
            _show(file)
        if dry_run:
            click.echo("dry run: nothing was stored")
        elif any(file.rejects for file in report.files):
            click.echo(f"all rejects: {workspace / 'rejects.csv'}")
    for error in report.errors[:-1]:
        note(f"matcher: {error}")
    if report.errors:
        raise report.errors[-1]


def _run(workspace: Path, request: IngestRequest, *, dry_run: bool) -> IngestReport:
    from matcher.workspace.ingest.run import ingest as ingest_files

    with open_workspace(workspace) as opened:
        return ingest_files(opened, request, _settings(), dry_run=dry_run)


def _settings() -> IngestSettings:
    """Wire the channels' knowledge about values to the workspace, which knows none of them."""
    from datetime import datetime

    from matcher.phonetic.placeholders import is_placeholder
    from matcher.workspace.ingest.dates import days
    from matcher.workspace.ingest.request import ChannelReaders, IngestSettings

    today = datetime.now().astimezone().date()
    readers = ChannelReaders(is_placeholder, _check_photo, _photo_remedy, _read_profiles)
    return IngestSettings(readers, days(today, today).latest, progress=progress)


def _check_photo(content: bytes) -> str | None:
    from matcher.face.decode import check_photo  # OpenCV is heavy, and a form has no photographs

    return check_photo(content)


def _photo_remedy(reason: str) -> str:
    from matcher.face.decode import remedy_for

    return remedy_for(reason)


def _read_profiles(rows: Iterable[Mapping[str, str]], *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    from matcher.str_loci.profiles import read_profiles

    return read_profiles(rows, source=source)


def _show(file: FileSummary) -> None:
    """Print the books of one file, its remarks and the first rejects."""
    counts, unit = file.counts, _UNITS[file.role]
    encoding = f" ({file.encoding})" if file.encoding else ""
    click.echo(
        f"{file.name}{encoding}: {counts.read} {unit} read = {counts.stored} stored ({counts.updated} updated) "
        f"+ {counts.rejected} rejected + {counts.duplicate} duplicate"
    )
    if counts.values_rejected:
        click.echo(f"  {counts.values_rejected} values left out of stored {unit}")
    if file.placeholders:
        click.echo(f"  {file.placeholders} names say that the name is not known (kept as missing)")
    if file.kept_as_notes:
        click.echo(f"  kept as notes: {', '.join(file.kept_as_notes)}")
    for remark in file.remarks:
        click.echo(f"  {remark}")
    _show_rejects(file)


def _show_rejects(file: FileSummary) -> None:
    """Print the first rejects of each reason, and how many more there are; all of them stand in rejects.csv."""
    by_reason: dict[str, list[Reject]] = {}
    for reject in file.rejects:
        by_reason.setdefault(reject.reason, []).append(reject)
    for reason, rejects in by_reason.items():
        for reject in rejects[:_SHOWN_REJECTS]:
            note(f"  {_line(reject)}")
        if len(rejects) > _SHOWN_REJECTS:
            note(f"  ... and {len(rejects) - _SHOWN_REJECTS} more with {reason}")


def _line(reject: Reject) -> str:
    place = reject.source if reject.row is None else f"{reject.source}:{reject.row}"
    column = f" {reject.column}" if reject.column else ""
    return f"{place}{column}: '{reject.value}' {reject.reason} -> {reject.remedy}"


def _as_json(report: IngestReport, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "files": [
            {
                "name": file.name,
                "role": file.role,
                "encoding": file.encoding,
                **asdict(file.counts),
                "placeholders": file.placeholders,
                "kept_as_notes": list(file.kept_as_notes),
                "remarks": list(file.remarks),
                "rejects": [asdict(reject) for reject in file.rejects],
            }
            for file in report.files
        ],
        "errors": [{"message": str(error), "exit_code": error.exit_code} for error in report.errors],
    }


def _explain_columns(*, as_json: bool) -> None:
    from matcher.workspace.ingest.columns import meanings

    if as_json:
        emit_json([asdict(meaning) for meaning in meanings()])
        return
    for meaning in meanings():
        click.echo(f"{meaning.headers[0]}  [{meaning.target}]")
        click.echo(f"  {meaning.doc_zh}")
        click.echo(f"  {meaning.doc}")
        click.echo(f"  {' | '.join(meaning.headers)}")
    click.echo("Any other column is kept as a note.")
