from __future__ import annotations

import numpy as np
import pytest

from matcher.errors import UsageError
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.sampling import Garbler, Garbling, sample_place

NOTHING = Garbling(0.0, 0.0, 0.0, 0.0)


def test_places_are_drawn_by_what_they_contain(gazetteer: Gazetteer) -> None:
    rng = np.random.default_rng(3)
    drawn = [gazetteer.path(sample_place(rng, gazetteer, level=3)) for _ in range(600)]
    expected = [gazetteer.path(row) for row in range(gazetteer.current) if gazetteer.level[row] == 3]
    assert set(drawn) <= set(expected)
    # 云阳 holds the villages of the sample: it is drawn far more often than one county in 2,845.
    assert sum(path[-1] == "云阳县" for path in drawn) > 20
    assert {gazetteer.level[sample_place(rng, gazetteer, level=level)] for level in (1, 5)} == {1, 5}


def test_a_level_that_is_not_there_is_refused(gazetteer: Gazetteer) -> None:
    with pytest.raises(UsageError, match="no place of level 7"):
        sample_place(np.random.default_rng(3), gazetteer, level=7)


def test_without_garbling_a_place_is_told_in_full(gazetteer: Gazetteer) -> None:
    (low, _), *_ = gazetteer.region("宣化区")
    told = Garbler(gazetteer).garble(np.random.default_rng(1), low, garbling=NOTHING)
    assert told == "河北省张家口市宣化区"


def test_the_same_seed_gives_the_same_words_and_garbling_shows(gazetteer: Gazetteer) -> None:
    garbler = Garbler(gazetteer)
    (row, _), *_ = gazetteer.region("420600")
    words = [garbler.garble(np.random.default_rng(seed), row, region="hubei") for seed in range(40)]
    assert words == [garbler.garble(np.random.default_rng(seed), row, region="hubei") for seed in range(40)]
    assert any("襄樊" in text for text in words)
    assert any("襄" not in text for text in words)
    assert len(set(words)) > 5
