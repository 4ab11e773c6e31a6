"""`matcher confirm`: from a DNA hit to a confirmed or refuted one, with clocks and two reviewers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from matcher.cli.options import emit_json, json_option, open_workspace, workspace_option

if TYPE_CHECKING:
    from matcher.cases.confirmation import Confirmation

# Listed here so that the help does not load the domain; a test compares it with the state machine.
ACTIONS = (
    "profile", "report_hit", "ask_resample", "reprofile", "recompute", "approve", "refute", "resolve_incident",
)  # fmt: skip

by_option = click.option("--by", "actor", required=True, help="Name of the person who takes the step.")
note_option = click.option("--note", default="", help="Reason or reference, kept in the log.")


@click.group()
def confirm() -> None:
    """Lead a DNA hit to its confirmation: new sample, same person, kinship again, two reviewers.

    \b
    The way of a hit:
      sampled -> profiled -> hit -> resample_asked -> reprofiled -> recomputed -> confirmed | refuted
    A second sample that is not the first person's is an incident: it must be resolved by asking for another.

    \b
    Example:
      matcher confirm start A0012 M0345 --by 李敏 -w my-station
      matcher confirm step A0012 M0345 profile --by 李敏 -w my-station
      matcher confirm list --overdue -w my-station
    """


@confirm.command()
@click.argument("case")
@click.argument("record")
@by_option
@note_option
@workspace_option
@json_option
def start(case: str, record: str, actor: str, note: str, workspace: Path, as_json: bool) -> None:  # noqa: FBT001
    """Open the confirmation of CASE and RECORD: a sample was taken.

    \b
    Example:
      matcher confirm start A0012 M0345 --by 李敏 --note "blood card 17" -w my-station
    """
    from matcher.cases import register

    with open_workspace(workspace) as opened:
        started = register.start(opened, case, record, actor=actor, at=datetime.now(UTC), note=note)
    _show([started], as_json=as_json)


@confirm.command()
@click.argument("case")
@click.argument("record")
@click.argument("action", type=click.Choice(ACTIONS))
@by_option
@note_option
@click.option("--sample", default=None, help="Laboratory sample, for profile (default: the case's) and reprofile.")
@workspace_option
@json_option
def step(
    case: str,
    record: str,
    action: str,
    actor: str,
    note: str,
    sample: str | None,
    workspace: Path,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Take the next step in the confirmation of CASE and RECORD; every step stands in the audit log.

    `recompute` computes the kinship from the second sample; `approve` needs two different people.

    \b
    Examples:
      matcher confirm step A0012 M0345 reprofile --sample LAB-7731 --by 王强 -w my-station
      matcher confirm step A0012 M0345 approve --by 赵岚 -w my-station
    """
    from matcher.cases import register
    from matcher.cases.confirmation import Action

    with open_workspace(workspace) as opened:
        taken = register.Taken(cast(Action, action), actor, datetime.now(UTC), note, sample)
        moved = register.take(opened, case, record, taken)
    _show([moved], as_json=as_json)


@confirm.command()
@click.argument("case")
@click.argument("record")
@workspace_option
@json_option
def show(case: str, record: str, workspace: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes by name
    """Show where CASE and RECORD stand, and every step with who took it.

    \b
    Example:
      matcher confirm show A0012 M0345 -w my-station
    """
    from matcher.cases import register

    with open_workspace(workspace, read_only=True) as opened:
        found = register.confirmation(opened, case, record)
    _show([found], as_json=as_json)
    if not as_json:
        for event in found.history:
            click.echo(f"  {_local(event.at)}  {event.action}  {event.actor}  {event.note}".rstrip())


@confirm.command("list")
@click.option("--overdue", is_flag=True, help="Only those whose state has lasted longer than it may.")
@workspace_option
@json_option
def list_(overdue: bool, workspace: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes options by name
    """List all hits under confirmation with their clocks; the most urgent first.

    \b
    Example:
      matcher confirm list --overdue -w my-station
    """
    from matcher.cases import register

    now = datetime.now(UTC)
    with open_workspace(workspace, read_only=True) as opened:
        found = [case for case in register.confirmations(opened) if not overdue or case.overdue(now)]
    latest = datetime.max.replace(tzinfo=UTC)
    _show(sorted(found, key=lambda case: (case.due or latest, case.case_id, case.record_id)), as_json=as_json)
    if not found and not as_json:
        click.echo("nothing overdue" if overdue else "no hit is under confirmation")


def _show(cases: list[Confirmation], *, as_json: bool) -> None:
    now = datetime.now(UTC)
    for case in cases:
        if as_json:
            emit_json(_object(case, now))
        else:
            click.echo(_line(case, now))


def _line(case: Confirmation, now: datetime) -> str:
    parts = [f"{case.case_id} ~ {case.record_id}: {case.state} since {_local(case.since)}"]
    if case.due is not None:
        left = case.due - now
        parts.append(f"OVERDUE by {_days(-left)}" if left < timedelta() else f"{_days(left)} left")
    if case.log10_lr is not None:
        parts.append(f"kinship on the new sample log10 LR {case.log10_lr:+.2f}")
    if case.approvals and case.state == "recomputed":
        parts.append(f"approved by {', '.join(case.approvals)}; one more person must")
    allowed = case.possible
    parts.append(f"possible now: {', '.join(allowed)}" if allowed else "closed")
    return "; ".join(parts)


def _object(case: Confirmation, now: datetime) -> dict[str, Any]:
    return {
        "case": case.case_id, "record": case.record_id, "state": case.state, "since": case.since.isoformat(),
        "due": case.due.isoformat() if case.due else None, "overdue": case.overdue(now), "log10_lr": case.log10_lr,
        "approvals": list(case.approvals), "possible": list(case.possible),
        "history": [
            {"action": e.action, "actor": e.actor, "at": e.at.isoformat(), "note": e.note} for e in case.history
        ],
    }  # fmt: skip


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _days(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h"
