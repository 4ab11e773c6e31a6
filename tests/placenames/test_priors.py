from __future__ import annotations

import numpy as np
import pytest

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.priors import HINT_MISSED, OTHER_WORD, Homelands, hint_cost, prior_cost, word_cost


@pytest.fixture(scope="module")
def homelands(gazetteer: Gazetteer) -> Homelands:
    return Homelands(gazetteer)


def row_of(gazetteer: Gazetteer, area: str) -> int:
    return gazetteer.region(area)[0][0]


@pytest.mark.parametrize("region", SPEECH_REGIONS)
def test_an_accent_says_nothing_on_the_average_over_all_homes(
    gazetteer: Gazetteer, homelands: Homelands, region: str
) -> None:
    homes = np.flatnonzero(np.diff(gazetteer.leaves_before)).astype(np.int32)
    assert np.exp(-homelands.cost(region, homes).astype(np.float64)).mean() == pytest.approx(1.0, abs=1e-5)


def test_an_area_is_the_mean_of_the_homes_inside(gazetteer: Gazetteer, homelands: Homelands) -> None:
    low = row_of(gazetteer, "四川省")
    inside = np.arange(low, gazetteer.end[low], dtype=np.int32)
    homes = inside[np.diff(gazetteer.leaves_before)[inside] > 0]
    whole = np.exp(-homelands.cost("chuanyu", np.array([low], np.int32)))[0]
    assert whole == pytest.approx(np.exp(-homelands.cost("chuanyu", homes)).mean(), rel=1e-5)


def test_southwestern_accents_are_one_and_at_home_in_the_southwest(gazetteer: Gazetteer, homelands: Homelands) -> None:
    rows = np.array([row_of(gazetteer, name) for name in ("云阳县", "宣化区")], np.int32)
    costs = homelands.cost("chuanyu", rows)
    assert costs[0] < 0.0 < costs[1]
    np.testing.assert_array_equal(costs, homelands.cost("yungui", rows))


def test_counties_are_named_more_readily_than_prefectures_and_villages(gazetteer: Gazetteer) -> None:
    rows = np.array([row_of(gazetteer, name) for name in ("云阳县", "张家口市")], np.int32)
    village = np.array([int(np.flatnonzero(gazetteer.level == 5)[0])], np.int32)
    county, prefecture = prior_cost(gazetteer, rows, rows)
    assert county < prefecture < prior_cost(gazetteer, village, village)[0]


def test_generic_words_that_do_not_fit_cost(gazetteer: Gazetteer) -> None:
    assert hint_cost((4, 5), np.array([3, 4, 5], np.int8)).tolist() == pytest.approx([HINT_MISSED, 0.0, 0.0])
    rows = np.array([row_of(gazetteer, name) for name in ("云阳县", "宣化区")], np.int32)
    assert word_cost(gazetteer, "县", rows).tolist() == pytest.approx([0.0, OTHER_WORD])
    assert word_cost(gazetteer, "公社", rows).tolist() == [0.0, 0.0]
