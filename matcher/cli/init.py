"""`matcher init`: create an empty workspace."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.cli.options import emit_json, json_option


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path, file_okay=False))
@json_option
def init(
    workspace: Path,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Create an empty workspace in the directory WORKSPACE, which must not exist or be empty.

    The workspace holds two databases: who the cases are, and their biometrics. Keep it on a local disk; a network share
    cannot hold it.

    \b
    Example:
      matcher init my-station
    """
    from matcher.workspace.audit import system_user
    from matcher.workspace.store import Workspace

    with Workspace.create(workspace, actor=system_user()) as made:
        store_id = made.store_id
    if as_json:
        emit_json({"workspace": str(workspace), "store_id": store_id})
        return
    click.echo(f"workspace created: {workspace}")
    click.echo(f"next: matcher ingest FILE --kind intake --workspace {workspace}")
