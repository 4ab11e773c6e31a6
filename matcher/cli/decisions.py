"""`matcher decisions`: what was judged, and judgements read from a reviewed workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import (
    emit_json,
    ground_option,
    json_option,
    note,
    open_workspace,
    reviewer_option,
    workspace_option,
)

if TYPE_CHECKING:
    from matcher.leads.judgements import JudgedPair
    from matcher.workspace.values import Decision

STATES = ("confirmed", "awaiting_second", "rejected", "conflict", "need_dna", "deferred", "open")


@click.group()
def decisions() -> None:
    """List judgements, and read those of a reviewed workbook.

    \b
    Examples:
      matcher decisions list --workspace my-station
      matcher decisions list --state conflict -w my-station
      matcher decisions import leads.xlsx --reviewer 李敏 -w my-station
    """


@decisions.command("list")
@workspace_option
@click.option("--case", default=None, help="Only pairs with this case number.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only pairs in this state.")
@json_option
def list_pairs(
    workspace: Path,
    case: str | None,
    state: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """List every judged pair with its state and the judgements that stand.

    \b
    Examples:
      matcher decisions list -w my-station
      matcher decisions list --case A0012 --json -w my-station
    """
    from matcher.leads.judgements import has_new_evidence, judged_pairs

    with open_workspace(workspace, read_only=True) as opened:
        judged = judged_pairs(opened.decisions())
        seqs = opened.seqs(sorted({record_id for pair in judged for record_id in pair}))
    chosen = [
        item
        for pair, item in judged.items()
        if (case is None or case in pair) and (state is None or item.state == state)
    ]
    for item in chosen:
        fresh = bool(item.standing) and has_new_evidence(item, seqs)
        if as_json:
            emit_json({**asdict(item), "ground": item.ground, "new_evidence": fresh})
        else:
            for line in _lines(item, fresh=fresh):
                click.echo(line)
    if not chosen:
        note("matcher: no judgement -> record one with: matcher decide CASE RECORD confirm --reviewer NAME")


def _lines(item: JudgedPair, *, fresh: bool) -> Iterator[str]:
    new = "; new evidence since" if fresh else ""
    yield f"{item.pair[0]}  {item.pair[1]}  {item.state.replace('_', ' ')}{new}"
    for said in item.standing:
        ground = f" [{said.ground}]" if said.ground else ""
        yield f"    {said.at}  {said.reviewer}: {said.judgement.replace('_', ' ')}{ground} {said.reason}".rstrip()


@decisions.command("import")
@click.argument("workbook", type=click.Path(path_type=Path, dir_okay=False))
@reviewer_option
@ground_option
@workspace_option
@json_option
def import_workbook(
    workbook: Path,
    reviewer: str,
    ground: Literal["dna", "registry", "family"] | None,
    workspace: Path,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Read the column 处理意见 (Decision) of a workbook that `matcher match` wrote.

    Empty cells are passed over, a judgement that stands already is not repeated, and a row that cannot be read is named
    while the others are stored. --ground applies to every row read.

    \b
    Examples:
      matcher decisions import leads.xlsx --reviewer 李敏 -w my-station
      matcher decisions import confirmed-by-dna.xlsx --reviewer 王强 --ground dna -w my-station
    """
    from matcher.report.decisions import read_decisions

    with open_workspace(workspace) as opened:
        known = set(opened.record_ids())
        read = read_decisions(workbook, known=known, reviewer=reviewer, ground=ground)
        standing = {
            (said.probe_id, said.record_id, said.judgement, said.reviewer, said.ground)
            for said in _latest(opened.decisions())
        }
        fresh = [
            item
            for item in read.decisions
            if (item.probe_id, item.record_id, item.judgement, item.reviewer, item.ground) not in standing
        ]
        stored = opened.decide_all(fresh) if fresh else []
    repeated = len(read.decisions) - len(fresh)
    if as_json:
        rejects = [asdict(reject) for reject in read.rejects]
        counts = {"rows": read.rows, "stored": len(stored), "repeated": repeated, "empty": read.empty}
        emit_json({**counts, "rejected": len(rejects), "rejects": rejects})
        return
    click.echo(
        f"{workbook.name}: {read.rows} rows = {len(stored)} stored + {repeated} known + {read.empty} without one "
        f"+ {len(read.rejects)} rejected"
    )
    for reject in read.rejects:
        click.echo(
            f"  {reject.source}:{reject.row} {reject.column}: '{reject.value}' {reject.reason} -> {reject.remedy}"
        )


def _latest(said: Iterable[Decision]) -> Iterable[Decision]:
    """Keep the last judgement of each reviewer on each pair."""
    return {(item.probe_id, item.record_id, item.reviewer): item for item in said}.values()
