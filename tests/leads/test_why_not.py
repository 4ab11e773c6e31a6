"""Why a record is missed: its place against brute force, and each sort of fault injected by hand and named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from matcher.errors import UsageError
from matcher.leads.matching import ListRequest, candidates
from matcher.leads.pairs import compare_pair
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.why_not import WhyNot, standing, why_not, worth
from matcher.leads.why_not_findings import TOPICS, Cause, Papers, Side
from matcher.leads.why_not_words import wording_of
from matcher.types import DayInterval, Reject, Sex, StrProfile, Subject, ToldName, ToldPlace
from matcher.workspace.values import PhotoFile
from tests.contract.conftest import full_subject, world
from tests.leads.conftest import prepared_gallery

NOTHING = Papers((), {})
WORLD = world(30)
PERSON = replace(
    full_subject("A0001", np.random.default_rng(77)),
    names=(ToldName("欧阳明"),),
    places=(ToldPlace("四川省成都市金堂县"),),
    pedigree=(),
    accent=None,
    birth_estimated=False,
    event=DayInterval(20000, 20000),
)
OPPOSITE: Sex = "female" if PERSON.sex == "male" else "male"
MATE = replace(PERSON, record_id="A0002", kind="rescue", event=DayInterval(19000, 19000))

SECOND = replace(MATE, record_id="A0003", profile=None)


def asked(
    case: Subject = PERSON, record: Subject = MATE, *, papers: dict[str, Papers] | None = None, top: int = 5
) -> WhyNot:
    subjects = [case, record, SECOND, *WORLD]
    prepared = prepared_gallery(subjects)
    listed = candidates(case, prepared, ListRequest(top, 0.3))
    return why_not(
        (case, record), listed, prepared, papers=lambda i: (papers or {}).get(i, NOTHING), language="en"
    )  # fmt: skip


def said(found: WhyNot) -> list[tuple[str, str, str]]:
    return [(item.topic, item.cause, item.side) for item in found.findings]


@pytest.fixture(scope="module")
def prepared() -> PreparedGallery:
    return prepared_gallery([PERSON, MATE, *WORLD])


def test_places_are_those_of_brute_force(prepared: PreparedGallery) -> None:
    records: Sequence[Subject] = [MATE, *WORLD]
    totals = {s.record_id: compare_pair(PERSON, s, prepared, "en").log10_lr for s in records}
    order = sorted(totals, key=lambda record_id: (-totals[record_id], record_id))
    for place, record_id in enumerate(order, 1):
        assert standing(PERSON, record_id, prepared) == (place, pytest.approx(totals[record_id], abs=1e-9))


def test_ties_stand_in_order_of_the_case_number(prepared: PreparedGallery) -> None:
    blank = Subject("P", "intake")
    assert [standing(blank, s.record_id, prepared)[0] for s in WORLD[:3]] == [3, 4, 5]


def test_an_unknown_record_has_no_place(prepared: PreparedGallery) -> None:
    with pytest.raises(KeyError):
        standing(PERSON, "Z9", prepared)


def test_the_first_of_the_list_has_no_rival() -> None:
    found = asked()
    assert (found.stage, found.rank, found.rival, found.gaps) == ("listed", 1, None, ())


def test_what_it_says_is_what_the_pair_gives(prepared: PreparedGallery) -> None:
    bare = replace(MATE, names=(ToldName("刘洋"),), places=(), photos=(), profile=None, sex=OPPOSITE)
    found = asked(record=bare, top=1)
    subjects = prepared_gallery([PERSON, bare, SECOND, *WORLD])
    pair = compare_pair(PERSON, bare, subjects, "en")
    assert found.log10_lr == pytest.approx(pair.log10_lr, abs=1e-9)
    assert found.stage == "below_list"
    assert found.rank > found.list_length == 1
    assert found.rival is not None
    assert found.rival.log10_lr > found.log10_lr
    by_channel = {gap.channel: gap for gap in found.gaps}
    for item in pair.channels:
        if item.channel in by_channel:
            assert by_channel[item.channel].log10_lr == pytest.approx(item.log10_lr, abs=1e-9)
    pulls = [gap.log10_lr - gap.rival_log10_lr for gap in found.gaps]
    assert pulls == sorted(pulls)


@pytest.mark.parametrize(
    ("case", "record", "expected"),
    [
        ({"names": ()}, {}, ("name", "missing", "case")),
        ({}, {"names": ()}, ("name", "missing", "record")),
        ({"names": ()}, {"names": ()}, None),
        ({"names": (ToldName("刘洋"),)}, {}, ("name", "contradicts", "both")),
        ({"names": (ToldName("欧阳某"),)}, {}, ("name", "weak", "case")),
        ({}, {"names": (ToldName("无名氏"),)}, ("name", "unusable", "record")),
        ({"places": ()}, {}, ("place", "missing", "case")),
        ({"places": (ToldPlace("灌县"),)}, {}, ("place", "contradicts", "both")),
        ({}, {"places": (ToldPlace("金堂", "found"),)}, ("place", "missing", "record")),
        ({"sex": "male"}, {"sex": "female"}, ("sex", "contradicts", "both")),
        ({"birth": DayInterval(-20000, -19900)}, {"birth": DayInterval(3000, 3100)}, ("birth", "weak", "both")),
        ({}, {"kind": "missing", "event": DayInterval(21000, 21000)}, ("event", "contradicts", "both")),
        ({"photos": ()}, {}, ("face", "missing", "case")),
        ({"profile": None}, {}, ("dna", "missing", "case")),
        ({}, {"profile": StrProfile("S-7", {})}, ("dna", "unusable", "record")),
    ],
)
def test_an_injected_fault_is_named(
    case: dict[str, object], record: dict[str, object], expected: tuple[str, str, str] | None
) -> None:
    found = said(asked(replace(PERSON, **case), replace(MATE, **record)))  # type: ignore[arg-type]
    if expected is None:
        assert ("name", "missing", "both") in found
    else:
        assert expected in found[:2] or expected[0] == "dna"
        assert expected in found
    topics = [topic for topic, _, _ in found]
    assert len(topics) == len(set(topics))


def test_a_lost_value_is_named_with_its_row() -> None:
    reject = Reject("intakes.csv", 7, "目测年龄", "约50", "age_without_date", "fill in the date", record_lost=False)
    found = asked(replace(PERSON, birth=None), papers={"A0001": Papers((), {"birth": reject})})
    finding = next(item for item in found.findings if item.topic == "birth")
    assert (finding.cause, finding.side) == ("rejected", "case")
    assert "intakes.csv:7 目测年龄 '约50' age_without_date: fill in the date" in finding.words


@pytest.mark.parametrize(
    ("photo", "cause", "words"),
    [
        (PhotoFile("p", "a.jpg", "unusable", "no_face"), "unusable", "no_face"),
        (PhotoFile("p", "a.jpg", "pending", None), "pending", "not embedded"),
        (PhotoFile("p", None, "embedded", None), "unusable", "other_recogniser"),
    ],
)
def test_a_photograph_without_a_face_is_named_with_its_reason(photo: PhotoFile, cause: str, words: str) -> None:
    found = asked(record=replace(MATE, photos=()), papers={"A0002": Papers((photo,), {})})
    finding = next(item for item in found.findings if item.topic == "face")
    assert (finding.cause, finding.side) == (cause, "record")
    assert words in finding.words


def test_findings_are_ordered_by_what_was_lost_and_dna_comes_after() -> None:
    found = asked(replace(PERSON, names=(), profile=None, photos=()))
    assert [item.topic for item in found.findings] == ["name", "face", "dna"]
    losses = [item.possible - item.log10_lr for item in found.findings[:2] if item.possible is not None]
    assert losses == sorted(losses, reverse=True)


def test_a_statement_is_worth_what_the_same_statement_gives(prepared: PreparedGallery) -> None:
    twin = replace(PERSON, record_id="P0009")
    own = {e.channel: e for e in compare_pair(twin, PERSON, prepared, "en").channels}
    mine = worth(PERSON, prepared)
    for topic in ("name", "place", "dna"):
        assert mine[topic] == pytest.approx(own[TOPICS[topic][0]].log10_lr, abs=1e-9)
    assert 0.0 < mine["face"] < own["face"].log10_lr, "two photographs of one person are never the same photograph"


def test_a_case_that_is_not_stored_has_expectations_too(prepared: PreparedGallery) -> None:
    mine = worth(replace(PERSON, record_id="P0009"), prepared)
    assert set(mine) == set(worth(PERSON, prepared))
    assert all(math.isfinite(value) and value > -0.1 for value in mine.values())


def test_a_record_against_itself_is_refused(prepared: PreparedGallery) -> None:
    listed = candidates(PERSON, prepared, ListRequest(5, 0.3))
    with pytest.raises(UsageError, match="the case itself"):
        why_not((PERSON, PERSON), listed, prepared, papers=lambda _: NOTHING, language="zh")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_and_cause_is_worded(topic: str) -> None:
    causes = {"face", "name", "place", "dna"} & {topic}
    never = set() if topic == "face" else {"pending"}
    never |= set() if causes - {"name", "place"} else {"not_comparable"}
    never |= set() if causes else {"unusable"}
    for language in ("zh", "en"):
        say = wording_of(language)  # type: ignore[arg-type]
        for cause in set(get_args(Cause)) - never:
            for side in get_args(Side):
                words, remedy = say(topic, cause, side, "DETAIL")
                assert words
                assert remedy
                assert "{" not in words
                assert ("DETAIL" in words) == (cause in {"rejected", "unusable"})
