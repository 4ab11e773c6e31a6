from __future__ import annotations

import pytest

from matcher.placenames.costs import OTHER_CHARACTER, SOUND_FLOOR, WILDCARD, Letter, SoundCosts
from matcher.placenames.gazetteer import Gazetteer


@pytest.fixture(scope="session")
def price(gazetteer: Gazetteer) -> dict[str, int]:
    return {character: row for row, character in enumerate(gazetteer.alphabet.column("character").to_pylist())}


def cost(gazetteer: Gazetteer, price: dict[str, int], heard: str, true: str, region: str | None = None) -> float:
    return float(SoundCosts(gazetteer.alphabet).row(Letter(heard), region)[price[true]])


def test_equal_characters_cost_nothing_and_homophones_little(gazetteer: Gazetteer, price: dict[str, int]) -> None:
    assert cost(gazetteer, price, "云", "云") == 0.0
    assert cost(gazetteer, price, "芸", "云") == pytest.approx(OTHER_CHARACTER)
    assert cost(gazetteer, price, "运", "云") > cost(gazetteer, price, "芸", "云")


def test_an_accent_makes_its_own_mergers_cheaper(gazetteer: Gazetteer, price: dict[str, int]) -> None:
    assert cost(gazetteer, price, "兰", "南", "xiang") < cost(gazetteer, price, "兰", "南", "standard")
    assert cost(gazetteer, price, "虎", "府", "xiang") < SOUND_FLOOR


def test_unlike_sounds_cost_the_floor_and_wildcards_fit_anything(gazetteer: Gazetteer, price: dict[str, int]) -> None:
    assert cost(gazetteer, price, "鸭", "丰") == pytest.approx(SOUND_FLOOR)
    assert cost(gazetteer, price, "□", "丰") == pytest.approx(WILDCARD)


def test_generic_morphemes_stand_for_each_other(gazetteer: Gazetteer, price: dict[str, int]) -> None:
    assert cost(gazetteer, price, "屯", "庄") < cost(gazetteer, price, "屯", "平")


def test_a_traditional_or_rare_query_character_is_priced_by_its_sound(
    gazetteer: Gazetteer, price: dict[str, int]
) -> None:
    assert cost(gazetteer, price, "𰻝", "云") == pytest.approx(SOUND_FLOOR)
