"""Confirmations in a workspace: every step stored with its audit entry, no way around the state machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matcher.cases import register
from matcher.cases.confirmation import NEXT, Action, Confirmation
from matcher.cases.register import Taken, confirmation, confirmations, start, take
from matcher.cli.confirm import ACTIONS
from matcher.errors import InputError, UsageError, WorkspaceError
from matcher.types import SUBJECT, PedigreeMember, StrProfile, Subject
from matcher.workspace.store import Workspace

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CHILD = {"TH01": (60, 93), "FGA": (220, 240), "vWA": (140, 180), "D3S1358": (150, 160), "D8S1179": (120, 130)}
MOTHER = {"TH01": (60, 70), "FGA": (240, 250), "vWA": (140, 170), "D3S1358": (150, 170), "D8S1179": (130, 140)}
OWN = PedigreeMember(SUBJECT, "father", "mother", "male")
STRANGER = {"TH01": (70, 90), "FGA": (190, 200), "vWA": (150, 190), "D3S1358": (140, 180), "D8S1179": (100, 160)}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """One case with a profile, one missing report with the mother's, and two further samples of the laboratory."""
    mother = PedigreeMember("mother", None, None, "female", StrProfile("L-mother", MOTHER))
    missing = Subject("M1", "missing", pedigree=(OWN, PedigreeMember("father", None, None, "male"), mother))
    with Workspace.create(tmp_path / "w", actor="tester") as opened:
        opened.put_subjects([Subject("C1", "intake", profile=StrProfile("L1", CHILD)), missing])
        opened.put_profiles([StrProfile("L2", CHILD), StrProfile("L3", STRANGER)])
        yield opened


def play(workspace: Workspace, *actions: Action, second: str = "L2") -> Confirmation:
    found = start(workspace, "C1", "M1", actor="李敏", at=START)
    for hour, action in enumerate(actions, 1):
        sample = second if action == "reprofile" else None
        taken = Taken(action, f"person {hour}", START + timedelta(hours=hour), "", sample)
        found = take(workspace, "C1", "M1", taken)
    return found


HAPPY: tuple[Action, ...] = (
    "profile", "report_hit", "ask_resample", "reprofile", "recompute", "approve", "approve",
)  # fmt: skip


def test_a_hit_is_confirmed_step_by_step_and_every_step_is_in_the_audit(workspace: Workspace) -> None:
    moved = play(workspace, *HAPPY)
    stored = confirmation(workspace, "C1", "M1")
    assert stored == moved
    assert stored.state == "confirmed"
    assert stored.approvals == ("person 6", "person 7")
    steps = [entry for entry in workspace.audit_entries() if entry.action == "confirmation"]
    assert len(steps) == 1 + len(HAPPY)
    assert [entry.actor for entry in steps] == ["李敏", *(f"person {n}" for n in range(1, 8))]
    assert workspace.verify_audit().problem is None
    judged = [(item.judgement, item.reviewer, item.ground) for item in workspace.decisions(probe_id="C1")]
    assert judged == [("confirm", "person 6", "dna"), ("confirm", "person 7", "dna")]


def test_the_ratio_is_computed_from_the_second_sample_and_the_record(workspace: Workspace) -> None:
    found = play(workspace, *HAPPY[:5])
    assert found.log10_lr is not None
    assert found.log10_lr > 0.0
    father = PedigreeMember("father", None, None, "male", StrProfile("L-father", {"TH01": (93, 93)}))
    mother = next(m for m in workspace.subject("M1").pedigree if m.member == "mother")
    workspace.put_subjects([Subject("M1", "missing", pedigree=(OWN, father, mother))])
    again = register.kinship_log10_lr(
        register.dna_channel(), workspace.subject("C1"), workspace.subject("M1"), StrProfile("L2", CHILD)
    )
    assert again > found.log10_lr


def test_another_person_in_the_second_tube_is_an_incident(workspace: Workspace) -> None:
    assert play(workspace, *HAPPY[:4], second="L3").state == "incident"
    assert confirmation(workspace, "C1", "M1").state == "incident"
    with pytest.raises(UsageError, match="possible now: resolve_incident"):
        take(workspace, "C1", "M1", Taken("recompute", "x", START + timedelta(days=1)))


def test_the_first_sample_cannot_be_the_second(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="is the first sample"):
        play(workspace, *HAPPY[:4], second="L1")
    assert confirmation(workspace, "C1", "M1").state == "resample_asked"


def test_what_is_missing_is_named(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="was started"):
        confirmation(workspace, "C1", "M1")
    with pytest.raises(InputError, match="C9"):
        start(workspace, "C9", "M1", actor="a", at=START)
    with pytest.raises(UsageError, match="nobody is named"):
        start(workspace, "C1", "M1", actor=" ", at=START)
    start(workspace, "C1", "M1", actor="a", at=START)
    with pytest.raises(UsageError, match="stands at 'sampled'"):
        start(workspace, "C1", "M1", actor="a", at=START)
    with pytest.raises(UsageError, match="is not the one of case"):
        take(workspace, "C1", "M1", Taken("profile", "a", START, "", "L3"))
    for hour, action in enumerate(HAPPY[:3]):
        take(workspace, "C1", "M1", Taken(action, "a", START + timedelta(hours=hour)))
    with pytest.raises(UsageError, match="needs a laboratory sample"):
        take(workspace, "C1", "M1", Taken("reprofile", "a", START + timedelta(days=1)))
    with pytest.raises(InputError, match="no profile of sample 'L9'"):
        take(workspace, "C1", "M1", Taken("reprofile", "a", START + timedelta(days=1), "", "L9"))


def test_a_refuted_hit_may_be_opened_again(workspace: Workspace) -> None:
    assert play(workspace, "profile", "report_hit", "refute").state == "refuted"
    again = start(workspace, "C1", "M1", actor="b", at=START + timedelta(days=90))
    assert (again.state, again.history) == ("sampled", ())
    assert confirmation(workspace, "C1", "M1").state == "sampled"
    assert len(workspace.confirmation_steps(("C1", "M1"))) == 5


def test_two_people_at_once(workspace: Workspace) -> None:
    play(workspace, "profile")
    seen = workspace.confirmation_steps(("C1", "M1"))
    take(workspace, "C1", "M1", Taken("report_hit", "a", START + timedelta(days=1)))
    with pytest.raises(WorkspaceError, match="meanwhile"):
        workspace.add_confirmation_step(seen[-1], after=len(seen))


def test_erasing_the_case_erases_its_steps_and_erasing_the_sample_does_not_rewrite_them(workspace: Workspace) -> None:
    play(workspace, *HAPPY[:4])
    workspace.erase_sample("L1")
    found = confirmation(workspace, "C1", "M1")
    assert (found.state, found.first, found.second is not None) == ("reprofiled", None, True)
    workspace.erase("C1")
    assert confirmations(workspace) == []
    assert workspace.verify_audit().problem is None


def test_lists_carry_clocks(workspace: Workspace) -> None:
    play(workspace, "profile", "report_hit")
    (found,) = confirmations(workspace)
    assert found.due == START + timedelta(hours=2, days=3)
    assert found.overdue(START + timedelta(days=4))


def test_the_command_offers_the_actions_of_the_state_machine() -> None:
    assert set(ACTIONS) == {action for _, action in NEXT}


def test_a_case_is_not_confirmed_with_itself(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="with itself"):
        start(workspace, "C1", "C1", actor="李敏", at=START)


def test_one_person_approves_once_however_the_name_is_typed(workspace: Workspace) -> None:
    play(workspace, *HAPPY[:-2])
    for hour, name in enumerate(("李敏", "李敏\u200b"), 20):
        approved = Taken("approve", name, START + timedelta(hours=hour), "")
        if hour == 20:
            assert take(workspace, "C1", "M1", approved).approvals == ("李敏",)
        else:
            with pytest.raises(UsageError, match="李敏"):
                take(workspace, "C1", "M1", approved)
