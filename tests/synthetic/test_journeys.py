"""Cases and their traces: days in order, published distributions, case numbers that tell nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from matcher.synthetic.block import Block, draw_block
from matcher.synthetic.journeys import day_number
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.traces import SECOND_ENTRY
from matcher.synthetic.world import imagine_world
from matcher.types import DAYS_PER_YEAR


@pytest.fixture(scope="module")
def block(larger: Recipe, sources: Sources) -> Block:
    return draw_block(imagine_world(larger, sources, seed=11), 0)


def test_sizes_are_those_of_the_recipe(block: Block, larger: Recipe) -> None:
    kinds = Counter(trace.kind for trace in block.traces)
    assert kinds["intake"] == larger.world.intakes
    gallery = kinds["rescue"] + kinds["missing"]
    assert larger.world.gallery_records <= gallery <= larger.world.gallery_records * 1.1
    assert min(kinds.values()) > 100


def test_days_are_in_order(block: Block, larger: Recipe) -> None:
    since = day_number(larger.traces.records_since)
    for trace in block.traces:
        case = trace.case
        assert trace.person.birth_day < case.loss_day <= case.found_day
        if trace.kind == "rescue":
            assert since <= trace.day <= case.found_day
        if trace.kind == "missing":
            assert trace.day >= case.loss_day
        if trace.kind == "intake":
            assert trace.day == case.found_day
            assert all(day < case.found_day for day in case.rescue_days)


def test_separations_of_long_stayers_follow_the_published_table(larger: Recipe, sources: Sources) -> None:
    big = replace(larger, world=replace(larger.world, intakes=900, gallery_records=10))
    today = day_number(big.world.today)
    cases = {
        t.case.case: t.case for t in draw_block(imagine_world(big, sources, seed=5), 0).traces if t.kind == "intake"
    }
    years = np.array([(today - c.loss_day) / DAYS_PER_YEAR for c in cases.values() if c.stratum == "long_stayer"])
    expected = sum(share for low, high, share in big.loss.separation_years if high <= 20)
    # Persons nobody can be that old shorten some separations, never lengthen one.
    assert abs(np.mean(years < 20) - expected) < 4 * np.sqrt(0.25 / len(years)) + 0.03
    assert 0.1 < np.mean(years > 30) < 0.3


def test_an_admission_entered_twice_gets_a_number_of_its_own(block: Block) -> None:
    again = [trace for trace in block.traces if trace.index >= SECOND_ENTRY]
    assert again
    keys = {trace.key: trace for trace in block.traces}
    for trace in again:
        first = keys[trace.case.case, trace.index - SECOND_ENTRY]
        assert (first.day, first.station.number) == (trace.day, trace.station.number)
        assert first.record_id != trace.record_id


def test_strata_and_unmated_cases_follow_the_recipe(block: Block, larger: Recipe) -> None:
    cases = {t.case.case: t.case for t in block.traces if t.kind == "intake"}.values()
    fresh = [case for case in cases if case.stratum == "fresh"]
    stayers = [case for case in cases if case.stratum == "long_stayer"]
    assert abs(len(fresh) / len(cases) - larger.loss.fresh_share) < 0.15
    unmated = {name: np.mean([case.traces == 0 for case in group]) for name, group in (("f", fresh), ("s", stayers))}
    assert unmated["f"] < unmated["s"]


def test_few_persons_hold_many_records(larger: Recipe, sources: Sources) -> None:
    heavy = replace(larger, traces=replace(larger.traces, repeat_maximum=60))
    records = Counter(
        t.person.person for t in draw_block(imagine_world(heavy, sources, seed=2), 0).traces if t.kind == "rescue"
    )
    assert max(records.values()) >= 20
    assert np.median(list(records.values())) <= 2
