"""Birth years under every hypothesis: means of 1, and the years that each expects."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.demographics import birth
from matcher.demographics.birth import BirthStatement, BirthStatements
from matcher.types import HYPOTHESES, Hypothesis


def of(year: int, *, estimated: bool = False) -> BirthStatement:
    return BirthStatement(year, year, estimated)


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("probe", [of(1962), of(1905), of(2034), BirthStatement(1950, 1979, estimated=True)])
def test_the_mean_over_random_records_is_one(probe: BirthStatement, hypothesis: Hypothesis) -> None:
    stated = birth.population() @ birth.statement_error(estimated=False)
    years = range(birth.FIRST_YEAR, birth.LAST_YEAR + 1)
    ratios = np.array([10.0 ** birth.log10_lr(probe, of(year), hypothesis) for year in years])
    assert stated @ ratios == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_a_pair_says_the_same_from_either_side(hypothesis: Hypothesis) -> None:
    # Exact only where the background is level: a sibling's year is drawn around the probe's, not the other way round.
    forth = birth.log10_lr(of(1970), of(1980), hypothesis)
    back = birth.log10_lr(of(1980), of(1970), hypothesis)
    assert forth == pytest.approx(back, abs=0.05)


@pytest.mark.parametrize(
    ("other", "best"), [(1970, "self"), (1975, "sibling"), (1942, "parent_child"), (1998, "parent_child")]
)
def test_each_hypothesis_wins_where_it_should(other: int, best: Hypothesis) -> None:
    values = {name: birth.log10_lr(of(1970), of(other), name) for name in HYPOTHESES}
    assert max(values, key=lambda name: values[name]) == best
    assert values[best] > 0.3


def test_the_same_person_needs_no_kin_table() -> None:
    probe = of(1962)
    direct = birth.likelihood(probe) / float(birth.population() @ birth.likelihood(probe))
    np.testing.assert_allclose(birth.record_weights(probe), direct, rtol=1e-12)


def test_nobody_is_a_parent_before_fourteen() -> None:
    table = birth.kin_years("parent_child")
    gaps = abs(np.subtract.outer(np.arange(birth.YEARS), np.arange(birth.YEARS)))
    assert (table[gaps < birth.YOUNGEST_PARENT_YEARS] == 0.0).all()
    np.testing.assert_allclose(table.sum(axis=1), 1.0)


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("probe", [of(1962), of(1900), of(2035, estimated=True), BirthStatement(1950, 1979, True)])
def test_many_records_at_once_get_what_each_gets_alone(probe: BirthStatement, hypothesis: Hypothesis) -> None:
    years = range(birth.FIRST_YEAR, birth.LAST_YEAR + 1)
    records = [BirthStatement(a, b, e) for a in years for b in (a, a + 3, birth.LAST_YEAR) for e in (False, True)]
    records = [BirthStatement.clipped(item.first, item.last, estimated=item.estimated) for item in records]
    found = birth.log10_lrs(probe, BirthStatements.of(records), hypothesis)
    alone = [birth.log10_lr(probe, item, hypothesis) for item in records]
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-9)
    assert birth.log10_lrs(probe, BirthStatements.of([]), hypothesis).shape == (0,)
