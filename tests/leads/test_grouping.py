"""One person once: groups by hand, the small gallery against the large one, wanderers, brothers and reviewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from matcher.leads.grouping import Judged, Pairs, grouped, persons_of
from matcher.leads.matching import ListRequest, candidates
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.reviewing import ListOptions, Reviewer, reviewed, scan_length
from matcher.types import CandidateList, DayInterval, FacePhoto, Lead, PersonRecord, Subject, ToldName, ToldPlace
from tests.contract.conftest import MODEL_ID, full_subject, world
from tests.leads.conftest import plain_list, prepared_gallery

STRANGERS = world(40)


def wanderer(number: int, seed: int = 3) -> Subject:
    """One of many records of the same man: the same face with some noise, name, home, sex and age."""
    man = full_subject("X", np.random.default_rng(seed), "rescue")
    rng = np.random.default_rng([seed, number])
    vector = man.photos[0].vector + rng.normal(0, 0.03, man.photos[0].vector.shape).astype(np.float32)
    photo = FacePhoto(f"p{seed}-{number}", MODEL_ID, vector / np.linalg.norm(vector), 0.9)
    return replace(
        man, record_id=f"W{seed}-{number:03d}", profile=None, pedigree=(), photos=(photo,),
        names=(ToldName("欧阳明"),), places=(ToldPlace("四川省成都市金堂县"),),
    )  # fmt: skip


def listed(probe: Subject, subjects: Sequence[Subject], top: int) -> tuple[CandidateList, PreparedGallery]:
    prepared = prepared_gallery(subjects)
    return candidates(probe, prepared, ListRequest(top, 0.3, None), lambda _: {}), prepared


def persons(leads: Sequence[Lead], subjects: Sequence[Subject], judged: Judged = Judged()) -> list[int]:  # noqa: B008
    ordered = sorted(subjects, key=lambda subject: subject.record_id)
    prepared = prepared_gallery(ordered)
    known = {subject.record_id: subject for subject in ordered}
    return persons_of(leads, Pairs(prepared), known, judged)


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
