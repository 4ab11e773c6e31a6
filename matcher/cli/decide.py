"""`matcher decide`: the judgement of a named reviewer on a pair."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from matcher.cli.options import emit_json, ground_option, json_option, open_workspace, reviewer_option, workspace_option

if TYPE_CHECKING:
    from matcher.workspace.values import Judgement

JUDGEMENTS = ("confirm", "reject", "defer", "need-dna", "withdraw")

_MEANING = {
    "confirmed": "confirmed by two reviewers",
    "awaiting_second": "confirmed by one reviewer; a second one has to confirm",
    "rejected": "rejected: left out of lists until either record has new evidence",
    "conflict": "reviewers disagree; all judgements are kept",
    "need_dna": "waits for DNA",
    "deferred": "put off",
    "open": "no judgement stands",
}


@click.command()
@click.argument("case")
@click.argument("record")
@click.argument("judgement", type=click.Choice(JUDGEMENTS))
@reviewer_option
@click.option("--reason", default="", help="Why, in your words.")
@ground_option
@workspace_option
@json_option
def decide(
    case: str,
    record: str,
    judgement: str,
    reviewer: str,
    reason: str,
    ground: Literal["dna", "registry", "family"] | None,
    workspace: Path,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Record what REVIEWER judges about CASE and RECORD being one person.

    Judgements are kept for ever; a changed mind is a further judgement, and `withdraw` takes back one's own. Two
    different reviewers have to confirm. Only judgements that rest on DNA, a registry or recognition by the family
    teach `matcher calibrate`.

    \b
    Examples:
      matcher decide A0012 M2001 reject --reviewer 李敏 --reason "scar on the wrong hand" -w my-station
      matcher decide A0012 M2002 confirm --reviewer 王强 --ground dna -w my-station
      matcher decide A0012 M2001 withdraw --reviewer 李敏 -w my-station
    """
    from matcher.leads.judgements import judged_pairs, pair_of

    with open_workspace(workspace) as opened:
        stored = opened.decide(
            case,
            record,
            judgement=cast("Judgement", judgement.replace("-", "_")),
            reviewer=reviewer,
            reason=reason,
            ground=ground,
        )
        state = judged_pairs(opened.decisions())[pair_of(case, record)].state
    if as_json:
        emit_json({**asdict(stored), "state": state})
    else:
        click.echo(f"{case} and {record}: {_MEANING[state]}")
