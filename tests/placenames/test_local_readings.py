from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.phonetic.readings import parse_marked, readings
from matcher.phonetic.syllables import code_of
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.local_readings import first_reading, local_letter, local_names, place_character
from matcher.placenames.names import place_readings
from matcher.placenames.search import Searcher

ROWS = list(csv.DictReader(Path("matcher/placenames/data/local_readings.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=[row["core"] for row in ROWS])
def test_only_names_that_the_characters_alone_would_mislead_are_listed(row: dict[str, str]) -> None:
    sounds = [parse_marked(item) for item in row["pinyin"].split()]
    assert len(sounds) == len(row["core"])
    assert all(code for code, _ in sounds)
    assert sounds != [first_reading(character) for character in row["core"]]
    assert row["source"]
    spelled = local_names()[row["province"], row["core"]]
    assert [local_letter(letter) or place_readings(letter) for letter in spelled if local_letter(letter)]


def test_characters_that_place_names_read_alike_come_first_and_lose_no_reading() -> None:
    for character in "长佛都什勒茄藏重":
        assert place_character(character) == first_reading(character)
        assert place_character(character)[0] == place_readings(character)[0].syllable_code
        ordinary = {(item.syllable_code, item.tone) for item in readings(character)}
        assert {(item.syllable_code, item.tone) for item in place_readings(character)} == ordinary
        assert place_character(character)[0] != readings(character)[0].syllable_code
    assert place_readings("河") == readings("河")


@pytest.mark.parametrize(
    ("heard", "place"),
    [
        ("shanxian", "单县"),
        ("山东善县", "单县"),
        ("danxian", "单县"),
        ("单县", "单县"),
        ("陆安", "六安市"),
        ("liuan", "六安市"),
        ("玉县", "蔚县"),
        ("洪同", "洪洞县"),
        ("changsha", "长沙市"),
        ("闫山县", "铅山县"),
    ],
)
def test_a_name_is_found_by_either_reading(searcher: Searcher, heard: str, place: str) -> None:
    found = searcher.search(heard, top=8)
    assert place in [searcher.gazetteer.name(item.gid) for item in found]


def test_the_syllables_of_a_place_are_those_of_its_people(gazetteer: Gazetteer) -> None:
    ((row, _),) = gazetteer.region("341500")
    assert gazetteer.places.column("syllables")[row].as_py() == [code_of("lu"), code_of("an")]
    assert gazetteer.name(row) == "六安市"
