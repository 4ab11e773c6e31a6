from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from matcher.errors import InputError, UsageError
from matcher.llr import Language
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.sheet_rows import COLUMNS
from matcher.report.workbook import MAX_PICTURED_ROWS, pictured_ranks, write_workbook
from matcher.types import Adjustment, CandidateList, ChannelEvidence, HypothesisShare, Lead, Subject, ToldName

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.invalid","a")', "</t></si>", "a\x00b\ud800c")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of(path: Path, sheet: int = 0) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python()]


def part(path: Path, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read(name))


def single(record_id: str = "R1", *, channels: tuple[ChannelEvidence, ...] = (), **facts: object) -> ReportBatch:
    """One case with one lead."""
    record = Subject(record_id, "rescue", **facts)  # type: ignore[arg-type]
    leads = (Lead("A1", record_id, 1, 2.0, 0.5, channels),)
    case = CaseView(Subject("A1", "intake"), CandidateList("A1", 10, 0.3, 0.4, 0.5, False, leads), {record_id: record})
    return ReportBatch("T", "2026-03-05", "zh", (case,))


def test_one_row_per_lead_and_one_for_a_case_without(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    assert write_workbook(path, batch) == 5
    heading, *rows = rows_of(path)
    assert heading == [
        "案件", "名次", "本案照片", "记录照片", "记录", "类别", "站点", "记录概况", "合计 log₁₀ LR", "文字等级",
        "后验概率（未校准）", "库中无此人（未校准）", "人脸", "姓名", "地名", "DNA", "基本信息", "折减", "可能关系",
        "未比较", "说明", "处理意见", "备注",
    ]  # fmt: skip
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("A0012", 1.0, "X-20114"),
        ("A0012", 2.0, "R2019-0311"),
        ("A0012", 3.0, "R2021-1187"),
        ("A0015", 1.0, "R2015-0402"),
        ("A0015", 2.0, "R2016-0007"),
        ("A0020", "", ""),
    ]
    assert all(row[21] == row[22] == "" for row in rows)


def test_numbers_are_the_leads_own_and_a_missing_channel_is_empty(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, batch)
    case = batch.most_promising_first()[0]
    keys = [column.key for column in COLUMNS]
    for row, lead in zip(rows_of(path)[1:], case.candidates.leads, strict=False):
        cells = dict(zip(keys, row, strict=True))
        assert cells["log10_lr"] == pytest.approx(lead.log10_lr, abs=1e-12)
        assert cells["posterior"] == pytest.approx(lead.posterior, abs=1e-12)
        assert cells["nobody"] == pytest.approx(case.candidates.nobody, abs=1e-12)
        for evidence in lead.channels:
            if evidence.comparison == "compared":
                assert cells[evidence.channel] == pytest.approx(evidence.log10_lr, abs=1e-12)
            else:
                assert cells[evidence.channel] == ""
    assert rows_of(path)[2][19] == "DNA（记录无）"


def test_english_headings_by_flag(make_batch: Callable[[Language], ReportBatch], tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, make_batch("en"))
    heading = rows_of(path)[0]
    assert heading[:2] == ["Case", "Rank"]
    assert heading[10] == "Posterior (uncalibrated)"
    assert CalamineWorkbook.from_path(str(path)).sheet_names == ["Leads", "Guide"]


def test_the_guide_explains_every_column_and_the_caveats(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, batch)
    guide = rows_of(path, 1)
    first_cells = [row[0] for row in guide]
    assert guide[1][0] == "未校准"
    assert "线索不是身份认定" in first_cells
    assert set(map(str, rows_of(path)[0])) <= set(map(str, first_cells))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    batch = single(
        text, station=text, names=(ToldName(text),), channels=(ChannelEvidence("name", 1.0, "compared", (), (text,)),)
    )
    write_workbook(path, dataclasses.replace(batch, title=text))
    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert not list(sheet.iter(f"{SHEET}f"))
    shown = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    row = rows_of(path)[1]
    assert row[4] == row[6] == shown
    # The quote prefix keeps a cell text when somebody edits it.
    styles = part(path, "xl/styles.xml").find(f"{SHEET}cellXfs")
    assert styles is not None
    for place in ("E2", "G2", "H2", "U2"):
        cell = next(c for c in sheet.iter(f"{SHEET}c") if c.get("r") == place)
        assert cell.get("t") == "s"
        assert styles[int(cell.get("s", "0"))].get("quotePrefix") == "1", place


def test_a_text_longer_than_a_cell_is_cut_visibly(tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, single(channels=(ChannelEvidence("name", 1.0, "compared", (), ("字" * 40_000,)),)))
    words = str(rows_of(path)[1][20])
    assert words.endswith("字…")
    assert 30_000 < len(words) <= 32_767


def test_the_sheet_is_laid_out_for_work(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, batch)
    sheet = part(path, "xl/worksheets/sheet1.xml")
    pane = next(sheet.iter(f"{SHEET}pane"))
    assert (pane.get("xSplit"), pane.get("ySplit"), pane.get("state")) == ("2", "1", "frozen")
    table = next(sheet.iter(f"{SHEET}autoFilter"))
    assert table.get("ref") == "A1:W7"
    (rule,) = sheet.iter(f"{SHEET}dataValidation")
    assert rule.get("sqref") == "V2:V7"
    assert rule.findtext(f"{SHEET}formula1") == '"确认,排除,待查,采集DNA"'
    setup = next(sheet.iter(f"{SHEET}pageSetup"))
    assert (setup.get("orientation"), setup.get("paperSize"), setup.get("fitToHeight")) == ("landscape", "9", "0")


def test_the_columns_fit_a4_across_at_three_fifths() -> None:
    """A character is 7 pixels and a column has 5 of padding (Calibri 11, ECMA-376 18.3.1.13); 96 pixels to the inch."""
    pixels = sum(column.width * 7 + 5 for column in COLUMNS)
    paper = (297 / 25.4 - 2 * 0.3) * 96
    assert paper / pixels > 0.6


def test_each_picture_is_stored_once(batch: ReportBatch, tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    write_workbook(path, batch)
    with zipfile.ZipFile(path) as archive:
        media = [name for name in archive.namelist() if name.startswith("xl/media/")]
        drawing = archive.read("xl/drawings/drawing1.xml").decode("utf-8")
    assert len(media) == 3
    assert drawing.count("<xdr:pic>") == 7
    assert drawing.count('editAs="oneCell"') == 0


def test_a_thumbnail_that_is_no_jpeg_is_named(batch: ReportBatch, tmp_path: Path) -> None:
    for picture in (b"", b"\xff\xd8\xff broken", b"GIF89a", b"<svg/>"):
        broken = dataclasses.replace(batch, photos={"X-20114": picture})
        with pytest.raises(InputError, match="thumbnail of record X-20114"):
            write_workbook(tmp_path / "leads.xlsx", broken)
    assert list(tmp_path.iterdir()) == []


def test_pictures_stop_at_a_rank_and_the_guide_says_so(
    make_portrait: Callable[[int], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: ReportBatch
) -> None:
    monkeypatch.setattr("matcher.report.workbook.MAX_PICTURED_ROWS", 3)
    path = tmp_path / "leads.xlsx"
    write_workbook(path, batch)
    with zipfile.ZipFile(path) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode("utf-8")
    assert drawing.count("<xdr:pic>") == 3
    assert any("照片只放到每案前 1 条线索" in str(row[1]) for row in rows_of(path, 1))


def test_the_first_lead_of_every_case_keeps_its_picture() -> None:
    assert pictured_ranks([1] * (MAX_PICTURED_ROWS + 1) + [2]) == 1
    assert pictured_ranks([1, 2, 3]) == 3
    assert pictured_ranks([]) == 1


def test_equal_input_gives_equal_bytes(batch: ReportBatch, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, batch)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_calibrated_batch_does_not_call_itself_uncalibrated(batch: ReportBatch, tmp_path: Path) -> None:
    cases = tuple(
        dataclasses.replace(
            case, candidates=dataclasses.replace(case.candidates, calibrated=True, fusion="s-8-0a1b2c3d")
        )
        for case in batch.cases
    )
    path = tmp_path / "leads.xlsx"
    write_workbook(path, dataclasses.replace(batch, cases=cases))
    assert rows_of(path)[0][10] == "后验概率"
    meaning = next(row[1] for row in rows_of(path, 1) if row[0] == "已校准")
    assert str(meaning).startswith("概率由融合模型 s-8-0a1b2c3d 给出，在合成数据上拟合并检验")
    assert rows_of(path, 1)[1][0] == "线索不是身份认定"


def test_an_empty_batch_still_makes_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.xlsx"
    assert write_workbook(path, ReportBatch("空", "2026-03-05T10:00+08:00", "zh", ())) == 0
    assert len(rows_of(path)) == 1


def test_a_place_that_cannot_be_written(batch: ReportBatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_workbook(tmp_path / "absent" / "leads.xlsx", batch)


def test_the_picture_helper_makes_real_jpegs(make_portrait: Callable[[int], bytes]) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(make_portrait(1))) as image:
        assert (image.format, image.size) == ("JPEG", (240, 300))


def test_kin_and_adjustments_stand_beside_what_they_change(tmp_path: Path) -> None:
    shares = (HypothesisShare("self", 2.0, 0.2), HypothesisShare("sibling", 4.0, 0.7))
    adjustments = (Adjustment("discounted", ("name",), -0.25), Adjustment("tied", ("name", "place"), -0.5))
    lead = Lead("A1", "R1", 1, 2.0, 0.2, (), adjustments, shares)
    case = CaseView(Subject("A1", "intake"), CandidateList("A1", 10, 0.3, 0.1, 0.8, True, (lead,)), {})
    path = tmp_path / "leads.xlsx"
    write_workbook(path, ReportBatch("T", "2026-03-05", "zh", (case,)))
    cells = dict(zip([column.key for column in COLUMNS], rows_of(path)[1], strict=True))
    assert cells["adjusted"] == pytest.approx(-0.75)
    assert cells["relation"] == "更可能是兄弟姐妹（70.0%），而不是本人（20.0%）"
