"""A channel restored from kept tables is the prepared one, and searches for nothing that its vocabulary holds."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.engine.channel import KeepsTables
from matcher.engine.columns import Vocabulary
from matcher.engine.terms import AnyOf
from matcher.placenames.channel import PlaceChannel, place_channel
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution, Resolver
from matcher.subjects import evidence_of
from matcher.types import HYPOTHESES, DayInterval, Subject, ToldPlace

RECORDS = (
    Subject("R1", "rescue", places=(ToldPlace("云阳县江口镇千丘村"), ToldPlace("襄樊市", "household", 0.4))),
    Subject("R2", "rescue", places=(ToldPlace("湖南衡阳"),), accent="四川口音", birth=DayInterval(0, 364)),
    Subject("R3", "missing", places=(ToldPlace("重庆云阳", "lost"),)),
    Subject("R4", "rescue", accent="粤语"),
    Subject("R5", "rescue", places=(ToldPlace("襄樊市"),), birth=DayInterval(365 * 52, 365 * 52 + 1)),
)


def vocabularies(gazetteer: Gazetteer) -> dict[str, Vocabulary]:
    found = {"home": Vocabulary()}
    place_channel(gazetteer).encode(evidence_of(RECORDS), found)
    return found


def table_of(channel_compiler: object, probe: Subject, hypothesis: str) -> np.ndarray:
    plan = channel_compiler.compile(probe, hypothesis)  # type: ignore[attr-defined]
    (term,) = plan.terms
    assert isinstance(term, AnyOf)
    return term.table


def test_the_restored_channel_says_what_the_prepared_one_says(
    gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = vocabularies(gazetteer)
    prepared = place_channel(gazetteer).prepare(known)
    channel = place_channel(gazetteer)
    assert isinstance(channel, KeepsTables)
    restored = channel.restore(known, place_channel(gazetteer).tabulate(known))
    monkeypatch.setattr(Resolver, "_resolve", _refuse)
    for probe in RECORDS[:2]:
        for hypothesis in HYPOTHESES:
            assert np.array_equal(table_of(restored, probe, hypothesis), table_of(prepared, probe, hypothesis))
    assert channel.describe(RECORDS[0], RECORDS[1], [], "zh") == ()


def test_words_that_the_vocabulary_holds_otherwise_are_searched_for(gazetteer: Gazetteer) -> None:
    known = vocabularies(gazetteer)
    channel: PlaceChannel = place_channel(gazetteer)
    channel.restore(known, place_channel(gazetteer).tabulate(known))
    for text in ("重庆云阳", "从未说过", "襄樊市"):
        found, alone = channel.homes.resolver.resolve(text), Resolver(gazetteer).resolve(text)
        assert found.nodes.tolist() == alone.nodes.tolist()
        assert found.weights.tolist() == alone.weights.tolist()


def test_tables_of_other_rules_are_not_used(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    known = vocabularies(gazetteer)
    tables = place_channel(gazetteer).tabulate(known)
    stale = {**tables, "stamp": np.zeros(16, np.uint8), "base": np.zeros(1)}
    restored = place_channel(gazetteer).restore(known, stale)
    expected = place_channel(gazetteer).prepare(known)
    assert np.array_equal(table_of(restored, RECORDS[0], "self"), table_of(expected, RECORDS[0], "self"))


def _refuse(_self: Resolver, text: str) -> Resolution:
    raise AssertionError(f"'{text}' was searched for")
