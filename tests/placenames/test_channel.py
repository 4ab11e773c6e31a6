from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine.columns import ManyColumn, Vocabulary
from matcher.engine.terms import AnyOf
from matcher.placenames.channel import CEILING, FLOOR, SAME_HOME, PlaceChannel, place_channel
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.homes import RESOLVED
from matcher.placenames.resolve import Resolution
from matcher.placenames.told import Entry, ToldWords, entries_of
from matcher.subjects import evidence_of
from matcher.types import HYPOTHESES, DayInterval, Hypothesis, Part, PlaceRole, Subject, ToldPlace


@pytest.fixture(scope="session")
def channel(gazetteer: Gazetteer) -> PlaceChannel:
    return place_channel(gazetteer)


def subject(*places: str | tuple[str, PlaceRole, float | None], record_id: str = "R1") -> Subject:
    told = tuple(ToldPlace(item) if isinstance(item, str) else ToldPlace(*item) for item in places)
    return Subject(record_id=record_id, kind="intake", places=told)


def log10_lr(channel: PlaceChannel, probe: Subject, record: Subject, hypothesis: Hypothesis = "self") -> float:
    vocabulary = Vocabulary()
    codes = channel.encode(evidence_of([record]), {"home": vocabulary})["home"]
    plan = channel.prepare({"home": vocabulary}).compile(probe, hypothesis)
    assert plan is not None
    (term,) = plan.terms
    assert isinstance(term, AnyOf)
    assert isinstance(codes, ManyColumn)
    return term.exact(codes, 0)


def test_the_same_place_by_sound_by_old_name_and_by_part(channel: PlaceChannel) -> None:
    probe = subject("云阳县江口镇千丘村")
    exact = log10_lr(channel, probe, subject("重庆市云阳县江口镇千丘"))
    county = log10_lr(channel, probe, subject("云阳"))
    elsewhere = log10_lr(channel, probe, subject("湖南衡阳"))
    # The sample holds every seventh innermost place in this county: agreement in it is worth less than in the country.
    assert exact > 2.5
    assert exact > county > 0.3
    assert -1.5 < elsewhere < -0.5
    assert log10_lr(channel, subject("襄樊市"), subject("湖北襄阳")) > 1.5
    assert log10_lr(channel, subject("宣花县"), subject("河北省张家口市宣化区")) > 0.7


def test_several_contradicting_homes_count_as_their_mean(channel: PlaceChannel) -> None:
    record = subject("重庆市云阳县")
    one = log10_lr(channel, subject("云阳县"), record)
    three = log10_lr(channel, subject("云阳县", "湖南衡阳", "河北宣化"), record)
    assert 10**three == pytest.approx((10**one + 2 * 0.19) / 3, rel=0.02)


def test_a_doubtful_statement_weighs_less(channel: PlaceChannel) -> None:
    record = subject("重庆市云阳县")
    sure, doubtful = (log10_lr(channel, subject(("云阳县", "home", c)), record) for c in (None, 0.3))
    assert 0.0 < doubtful < sure


def test_roles_that_say_nothing_about_the_home_are_left_out(channel: PlaceChannel) -> None:
    compiler = channel.prepare({"home": Vocabulary()})
    assert compiler.compile(subject(("云阳县", "found", None))) is None
    assert compiler.backgrounds(subject()) == ()


def test_a_place_told_twice_counts_once(channel: PlaceChannel) -> None:
    vocabulary = Vocabulary()
    codes = channel.encode(evidence_of([subject("云阳县", "雲陽縣", "衡阳")]), {"home": vocabulary})["home"]
    assert isinstance(codes, ManyColumn)
    assert codes.codes.tolist() == [1, 2]
    assert Entry.parse(vocabulary.values[1].rsplit(RESOLVED, 1)[0]) == Entry("home", 10, "", None, "云阳县")


def test_credence_is_kept_in_tenths_and_never_rounds_to_nothing(channel: PlaceChannel) -> None:
    told = [ToldWords("云阳", "home", credence) for credence in (None, 0.01, 0.44)]
    assert [entry.credence for entry in entries_of(told, None, None, channel.homes.accents)] == [10, 1, 4]
    assert entries_of([ToldWords("  ", "home", None)], None, None, channel.homes.accents) == []


def test_where_no_home_is_told_getting_lost_and_then_the_accent_speak(channel: PlaceChannel) -> None:
    accents = channel.homes.accents
    lost, home = ToldWords("云阳县", "lost", None), ToldWords("衡阳", "household", None)
    assert [entry.role for entry in entries_of([lost, home], "四川话", None, accents)] == ["household"]
    assert [entry.role for entry in entries_of([lost], "四川话", None, accents)] == ["lost"]
    (alone,) = entries_of([ToldWords("四川", "accent", None)], None, 1960, accents)
    assert alone == Entry("accent", 10, "chuanyu@510000", None, "")


def test_lost_near_home_and_accent_of_home_are_weak_evidence(channel: PlaceChannel) -> None:
    told = subject("重庆市云阳县江口镇千丘村")
    lost_here, lost_far = (subject((text, "lost", None)) for text in ("重庆市云阳县", "黑龙江哈尔滨"))
    strong = log10_lr(channel, told, told)
    assert 0.5 < log10_lr(channel, lost_here, told) < strong
    assert -1.0 < log10_lr(channel, lost_far, told) < 0.0
    here, far = (dataclasses.replace(subject(), accent=accent) for accent in ("四川口音", "广东话"))
    assert 0.2 < log10_lr(channel, here, told) < 1.6
    assert -1.0 < log10_lr(channel, far, told) < 0.0
    assert log10_lr(channel, told, here) == pytest.approx(log10_lr(channel, here, told))


def test_the_accent_weighs_contradicting_homes_against_each_other(channel: PlaceChannel) -> None:
    record = subject("重庆市云阳县")
    probe = subject("云阳县", "湖南衡阳", "河北宣化")
    plain = log10_lr(channel, probe, record)
    assert log10_lr(channel, dataclasses.replace(probe, accent="重庆话"), record) > plain
    assert log10_lr(channel, dataclasses.replace(probe, accent="湖南口音"), record) < plain


def test_a_name_abolished_before_the_birth_is_less_likely_meant(channel: PlaceChannel) -> None:
    record = subject("湖北襄阳")
    old, young = (
        dataclasses.replace(subject("襄樊市"), birth=DayInterval(day, day + 364)) for day in (-5000, 365 * 52)
    )
    assert log10_lr(channel, old, record) == pytest.approx(log10_lr(channel, subject("襄樊市"), record))
    assert 0.0 < log10_lr(channel, young, record) < log10_lr(channel, old, record)


def test_kin_share_a_home_with_a_probability(channel: PlaceChannel) -> None:
    probe, record = subject("云阳县江口镇千丘村"), subject("云阳县")
    own = 10 ** log10_lr(channel, probe, record)
    for hypothesis in HYPOTHESES:
        share = SAME_HOME[hypothesis]
        expected = share * own + 1.0 - share
        assert 10 ** log10_lr(channel, probe, record, hypothesis) == pytest.approx(expected)


def test_values_lie_between_the_bounds_when_bounded(channel: PlaceChannel) -> None:
    value = log10_lr(channel, subject("云阳县江口镇千丘村"), subject("云阳县江口镇千丘村"))
    assert FLOOR < 0 < value
    assert min(value, CEILING) <= CEILING


@pytest.mark.parametrize(
    ("told", "recorded", "language", "expected"),
    [
        ("襄樊市", "湖北襄阳", "zh", "可同指湖北省襄阳市"),
        ("襄樊市", "湖北襄阳", "zh", "旧名襄樊市"),
        ("云阳县", "重庆云阳", "en", "can both mean 重庆市云阳县"),
        ("云阳县", "湖南衡阳", "zh", "不在一处"),
        ("云阳县", "湖南衡阳", "en", "are different places"),
        ("特古西加尔巴瓦利马", "云阳", "zh", "不在地名库中:未知"),
    ],
)
def test_words(channel: PlaceChannel, told: str, recorded: str, language: str, expected: str) -> None:
    probe, record = subject(told), subject(recorded)
    part = Part("place", "home", log10_lr(channel, probe, record))
    assert expected in " ".join(channel.describe(probe, record, [part], "zh" if language == "zh" else "en"))
    assert channel.describe(probe, record, [], "zh") == ()


def test_contradictions_are_counted_in_words(channel: PlaceChannel) -> None:
    probe, record = subject("云阳县", "衡阳市"), subject("云阳")
    words = channel.describe(probe, record, [Part("place", "home", 1.0)], "zh")
    assert words[1] == "另有1对地点说法互不相合"


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("accent", [None, "四川口音", "河南话", "粤语"])
def test_backgrounds_enumerate_all_homes(channel: PlaceChannel, accent: str | None, hypothesis: Hypothesis) -> None:
    compiler = channel.prepare({"home": Vocabulary()})
    for probe in (subject("云阳县", ("和平", "household", 0.4)), subject(("衡阳", "lost", None)), subject()):
        backgrounds = compiler.backgrounds(dataclasses.replace(probe, accent=accent), hypothesis)
        assert len(backgrounds) == (1 if accent or probe.places else 0)
        for background in backgrounds:
            assert float(background.probability @ 10.0**background.log10_lr) == pytest.approx(1.0, abs=1e-9)
            assert np.isfinite(background.log10_lr).all()


@pytest.mark.parametrize(
    ("probe", "record", "expected"),
    [
        (("云阳县", "重庆话"), ("云阳县", None), "口音“重庆市”与“云阳县”相合"),
        ((None, "粤语"), ("重庆市云阳县", None), "口音“粤语”与“重庆市云阳县”不合"),
        ((None, "吴语"), (None, "吴语"), "口音“吴语”与“吴语”相合"),
    ],
)
def test_accents_in_words(
    channel: PlaceChannel, probe: tuple[str | None, str], record: tuple[str | None, str | None], expected: str
) -> None:
    one, other = (
        dataclasses.replace(subject(*([text] if text else [])), accent=accent) for text, accent in (probe, record)
    )
    part = Part("place", "home", log10_lr(channel, one, other))
    assert expected in channel.describe(one, other, [part], "zh")
    assert channel.describe(one, other, [part], "en")


def test_a_resolution_survives_the_index(channel: PlaceChannel) -> None:
    found = channel.homes.resolver.resolve("四川金堂")
    again = type(found).unpacked(found.packed())
    assert again.nodes.tolist() == found.nodes.tolist()
    assert again.weights.tolist() == found.weights.tolist()
    assert again.via.tolist() == found.via.tolist()
    assert again.unlisted == pytest.approx(found.unlisted, abs=1e-12)
    assert type(found).unpacked("").unlisted == 1.0


@given(
    st.dictionaries(st.integers(0, 900_000), st.tuples(st.sampled_from([0.25, 0.1, 1e-5, 1 / 3]), st.integers(-1, 9)))
)
def test_any_resolution_is_read_as_it_was_written(places: dict[int, tuple[float, int]]) -> None:
    nodes = sorted(places)
    via = [node if places[node][1] < 0 else places[node][1] for node in nodes]
    weights = np.array([places[node][0] for node in nodes])
    found = Resolution(np.array(nodes, np.int32), weights, np.array(via, np.int32), 0.0)
    again = Resolution.unpacked(found.packed())
    assert again.nodes.tolist() == nodes
    assert again.via.tolist() == via
    assert again.weights.tolist() == weights.tolist()
