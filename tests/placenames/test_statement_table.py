"""The table of a gallery's statements: what it keeps of accents changes no number, and it is as narrow as it goes."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.placenames import statement_table
from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.overlap import Statement, density_of, likelihood_ratio
from matcher.placenames.resolve import Resolver
from matcher.placenames.statement_table import StatementTable

ACCENTS = ("", "chuanyu@510000", "yue@", "@310000")
TEXTS = ("四川", "云阳县千丘", "重庆市云阳县江口镇", "湖南衡阳", "广东", "从未说过")


@pytest.fixture(scope="module")
def statements(gazetteer: Gazetteer) -> list[Statement]:
    resolver = Resolver(gazetteer)
    return [Statement(resolver.resolve(text), 0.9, accent) for text in TEXTS for accent in ACCENTS[:3]]


def test_forgotten_accents_are_worked_out_again(
    gazetteer: Gazetteer, statements: list[Statement], monkeypatch: pytest.MonkeyPatch
) -> None:
    accents, resolver = AccentMap(gazetteer), Resolver(gazetteer)
    told = [Statement(resolver.resolve(TEXTS[1]), 0.8, accent) for accent in ACCENTS]
    densities = [density_of(gazetteer, [statement], accents) for statement in told]
    table = StatementTable.of(gazetteer, statements, accents)
    ample = [table.likelihood_ratios(density) for density in densities]
    assert set(table._spoken) == set(ACCENTS)
    monkeypatch.setattr(statement_table, "KEPT_BYTES", table.base.nbytes)
    scarce = StatementTable.of(gazetteer, statements, accents)
    for density, expected in zip([*densities, *densities], [*ample, *ample], strict=True):
        np.testing.assert_array_equal(scarce.likelihood_ratios(density), expected)
        assert set(scarce._spoken) == {density.accent}


def test_a_statement_for_certain_leaves_nothing_elsewhere(gazetteer: Gazetteer, statements: list[Statement]) -> None:
    """Where a probe leaves no doubt, the LR of every other place is that of its twin: the share of the unsure."""
    accents = AccentMap(gazetteer)
    county = Resolver(gazetteer).resolve("重庆市云阳县")
    best = int(np.argmax(county.weights))
    sure = Statement(type(county)(county.nodes[[best]], np.ones(1), county.via[[best]], 0.0), 1.0)
    density = density_of(gazetteer, [sure], accents)
    assert density.rest == 0.0
    found = StatementTable.of(gazetteer, statements, accents).likelihood_ratios(density)
    twins = [likelihood_ratio(gazetteer, density, statement, accents) for statement in statements]
    np.testing.assert_allclose(found, twins, rtol=1e-9)


def test_a_gallery_without_places_has_a_table(gazetteer: Gazetteer) -> None:
    accents = AccentMap(gazetteer)
    resolution = Resolver(gazetteer).resolve("的")
    density = density_of(gazetteer, [Statement(Resolver(gazetteer).resolve(TEXTS[0]), 0.9)], accents)
    for statements in ([], [Statement(resolution, 0.9)]):
        table = StatementTable.of(gazetteer, statements, accents)
        assert table.owner.dtype == np.int32
        twins = [likelihood_ratio(gazetteer, density, statement, accents) for statement in statements]
        np.testing.assert_allclose(table.likelihood_ratios(density), twins, rtol=1e-9)


def test_only_what_a_probe_tells_of_is_added_up(gazetteer: Gazetteer, statements: list[Statement]) -> None:
    """Rounding of a closed step must not look like a place that is told of: that would be half of a large gallery."""
    accents, resolver = AccentMap(gazetteer), Resolver(gazetteer)
    table = StatementTable.of(gazetteer, statements, accents)
    for text in TEXTS[:5]:
        found = resolver.resolve(text)
        density = density_of(gazetteer, [Statement(found, 0.9)], accents)
        low, high = gazetteer.leaves_before[found.nodes], gazetteer.leaves_before[gazetteer.end[found.nodes]]
        first, last = table.points[table.first], table.points[table.last]
        touches = ((first[:, None] < high) & (last[:, None] > low)).any(axis=1)
        np.testing.assert_array_equal(table._concerned(density), np.flatnonzero(touches))
