"""Decisions come back from a workbook as they were written into it, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import xlsxwriter

from matcher.errors import InputError
from matcher.report.decisions import read_decisions
from matcher.report.phrases import phrases
from matcher.report.sheet_rows import COLUMNS, heading_of

KNOWN = {"A1", "M1", "M2"}
HEADINGS = ("案件", "记录", "处理意见", "备注")


def sheet(path: Path, rows: list[tuple[str, ...]], headings: tuple[str, ...] = HEADINGS) -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet()
    for number, row in enumerate([headings, *rows]):
        for column, cell in enumerate(row):
            page.write_string(number, column, cell)
    book.close()
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_wording_of_the_drop_down_is_read(tmp_path: Path, language: str) -> None:
    words: Mapping[str, str] = phrases(language)  # type: ignore[arg-type]
    offered = [wording for key, wording in words.items() if key.startswith("decision.")]
    headings = tuple(words[f"column.{key}"] for key in ("record", "decision", "case", "remark"))
    path = sheet(tmp_path / "l.xlsx", [("M1", word, "A1", "why") for word in offered], headings)
    read = read_decisions(path, known=KNOWN, reviewer="李", ground="family")
    assert [item.judgement for item in read.decisions] == ["confirm", "reject", "defer", "need_dna"]
    assert {(d.probe_id, d.record_id, d.reviewer, d.reason, d.ground) for d in read.decisions} == {
        ("A1", "M1", "李", "why", "family")
    }
    assert (read.rows, read.empty, read.rejects) == (4, 0, ())


def test_the_headings_are_those_of_the_workbook() -> None:
    written = {heading_of(column, "zh", calibrated=True) for column in COLUMNS}
    assert set(HEADINGS) <= written


def test_rows_add_up_and_each_fault_is_named_with_its_row(tmp_path: Path) -> None:
    rows = [
        ("A1", "M1", "排除", ""),
        ("A1", "M2", "", "later"),
        ("A1", "M9", "确认", ""),
        ("A1", "M2", "同意", ""),
        ("A1", "A1", "排除", ""),
    ]
    read = read_decisions(sheet(tmp_path / "l.xlsx", rows), known=KNOWN, reviewer="李")
    assert read.rows == len(read.decisions) + read.empty + len(read.rejects) == 5
    assert [(r.row, r.column, r.value, r.reason) for r in read.rejects] == [
        (4, "记录", "M9", "unknown_case"),
        (5, "处理意见", "同意", "unknown_decision"),
        (6, "记录", "A1", "same_record"),
    ]
    assert "确认" in read.rejects[1].remedy


def test_a_sheet_without_the_column_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "l.xlsx", [("A1", "M1", "x")], ("案件", "记录", "备注"))
    with pytest.raises(InputError, match="处理意见"):
        read_decisions(path, known=KNOWN, reviewer="李")


@pytest.mark.parametrize("content", [b"", b"PK", b"no workbook at all"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "l.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_decisions(path, known=KNOWN, reviewer="李")
