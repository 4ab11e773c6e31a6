"""Confirmations of a workspace: stored step by step, read back as values, moved on by `confirmation.apply`.

States are stored with each step and never derived anew, so that erasing a sample later does not rewrite what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import cast

from matcher.cases.confirmation import Action, Confirmation, Event, State, apply, open_case
from matcher.cases.kinship import kinship_log10_lr
from matcher.errors import InputError, UsageError
from matcher.str_loci.channel import dna_channel
from matcher.types import StrProfile
from matcher.workspace.signature import signature
from matcher.workspace.store import Workspace
from matcher.workspace.values import ConfirmationStep, Judgement

START = "sample"
"""Action of the first step; not in `confirmation.NEXT`, which begins with a sample taken."""

SAMPLE_OF: tuple[Action, ...] = ("profile", "reprofile")
"""Actions that bring a laboratory sample."""

JUDGEMENT: Mapping[Action, Judgement] = {"approve": "confirm", "refute": "reject"}
"""Steps that are also a reviewer's judgement on the pair, resting on DNA: lists and learning heed them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Something somebody does now.

    Parameters
    ----------
    action : Action
        What.
    actor : str
        Who.
    at : datetime
        When, with time zone.
    note : str
        Reason or reference.
    sample_id : str or None
        Laboratory sample, for `profile` (default: the case's own) and `reprofile`.
    """

    action: Action
    actor: str
    at: datetime
    note: str = ""
    sample_id: str | None = None


def confirmations(workspace: Workspace) -> list[Confirmation]:
    """Return every hit under confirmation, by case and record; profiles are left out."""
    steps = sorted(workspace.confirmation_steps(), key=lambda step: (step.probe_id, step.record_id))
    return [_read(list(group)) for _, group in groupby(steps, key=lambda step: (step.probe_id, step.record_id))]


def confirmation(workspace: Workspace, case_id: str, record_id: str) -> Confirmation:
    """Return one hit with its profiles.

    Raises
    ------
    InputError
        When no confirmation of the pair was started.
    """
    return _read(_steps(workspace, case_id, record_id), workspace)


def start(
    workspace: Workspace, case_id: str, record_id: str, *, actor: str, at: datetime, note: str = ""
) -> Confirmation:
    """Open a confirmation: a sample was taken; a refuted one may be opened again on new evidence.

    Raises
    ------
    InputError
        For a case number that is not in the workspace.
    UsageError
        Without an actor, for a case and itself, or when one is going on or confirmed already.
    """
    if case_id == record_id:
        raise UsageError(f"'{case_id}' confirmed with itself", remedy="name another record")
    workspace.subjects([case_id, record_id])
    former = workspace.confirmation_steps((case_id, record_id))
    if former and former[-1].state != "refuted":
        raise UsageError(
            f"the confirmation of '{case_id}' and '{record_id}' stands at '{former[-1].state}'",
            remedy="take its next step with: matcher confirm step",
        )
    opened = open_case(case_id, record_id, at)
    stamp = at.isoformat(timespec="seconds")
    step = ConfirmationStep(case_id, record_id, START, opened.state, stamp, signature(actor), stamp, note)
    workspace.add_confirmation_step(step, after=len(former))
    return opened


def take(workspace: Workspace, case_id: str, record_id: str, taken: Taken) -> Confirmation:
    """Take the next step, store it with its audit entry, and return where the hit stands.

    `recompute` computes the kinship of the second sample itself; nobody types a ratio in. Approving and refuting are
    judgements on the pair as well (`JUDGEMENT`).

    Raises
    ------
    InputError
        For an unknown sample or a confirmation that was not started.
    UsageError
        For a step that the state does not allow, a sample that is not the case's or not new, or a reviewer who
        approved before.
    WorkspaceError
        When somebody else took a step meanwhile.
    """
    steps = _steps(workspace, case_id, record_id)
    before = _read(steps, workspace)
    event = Event(taken.action, signature(taken.actor), taken.at, taken.note)
    profile = _profile(workspace, before, taken) if taken.action in SAMPLE_OF else None
    ratio = _recomputed(workspace, before) if taken.action == "recompute" else None
    after = apply(before, event, profile=profile, log10_lr=ratio)
    step = ConfirmationStep(
        case_id, record_id, event.action, after.state, after.since.isoformat(timespec="seconds"), event.actor,
        event.at.isoformat(timespec="seconds"), event.note, profile.sample_id if profile else None, ratio,
    )  # fmt: skip
    workspace.add_confirmation_step(step, after=len(steps))
    if event.action in JUDGEMENT:
        judgement, reason = JUDGEMENT[event.action], event.note or "DNA confirmation"
        workspace.decide(case_id, record_id, judgement=judgement, reviewer=event.actor, reason=reason, ground="dna")
    return after


def _steps(workspace: Workspace, case_id: str, record_id: str) -> list[ConfirmationStep]:
    """Return the steps of a pair; an error when there are none."""
    steps = workspace.confirmation_steps((case_id, record_id))
    if not steps:
        raise InputError(
            f"no confirmation of '{case_id}' and '{record_id}' was started",
            remedy=f"start it when the sample is taken: matcher confirm start {case_id} {record_id}",
        )
    return steps


def _read(steps: Sequence[ConfirmationStep], workspace: Workspace | None = None) -> Confirmation:
    """Fold the steps since the last start into a value; with a workspace the profiles are read too."""
    last_start = max(number for number, step in enumerate(steps) if step.action == START)
    current = steps[last_start:]
    last = current[-1]
    samples = {step.action: step.sample_id for step in current if step.sample_id is not None}
    ratios = [step.log10_lr for step in current if step.log10_lr is not None]
    return Confirmation(
        last.probe_id,
        last.record_id,
        cast(State, last.state),
        datetime.fromisoformat(last.since),
        first=workspace.profile(samples["profile"]) if workspace and "profile" in samples else None,
        second=workspace.profile(samples["reprofile"]) if workspace and "reprofile" in samples else None,
        log10_lr=ratios[-1] if ratios else None,
        approvals=tuple(step.actor for step in current if step.action == "approve"),
        history=tuple(
            Event(cast(Action, step.action), step.actor, datetime.fromisoformat(step.at), step.note)
            for step in current
            if step.action != START
        ),
    )


def _profile(workspace: Workspace, case: Confirmation, taken: Taken) -> StrProfile:
    """Fetch the sample of a step; the first must be the case's own, the second only needs to be stored."""
    own = workspace.subject(case.case_id).profile
    own_id = own.sample_id if own else None
    sample_id = taken.sample_id or (own_id if taken.action == "profile" else None)
    if sample_id is None:
        remedy = "name it with --sample" if taken.action == "reprofile" else "ingest the case's profile first"
        raise UsageError(f"'{taken.action}' needs a laboratory sample", remedy=remedy)
    if taken.action == "profile" and sample_id != own_id:
        raise UsageError(
            f"sample '{sample_id}' is not the one of case '{case.case_id}'",
            remedy="give the sample that the case's form names",
        )
    found = workspace.profile(sample_id)
    if found is None:
        raise InputError(
            f"no profile of sample '{sample_id}' in the workspace",
            remedy="ingest the laboratory's table: matcher ingest --str FILE",
        )
    return found


def _recomputed(workspace: Workspace, case: Confirmation) -> float | None:
    """Compute the kinship on the second sample; None leaves the complaint about a wrong state to `apply`."""
    if case.state != "reprofiled":
        return None
    if case.second is None:
        raise InputError("the second sample's profile was erased", remedy="ask for another sample")
    subjects = {subject.record_id: subject for subject in workspace.subjects([case.case_id, case.record_id])}
    return kinship_log10_lr(dna_channel(), subjects[case.case_id], subjects[case.record_id], case.second)
