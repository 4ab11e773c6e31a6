"""`matcher erase`: remove a case, or the profile of one laboratory sample, for good."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from matcher.cli.options import emit_json, json_option, note, open_workspace, workspace_option
from matcher.errors import InputError, UsageError


@click.command()
@click.argument("case", required=False)
@click.option("--sample", default=None, help="Erase the profile of this laboratory sample instead of a case.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@json_option
def erase(
    case: str | None,
    sample: str | None,
    yes: bool,  # noqa: FBT001 - click passes options by name
    workspace: Path,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Erase CASE from both files, their logs and everything derived from them; it cannot be undone.

    The case number stays in the audit log, as proof. The next `matcher index` builds the index again. Photograph files
    and the tables that were ingested are yours: they stay where they are.

    \b
    Examples:
      matcher erase A0012 -w my-station
      matcher erase --sample LAB-7731 --yes -w my-station
    """
    if (case is None) == (sample is None):
        raise UsageError("name either a case or a sample", remedy="matcher erase CASE, or matcher erase --sample ID")
    with open_workspace(workspace) as opened:
        if not yes:
            click.confirm(f"Erase {f'case {case}' if case else f'sample {sample}'} for good?", abort=True, err=True)
        if sample is not None:
            if not opened.erase_sample(sample):
                raise InputError(f"no profile of sample '{sample}' in the workspace", remedy="check the sample's name")
            emit_json({"sample_id": sample}) if as_json else click.echo(f"erased the profile of sample {sample}")
        elif case is not None:
            done = opened.erase(case)
            if as_json:
                emit_json(asdict(done))
            else:
                click.echo(
                    f"erased case {case}: photographs {done.photos}, face vectors {done.vectors}, "
                    f"profiles {done.samples}, decisions {done.decisions}"
                )
            if done.wal_pending:
                note("another process still reads; the logs are cut when it closes the workspace")
    note(f"next: matcher index --workspace {workspace}")
