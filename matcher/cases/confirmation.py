"""From a hit to a confirmed identity: states, who may change them, and the check of the second sample.

Pure: a case is a value, an event gives the next value or an error; `register` keeps the events in the workspace and
gives the clock. A hit is confirmed only on a new sample of the case's person, typed again, that repeats the first
profile and the kinship, and by two different reviewers.

Source: practice of the anti-trafficking database as reported (a hit is re-checked on new blood samples before anybody
is told); thresholds as in `verdict` and `gbt37223`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from matcher.errors import UsageError
from matcher.str_loci.concordance import concordance
from matcher.types import StrProfile

State = Literal[
    "sampled", "profiled", "hit", "resample_asked", "reprofiled", "incident", "recomputed", "confirmed", "refuted"
]
Action = Literal[
    "profile", "report_hit", "ask_resample", "reprofile", "recompute", "approve", "refute", "resolve_incident"
]

NEXT: Mapping[tuple[State, Action], State] = {
    ("sampled", "profile"): "profiled",
    ("profiled", "report_hit"): "hit",
    ("hit", "ask_resample"): "resample_asked",
    ("hit", "refute"): "refuted",
    ("resample_asked", "reprofile"): "reprofiled",
    ("reprofiled", "recompute"): "recomputed",
    ("recomputed", "approve"): "recomputed",
    ("recomputed", "refute"): "refuted",
    ("incident", "resolve_incident"): "resample_asked",
}

DUE: Mapping[State, timedelta] = {
    "sampled": timedelta(days=30),
    "hit": timedelta(days=3),
    "resample_asked": timedelta(days=30),
    "reprofiled": timedelta(days=3),
    "recomputed": timedelta(days=7),
    "incident": timedelta(days=1),
}
"""How long a state may last. One month from sampling is the opinion of the civil affairs and public security ministries
of 2015; the others are working values for a station to set."""

REVIEWERS = 2


@dataclass(frozen=True, slots=True)
class Event:
    """Something somebody did.

    Parameters
    ----------
    action : Action
        What.
    actor : str
        Who; a reviewer counts once.
    at : datetime
        When, with time zone.
    note : str
        Reason or reference, shown in the log.
    """

    action: Action
    actor: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One hit on its way.

    Parameters
    ----------
    case_id, record_id : str
        The two sides of the hit.
    state : State
        Where it stands.
    since : datetime
        When the state began.
    first, second : StrProfile or None
        The case's first profile and that of the new sample.
    log10_lr : float or None
        Kinship on the new samples.
    approvals : tuple of str
        Reviewers who approved.
    history : tuple of Event
        Everything that happened, oldest first.
    """

    case_id: str
    record_id: str
    state: State
    since: datetime
    first: StrProfile | None = None
    second: StrProfile | None = None
    log10_lr: float | None = None
    approvals: tuple[str, ...] = ()
    history: tuple[Event, ...] = ()

    @property
    def due(self) -> datetime | None:
        """When the state should have ended; None = it has no clock."""
        limit = DUE.get(self.state)
        return None if limit is None else self.since + limit

    @property
    def possible(self) -> tuple[Action, ...]:
        """Actions that the state allows, alphabetical; none when the case is closed."""
        return tuple(sorted(action for state, action in NEXT if state == self.state))

    def overdue(self, now: datetime) -> bool:
        """Tell whether the state has lasted longer than it may."""
        return self.due is not None and now > self.due


def open_case(case_id: str, record_id: str, at: datetime) -> Confirmation:
    """Start with a sample taken."""
    return Confirmation(case_id, record_id, "sampled", at)


def apply(
    case: Confirmation, event: Event, *, profile: StrProfile | None = None, log10_lr: float | None = None
) -> Confirmation:
    """Let an event happen.

    Parameters
    ----------
    case : Confirmation
        Before.
    event : Event
        What is done.
    profile : StrProfile, optional
        Needed for `profile` and `reprofile`.
    log10_lr : float, optional
        Needed for `recompute`: kinship computed on the new samples only.

    Returns
    -------
    Confirmation
        After. A second profile that is not the first person's leads to `incident`, and a second approval by another
        reviewer to `confirmed`.

    Raises
    ------
    UsageError
        For an action that the state does not allow, a missing value, or a reviewer who approved before.
    """
    following = NEXT.get((case.state, event.action))
    if following is None:
        raise UsageError(
            f"'{event.action}' is not possible in state '{case.state}'",
            remedy=f"possible now: {', '.join(case.possible) or 'nothing, the case is closed'}",
        )
    if case.history and event.at < case.history[-1].at:
        raise UsageError(f"{event.at} lies before the last event", remedy="check the clock")
    moved = replace(case, state=following, since=event.at, history=(*case.history, event))
    if event.action == "profile":
        return replace(moved, first=_needed(profile, event))
    if event.action == "reprofile":
        return _reprofiled(moved, _needed(profile, event))
    if event.action == "recompute":
        if log10_lr is None:
            raise UsageError("'recompute' needs the new LR", remedy="compute it on the new samples only")
        return replace(moved, log10_lr=log10_lr)
    return _approved(case, moved, event) if event.action == "approve" else moved


def _needed(profile: StrProfile | None, event: Event) -> StrProfile:
    if profile is None:
        raise UsageError(f"'{event.action}' needs a profile", remedy="give the laboratory's profile")
    return profile


def _reprofiled(moved: Confirmation, second: StrProfile) -> Confirmation:
    if moved.first is None:
        raise UsageError("the first sample's profile was erased", remedy="refute the hit and start again")
    if second.sample_id == moved.first.sample_id:
        raise UsageError(
            f"sample '{second.sample_id}' is the first sample", remedy="a confirmation needs a newly taken sample"
        )
    same = concordance(moved.first, second).same_person
    return replace(moved, second=second, state="reprofiled" if same else "incident")


def _approved(case: Confirmation, moved: Confirmation, event: Event) -> Confirmation:
    if event.actor in case.approvals:
        raise UsageError(f"'{event.actor}' has approved already", remedy="a second person must approve")
    approvals = (*case.approvals, event.actor)
    if len(approvals) >= REVIEWERS:
        return replace(moved, approvals=approvals, state="confirmed")
    # The clock of the state goes on: the first approval does not give the second reviewer more time.
    return replace(moved, approvals=approvals, since=case.since)
