"""Words for what the strangers of a gallery say about the ceiling of face evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from matcher.cli.options import note

if TYPE_CHECKING:
    from matcher.face.support import CeilingSupport, Reach


def show_ceiling(support: CeilingSupport) -> None:
    """Print the count by decade and what it means; a contradiction goes to standard error."""
    from matcher.face.strangers import GAP_YEARS

    click.echo(
        f"strangers: {support.pairs:,} pairs of {support.faces:,} faces of missing-person reports, one sex, born at "
        f"least {GAP_YEARS} years apart"
    )
    if support.pairs:
        click.echo(f"  {'LR of at least':>14} {'pairs seen':>12} {f'{support.factor:g} x limit':>12} {'allowed':>9}")
    for reach in support.reached if support.pairs else ():
        limit = support.factor * reach.upper_rate
        click.echo(f"  {_lr(reach.log10_lr):>14} {reach.strangers:>12,} {limit:>12.1e} {reach.allowed_rate:>9.1e}")
    click.echo(_verdict(support))
    if support.refused is not None:
        click.echo(f"not higher: {_refusal(support.refused, support.factor)}")
    if support.contradicted is not None:
        note(
            f"WARNING: strangers of this gallery reach an LR of {_lr(support.contradicted.log10_lr)} more often "
            f"({_seen(support.contradicted)}) than any honest curve allows, 1 in {_lr(support.contradicted.log10_lr)}; "
            "these curves say too much here -> fit curves with `matcher face calibrate`, and look for misfiled photos"
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
    ages = "" if reach.ages == "all" else f" {reach.ages}"
    return f"{reach.strangers:,} of {reach.pairs:,}{ages} pairs"


def _lr(log10_lr: float) -> str:
    return f"10^{log10_lr:.4g}"
