"""One person once: groups by hand, the small gallery against the large one, wanderers, brothers and reviewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from matcher.leads import grouping
from matcher.leads.grouping import Judged, grouped, persons_of
from matcher.leads.matching import ListRequest, candidates
from matcher.leads.mutual import Pairs, different, listed_of, possible
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.reviewing import ListOptions, Reviewer, reviewed, scan_length
from matcher.types import CandidateList, DayInterval, Lead, PersonRecord, Subject
from tests.contract.conftest import world
from tests.leads.conftest import plain_list, prepared_gallery, wanderer

STRANGERS = world(40)


def listed(probe: Subject, subjects: Sequence[Subject], top: int) -> tuple[CandidateList, PreparedGallery]:
    prepared = prepared_gallery(subjects)
    return candidates(probe, prepared, ListRequest(top, 0.3)), prepared


def persons(leads: Sequence[Lead], subjects: Sequence[Subject], judged: Judged = Judged()) -> list[int]:  # noqa: B008
    ordered = sorted(subjects, key=lambda subject: subject.record_id)
    prepared = prepared_gallery(ordered)
    known = {subject.record_id: subject for subject in ordered}
    return persons_of(leads, Pairs(prepared), known, judged, top=50)


def leads_of(subjects: Sequence[Subject]) -> list[Lead]:
    return [Lead("P", s.record_id, n, 5.0 - n, 0.01, ()) for n, s in enumerate(subjects, 1)]


def test_a_list_by_hand_shows_each_person_once() -> None:
    found = grouped(plain_list([0.3, 0.2, 0.15, 0.1]), [0, 1, 0, 1], 50)
    assert [lead.record_id for lead in found.leads] == ["R0", "R1"]
    assert [lead.rank for lead in found.leads] == [1, 2]
    assert found.leads[0].others == (PersonRecord("R2", 3.0, 0.15),)
    assert found.leads[0].person_posterior == pytest.approx(0.45)
    assert found.expected_wrong == pytest.approx(2 - 0.75)
    assert found.nobody + sum(lead.person_posterior for lead in found.leads) == pytest.approx(1.0)


def test_a_wanderers_records_are_one_person_and_strangers_are_not() -> None:
    records = [wanderer(n) for n in range(6)]
    found = persons(leads_of([*records, *STRANGERS[:10]]), [*records, *STRANGERS])
    assert found[:6] == [0] * 6
    assert found[6:] == list(range(6, 16))


def test_a_namesake_from_the_same_village_is_not_the_wanderer() -> None:
    records = [wanderer(0), wanderer(1), wanderer(0, seed=9)]
    assert persons(leads_of(records), [*records, *STRANGERS]) == [0, 0, 2]


def test_a_chain_does_not_join_records_that_speak_against_each_other() -> None:
    """The first shares a face with the second, the second a name with the third; their sexes differ."""
    both = replace(wanderer(1), sex=None, birth=None)
    face = replace(wanderer(0), names=(), places=(), sex="male", birth=DayInterval(-7300, -6900))
    name = replace(wanderer(2), photos=(), sex="female", birth=DayInterval(7300, 7700))
    assert persons(leads_of([both, face]), [both, face, *STRANGERS]) == [0, 0]
    assert persons(leads_of([both, name]), [both, name, *STRANGERS]) == [0, 0]
    assert persons(leads_of([both, face, name]), [both, face, name, *STRANGERS]) in ([0, 0, 2], [0, 1, 0])


def test_what_reviewers_said_goes_before() -> None:
    records = [wanderer(0), wanderer(1), wanderer(0, seed=9)]
    pair = ("W3-000", "W9-000")
    confirmed = persons(leads_of(records), [*records, *STRANGERS], Judged(same={pair}))
    assert confirmed == [0, 1, 0], "the other record's face still speaks against the one that was confirmed"
    apart = Judged(different={("W3-000", "W3-001")})
    assert persons(leads_of(records), [*records, *STRANGERS], apart) == [0, 1, 2]


def test_hundred_records_do_not_fill_a_list() -> None:
    records = sorted([*(wanderer(n) for n in range(60)), *STRANGERS], key=lambda s: s.record_id)
    probe = replace(wanderer(99), record_id="P", kind="intake")
    options, reviewer = ListOptions(), Reviewer({}, {})
    found, prepared = listed(probe, records, scan_length(10, 0, options, again=True))
    known: Mapping[str, Subject] = {s.record_id: s for s in records}
    assert {lead.record_id[0] for lead in found.leads} == {"W"}
    found, _ = listed(probe, records, 90)
    pairs = Pairs(prepared)
    shown = reviewed(found, reviewer, 10, options, pairs, known)
    assert reviewed(found, reviewer, 10, options, pairs, known) == shown, "from memory"
    assert len(shown.leads) == 10
    assert shown.leads[0].record_id.startswith("W")
    assert len(shown.leads[0].others) == 59
    assert not any(lead.record_id.startswith("W") for lead in shown.leads[1:])
    assert shown.leads[0].person_posterior == pytest.approx(
        sum(lead.posterior for lead in found.leads if lead.record_id.startswith("W"))
    )


def test_without_grouping_a_list_is_cut_and_nothing_else() -> None:
    found = plain_list([0.3, 0.2, 0.15])
    pairs = Pairs(prepared_gallery(STRANGERS[:1]))
    shown = reviewed(found, Reviewer({}, {}), 2, ListOptions(group=False), pairs, {})
    assert [lead.record_id for lead in shown.leads] == ["R0", "R1"]
    assert shown.expected_wrong == pytest.approx(1.5)


def test_whoever_may_be_the_person_sought_stands_below_nobody_on_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records that are likely one person: joined among hopeless ones, apart where hiding one costs more."""
    ordered = sorted([wanderer(0), replace(wanderer(1), photos=()), *STRANGERS], key=lambda subject: subject.record_id)
    known = {subject.record_id: subject for subject in ordered}
    pairs = Pairs(prepared_gallery(ordered))
    ids = ["W3-000", "W3-001", *(subject.record_id for subject in STRANGERS[:5])]
    chance = different(
        possible([("W3-000", "W3-001")], pairs, listed_of(known, pairs))["W3-000", "W3-001"], len(ordered)
    )
    assert 0.0 < chance < 0.05

    def shown(hidden: float, last: float) -> int:
        shares = [0.5, hidden, 0.0, 0.0, 0.0, 0.0, last]
        leads = [Lead("P", i, n, 5.0, share, ()) for n, (i, share) in enumerate(zip(ids, shares, strict=True), 1)]
        return persons_of(leads, pairs, known, Judged(), top=7)[1]

    for least, joined in ((0.31 * chance, 0), (0.29 * chance, 1)):
        monkeypatch.setattr(grouping, "HIDDEN", least)
        assert shown(0.3, 0.0) == joined, "the risk is held against what may be hidden"
    monkeypatch.setattr(grouping, "HIDDEN", 1e-9)
    assert shown(0.3, 0.31 * chance) == 0, "the place is worth more than the risk"
    assert shown(0.3, 0.29 * chance) == 1, "the risk is worth more than the place"
    assert shown(0.003, 0.29 * chance) == 0, "nobody much is hidden"


def test_a_place_is_worth_what_the_last_record_shown_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "HIDDEN", 1e-9)
    ordered = sorted([wanderer(0), replace(wanderer(1), photos=()), *STRANGERS], key=lambda subject: subject.record_id)
    known = {subject.record_id: subject for subject in ordered}
    pairs = Pairs(prepared_gallery(ordered))
    chance = different(
        possible([("W3-000", "W3-001")], pairs, listed_of(known, pairs))["W3-000", "W3-001"], len(ordered)
    )
    shares = {"W3-000": 0.4, "W3-001": 0.3, "R": 0.3 * chance * 1.1, "S": 0.0}
    ids = ["W3-000", "W3-001", STRANGERS[0].record_id, STRANGERS[1].record_id]
    leads = [Lead("P", i, n, 5.0, share, ()) for n, (i, share) in enumerate(zip(ids, shares.values(), strict=True), 1)]
    assert persons_of(leads, pairs, known, Judged(), top=3)[1] == 0
    assert persons_of(leads, pairs, known, Judged(), top=4)[1] == 1


def test_an_empty_list_holds_nobody() -> None:
    assert persons([], STRANGERS) == []
