"""Hard cases are what they say they are, and stay apart from the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.synthetic.block import Block, draw_block
from matcher.synthetic.recipe import HardSets, Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.traces import Trace
from matcher.synthetic.world import imagine_world
from matcher.types import DAYS_PER_YEAR


@pytest.fixture(scope="module")
def block(recipe: Recipe, sources: Sources) -> Block:
    sets = HardSets(twins=3, lost_together=3, namesakes=3, repeat_wanderers=2, child_to_adult=4, told_nothing=3)
    return draw_block(imagine_world(replace(recipe, hard_sets=sets), sources, seed=7), 0)


def _made(block: Block, name: str) -> list[Trace]:
    return [t for t in block.traces if t.kind == "intake" and t.case.designed == name]


def _gallery(block: Block, person: int) -> list[Trace]:
    return [t for t in block.traces if t.kind != "intake" and t.person.person == person]


def test_every_made_case_has_a_mate(block: Block, recipe: Recipe) -> None:
    made = [t for t in block.traces if t.kind == "intake" and t.case.designed]
    assert len(made) == 18
    assert sum(t.kind == "intake" for t in block.traces) == 18 + recipe.world.intakes
    for trace in made:
        assert _gallery(block, trace.person.person)


def test_the_twin_has_records(block: Block) -> None:
    for trace in _made(block, "twins"):
        assert trace.person.twin is not None
        assert _gallery(block, trace.person.twin)


def test_the_sibling_was_lost_on_the_same_day_and_has_records(block: Block) -> None:
    for trace in _made(block, "lost_together"):
        doubles = [t for t in block.traces if t.case.lost_with == trace.case.case]
        assert doubles
        assert {t.case.loss_day for t in doubles} == {trace.case.loss_day}
        assert {t.person.mother for t in doubles} == {trace.person.mother}


def test_the_namesake_is_a_stranger_of_the_same_village(block: Block) -> None:
    for trace in _made(block, "namesakes"):
        same = [
            t.person for t in block.traces
            if t.person.name == trace.person.name and t.person.home == trace.person.home
            and t.person.person != trace.person.person and t.person.sex == trace.person.sex
        ]  # fmt: skip
        assert same
        assert all(person.clan != trace.person.clan for person in same)


def test_repeat_wanderers_hold_as_many_records_as_the_recipe_says(block: Block, recipe: Recipe) -> None:
    for trace in _made(block, "repeat_wanderers"):
        assert len(_gallery(block, trace.person.person)) >= recipe.traces.repeat_maximum - 1


def test_children_are_found_thirty_years_later(block: Block, recipe: Recipe) -> None:
    for trace in _made(block, "child_to_adult"):
        assert trace.case.age_at_loss == "child"
        assert (block.traces[-1].day - trace.case.loss_day) / DAYS_PER_YEAR >= 29
        assert [t for t in _gallery(block, trace.person.person) if t.kind == "missing"]


def test_who_tells_nothing_tells_nothing(block: Block) -> None:
    assert {t.ability for t in _made(block, "told_nothing")} == {"silent"}


def test_nobody_is_taken_twice(block: Block) -> None:
    cases = {(t.case.case, t.person.person) for t in block.traces}
    assert len({person for _, person in cases}) == len({case for case, _ in cases}) == len(cases)
