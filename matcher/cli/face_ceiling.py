"""`matcher face calibrate --ceiling-only`: what the strangers of a gallery say about the ceiling of face evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.cli.face_options import curves_in_use
from matcher.cli.options import emit_json, note, open_workspace

if TYPE_CHECKING:
    from matcher.face.calibration import FaceCurves
    from matcher.face.support import CeilingSupport, Reach
    from matcher.schema import Evidence
    from matcher.types import RecordKind

Stored = tuple["Evidence", list[tuple[str, str]]]
"""Records of a workspace, and the pairs of records that were confirmed to be one person."""


def measure_ceiling(workspace: Path, output: Path | None, *, as_json: bool) -> None:
    """Write the curves in use with the ceiling that the workspace's strangers support; nothing else in them changes."""
    from matcher.durable import replace_file
    from matcher.face.calibration import CURVES_FILE, curves_text

    used = curves_in_use(workspace)
    curves = with_ceiling(used, read_stored(workspace, kind="missing"))
    assert curves.support is not None
    # A copy of the curves in use that changes no bound would only keep the workspace from better published ones.
    same = output is None and curves.ceiling == used.ceiling == curves.support.base
    target = None if same else output or workspace / CURVES_FILE
    if target is not None:
        replace_file(target, curves_text(curves).encode())
    if as_json:
        emit_json({"output": None if target is None else str(target), **ceiling_document(curves)})
    else:
        show_ceiling(curves.support)
        click.echo("nothing was written" if target is None else f"written: {target}; the index stays as it is")
    if output is None and curves.ceiling != used.ceiling:
        note_outdated_learning(workspace)


def with_ceiling(curves: FaceCurves, stored: Stored) -> FaceCurves:
    """Return the curves with the ceiling that stored reports support."""
    from matcher.face.ceiling import with_measured_ceiling
    from matcher.face.gallery import reported_faces
    from matcher.face.strangers import count_strangers

    return with_measured_ceiling(curves, count_strangers(reported_faces(*stored, curves)))


def read_stored(workspace: Path, kind: RecordKind | None = None) -> Stored:
    """Read the records of a workspace, or those of one kind, and its confirmed pairs."""
    with open_workspace(workspace, read_only=True) as opened:
        latest = {(item.probe_id, item.record_id): item.judgement for item in opened.decisions()}
        confirmed = [pair for pair, judgement in latest.items() if judgement == "confirm"]
        return opened.evidence(opened.record_ids(kind)), confirmed


def ceiling_document(curves: FaceCurves) -> dict[str, object]:
    """Return the ceiling and what it rests on, for machines; the support is null where nothing was counted."""
    from matcher.face.support import support_table

    support = support_table(curves.support) if curves.support else None
    return {"ceiling_log10_lr": curves.ceiling, "ceiling_support": support}


def note_outdated_learning(workspace: Path) -> None:
    """Say that what reviewed cases taught was learned with other curves, where there is such a file."""
    from matcher.leads.adjustment_file import FILE

    if (workspace / FILE).is_file():
        note(f"{FILE} was learned with the curves before -> learn again: matcher calibrate --workspace {workspace}")


def show_ceiling(support: CeilingSupport) -> None:
    """Print the count by decade and what it means; a contradiction goes to standard error."""
    from matcher.face.strangers import GAP_YEARS, PEER_YEARS

    click.echo(
        f"strangers: {support.pairs:,} pairs of {support.faces:,} faces of missing-person reports, one sex, born at "
        f"least {GAP_YEARS} years apart"
    )
    if support.pairs:
        _show_table(support)
        click.echo(
            f"  one age: {support.peers[0].pairs:,} pairs born within {PEER_YEARS} years, of other surnames; times as "
            "often = than the strangers, by rate"
        )
    click.echo(_verdict(support))
    if support.refused is not None:
        click.echo(f"not higher: {_refusal(support.refused, support.factor)}")
    times = [peers.times_as_often(reach) or 0.0 for reach, peers in zip(support.reached, support.peers, strict=True)]
    if max(times, default=0.0) > support.factor:
        note(
            f"WARNING: strangers of one age reach LRs up to {max(times):.0f} times as often as those born years apart; "
            f"the safety factor of {support.factor:g} does not cover that -> look for persons who were reported twice"
        )
    if support.contradicted is not None:
        note(
            f"WARNING: strangers of this gallery reach an LR of {_lr(support.contradicted.log10_lr)} more often "
            f"({_seen(support.contradicted)}) than any honest curve allows, 1 in {_lr(support.contradicted.log10_lr)}; "
            "these curves say too much here -> fit curves with `matcher face calibrate`, and look for misfiled photos"
        )


def _show_table(support: CeilingSupport) -> None:
    limit = f"{support.factor:g} x limit"
    click.echo(
        f"  {'LR of at least':>14} {'pairs seen':>12} {limit:>12} {'allowed':>9} {'one age':>9} {'times as often':>15}"
    )
    for reach, peers in zip(support.reached, support.peers, strict=True):
        times = "-" if peers.times_as_often(reach) is None else f"{peers.times_as_often(reach):.1f}"
        click.echo(
            f"  {_lr(reach.log10_lr):>14} {reach.strangers:>12,} {support.factor * reach.upper_rate:>12.1e} "
            f"{reach.allowed_rate:>9.1e} {peers.strangers:>9,} {times:>15}"
        )


def _verdict(support: CeilingSupport) -> str:
    if support.ceiling == support.base:
        return f"ceiling: stays 10^{support.base:g}; these pairs do not support a higher one"
    return (
        f"ceiling: 10^{support.base:g} -> 10^{support.ceiling:g}; a face may say this much, since strangers reach such "
        f"LRs no more often than they may, with a safety factor of {support.factor:g}"
    )


def _refusal(reach: Reach, factor: float) -> str:
    if not reach.pairs:
        return "no report with a photo, sex and a birth that was not guessed was born so far from another one"
    if reach.ages != "all":
        return f"{_seen(reach)} would reach an LR of {_lr(reach.log10_lr)}, where 1 in {_lr(reach.log10_lr)} may"
    return (
        f"{_seen(reach)} would reach an LR of {_lr(reach.log10_lr)}; {factor:g} times their upper limit is "
        f"{factor * reach.upper_rate:.1e}, allowed are {reach.allowed_rate:.1e}"
    )


def _seen(reach: Reach) -> str:
    ages = "" if reach.ages == "all" else f" ({reach.ages})"
    return f"{reach.strangers:,} of {reach.pairs:,} pairs{ages}"


def _lr(log10_lr: float) -> str:
    return f"10^{log10_lr:.4g}"
