"""`matcher explain`: the evidence of one pair, part by part."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from matcher.cli.options import emit_json, json_option, language_option, workspace_option


@click.command()
@click.argument("case")
@click.argument("record")
@workspace_option
@language_option
@json_option
def explain(
    case: str,
    record: str,
    workspace: Path,
    language: Literal["zh", "en"],
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show what speaks for and against CASE and RECORD being one person, or kin; the parts add up to the total.

    \b
    Examples:
      matcher explain A0012 R2019-0345 --workspace my-station
      matcher explain A0012 R2019-0345 -w my-station --language en --json
    """
    from matcher.leads.matcher import Matcher
    from matcher.report.explanation import explanation_lines

    with Matcher.open(workspace) as opened:
        compared = opened.compare(case, record, language=language)
        fusion = opened.prepared.fusion
        sides = opened.subject(case), opened.subject(record)
    if as_json:
        emit_json(
            {
                "case": case,
                "record": record,
                "log10_lr": compared.log10_lr,
                "calibrated": fusion.calibrated,
                "fusion": fusion.name,
                "channels": [asdict(item) for item in compared.channels],
                "adjustments": [asdict(item) for item in compared.adjustments],
                "others": dict(compared.others),
            }
        )
        return
    for line in explanation_lines(
        *sides,
        compared.channels,
        log10_lr=compared.log10_lr,
        language=language,
        adjustments=compared.adjustments,
        others=compared.others,
    ):
        click.echo(line)
