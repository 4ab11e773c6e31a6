from __future__ import annotations

import numpy as np

from matcher.phonetic.syllables import code_of
from matcher.placenames.mergers import SHRINK, merger_costs, merger_rates


def cost(one: str, other: str, region: str | None) -> float:
    return float(merger_costs(region)[code_of(one), code_of(other)])


def test_regions_differ_as_their_dialects_do() -> None:
    assert cost("nan", "lan", "jianghuai") < cost("nan", "lan", "jilu_jiaoliao")
    assert cost("fu", "hu", "xiang") < cost("fu", "hu", "jianghuai")
    assert cost("shui", "fei", "zhongyuan") < 2.2
    assert np.isinf(cost("shui", "fei", "yue"))
    assert cost("jie", "gai", "chuanyu") < 3.0


def test_costs_are_the_shrunk_shares_and_add_up() -> None:
    rates = merger_rates("chuanyu")
    assert np.isclose(cost("zhan", "zan", "chuanyu"), -np.log(SHRINK * rates["zh/z"]))
    assert np.isclose(
        cost("cheng", "cen", "chuanyu"), -np.log(SHRINK * rates["zh/z"]) - np.log(SHRINK * rates["eng/en"])
    )


def test_costs_are_symmetric_and_never_join_a_syllable_with_itself() -> None:
    costs = merger_costs("xiang")
    np.testing.assert_array_equal(costs, costs.T)
    assert np.isinf(np.diag(costs)).all()


def test_a_region_without_lists_takes_the_mean() -> None:
    assert merger_rates("dongbei") == merger_rates(None)
    assert 0.3 < merger_rates(None)["zh/z"] < 0.5
