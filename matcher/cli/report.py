"""`matcher report`: one self-contained HTML file for a batch of candidate lists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import emit_json, json_option, language_option, note, workspace_option

if TYPE_CHECKING:
    from matcher.leads.matcher import Matcher
    from matcher.types import CandidateList


@click.command()
@click.argument("leads", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="HTML file to write.  [default: the leads file with the suffix .html]",
)
@click.option("--leads-shown", type=click.IntRange(1, 1000), default=10, show_default=True, help="Leads per case.")
@language_option
@json_option
def report(
    leads: Path,
    workspace: Path,
    output: Path | None,
    leads_shown: int,
    language: Literal["zh", "en"],
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Render the leads of `matcher match` as one offline HTML file: photos side by side, evidence for and against.

    The file needs no network and no other file, and prints on A4. It holds personal data: treat it like the records.

    \b
    Examples:
      matcher report leads.jsonl --workspace my-station
      matcher report leads.jsonl -w my-station --language en --output for-the-reviewers.html
    """
    from matcher.cli.batch import gather
    from matcher.leads.matcher import Matcher
    from matcher.outputs import output_file, require_place
    from matcher.report.html.render import render_html
    from matcher.report.jsonl import read_candidates

    target = output or leads.with_suffix(".html")
    require_place(target)
    read = read_candidates(leads)
    if not read.lists:
        note(f"matcher: {leads} holds no list -> match some cases with: matcher match")
    made = datetime.fromtimestamp(leads.stat().st_mtime, UTC)
    with Matcher.open(workspace) as opened:
        lists = [_shown(found, leads_shown) for found in read.lists]
        if read.language != language:
            lists = [_reworded(opened, found, language) for found in lists]
        batch = gather(opened.workspace, lists, language=language, made=made)
        with output_file(target) as temporary:
            temporary.write_text(render_html(batch), "utf-8")
    shown = {case.probe.record_id for case in batch.cases}
    gone = [found.probe_id for found in lists if found.probe_id not in shown]
    if gone:
        note(f"left out, no longer in the workspace: {', '.join(gone)}")
    if as_json:
        emit_json({"cases": len(batch.cases), "left_out": gone, "html": str(target)})
    else:
        click.echo(f"HTML report: {target}")


def _shown(found: CandidateList, count: int) -> CandidateList:
    """Shorten a list; what it says about the expected number of wrong leads follows its new length."""
    from dataclasses import replace

    leads = found.leads[:count]
    return replace(found, leads=leads, expected_wrong=len(leads) - sum(lead.posterior for lead in leads))


def _reworded(opened: Matcher, found: CandidateList, language: Literal["zh", "en"]) -> CandidateList:
    """Put the explanations into another language; a lead whose record was erased keeps the words that it has."""
    from dataclasses import replace

    subjects = opened.subjects([found.probe_id, *(lead.record_id for lead in found.leads)])
    probe = subjects.get(found.probe_id)
    leads = tuple(
        replace(lead, channels=opened.reworded(lead.channels, probe, subjects[lead.record_id], language))
        if probe is not None and lead.record_id in subjects
        else lead
        for lead in found.leads
    )
    return replace(found, leads=leads)
