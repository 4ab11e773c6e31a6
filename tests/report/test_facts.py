from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcher.llr import Language
from matcher.report.batch import ReportBatch
from matcher.report.facts import Fact, evidence_held, facts_of, headline_of
from matcher.types import FacePhoto, PedigreeMember, StrProfile, Subject, ToldName, ToldPlace


def test_a_record_with_nothing_has_no_facts() -> None:
    bare = Subject("A1", "intake")
    assert facts_of(bare, "zh") == ()
    assert headline_of(bare, "zh") == ()
    assert evidence_held(bare) == ()


def test_facts_come_in_the_order_of_the_analysts_questions(batch: ReportBatch) -> None:
    probe = next(case.probe for case in batch.cases if case.probe.record_id == "A0012")
    assert facts_of(probe, "zh") == (
        Fact("姓名", ("王兴江(音)", "老王（小名）")),
        Fact("性别", ("男",)),
        Fact("出生", ("约 1958–1962年",)),
        Fact("家乡", ("六安 西河口",)),
        Fact("口音地", ("六安",)),
        Fact("发现地", ("滨江火车站",)),
        Fact("口音", ("皖西一带",)),
        Fact("身高", ("165 厘米",)),
        Fact("DNA", ("S-0417，11 个基因座",)),
    )


def test_a_name_known_by_sound_alone_says_so_once() -> None:
    unmarked = Subject("A1", "intake", names=(ToldName("李江", sound_only=True),))
    marked = Subject("A1", "intake", names=(ToldName("李江（音）", sound_only=True),))
    assert facts_of(unmarked, "zh")[0].values == ("李江（仅知读音）",)
    assert facts_of(marked, "zh")[0].values == ("李江（音）",)


def test_names_of_relatives_stand_on_a_line_of_their_own() -> None:
    names = (ToldName("王大山", "father"), ToldName("王小军"), ToldName("李秀英", "mother", sound_only=True))
    subject = Subject("A1", "intake", names=names)
    assert facts_of(subject, "zh") == (
        Fact("姓名", ("王小军",)),
        Fact("亲属姓名", ("父亲：王大山", "母亲：李秀英（仅知读音）")),
    )
    assert facts_of(subject, "en")[1] == Fact("Names of relatives", ("father: 王大山", "mother: 李秀英 (sound only)"))


def test_relatives_are_counted_without_the_subject() -> None:
    profile = StrProfile("S1", {"TH01": (60, 90)})
    pedigree = (
        PedigreeMember("subject", "father", "mother", "male", profile),
        PedigreeMember("father", None, None, "male"),
        PedigreeMember("mother", None, None, "female", StrProfile("S2", {"TH01": (60, 70)})),
    )
    subject = Subject("A1", "missing", profile=profile, pedigree=pedigree)
    assert facts_of(subject, "en") == (Fact("DNA", ("S1, loci: 1", "relatives typed: 1")),)


def test_evidence_held_follows_the_record() -> None:
    photo = FacePhoto("p", "m", np.zeros(4, np.float32))
    relatives = (PedigreeMember("mother", None, None, "female", StrProfile("S", {})),)
    assert evidence_held(Subject("A", "intake", photos=(photo,))) == ("face",)
    assert evidence_held(Subject("A", "intake", pedigree=relatives)) == ("dna",)
    assert evidence_held(Subject("A", "intake", sex="male", places=(ToldPlace("六安"),))) == ("place", "demographics")


def test_both_languages_tell_the_same_facts(make_batch: Callable[[Language], ReportBatch]) -> None:
    for chinese, english in zip(make_batch("zh").cases, make_batch("en").cases, strict=True):
        assert len(facts_of(chinese.probe, "zh")) == len(facts_of(english.probe, "en"))
