"""A saved name index: the same answers, refused when stale, with the command that mends it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from matcher.cli.names import names
from matcher.errors import InputError, StaleIndexError
from matcher.phonetic.gallery_file import read_gallery
from matcher.phonetic.index_files import open_index, save_index
from matcher.phonetic.name_index import build_index
from matcher.phonetic.sampling import draw_name
from matcher.phonetic.search import search_index

OTHERS = ["欧阳洪芝", "阿迪力·买买提", "王某某", "王山江(音)", "李玉□", "无名氏", "wang shanjiang", "𬭼江", "老王"]


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    texts = [draw_name(rng) for _ in range(500)] + OTHERS * 2
    path = tmp_path / "persons.parquet"
    pq.write_table(pa.table({"id": list(range(len(texts))), "name": texts}), path)
    return path


def test_opened_equals_built(gallery: Path, tmp_path: Path) -> None:
    built = read_gallery(gallery)
    save_index(built, tmp_path / "index", gallery=gallery)
    opened = open_index(tmp_path / "index")
    assert [opened.name(n) for n in range(len(opened))] == [built.name(n) for n in range(len(built))]
    for text in ("王山江", "wang shan", "艾迪力·买买提", "欧阳芝", "王某某", "无名氏", "江山王"):
        assert search_index(opened, text, top=50) == search_index(built, text, top=50)


def test_ids_may_be_text(gallery: Path, tmp_path: Path) -> None:
    index = build_index([("A-1", "王山江"), ("B-2", "王山江")])
    save_index(index, tmp_path / "index", gallery=gallery)
    assert search_index(open_index(tmp_path / "index"), "王山江", top=1)[0].ids == ("A-1", "B-2")


def test_an_empty_gallery_can_be_kept(gallery: Path, tmp_path: Path) -> None:
    save_index(build_index([(1, "无名氏")]), tmp_path / "index", gallery=gallery)
    assert search_index(open_index(tmp_path / "index"), "王山江") == ()


@pytest.mark.parametrize("case", ["absent", "gallery changed", "file cut", "other rules", "other format", "not JSON"])
def test_stale_is_refused_with_the_remedy(gallery: Path, tmp_path: Path, case: str) -> None:
    directory = tmp_path / "index"
    if case != "absent":
        save_index(read_gallery(gallery), directory, gallery=gallery)
        manifest = json.loads((directory / "manifest.json").read_text())
    if case == "gallery changed":
        pq.write_table(pa.table({"id": [1], "name": ["王山江"]}), gallery)
    elif case == "file cut":
        (directory / "first.npy").write_bytes((directory / "first.npy").read_bytes()[:-4])
    elif case == "other rules":
        (directory / "manifest.json").write_text(json.dumps(manifest | {"rules": "x"}))
    elif case == "other format":
        (directory / "manifest.json").write_text(json.dumps(manifest | {"format_version": 99}))
    elif case == "not JSON":
        (directory / "manifest.json").write_text("{")
    with pytest.raises(StaleIndexError, match=r"matcher names index .*--output"):
        open_index(directory)


def test_a_gallery_that_was_only_touched_still_fits(gallery: Path, tmp_path: Path) -> None:
    save_index(read_gallery(gallery), tmp_path / "index", gallery=gallery)
    gallery.touch()
    assert len(open_index(tmp_path / "index"))


def test_other_directories_are_left_alone(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="something else"):
        save_index(read_gallery(gallery), tmp_path / "mine", gallery=gallery)
    with pytest.raises(InputError, match="mixed"):
        save_index(build_index([(1, "王山江"), ("B", "王山江")]), tmp_path / "index", gallery=gallery)


def test_commands(gallery: Path, tmp_path: Path) -> None:
    run = CliRunner()
    made = run.invoke(
        names, ["index", "--gallery", str(gallery), "--output", str(tmp_path / "i"), "--json"], catch_exceptions=False
    )
    assert json.loads(made.stdout)["bearers"] > 500
    answers = [
        run.invoke(names, ["search", "欧阳红芝", *where, "--json"], catch_exceptions=False).stdout
        for where in (["--index", str(tmp_path / "i")], ["--gallery", str(gallery)])
    ]
    assert answers[0] == answers[1]
