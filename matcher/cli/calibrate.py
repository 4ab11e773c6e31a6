"""`matcher calibrate`: learn from reviewed cases how far the posteriors can be believed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import emit_json, json_option, language_option, progress, workspace_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matcher.leads.adjustment import Learned
    from matcher.leads.learning import ReviewedLeads
    from matcher.leads.matcher import Matcher
    from matcher.types import CandidateList, Stratum


@click.command()
@workspace_option
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write reliability diagrams before and after to this HTML file.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be learned and change nothing.")
@language_option
@json_option
def calibrate(
    workspace: Path,
    report: Path | None,
    dry_run: bool,  # noqa: FBT001 - click passes options by name
    language: Literal["zh", "en"],
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Learn two parameters for each stratum from reviewed leads: how the posteriors of lists have to be corrected.

    Confirmations count that rest on DNA, a registry or recognition by the family, and rejections. Fresh arrivals and
    long-stayers are learned from apart, each from 25 reviewed cases on; the correction is used by every later list,
    unless cross-validation says that it does no good; then it stays off and says so. Likelihood ratios and the order
    of leads never change.

    \b
    Examples:
      matcher calibrate --workspace my-station --report calibration.html
      matcher calibrate -w my-station --dry-run --json
    """
    from matcher.leads.adjustment import learn
    from matcher.leads.adjustment_file import write_adjustments
    from matcher.leads.matcher import Matcher
    from matcher.outputs import output_file, require_place
    from matcher.report.calibration import calibration_words, render_calibration

    if report is not None:
        require_place(report)
    with Matcher.open(workspace) as opened:
        found = _reviewed(opened)
        learned = learn(found.reviews)
        if not dry_run:
            write_adjustments(workspace, learned, fusion=opened.prepared.fusion.name)
    if report is not None:
        with output_file(report) as temporary:
            temporary.write_text(render_calibration(learned, language), "utf-8")
    if as_json:
        emit_json({"strata": [_entry(stratum, item) for stratum, item in learned.items()],
                   "without_ground_truth": found.groundless, "not_listed": found.unlisted})  # fmt: skip
        return
    click.echo(f"{len(found.reviews)} reviewed leads of known outcome; passed over: {found.groundless} confirmed "
               f"without ground truth, {found.unlisted} on no list")  # fmt: skip
    for line in _lines(learned, calibration_words(language)):
        click.echo(line)


def _reviewed(opened: Matcher) -> ReviewedLeads:
    """Look up what was promised of every pair of known outcome."""
    from matcher.leads.learning import outcome, reviewed_leads
    from matcher.leads.reviewing import ListOptions

    raw = ListOptions(include_rejected=True, learn=False)
    judged = opened.reviewer().judged
    cases = len({item.standing[-1].probe_id for item in judged.values() if outcome(item) is not None})
    with progress("looking up lists", cases) as step:

        def listed(case: str) -> CandidateList:
            found = opened.candidates(case, language=None, options=raw)
            step(1)
            return found

        return reviewed_leads(judged, listed)


def _lines(learned: Mapping[Stratum | None, Learned], text: Mapping[str, str]) -> Iterator[str]:
    from matcher.report.calibration import counted, verdict

    if not learned:
        yield text["nothing"]
    for stratum, item in learned.items():
        yield f"{text[str(stratum)]}: {counted(item, text)}"
        yield f"  calibration error {item.before.ece:.3f} before, {item.after.ece:.3f} after (cross-validated)"
        yield f"  {verdict(item, text)}"


def _entry(stratum: Stratum | None, learned: Learned) -> dict[str, object]:
    """Lay out one stratum; what could not be computed is null."""
    values = {key: value for key, value in asdict(learned).items() if key not in {"held_out", "reviews"}}
    return {"stratum": stratum, "cases": learned.cases, "labels": len(learned.reviews), **_finite(values)}


def _finite(value: object) -> dict[str, object]:
    """Replace what could not be computed by null."""
    assert isinstance(value, dict)
    return {
        key: _finite(item) if isinstance(item, dict) else None if item != item else item for key, item in value.items()
    }
