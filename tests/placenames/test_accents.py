from __future__ import annotations

import numpy as np
import pytest

from matcher.phonetic.regions import REGION_IDS
from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def accents(gazetteer: Gazetteer) -> AccentMap:
    return AccentMap(gazetteer)


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (["四川口音"], "chuanyu@510000"),
        (["疑似粤语"], "yue@"),
        (["達州話"], "chuanyu@511700"),
        (["上海话", "普通话"], "wu@310000"),
        (["河南话", "四川话"], "chuanyu@510000+zhongyuan@410000"),
        (["普通话"], ""),
        (["听不清", ""], ""),
    ],
)
def test_words_of_an_accent(accents: AccentMap, texts: list[str], key: str) -> None:
    assert accents.key_of(texts) == key


@pytest.mark.parametrize("key", ["", "@310000", "chuanyu@511700", *(f"{region}@" for region in REGION_IDS)])
def test_the_mean_over_all_homes_is_one(accents: AccentMap, key: str) -> None:
    relative = accents.relative(key)
    assert float(relative @ accents.share) == pytest.approx(1.0, abs=1e-12)
    assert (relative > 0).all()


def test_areas_cover_every_home_once(gazetteer: Gazetteer, accents: AccentMap) -> None:
    assert accents.edges[0] == 0
    assert accents.edges[-1] == gazetteer.leaves_before[-1]
    assert (np.diff(accents.edges) > 0).all()


def of(gazetteer: Gazetteer, accents: AccentMap, key: str, scope: str) -> float:
    """Return what an accent says of the first home of an area."""
    ((low, _high), *_rest) = gazetteer.region(scope)
    area = np.searchsorted(accents.edges, gazetteer.leaves_before[low], side="right") - 1
    return float(accents.relative(key)[area])


def test_surveyed_places_tell_parts_of_a_province_apart(gazetteer: Gazetteer, accents: AccentMap) -> None:
    # Ganzhou in Jiangxi is Hakka, Nanchang is Gan; Chaozhou in Guangdong is Min, Guangzhou Cantonese.
    assert of(gazetteer, accents, "kejia@", "赣州市") > 3.0 > 1.0 > of(gazetteer, accents, "kejia@", "南昌市")
    assert of(gazetteer, accents, "min@", "潮州市") > 3.0 > 1.0 > of(gazetteer, accents, "min@", "广州市")
    # What is named counts beside the region: Henan is not all that speaks like the Central Plain.
    named = of(gazetteer, accents, "zhongyuan@410000", "郑州市")
    assert named > of(gazetteer, accents, "zhongyuan@410000", "西安市") > 1.0
