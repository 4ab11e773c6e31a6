"""What is written opens as it was, as narrow as it goes, and without reading what nobody asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.engine import storage
from matcher.engine.columns import ColumnCodes, ManyColumn, SingleColumn, Vocabulary, row_offsets
from matcher.engine.gallery import Gallery

IDS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6), unique=True)


def reopened(directory: Path, gallery: Gallery, words: dict[str, Vocabulary]) -> tuple[Gallery, dict[str, Vocabulary]]:
    directory.mkdir()
    storage.write_gallery(directory, gallery, {"name": words})
    opened, vocabularies = storage.read_gallery(directory)
    return opened, vocabularies["name"]


@pytest.mark.parametrize(("size", "width"), [(200, 1), (60_000, 2), (70_000, 4)])
def test_codes_are_stored_as_narrow_as_they_go(tmp_path: Path, size: int, width: int) -> None:
    gallery = Gallery(np.array(["A", "B"]), {"name": {"one": SingleColumn(np.array([0, size], np.uint32))}})
    column = reopened(tmp_path / "g", gallery, {})[0].codes["name"]["one"]
    assert isinstance(column, SingleColumn)
    assert column.codes.dtype.itemsize == width
    assert column.codes.tolist() == [0, size]


def test_a_column_without_any_evidence_takes_no_room(tmp_path: Path) -> None:
    many = ManyColumn(np.zeros(1001, np.int64), np.zeros(0, np.uint32))
    columns: dict[str, ColumnCodes] = {"one": SingleColumn(np.zeros(1000, np.uint32)), "many": many}
    gallery = Gallery(np.array([f"R{i:04d}" for i in range(1000)]), {"name": columns})
    opened, _ = reopened(tmp_path / "g", gallery, {})
    assert all(path.stat().st_size < 200 for path in (tmp_path / "g" / "name").iterdir())
    single, ragged = opened.codes["name"]["one"], opened.codes["name"]["many"]
    assert isinstance(single, SingleColumn)
    assert isinstance(ragged, ManyColumn)
    assert single.codes.tolist() == [0] * 1000
    assert ragged.offsets.tolist() == [0] * 1001


@given(IDS, st.data())
def test_ids_and_ragged_columns_come_back(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], data: st.DataObject
) -> None:
    rows = sorted(data.draw(st.lists(st.integers(0, max(0, len(ids) - 1)), max_size=5 * len(ids))) if ids else [])
    column = ManyColumn(row_offsets(np.array(rows, np.int64), len(ids)), np.arange(1, len(rows) + 1, dtype=np.uint32))
    gallery = Gallery(np.array(sorted(ids), np.str_), {"name": {"many": column}})
    opened, _ = reopened(tmp_path_factory.mktemp("s") / "g", gallery, {})
    assert opened.record_ids.tolist() == sorted(ids)
    again = opened.codes["name"]["many"]
    assert isinstance(again, ManyColumn)
    np.testing.assert_array_equal(again.offsets, column.offsets)
    np.testing.assert_array_equal(again.codes, column.codes)


def test_a_stored_vocabulary_is_read_where_it_is_asked(tmp_path: Path) -> None:
    words = Vocabulary(["", "\u738b", "b", "\U0001f600"])
    column = SingleColumn(np.array([1, 3], np.uint32))
    _, opened = reopened(tmp_path / "g", Gallery(np.array(["A", "B"]), {"name": {"one": column}}), {"one": words})
    stored = opened["one"]
    assert len(stored) == 4
    assert stored.taken(np.array([3, 0, 1], np.uint32)) == ["\U0001f600", "", "\u738b"]
    assert stored._values is None
    assert stored.intern("b") == 2
    assert stored.intern("new") == 4
    assert stored.values == [*words.values, "new"]
    assert stored.taken(np.array([4, 2], np.uint32)) == ["new", "b"]
