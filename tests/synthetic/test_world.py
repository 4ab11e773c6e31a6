"""The written world: the same bytes from the same seed, readable files, true truth tables, no leak."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from matcher.errors import UsageError
from matcher.synthetic.files import hashes
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.world import World, imagine_world
from matcher.synthetic.writing import write_world

Row = Mapping[str, object]


@pytest.fixture(scope="module")
def recipe_of_world(recipe: Recipe) -> Recipe:
    return replace(recipe, world=replace(recipe.world, gallery_records=700, intakes=80))


@pytest.fixture(scope="module")
def world(recipe_of_world: Recipe, sources: Sources) -> World:
    return imagine_world(recipe_of_world, sources, seed=7)


@pytest.fixture(scope="module")
def directory(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "w"
    write_world(world, path)
    return path


def _table(directory: Path, name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(directory / "truth" / f"{name}.parquet").to_pylist()
    return rows


def _forms(directory: Path) -> dict[str, list[dict[str, str]]]:
    forms = {}
    for path in sorted((directory / "stations").iterdir()):
        if path.suffix == ".xlsx":
            table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            forms[path.name] = [dict(zip(map(str, table[0]), map(str, row), strict=True)) for row in table[1:]]
        elif path.suffix == ".jsonl":
            forms[path.name] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        else:
            forms[path.name] = list(csv.DictReader(io.StringIO(_decoded(path.read_bytes()), newline="")))
    return forms


def _decoded(content: bytes) -> str:
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    raise AssertionError("neither UTF-8 nor GB18030")


def test_the_same_seed_gives_the_same_bytes(
    directory: Path, recipe_of_world: Recipe, sources: Sources, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    write_world(imagine_world(recipe_of_world, sources, seed=7), again)
    assert hashes(again) == hashes(directory)


def test_another_seed_gives_another_world(
    directory: Path, recipe_of_world: Recipe, sources: Sources, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write_world(imagine_world(recipe_of_world, sources, seed=8), other)
    assert hashes(other)["truth/records.parquet"] != hashes(directory)["truth/records.parquet"]


def test_the_manifest_names_every_file_and_its_hash(directory: Path) -> None:
    manifest = json.loads((directory / "MANIFEST.json").read_text("utf-8"))
    found = hashes(directory)
    found.pop("MANIFEST.json")
    assert manifest["sha256"] == found
    assert manifest["seed"] == 7
    assert manifest["counts"]["intakes"] == 80


def test_a_directory_that_holds_something_is_refused(directory: Path, world: World) -> None:
    with pytest.raises(UsageError, match=r"is not empty.*--output"):
        write_world(world, directory)


def test_forms_hold_every_record_of_the_truth_and_no_other(directory: Path) -> None:
    written = [row for rows in _forms(directory).values() for row in rows]
    numbers = {next(row[h] for h in ("编号", "档案号", "案卷编号", "救助编号") if h in row) for row in written}
    records = _table(directory, "records")
    assert numbers == {record["record_id"] for record in records}
    assert len(written) > len(records)  # rows entered twice by mistake


def test_several_encodings_occur(directory: Path) -> None:
    encodings = set()
    for path in (directory / "stations").iterdir():
        content = path.read_bytes()
        try:
            encodings.add("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else content.decode("utf-8") and "utf-8")
        except UnicodeDecodeError:
            encodings.add(path.suffix + "-gb")
    assert len(encodings) >= 2


def test_probes_know_their_mates_and_kin(directory: Path) -> None:
    records = _table(directory, "records")
    owner = {row["record_id"]: row["person"] for row in records}
    kind = {row["record_id"]: row["kind"] for row in records}
    for probe in _table(directory, "probes"):
        mates = {r for r, person in owner.items() if person == probe["person"] and kind[r] != "intake"}
        assert set(probe["mates"]) == mates  # type: ignore[call-overload]
        assert not set(probe["kin"]) & mates  # type: ignore[call-overload]


def test_embeddings_are_unit_vectors_of_records_with_a_photo(directory: Path) -> None:
    rows = pq.read_table(directory / "embeddings.parquet").to_pylist()
    with_photo = {row["record_id"] for row in _table(directory, "records") if row["photo_day"] is not None}
    assert {row["record_id"] for row in rows} == with_photo
    assert np.allclose([np.linalg.norm(row["vector"]) for row in rows], 1.0, atol=1e-5)
    assert len({row["photo_id"] for row in rows}) == len(rows)


def test_profiles_belong_to_samples_that_forms_name(directory: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((directory / "profiles.csv").read_bytes().decode("utf-8-sig"), newline="")))
    named = {value for form in _forms(directory).values() for row in form for value in _samples(row)}
    assert {row["样本编号"] for row in rows} == named


def _samples(row: Mapping[str, str]) -> list[str]:
    return [part for value in row.values() if value.startswith("D0") for part in value.split(";")]


def test_the_truth_stays_in_its_folder(directory: Path) -> None:
    for form in _forms(directory).values():
        for row in form:
            assert not {"person", "case", "clan", "stratum"} & set(row)
    for path in directory.rglob("*"):
        if path.is_file() and "truth" not in path.parts and path.suffix in {".csv", ".json", ".jsonl"}:
            assert "long_stayer" not in path.read_bytes().decode("gb18030", "replace") or path.name == "recipe.json"


def test_corruptions_belong_to_records(directory: Path) -> None:
    records = {row["record_id"] for row in _table(directory, "records")}
    corruptions = _table(directory, "corruptions")
    assert {row["record_id"] for row in corruptions} <= records
    causes = {row["cause"] for row in corruptions}
    assert {"misheard", "not_told", "omitted", "guessed", "fragment", "lie", "station_given", "nickname"} <= causes
