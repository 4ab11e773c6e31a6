"""The list of offices to phone (核查方向) as a file that an office opens: CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from matcher.errors import UsageError
from matcher.outputs import harmless, inert_workbook, output_file
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.statistics import RegionCount

HEADINGS = ("序号", "区划代码", "地区", "地名数", "占比", "举例")


def direction_rows(
    gazetteer: Gazetteer, counts: Sequence[RegionCount]
) -> Iterator[tuple[int, str, str, int, float, str]]:
    """Yield one row per region in the order of `HEADINGS`; the share is rounded to four decimals."""
    for rank, item in enumerate(counts, 1):
        code = gazetteer.code(item.gid) if item.gid >= 0 else ""
        where = "".join(gazetteer.path(item.gid)) if item.gid >= 0 else "未详"
        examples = "、".join("".join(gazetteer.path(gid)) for gid in item.examples)
        yield rank, code, where, item.places, round(item.share, 4), examples


def write_directions(path: Path, gazetteer: Gazetteer, counts: Sequence[RegionCount]) -> int:
    """Write the list and return the number of regions; the ending of the file decides the format.

    Raises
    ------
    UsageError
        When the ending is neither `.csv` nor `.xlsx`, or the file cannot be written.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"'{path.name}' is neither CSV nor XLSX", remedy="name a file that ends in .csv or .xlsx")
    rows = list(direction_rows(gazetteer, counts))
    with output_file(path) as temporary:
        write(temporary, rows)
    return len(rows)


def _write_csv(path: Path, rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel that this is UTF-8
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        # A station's own list of places may hold anything.
        writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def _write_xlsx(path: Path, rows: Sequence[tuple[object, ...]]) -> None:
    content = io.BytesIO()
    book = inert_workbook(content)
    sheet = book.add_worksheet("核查方向")
    sheet.write_row(0, 0, HEADINGS, book.add_format({"bold": True}))
    share = book.add_format({"num_format": "0.0%"})
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write(number, column, cell, share if isinstance(cell, float) else None)
    sheet.freeze_panes(1, 0)
    sheet.set_column(2, 2, 28)
    sheet.set_column(5, 5, 80)
    book.close()
    path.write_bytes(content.getbuffer())
