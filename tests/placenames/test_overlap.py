from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.overlap import Statement, density_of, likelihood_ratio
from matcher.placenames.resolve import Resolution, Resolver
from matcher.placenames.statement_table import StatementTable


def statement(gazetteer: Gazetteer, path: str, reliability: float = 0.9) -> Statement:
    """State one place for certain."""
    (gid,) = [row for row in range(gazetteer.current) if "".join(gazetteer.path(row)) == path]
    found = Resolution(np.array([gid], np.int32), np.ones(1), np.array([gid], np.int32), 0.0)
    return Statement(found, reliability)


def lr(gazetteer: Gazetteer, one: Statement, other: Statement) -> float:
    accents = AccentMap(gazetteer)
    return likelihood_ratio(gazetteer, density_of(gazetteer, [one], accents), other, accents)


def test_a_village_agrees_with_its_county_as_strongly_as_the_county_is_rare(gazetteer: Gazetteer) -> None:
    county = statement(gazetteer, "重庆市云阳县", 1.0)
    village = statement(gazetteer, "重庆市云阳县江口镇千丘村委会", 1.0)
    share = float(gazetteer.leaves(county.resolution.nodes)[0] / gazetteer.leaves_before[-1])
    assert lr(gazetteer, county, village) == pytest.approx(1 / share)
    assert lr(gazetteer, county, county) == pytest.approx(1 / share)
    assert lr(gazetteer, village, village) > lr(gazetteer, county, village)


def test_symmetry_and_floor(gazetteer: Gazetteer) -> None:
    one, other = statement(gazetteer, "重庆市云阳县"), statement(gazetteer, "河北省张家口市宣化区", 0.95)
    assert lr(gazetteer, one, other) == pytest.approx(lr(gazetteer, other, one))
    assert lr(gazetteer, one, other) == pytest.approx(1 - 0.9 * 0.95)


def test_credence_mixes_toward_saying_nothing(gazetteer: Gazetteer) -> None:
    sure = statement(gazetteer, "重庆市云阳县", 1.0)
    values = [lr(gazetteer, sure, statement(gazetteer, "重庆市云阳县", r)) for r in (0.0, 0.3, 0.9)]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 4))
def test_the_mean_over_homes_is_one_and_the_table_equals_its_twin(seed: int, count: int) -> None:
    gazetteer, accents = _sample()
    rng = np.random.default_rng(seed)
    own = _ACCENTS[int(rng.integers(len(_ACCENTS)))]
    told = [replace(_random_statement(rng, gazetteer), accent=own) for _ in range(count)]
    density = density_of(gazetteer, told, accents)
    assert math.isclose(float(density.prior.sum()), 1.0, abs_tol=1e-12)
    assert math.isclose(float(density.prior @ density.height), 1.0, abs_tol=1e-9)
    others = [_random_statement(rng, gazetteer) for _ in range(5)]
    table = StatementTable.of(gazetteer, others, accents).likelihood_ratios(density)
    twin = [likelihood_ratio(gazetteer, density, item, accents) for item in others]
    np.testing.assert_allclose(table, twin, rtol=1e-9)


_ACCENTS = ("", "chuanyu@510000", "yue@", "@310000", "xiang@430000+zhongyuan@410000")


@cache
def _sample() -> tuple[Gazetteer, AccentMap]:
    gazetteer = Gazetteer.sample()
    return gazetteer, AccentMap(gazetteer)


def _random_statement(rng: np.random.Generator, gazetteer: Gazetteer) -> Statement:
    size = int(rng.integers(0, 6))
    nodes = np.unique(rng.integers(0, gazetteer.current, size)).astype(np.int32)
    weights = rng.dirichlet(np.ones(nodes.size + 1))
    return Statement(
        Resolution(nodes, weights[:-1], nodes, float(weights[-1])),
        float(rng.uniform(0, 1)),
        _ACCENTS[int(rng.integers(len(_ACCENTS)))],
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("湖南衡阳", "湖南省衡阳市"),
        ("云阳县千丘", "重庆市云阳县江口镇千丘"),
        ("襄樊市", "湖北省襄阳市"),
        ("河北省张家口市宣化县五里台", "河北省张家口市宣化区"),
    ],
)
def test_words_resolve_to_the_likeliest_place(gazetteer: Gazetteer, text: str, path: str) -> None:
    found = Resolver(gazetteer).resolve(text)
    best = int(found.nodes[np.argmax(found.weights)])
    assert "".join(gazetteer.path(best)).startswith(path)
    assert found.unlisted + float(found.weights.sum()) == pytest.approx(1.0)


def test_words_that_mean_no_listed_place_say_nothing(gazetteer: Gazetteer) -> None:
    resolver = Resolver(gazetteer)
    for text in ("的", "特古西加尔巴瓦利马"):
        assert resolver.resolve(text).unlisted == pytest.approx(1.0, abs=0.02)
