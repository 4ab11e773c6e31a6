"""Heights of adults: proper LRs, equal to their readable twin, silent about children."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.demographics.height import (
    MEAN_CM,
    SHORTEST_CM,
    TALLEST_CM,
    HeightStatement,
    adult,
    log10_lr,
    log10_lrs,
    population,
    stated_at_large,
    statement_error,
)
from matcher.demographics.sex import SEXES
from matcher.types import DayInterval, Sex

HEIGHTS = st.integers(SHORTEST_CM - 20, TALLEST_CM + 20)
STATED_SEX = st.sampled_from((*SEXES, None))
EVERY = range(SHORTEST_CM, TALLEST_CM + 1)


@given(HEIGHTS, STATED_SEX)
def test_the_mean_over_random_records_of_each_stated_sex_is_one(probe: int, stated_sex: Sex | None) -> None:
    ratios = 10.0 ** log10_lrs(probe, [HeightStatement(value, stated_sex) for value in EVERY])
    assert float(stated_at_large(stated_sex) @ ratios) == pytest.approx(1.0, abs=1e-12)


@given(HEIGHTS, st.lists(st.builds(HeightStatement, HEIGHTS, STATED_SEX), min_size=1, max_size=3))
def test_tables_equal_the_sum_over_sexes_and_heights(probe: int, records: list[HeightStatement]) -> None:
    assert log10_lrs(probe, records) == pytest.approx([log10_lr(probe, record) for record in records], abs=1e-9)


@given(HEIGHTS, HEIGHTS, st.sampled_from(SEXES))
def test_two_records_of_one_stated_sex_say_the_same_from_either_side(one: int, other: int, stated_sex: Sex) -> None:
    there, back = log10_lr(one, HeightStatement(other, stated_sex)), log10_lr(other, HeightStatement(one, stated_sex))
    assert there == pytest.approx(back, abs=1e-9)


def test_distributions_are_distributions() -> None:
    assert population().sum() == pytest.approx(1.0)
    assert statement_error().sum(axis=1) == pytest.approx(1.0)
    means = population() @ np.arange(SHORTEST_CM, TALLEST_CM + 1) / population().sum(axis=1)
    assert means == pytest.approx([MEAN_CM[value] for value in SEXES], abs=0.05)


def test_rare_agreement_says_more_and_no_contradiction_is_final() -> None:
    def same(height: int) -> float:
        return log10_lr(height, HeightStatement(height, "male"))

    assert 0.2 < same(167) < same(180) < same(190)
    worst = min(log10_lr(one, HeightStatement(other, "male")) for one in (156, 167, 178) for other in (156, 167, 178))
    assert -2.0 < worst < -0.5
    # So unlikely a height is more probably a slip of the pen than the person's own, and says little.
    assert abs(log10_lr(140, HeightStatement(195, "male"))) < 0.3


def test_a_mans_height_in_the_record_of_a_woman_may_be_a_clerks_error_in_the_sex() -> None:
    tall = HeightStatement(183, "female")
    assert log10_lr(183, tall) > log10_lr(183, HeightStatement(160, "female"))
    assert log10_lr(183, tall) > 0.5


@pytest.mark.parametrize(
    ("birth", "event", "proven"),
    [
        (DayInterval(0, 0), DayInterval(6575, 6575), True),
        (DayInterval(0, 0), DayInterval(6574, 6580), False),
        (DayInterval(-3650, 100), DayInterval(6575, 6575), False),
        (None, DayInterval(6575, 6575), False),
        (DayInterval(0, 0), None, False),
    ],
)
def test_only_proven_adults_are_compared(birth: DayInterval | None, event: DayInterval | None, proven: bool) -> None:
    assert adult(birth, event) is proven
