"""A world in blocks: one after the other in memory, one register over all of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from matcher.synthetic import writing
from matcher.synthetic.block import Block, draw_block
from matcher.synthetic.people import year_of
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.registers import Entries, Numbers, number_all, provisional_record, provisional_sample
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams
from matcher.synthetic.world import World, imagine_world
from matcher.synthetic.writing import write_world


@pytest.fixture(scope="module")
def world(recipe: Recipe, sources: Sources) -> World:
    sized = replace(recipe.world, gallery_records=301, intakes=20, blocks=3)
    return imagine_world(replace(recipe, world=sized), sources, seed=7)


@pytest.fixture(scope="module")
def blocks(world: World) -> list[Block]:
    return [draw_block(world, number) for number in range(3)]


@pytest.fixture(scope="module")
def written(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blocks") / "w"
    write_world(world, path)
    return path


def _records(directory: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(directory / "truth" / "records.parquet").to_pylist()
    return rows


def test_blocks_share_the_records_and_nothing_else(blocks: list[Block]) -> None:
    kinds = [Counter(trace.kind for trace in block.traces) for block in blocks]
    assert [kind["intake"] for kind in kinds] == [7, 7, 6]
    assert all(100 <= kind["rescue"] + kind["missing"] <= 120 for kind in kinds)
    people = [set(block.population.people) for block in blocks]
    assert not people[0] & people[1]
    cases = [{trace.case.case for trace in block.traces} for block in blocks]
    assert not cases[0] & cases[1]


def test_case_numbers_are_unique_and_run_by_day_over_all_blocks(written: Path) -> None:
    rows = _records(written)
    assert len({row["record_id"] for row in rows}) == len(rows)
    seen: dict[str, list[tuple[int, int]]] = {}
    blocks_of: dict[str, set[int]] = {}
    for row in rows:
        found = re.fullmatch(r"(\w+)-(\d{4})-(\d{4})", row["record_id"])
        assert found is not None
        assert (found[1], int(found[2])) == (row["station"], year_of(row["day"]))
        seen.setdefault(found[1] + found[2], []).append((int(found[3]), row["day"]))
        blocks_of.setdefault(found[1] + found[2], set()).add(row["case"] // 10_000_000)
    for listed in seen.values():
        assert [count for count, _ in sorted(listed)] == list(range(1, len(listed) + 1))
        days = [day for _, day in sorted(listed)]
        assert days == sorted(days)
    assert any(len(found) == 3 for found in blocks_of.values())


def test_a_block_is_the_same_when_it_is_drawn_again(world: World, blocks: list[Block]) -> None:
    again = draw_block(world, 1)
    assert again.traces == blocks[1].traces
    assert again.samples == blocks[1].samples


def test_no_provisional_number_is_left(written: Path) -> None:
    content = (
        b"".join(path.read_bytes() for path in written.rglob("*") if path.suffix in {".csv", ".json", ".jsonl"})
        + repr([_records(written), pq.read_table(written / "embeddings.parquet").to_pylist()]).encode()
    )
    for name in ("probes", "corruptions"):
        content += repr(pq.read_table(written / "truth" / f"{name}.parquet").to_pylist()).encode()
    assert re.search(rb"\{[RS]-?\d", content) is None


def test_final_numbers_take_the_place_of_provisional_ones() -> None:
    numbers = Numbers(["AB01-2020-0007", "CD02-2021-0001"], ["D0100001"])
    text = f'救助{provisional_record(0).replace("-", "")} {provisional_record(1)} {{"a": "{provisional_sample(0)}"}}'
    assert numbers.put_into(text) == '救助AB0120200007 CD02-2021-0001 {"a": "D0100001"}'
    assert numbers.put_into("{R} {Q-0000001} {}") == "{R} {Q-0000001} {}"


def test_a_world_in_blocks_is_written_like_any_other(world: World, written: Path) -> None:
    records = _records(written)
    counts = json.loads((written / "MANIFEST.json").read_text("utf-8"))["counts"]
    assert len(records) == counts["intakes"] + counts["gallery_records"]
    embeddings = pq.read_table(written / "embeddings.parquet")
    assert embeddings.num_rows == counts["embeddings"]
    assert not list(written.glob(".spool*"))
    profiles = (written / "profiles.csv").read_text("utf-8-sig").splitlines()
    assert len({line.partition(",")[0] for line in profiles[1:]}) == counts["samples"] > 0


def test_numbering_by_hand() -> None:
    # Station 1 in 1970: day 5 (second block), 9, 9 (lot decides); 1971 starts again; station 2 has its own count.
    entries = [
        Entries.of([(1, 9), (1, 400), (2, 3)], [0.7, 0.1, 0.5], 2),
        Entries.of([(1, 5), (1, 9)], [0.2, 0.3], 1),
    ]
    registers = number_all(Streams(1), entries)
    assert [numbers.tolist() for numbers in registers.records] == [[3, 1, 1], [1, 2]]
    assert sorted(n for numbers in registers.samples for n in numbers.tolist()) == [0, 1, 2]
    assert registers.numbers(1, {1: "AB01", 2: "CD02"}).records == ["AB01-1970-0001", "AB01-1970-0002"]


def test_the_register_does_not_tell_blocks_apart(recipe: Recipe, sources: Sources, tmp_path: Path) -> None:
    many: Mapping[str, int] = {"gallery_records": 600, "intakes": 0, "blocks": 2}
    write_world(imagine_world(replace(recipe, world=replace(recipe.world, **many)), sources, seed=3), tmp_path / "w")
    rows = _records(tmp_path / "w")
    parities = [
        np.mean([int(row["record_id"].rpartition("-")[2]) % 2 for row in rows if row["case"] // 10_000_000 == block])
        for block in range(2)
    ]
    assert abs(parities[0] - parities[1]) < 0.15


def test_a_long_form_is_handed_over_in_parts(
    world: World, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_FORM_ROWS", 10)
    write_world(world, tmp_path / "w")
    whole = {path.name: path.read_bytes().splitlines() for path in (written / "stations").glob("*.csv")}
    cut = [name for name, lines in whole.items() if len(lines) > 11]
    assert cut
    for name in cut:
        stem = name.removesuffix(".csv")
        names = [name, *(f"{stem}-{part}.csv" for part in range(2, (len(whole[name]) - 2) // 10 + 2))]
        contents = [(tmp_path / "w" / "stations" / part).read_bytes().splitlines() for part in names]
        assert all(content[0] == whole[name][0] for content in contents)
        assert [line for content in contents for line in content[1:]] == whole[name][1:]
