"""`matcher why-not`: why a record is not, or not higher, on a case's list, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import emit_json, json_option, language_option, top_option, workspace_option
from matcher.leads.why_not_words import output_words

if TYPE_CHECKING:
    from matcher.leads.papers import NotIngested
    from matcher.leads.why_not import WhyNot
    from matcher.leads.why_not_findings import Finding
    from matcher.types import Suppression

Language = Literal["zh", "en"]


@click.command("why-not")
@click.argument("case")
@click.argument("record")
@workspace_option
@top_option
@language_option
@json_option
def why_not(
    case: str,
    record: str,
    workspace: Path,
    top: int,
    language: Language,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Say why RECORD is not, or not higher, on the list of CASE, and what would change it.

    Names the stage that lost it - not ingested, rejected by a reviewer, a value left out at intake, a photograph
    without a face, evidence missing on one side, outscored - in the numbers that make the list.

    \b
    Examples:
      matcher why-not A0012 M2001 --workspace my-station
      matcher why-not A0012 M2001 -w my-station --language en --json
    """
    from matcher.leads.matcher import Matcher
    from matcher.leads.papers import NotIngested

    with Matcher.open(workspace) as opened:
        absent = opened.not_ingested(record)
        found = absent or opened.why_not(case, record, top=top, language=language)
        hidden = None if absent else opened.suppression(case, record)
    if as_json:
        stage = {"stage": "not_ingested"} if absent else {"stage": "rejected_pair"} if hidden else {}
        suppressed = {"suppressed": asdict(hidden) if hidden else None} if not absent else {}
        emit_json({"case": case, **asdict(found), **stage, **suppressed})
        return
    lines = _absent(found, language) if isinstance(found, NotIngested) else _standing(found, hidden, language)
    for line in lines:
        click.echo(line)


def _absent(found: NotIngested, language: Language) -> Iterator[str]:
    text = output_words(language)
    yield text["absent"].format(id=found.record_id)
    if found.erased:
        yield "  " + text["erased"]
    for item in found.rejects:
        where = item.source if item.row is None else f"{item.source}:{item.row}"
        yield "  " + text["reject"].format(where=where, value=item.value, reason=item.reason, remedy=item.remedy)
    for file, count in found.unnamed:
        yield "  " + text["unnamed"].format(file=file, count=count)
    if found.near:
        yield "  " + text["near"].format(ids=", ".join(found.near))
    yield "  " + text["help_absent"]


def _standing(found: WhyNot, hidden: Suppression | None, language: Language) -> Iterator[str]:
    from matcher.report.phrases import phrases

    text = output_words(language)
    if hidden is not None:
        yield text["suppressed"].format(**asdict(hidden))
    yield text["place"].format(record=found.record_id, case=found.probe_id, size=found.gallery_size, rank=found.rank,
        value=found.log10_lr, length=found.list_length,
    )  # fmt: skip
    if found.rival is None:
        yield "  " + text["first"]
    else:
        gaps = "; ".join(
            text["gap"].format(channel=phrases(language)[f"channel.{gap.channel}"], mine=gap.log10_lr,
                 theirs=gap.rival_log10_lr)
            for gap in found.gaps
        )  # fmt: skip
        rival = found.rival
        yield "  " + text["rival"].format(rank=rival.rank, id=rival.record_id, value=rival.log10_lr, gaps=gaps)
    yield text["why" if found.findings else "none"]
    for number, finding in enumerate(found.findings, 1):
        yield from _finding(number, finding, text)


def _finding(number: int, finding: Finding, text: Mapping[str, str]) -> Iterator[str]:
    could = (
        text["unknown"]
        if finding.possible is None
        else text["could"].format(now=finding.log10_lr, could=finding.possible)
    )
    yield f"  {number}. {finding.words} [{could}]"
    yield f"     → {finding.remedy}"
