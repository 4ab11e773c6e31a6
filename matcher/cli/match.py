"""`matcher match`: candidate lists for every intake, as JSON lines and Excel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import (
    emit_json,
    json_option,
    language_option,
    list_options,
    note,
    open_workspace,
    progress,
    top_option,
    workspace_option,
)
from matcher.uncollected import uncollected

if TYPE_CHECKING:
    from matcher.leads.parallel import Question
    from matcher.progress import Advance
    from matcher.report.batch import CaseView
    from matcher.types import CandidateList, Hypothesis
    from matcher.workspace.store import Workspace

_WORTH_PROCESSES = 100
"""Cases from which several processes save more than it takes each to open the workspace."""

_READ_AT_ONCE = 64
"""Lists whose records are read together: as many as a worker process hands over."""

RELATIONS: dict[str, Hypothesis] = {"self": "self", "sibling": "sibling", "parent-child": "parent_child"}


@click.command()
@workspace_option
@click.option("--case", "cases", multiple=True, help="Only this case number; may be repeated.")
@top_option
@click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=None,
    help="Prior probability that a person is in the database at all.  [default: 0.9 for a fresh arrival, 0.35 for a "
    "long-stayer or where the length of stay is not known]",
)
@click.option(
    "--hypothesis",
    type=click.Choice(["self", "sibling", "parent-child"]),
    default="self",
    show_default=True,
    help="What the records' subjects are to be: the person, a brother or sister, a parent or child.",
)
@click.option(
    "--alert-fpir",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=None,
    help="Mark leads as alerts; at most this share of cases without a record here may raise one.  [default: no alerts]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("leads"),
    show_default=True,
    help="Base name: writes BASE.jsonl and BASE.xlsx.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes for many cases; one process is used, with as many threads in the scan, below a hundred cases.",
)
@list_options
@language_option
@json_option
def match(
    workspace: Path,
    cases: tuple[str, ...],
    top: int,
    prior: float | None,
    hypothesis: Literal["self", "sibling", "parent-child"],
    alert_fpir: float | None,
    output: Path,
    processes: int,
    no_grouping: bool,  # noqa: FBT001 - click passes options by name
    include_rejected: bool,  # noqa: FBT001 - click passes options by name
    no_learning: bool,  # noqa: FBT001 - click passes options by name
    language: Literal["zh", "en"],
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Rank all records for every intake and explain the best of them.

    Every record of the workspace is scored for every intake by face, names, places, DNA and demographics. Nothing is
    left out beforehand. Each person is listed once, with the further records below the best one. A record that fits
    better as that of a brother, sister, parent or child says so. A lead is never an identification.

    \b
    Examples:
      matcher match --workspace my-station --output leads
      matcher match -w my-station --case A0012 --top 20 --json
      matcher match -w my-station --alert-fpir 0.01
      matcher match -w my-station --case A0012 --hypothesis sibling --output siblings
    """
    from matcher.cli.batch import batch_of
    from matcher.leads.parallel import Question
    from matcher.leads.reviewing import ListOptions
    from matcher.report.jsonl import write_candidates
    from matcher.report.workbook import write_workbook

    options = ListOptions(group=not no_grouping, include_rejected=include_rejected, learn=not no_learning)
    jsonl, book = _beside(output, ".jsonl"), _beside(output, ".xlsx")
    with open_workspace(workspace, read_only=True) as opened:
        probes = list(dict.fromkeys(cases)) or opened.record_ids("intake")
        if not probes:
            note("matcher: the workspace holds no intake -> ingest a form with: matcher ingest FORM --kind intake")

        question = Question(top, prior, language, RELATIONS[hypothesis], alert_fpir, options)
        found: list[CandidateList] = []
        views: list[CaseView] = []
        with uncollected():
            with progress("matching", len(probes)) as step:
                # Lists are written, and what the workbook shows of them is read, while others are still being made.
                made = _told(_lists(workspace, probes, question, processes), found, step)
                write_candidates(jsonl, _gathered(opened, made, views), language=language)
            write_workbook(book, batch_of(opened, views, language=language))
    if as_json:
        emit_json({**_counts(found), "json_lines": str(jsonl), "excel": str(book)})
    else:
        for line in _summary(found, jsonl, book):
            click.echo(line)


def _counts(lists: list[CandidateList]) -> dict[str, object]:
    return {
        "cases": len(lists),
        "alerts": sum(len(found.alerts) for found in lists),
        "calibrated": all(found.calibrated for found in lists),
        "suppressed": sum(len(found.suppressed) for found in lists),
        "learned_from": max((found.learned_from for found in lists), default=0),
    }


def _lists(workspace: Path, probes: list[str], question: Question, processes: int) -> Iterator[CandidateList]:
    from matcher.leads.matcher import Matcher
    from matcher.leads.parallel import lists_in_parallel, lists_of

    if processes > 1 and len(probes) >= _WORTH_PROCESSES:
        yield from lists_in_parallel(workspace, probes, question, processes=processes)
    else:
        with Matcher.open(workspace) as opened:
            yield from lists_of(opened, probes, question, threads=processes)


def _told(lists: Iterator[CandidateList], found: list[CandidateList], step: Advance) -> Iterator[CandidateList]:
    """Keep lists, tell of each, and pass them on."""
    for candidates in lists:
        found.append(candidates)
        step(1)
        yield candidates


def _gathered(opened: Workspace, lists: Iterator[CandidateList], views: list[CaseView]) -> Iterator[CandidateList]:
    """Read what a workbook shows of lists, those of some dozens at once, and pass them on."""
    from matcher.cli.batch import case_views

    while lot := list(islice(lists, _READ_AT_ONCE)):
        views += case_views(opened, lot)
        yield from lot


def _beside(base: Path, suffix: str) -> Path:
    from matcher.outputs import require_place

    require_place(base)
    return base.with_name(base.name + suffix)


def _summary(lists: list[CandidateList], jsonl: Path, workbook: Path) -> Iterator[str]:
    from matcher.report.relations import likelier_relation

    model = f"fusion model {lists[0].fusion}" if lists and lists[0].fusion else "uncalibrated"
    yield f"{len(lists)} cases matched ({model}; a lead is never an identification)"
    alerted = [found for found in lists if found.alerts]
    if any(found.alert_log10_lr is not None for found in lists):
        yield f"{len(alerted)} cases raise an alert: {', '.join(found.probe_id for found in alerted[:10]) or '-'}"
    hidden = sum(len(found.suppressed) for found in lists)
    if hidden:
        yield f"{hidden} records rejected before are left out (--include-rejected lists them; matcher decisions list)"
    if lists and lists[0].learned_from:
        yield f"posteriors are corrected by {lists[0].learned_from} reviewed cases (--no-learning leaves that out)"
    for found in lists[:10]:
        best = f"{found.leads[0].record_id}  log10 LR {found.leads[0].log10_lr:+.1f}" if found.leads else "-"
        yield f"  {found.probe_id}: best {best}, P(nobody) {found.nobody:.0%}"
        relation = likelier_relation(found.leads[0], found.hypothesis, "en") if found.leads else ""
        if relation:
            yield f"    {relation}"
    if len(lists) > 10:
        yield f"  ... and {len(lists) - 10} more"
    yield f"JSON lines: {jsonl}"
    yield f"Excel: {workbook}"
