"""Options, output and progress that commands share."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from matcher.errors import InputError, WorkspaceError
from matcher.progress import Advance, untold

if TYPE_CHECKING:
    from matcher.workspace.store import Workspace

Command = TypeVar("Command", bound=Callable[..., object])

WORKSPACE_VARIABLE = "MATCHER_WORKSPACE"
_MADE_BY_INIT = "Workspace directory made by `matcher init`."


def workspace_option(command: Command) -> Command:
    """Add `--workspace DIR` (or `MATCHER_WORKSPACE`), passed as `workspace: Path`."""
    return _workspace(_MADE_BY_INIT, required=True)(command)


def optional_workspace(purpose: str = _MADE_BY_INIT) -> Callable[[Command], Command]:
    """Add the same option, passed as `workspace: Path | None`, for a command that can do without."""
    return _workspace(purpose, required=False)


def _workspace(purpose: str, *, required: bool) -> Callable[[Command], Command]:
    place = click.Path(path_type=Path, file_okay=False)
    return click.option(
        "-w", "--workspace", type=place, envvar=WORKSPACE_VARIABLE, show_envvar=True, required=required, help=purpose
    )


def json_option(command: Command) -> Command:
    """Add `--json`, passed as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for machines on standard output.")(command)


def language_option(command: Command) -> Command:
    """Add `--language zh|en`, passed as `language`."""
    return click.option(
        "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the words."
    )(command)


def top_option(command: Command) -> Command:
    """Add `--top N`, passed as `top: int`."""
    return click.option("--top", type=click.IntRange(1, 1000), default=50, show_default=True, help="Persons per list.")(
        command
    )


def reviewer_option(command: Command) -> Command:
    """Add `--reviewer NAME`, passed as `reviewer: str`, in the form that is stored."""
    return click.option(
        "--reviewer", required=True, callback=_signature, help="Who judges; two different people have to confirm."
    )(command)


def _signature(context: click.Context, _parameter: click.Parameter, name: str) -> str:
    from matcher.workspace.signature import signature

    return name if context.resilient_parsing else signature(name)  # a shell that completes has no name yet


def ground_option(command: Command) -> Command:
    """Add `--ground dna|registry|family`, passed as `ground`."""
    return click.option(
        "--ground",
        type=click.Choice(["dna", "registry", "family"]),
        default=None,
        help="Ground truth behind the judgement: a DNA result, the registry, recognition by the family.",
    )(command)


def list_options(command: Command) -> Command:
    """Add `--no-grouping`, `--include-rejected` and `--no-learning`, passed as three flags of these names."""
    for flag, text in (
        ("--no-learning", "Leave out what reviewed cases taught about the posteriors."),
        ("--include-rejected", "List records that were rejected before, too."),
        ("--no-grouping", "List every record, not every person once."),
    ):
        command = click.option(flag, is_flag=True, help=text)(command)
    return command


def finite(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse `nan` and infinity as the value of an option; they pass every bound."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number to reckon with")
    return value


def emit_json(value: object) -> None:
    """Print one JSON document per line, readable Chinese kept; half a surrogate pair is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    click.echo(text if text.isascii() or _encodable(text) else json.dumps(value, allow_nan=False))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def note(message: str) -> None:
    """Say something to the person at the terminal without touching the data stream."""
    click.echo(message, err=True)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Advance]:
    """Show a progress bar with ETA on a terminal's standard error, and nothing elsewhere.

    Yields a function that takes the number of steps done since the last call.

    Parameters
    ----------
    description : str
        What is going on, in the user's words.
    total : int or None
        Number of steps; None shows a moving bar.
    """
    if not sys.stderr.isatty():
        yield untold
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.advance(task, steps)


def open_workspace(path: Path, *, read_only: bool = False) -> Workspace:
    """Open a workspace, or say how to make one; whoever runs the process stands in the audit log."""
    from matcher.workspace.audit import system_user
    from matcher.workspace.store import Workspace

    if not path.is_dir():
        raise WorkspaceError(f"no workspace at '{path}'", remedy=f"create one with: matcher init {path}")
    return Workspace.open(path, read_only=read_only, actor=system_user())


def read_json_lines(path: Path) -> Iterable[tuple[int, dict[str, object]]]:
    """Yield (line number, object) of a JSON lines file; blank lines are skipped.

    Raises
    ------
    InputError
        Naming file and line for anything that is not a JSON object.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})", remedy="save it as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not JSON ({error})", remedy="one JSON object per line") from error
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number}: a {type(value).__name__}", remedy="one JSON object per line")
        yield number, value
