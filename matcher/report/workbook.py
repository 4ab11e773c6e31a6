"""Writes the analyst's workbook: one row per lead, pictures, tinted weights, an empty column for the decision.

Every text that comes from records is written as a string cell in text format with the quote-prefix mark, so that it is
never taken for a formula: not on opening, and not when a reader edits the cell.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from xlsxwriter.exceptions import XlsxWriterException

from matcher.errors import InputError, UsageError
from matcher.llr import Language
from matcher.outputs import inert_workbook, output_file
from matcher.report.batch import ReportBatch
from matcher.report.phrases import glossary, phrases
from matcher.report.sheet_rows import COLUMNS, SheetColumn, SheetRow, heading_of, meaning_of, sheet_rows
from matcher.report.text import columns_wide, printable

MAX_PICTURED_ROWS = 2000
"""Rows that get pictures: each is two drawing objects, and spreadsheets scroll badly with many thousands of them."""

_MAX_CELL = 32_000
"""A cell holds at most 32,767 characters (ECMA-376, Excel specifications); the rest is marked as cut."""

_PICTURE_HEIGHT = 75
_PICTURE_WIDTH = 60
_LINE_POINTS = 14.0
_ROW_POINTS = 62.0
_MAX_ROW_POINTS = 409.0
_FONT: Mapping[Language, str] = {"zh": "Microsoft YaHei", "en": "Calibri"}


@dataclass(frozen=True, slots=True)
class _Paper:
    """An open workbook with its formats by (column format, first row of a case)."""

    book: Any
    formats: Mapping[tuple[str, bool], Any]
    language: Language


def write_workbook(path: Path, batch: ReportBatch) -> int:
    """Write a batch as XLSX and return the number of leads; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
        File to write or replace.
    batch : ReportBatch
        Cases are written most promising first, as in the HTML report.

    Raises
    ------
    InputError
        When a thumbnail is not a readable JPEG.
    UsageError
        When the place cannot be written to.
    """
    rows = sheet_rows(batch)
    content = io.BytesIO()
    book = inert_workbook(content)
    paper = _Paper(book, _formats(book, batch.language), batch.language)
    book.set_properties({"title": printable(batch.title), "created": _utc(batch.created)})
    pictured = pictured_ranks([row.rank or 1 for row in rows])
    _write_leads(paper, batch, rows, pictured)
    _write_guide(paper, batch, pictured if any((row.rank or 1) > pictured for row in rows) else None)
    try:
        book.close()
    except XlsxWriterException as error:
        raise UsageError(f"{path}: cannot be written: {error}", remedy="match fewer cases at a time") from error
    with output_file(path) as temporary:
        temporary.write_bytes(content.getbuffer())
    return sum(row.rank is not None for row in rows)


def _utc(created: str) -> datetime:
    """Return the moment as the file format wants it; a time without a zone is taken as it stands."""
    moment = datetime.fromisoformat(created)
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def pictured_ranks(ranks: Sequence[int]) -> int:
    """Return the lowest place in a list whose rows still get pictures.

    >>> pictured_ranks([1, 2, 3] * 900)
    2
    """
    deepest = max(ranks, default=1)
    while deepest > 1 and sum(rank <= deepest for rank in ranks) > MAX_PICTURED_ROWS:
        deepest -= 1
    return deepest


def _formats(book: Any, language: Language) -> dict[tuple[str, bool], Any]:
    """Make one format per kind of column, in two versions: the first row of a case has a line above."""
    base = {"font_name": _FONT[language], "font_size": 10, "valign": "top", "font_color": "#1B2026"}
    kinds: dict[str, dict[str, object]] = {
        "text": {"num_format": "@", "text_wrap": True, "quote_prefix": True, "align": "left", "indent": 1},
        "id": {"num_format": "@", "text_wrap": True, "quote_prefix": True, "align": "left", "indent": 1, "bold": True},
        "rank": {"num_format": "0", "align": "center"},
        "log10": {"num_format": "+0.00;-0.00;0.00"},
        "total": {"num_format": "+0.00;-0.00;0.00", "bold": True},
        "share": {"num_format": '[<0.0001]"<0.01%";[>0.9999]">99.99%";0.00%'},
        "photo": {},
        "fill": {"num_format": "@", "text_wrap": True, "bg_color": "#FDF5E0"},
    }
    formats = {}
    for kind, options in kinds.items():
        for first in (False, True):
            edge = {"top": 2 if first else 1, "top_color": "#8D939A" if first else "#E4E1D8"}
            formats[kind, first] = book.add_format({**base, **options, **edge})
    head = {
        **base,
        "bold": True,
        "text_wrap": True,
        "bg_color": "#1B2026",
        "font_color": "#FFFFFF",
        "valign": "vcenter",
    }
    formats["head", False] = book.add_format({**head, "align": "left", "indent": 1})
    formats["number head", False] = book.add_format({**head, "align": "right"})
    formats["title", False] = book.add_format({**base, "bold": True, "font_size": 14})
    formats["caution", False] = book.add_format({**base, "text_wrap": True, "bg_color": "#FDF5E0", "bold": True})
    return formats


def _write_leads(paper: _Paper, batch: ReportBatch, rows: Sequence[SheetRow], pictured: int) -> None:
    text = phrases(paper.language)
    sheet = paper.book.add_worksheet(text["sheet.leads"])
    for position, column in enumerate(COLUMNS):
        sheet.set_column(position, position, column.width)
        heading = heading_of(column, paper.language, calibrated=batch.calibrated)
        style = "number head" if column.format in {"log10", "total", "share"} else "head"
        sheet.write_string(0, position, heading, paper.formats[style, False])
    sheet.set_row(0, 32)
    for number, row in enumerate(rows, 1):
        sheet.set_row(number, _height(row))
        for position, column in enumerate(COLUMNS):
            _write_cell(paper, sheet, (number, position), column, row)
            if column.format == "photo" and (row.rank or 1) <= pictured:
                _insert_photo(sheet, (number, position), batch, row, column)
    last = max(len(rows), 1)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    _tint(sheet, last)
    _offer_decisions(sheet, last, text)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    _set_paper(sheet, batch)


def _write_cell(paper: _Paper, sheet: Any, at: tuple[int, int], column: SheetColumn, row: SheetRow) -> None:
    """Write one value by its type: text never through a writer that would interpret it."""
    value = row.values.get(column.key)
    style = paper.formats[column.format, row.first]
    if value is None or value == "":
        sheet.write_blank(*at, None, style)
    elif isinstance(value, str):
        sheet.write_string(*at, _cell_text(value), style)
    else:
        sheet.write_number(*at, value, style)


def _cell_text(text: str) -> str:
    plain = printable(text)
    return plain if len(plain) <= _MAX_CELL else f"{plain[:_MAX_CELL]}…"


def _insert_photo(sheet: Any, at: tuple[int, int], batch: ReportBatch, row: SheetRow, column: SheetColumn) -> None:
    record_id = row.probe_id if column.key == "probe_photo" else row.record_id
    picture = batch.photos.get(record_id) if record_id else None
    if picture is None:
        return
    width, height = _size(picture, str(record_id))
    scale = min(_PICTURE_WIDTH / width, _PICTURE_HEIGHT / height)
    options = {
        "image_data": io.BytesIO(picture),
        "x_scale": scale,
        "y_scale": scale,
        "x_offset": 3,
        "y_offset": 3,
        "object_position": 1,  # moves and hides with its row when the table is sorted or filtered
        "description": printable(str(record_id))[:200],
    }
    sheet.insert_image(*at, "thumbnail.jpg", options)


def _size(picture: bytes, record_id: str) -> tuple[int, int]:
    """Read the pixel size from the header; the picture itself is not decoded."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
            return image.size
    except (OSError, Image.DecompressionBombError) as error:
        raise InputError(
            f"thumbnail of record {record_id}: is not a readable JPEG", remedy="make the thumbnails again"
        ) from error


def _height(row: SheetRow) -> float:
    """Estimate a row's height in points; a spreadsheet does not fit rows that hold pictures by itself."""
    lines = 1
    for column in COLUMNS:
        value = row.values.get(column.key)
        if isinstance(value, str):
            # Padding takes about a character of each line.
            room = max(column.width - 1.0, 1.0)
            lines = max(lines, sum(_lines(line, room) for line in value.split("\n")))
    return min(max(_ROW_POINTS, lines * _LINE_POINTS + 4), _MAX_ROW_POINTS)


def _lines(text: str, room: float) -> int:
    """Count the lines that a text takes in a cell; most are so short that they need not be measured."""
    return 1 if 2 * len(text) <= room else max(1, math.ceil(columns_wide(text) / room))


def _tint(sheet: Any, last: int) -> None:
    """Tint every log10 LR by its side and size, with the colours and the axis of the HTML report."""
    scale = {
        "type": "3_color_scale",
        "min_type": "num",
        "mid_type": "num",
        "max_type": "num",
        "min_value": -6,
        "mid_value": 0,
        "max_value": 6,
        "min_color": "#DE9A6C",
        "mid_color": "#FFFFFF",
        "max_color": "#7FB6C8",
    }
    for position, column in enumerate(COLUMNS):
        if column.format in {"log10", "total"}:
            sheet.conditional_format(1, position, last, position, scale)


def _offer_decisions(sheet: Any, last: int, text: Mapping[str, str]) -> None:
    position = next(i for i, column in enumerate(COLUMNS) if column.key == "decision")
    rule = {
        "validate": "list",
        "source": [wording for key, wording in text.items() if key.startswith("decision.")],
        "input_title": text["sheet.decision_title"],
        "input_message": text["sheet.decision_hint"],
        "error_title": text["sheet.decision_title"],
        "error_message": text["sheet.decision_error"],
    }
    sheet.data_validation(1, position, last, position, rule)


def _set_paper(sheet: Any, batch: ReportBatch) -> None:
    """Lay a sheet out for A4, all columns on one page, with the caveat on every page."""
    text = phrases(batch.language)
    footer = text["sheet.print_footer_calibrated" if batch.calibrated else "sheet.print_footer"]
    sheet.set_paper(9)
    sheet.set_margins(left=0.3, right=0.3, top=0.6, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    # "&" starts a control code in a page header.
    sheet.set_header("&L" + printable(batch.title)[:80].replace("&", "&&"))
    sheet.set_footer(f"&L{footer}&R&P / &N")


def _write_guide(paper: _Paper, batch: ReportBatch, pictured: int | None) -> None:
    """Write the second sheet: caveats first, then the columns, then the terms."""
    text = phrases(paper.language)
    sheet = paper.book.add_worksheet(text["sheet.guide"])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 96)
    sheet.write_string(0, 0, _cell_text(batch.title), paper.formats["title", False])
    caveats = [(text["page.lead_only"], text["page.lead_only_text"])]
    if batch.calibrated:
        caveats.append((text["page.calibrated"], text["page.calibrated_text"].format(fusion=batch.fusion)))
    else:
        caveats.insert(0, (text["page.uncalibrated"], text["page.uncalibrated_text"]))
    if pictured is not None:
        caveats.append((text["column.record_photo"], text["sheet.pictures"].format(rank=pictured)))
    sheet.set_row(0, 26)
    line = 1
    for label, meaning in caveats:
        line = _guide_line(paper, sheet, line, (label, meaning), style="caution")
    line = _guide_line(
        paper, sheet, line + 1, (text["sheet.column_heading"], text["sheet.meaning_heading"]), style="head"
    )
    for column in COLUMNS:
        heading = heading_of(column, paper.language, calibrated=batch.calibrated)
        line = _guide_line(paper, sheet, line, (heading, meaning_of(column, paper.language)), style="text")
    line += 1
    for term in (term for term in glossary(paper.language) if term.key != "bar"):  # a sheet has tints, no bars
        line = _guide_line(paper, sheet, line, (term.name, term.meaning), style="text")
    _set_paper(sheet, batch)


def _guide_line(paper: _Paper, sheet: Any, line: int, cells: tuple[str, str], *, style: str) -> int:
    for position, cell in enumerate(cells):
        sheet.write_string(line, position, cell, paper.formats[style, False])
    sheet.set_row(line, max(1, math.ceil(columns_wide(cells[1]) / 90)) * _LINE_POINTS + 3)
    return line + 1
