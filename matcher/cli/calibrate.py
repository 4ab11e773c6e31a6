"""`matcher calibrate`: learn from reviewed cases how far the posteriors can be believed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from matcher.cli.options import emit_json, json_option, language_option, progress, workspace_option

if TYPE_CHECKING:
    from matcher.types import CandidateList


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
    """Learn two parameters from reviewed leads: how the posteriors of lists have to be corrected.

    Confirmations count that rest on DNA, a registry or recognition by the family, and rejections. From 25 cases on the
    correction is used by every later list, unless cross-validation says that it does no good; then it stays off and
    says so. Likelihood ratios and the order of leads never change.

    \b
    Examples:
      matcher calibrate --workspace my-station --report calibration.html
      matcher calibrate -w my-station --dry-run --json
    """
    from matcher.leads.adjustment import learn
    from matcher.leads.adjustment_file import write_adjustment
    from matcher.leads.learning import outcome, reviewed_leads
    from matcher.leads.matcher import Matcher
    from matcher.leads.reviewing import ListOptions
    from matcher.report.calibration import calibration_words, render_calibration, verdict
    from matcher.report.files import replacing

    raw = ListOptions(include_rejected=True, learn=False)
    with Matcher.open(workspace) as opened:
        judged = opened.reviewer().judged
        cases = len({item.standing[-1].probe_id for item in judged.values() if outcome(item) is not None})
        with progress("looking up lists", cases) as step:

            def listed(case: str) -> CandidateList:
                found = opened.candidates(case, language=None, options=raw)
                step(1)
                return found

            found = reviewed_leads(judged, listed)
        learned = learn(found.reviews, fusion=opened.prepared.fusion.name)
    if not dry_run:
        write_adjustment(workspace, learned)
    if report is not None:
        with replacing(report) as temporary:
            temporary.write_text(render_calibration(found.reviews, learned, language), "utf-8")
    cases = len({review.case for review in found.reviews})
    if as_json:
        result = {key: value for key, value in asdict(learned).items() if key != "held_out"}
        emit_json({**_finite(result), "cases": cases, "labels": len(found.reviews),
                   "without_ground_truth": found.groundless, "not_listed": found.unlisted})  # fmt: skip
        return
    click.echo(f"{cases} reviewed cases, {len(found.reviews)} leads of known outcome; passed over: {found.groundless} "
               f"confirmed without ground truth, {found.unlisted} on no list")  # fmt: skip
    click.echo(f"calibration error {learned.before.ece:.3f} before, {learned.after.ece:.3f} after (cross-validated)")
    click.echo(verdict(learned, calibration_words(language)))


def _finite(value: object) -> dict[str, object]:
    """Replace what could not be computed by null."""
    assert isinstance(value, dict)
    return {
        key: _finite(item) if isinstance(item, dict) else None if item != item else item for key, item in value.items()
    }
