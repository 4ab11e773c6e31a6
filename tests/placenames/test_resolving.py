"""Several processes find what one finds, and what an index knows is not searched for again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.engine.columns import Vocabulary
from matcher.placenames import resolving
from matcher.placenames.channel import PlaceChannel, place_channel
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.resolve import Resolution, Resolver
from matcher.placenames.resolving import Workers, resolve_all
from matcher.subjects import evidence_of
from matcher.types import Subject, ToldPlace

TEXTS = ("云阳县江口镇千丘村", "湖南衡阳", "襄樊市", "云洋县", "特古西加尔巴瓦利马", "河北宣化")


def vocabulary_of(channel: PlaceChannel, texts: tuple[str, ...], known: Vocabulary | None = None) -> Vocabulary:
    """Encode one record for each text, after what an earlier generation knows."""
    vocabulary = known or Vocabulary()
    records = [Subject(f"R{row}", "rescue", places=(ToldPlace(text),)) for row, text in enumerate(texts)]
    channel.encode(evidence_of(records), {"home": vocabulary})
    return vocabulary


@pytest.mark.slow
def test_the_vocabulary_is_the_same_for_any_number_of_processes(
    gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "LOT", 2)
    expected = vocabulary_of(place_channel(gazetteer), TEXTS)
    monkeypatch.setattr(resolving, "WORTH_PROCESSES", 2)
    steps: list[int] = []
    found = vocabulary_of(replace(place_channel(gazetteer), workers=Workers(2, steps.append)), TEXTS)
    assert found.values == expected.values
    assert steps == [2, 2, 2]


def test_few_texts_are_resolved_by_the_calling_process(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "Crew", None)
    resolver = Resolver(gazetteer)
    resolve_all(resolver, TEXTS, Workers(processes=8))
    assert all(resolver.knows(text) for text in TEXTS)


def test_what_an_earlier_generation_resolved_is_recalled(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    known = vocabulary_of(place_channel(gazetteer), TEXTS[:3])
    channel = place_channel(gazetteer)
    searched: list[str] = []
    search = Resolver._resolve

    def noting(self: Resolver, text: str) -> Resolution:
        searched.append(text)
        return search(self, text)

    monkeypatch.setattr(Resolver, "_resolve", noting)
    before = list(known.values)
    assert vocabulary_of(channel, TEXTS, known).values[: len(before)] == before
    assert sorted(searched) == sorted(TEXTS[3:])
