"""The world kept in the repository is what its recipe and seed give today."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from matcher.settings import Settings
from matcher.synthetic.files import hashes
from matcher.synthetic.recipe import load_recipe
from matcher.synthetic.reference import open_sources
from matcher.synthetic.world import imagine_world
from matcher.synthetic.writing import write_world

DATASETS = Path(__file__).parents[2] / "datasets-synthetic"
KEPT = DATASETS / "tiny"
REMEDY = (
    "made again with: rm -r datasets-synthetic/tiny; "
    "matcher synth --recipe datasets-synthetic/recipes/micro.toml --seed 7 --output datasets-synthetic/tiny"
)
EXACT = {".csv", ".json", ".jsonl"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same recipe and seed once more; nothing that has to be built first is needed."""
    recipe = load_recipe(DATASETS / "recipes" / "micro.toml")
    nowhere = Settings(tmp_path_factory.mktemp("home"))
    path = tmp_path_factory.mktemp("again") / "tiny"
    write_world(imagine_world(recipe, open_sources(recipe, nowhere, seed=7), seed=7), path)
    return path


def test_the_same_files_are_made(made: Path) -> None:
    assert {p.relative_to(made) for p in made.rglob("*")} == {p.relative_to(KEPT) for p in KEPT.rglob("*")}, REMEDY


def test_text_files_have_the_same_bytes(made: Path) -> None:
    again, kept = hashes(made), hashes(KEPT)
    for name in kept:
        if Path(name).suffix in EXACT and name != "MANIFEST.json":
            assert again[name] == kept[name], f"{name}: {REMEDY}"


def test_the_manifest_holds_the_hash_of_every_kept_file() -> None:
    manifest = json.loads((KEPT / "MANIFEST.json").read_text("utf-8"))
    kept = hashes(KEPT)
    kept.pop("MANIFEST.json")
    assert manifest["sha256"] == kept


def test_binary_files_have_the_same_content(made: Path) -> None:
    """Bytes of XLSX and Parquet depend on the versions of their writers, vectors on the processor's rounding."""
    for path in KEPT.rglob("*.parquet"):
        kept, again = pq.read_table(path), pq.read_table(made / path.relative_to(KEPT))
        assert kept.schema.equals(again.schema)
        plain = [name for name in kept.column_names if name != "vector"]
        assert kept.select(plain).equals(again.select(plain)), f"{path.name}: {REMEDY}"
        if "vector" in kept.column_names:
            vectors = (np.array(table.column("vector").to_pylist()) for table in (kept, again))
            assert np.allclose(*vectors, atol=1e-5), f"{path.name}: {REMEDY}"
    for path in KEPT.rglob("*.xlsx"):
        books = [CalamineWorkbook.from_path(p) for p in (path, made / path.relative_to(KEPT))]
        sheets = [book.get_sheet_by_index(0).to_python() for book in books]
        assert sheets[0] == sheets[1], f"{path.name}: {REMEDY}"


def test_the_kept_world_is_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file()) < 1_000_000
