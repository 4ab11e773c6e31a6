"""From hit to confirmation: the order of steps, swaps, two reviewers, clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.cases.confirmation import NEXT, Action, Confirmation, Event, apply, open_case
from matcher.errors import UsageError
from matcher.str_loci.concordance import concordance
from matcher.types import StrProfile

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = StrProfile("A1", {"TH01": (60, 93), "FGA": (220, 240), "vWA": (140, 180)})
AGAIN = StrProfile("A2", {"TH01": (60, 93), "FGA": (220, 220), "CSF1PO": (100, 110)})
OTHER = StrProfile("A3", {"TH01": (70, 93), "FGA": (210, 230)})


def play(*actions: Action, second: StrProfile = AGAIN) -> Confirmation:
    case = open_case("C1", "M1", START)
    for day, action in enumerate(actions, 1):
        event = Event(action, f"person {day}", START + timedelta(days=day))
        profile = {"profile": FIRST, "reprofile": second}.get(action)
        case = apply(case, event, profile=profile, log10_lr=8.5 if action == "recompute" else None)
    return case


HAPPY: tuple[Action, ...] = (
    "profile", "report_hit", "ask_resample", "reprofile", "recompute", "approve", "approve",
)  # fmt: skip


def test_two_reviewers_on_new_samples_confirm() -> None:
    case = play(*HAPPY)
    assert case.state == "confirmed"
    assert case.approvals == ("person 6", "person 7")
    assert case.log10_lr == 8.5
    assert [event.action for event in case.history] == list(HAPPY)


def test_one_reviewer_does_not() -> None:
    assert play(*HAPPY[:-1]).state == "recomputed"


def test_the_same_reviewer_twice_does_not_either() -> None:
    case = play(*HAPPY[:-1])
    with pytest.raises(UsageError, match="has approved already"):
        apply(case, Event("approve", "person 6", START + timedelta(days=9)))


def test_another_person_in_the_second_tube_is_an_incident() -> None:
    case = play(*HAPPY[:4], second=OTHER)
    assert case.state == "incident"
    with pytest.raises(UsageError, match="'recompute' is not possible in state 'incident'"):
        apply(case, Event("recompute", "x", START + timedelta(days=9)), log10_lr=9.0)
    again = apply(case, Event("resolve_incident", "x", START + timedelta(days=9)))
    assert again.state == "resample_asked"


def test_the_first_sample_cannot_confirm_itself() -> None:
    with pytest.raises(UsageError, match="is the first sample"):
        play(*HAPPY[:4], second=FIRST)


def test_nothing_is_confirmed_without_the_new_ratio() -> None:
    case = play(*HAPPY[:4])
    with pytest.raises(UsageError, match="needs the new LR"):
        apply(case, Event("recompute", "x", START + timedelta(days=9)))
    with pytest.raises(UsageError, match="possible now: recompute"):
        apply(case, Event("approve", "x", START + timedelta(days=9)))


def test_clocks() -> None:
    case = play("profile", "report_hit")
    assert not case.overdue(START + timedelta(days=5))
    assert case.overdue(START + timedelta(days=6))
    waiting = play(*HAPPY[:-1])
    assert waiting.since == START + timedelta(days=5)
    assert not play(*HAPPY).overdue(START + timedelta(days=999))
    with pytest.raises(UsageError, match="before the last event"):
        apply(case, Event("ask_resample", "x", START))


ACTIONS = sorted({action for _, action in NEXT})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from("ab"), st.booleans()), max_size=14))
def test_no_path_confirms_without_resample_and_two_people(steps: list[tuple[Action, str, bool]]) -> None:
    case = open_case("C1", "M1", START)
    for day, (action, actor, good) in enumerate(steps):
        try:
            profile = {"profile": FIRST, "reprofile": AGAIN if good else OTHER}.get(action)
            case = apply(case, Event(action, actor, START + timedelta(days=day)), profile=profile, log10_lr=5.0)
        except UsageError:
            continue
    if case.state == "confirmed":
        assert len(set(case.approvals)) == 2
        assert case.second is not None
        assert case.second.sample_id != FIRST.sample_id
        assert concordance(FIRST, case.second).same_person
        assert case.log10_lr is not None
