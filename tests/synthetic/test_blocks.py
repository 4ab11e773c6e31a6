"""A world in blocks: one after the other in memory, one register over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from matcher.synthetic.block import RegisterRows, number_all
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.synthetic.world import World, imagine_world
from matcher.synthetic.writing import write_world


@pytest.fixture(scope="module")
def world(recipe: Recipe, sources: Sources) -> World:
    sized = replace(recipe.world, gallery_records=301, intakes=20, blocks=3)
    return imagine_world(replace(recipe, world=sized), sources, seed=7)


def test_blocks_share_the_records_and_nothing_else(world: World) -> None:
    blocks = list(world.blocks())
    assert len(blocks) == 3
    kinds = [Counter(trace.kind for trace in block.traces) for block in blocks]
    assert [kind["intake"] for kind in kinds] == [7, 7, 6]
    assert all(100 <= kind["rescue"] + kind["missing"] <= 120 for kind in kinds)
    people = [set(block.population.people) for block in blocks]
    assert not people[0] & people[1]
    cases = [{trace.case.case for trace in block.traces} for block in blocks]
    assert not cases[0] & cases[1]


def test_case_numbers_run_by_day_over_all_blocks(world: World) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    blocks_of: dict[str, set[int]] = {}
    for number, block in enumerate(world.blocks()):
        for trace in block.traces:
            register, _, count = trace.record_id.rpartition("-")
            seen.setdefault(register, []).append((int(count), trace.day))
            blocks_of.setdefault(register, set()).add(number)
    for rows in seen.values():
        assert [count for count, _ in sorted(rows)] == list(range(1, len(rows) + 1))
        days = [day for _, day in sorted(rows)]
        assert days == sorted(days)
    assert any(len(blocks) == 3 for blocks in blocks_of.values())


def test_a_block_is_the_same_when_it_is_drawn_again(world: World) -> None:
    first, second = (list(world.blocks()) for _ in range(2))
    assert [block.traces for block in first] == [block.traces for block in second]
    assert [block.samples for block in first] == [block.samples for block in second]


def test_sample_numbers_are_unique_over_blocks(world: World) -> None:
    numbers = [sample.sample_id for block in world.blocks() for sample in block.samples]
    assert len(set(numbers)) == len(numbers) > 0


def test_a_world_in_blocks_is_written_like_any_other(world: World, tmp_path: Path) -> None:
    summary = write_world(world, tmp_path / "w")
    records = pq.read_table(tmp_path / "w" / "truth" / "records.parquet").to_pylist()
    assert len(records) == summary.counts["intakes"] + summary.counts["gallery_records"]
    assert len({row["record_id"] for row in records}) == len(records)
    embeddings = pq.read_table(tmp_path / "w" / "embeddings.parquet")
    assert embeddings.num_rows == summary.counts["embeddings"]
    assert not list((tmp_path / "w").glob(".spool*"))


def _rows(stations: list[int], days: list[int], lots: list[float], tubes: int) -> RegisterRows:
    return RegisterRows(np.array(stations), np.array(days), np.array(lots), tubes)


def test_numbering_by_hand() -> None:
    # Station 1 in 1970: day 5 (second block), 9, 9 (lot decides); 1971 starts again; station 2 has its own count.
    rows = [_rows([1, 1, 2], [9, 400, 3], [0.7, 0.1, 0.5], 2), _rows([1, 1], [5, 9], [0.2, 0.3], 1)]
    register = number_all(Streams(1), rows)
    assert [numbers.tolist() for numbers in register.records] == [[3, 1, 1], [1, 2]]
    assert sorted(n for numbers in register.samples for n in numbers.tolist()) == [0, 1, 2]


def test_the_register_does_not_tell_blocks_apart(recipe: Recipe, sources: Sources) -> None:
    many: Mapping[str, int] = {"gallery_records": 600, "intakes": 0, "blocks": 2}
    world = imagine_world(replace(recipe, world=replace(recipe.world, **many)), sources, seed=3)
    parities = [
        np.mean([int(trace.record_id.rpartition("-")[2]) % 2 for trace in block.traces]) for block in world.blocks()
    ]
    assert abs(parities[0] - parities[1]) < 0.15
