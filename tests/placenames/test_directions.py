from __future__ import annotations

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from matcher.errors import UsageError
from matcher.outputs import harmless
from matcher.placenames.directions import HEADINGS, direction_rows, write_directions
from matcher.placenames.search import Searcher
from matcher.placenames.statistics import RegionCount, count_by_region


@pytest.fixture(scope="module")
def counts(searcher: Searcher) -> tuple[RegionCount, ...]:
    return count_by_region(searcher, "朝阳", by=1)


def test_a_csv_file_holds_what_was_counted(searcher: Searcher, counts: tuple[RegionCount, ...], tmp_path: Path) -> None:
    path = tmp_path / "phone.csv"
    assert write_directions(path, searcher.gazetteer, counts) == len(counts) >= 3
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == HEADINGS
    assert [row[2] for row in rows[1:]] == [row[2] for row in direction_rows(searcher.gazetteer, counts)]
    assert [int(row[3]) for row in rows[1:]] == [item.places for item in counts]


def test_a_workbook_holds_the_same(searcher: Searcher, counts: tuple[RegionCount, ...], tmp_path: Path) -> None:
    path = tmp_path / "phone.xlsx"
    write_directions(path, searcher.gazetteer, counts)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [tuple(row) for row in rows[1:]] == list(direction_rows(searcher.gazetteer, counts))


def test_cells_that_a_spreadsheet_would_run_are_disarmed() -> None:
    assert [harmless(cell) for cell in ("=1+1", "@x", "河北省")] == ["'=1+1", "'@x", "河北省"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("phone.txt", "neither CSV nor XLSX"), ("no/phone.csv", "written"), ("no/phone.xlsx", "written")],
)
def test_a_place_that_cannot_be_written_is_a_usage_error(
    searcher: Searcher, counts: tuple[RegionCount, ...], tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        write_directions(tmp_path / name, searcher.gazetteer, counts)
