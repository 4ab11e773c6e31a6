"""Forms, photographs and laboratory tables into the workspace: the books balance and repetition changes nothing."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest
import xlsxwriter

from matcher.errors import InputError, UsageError
from matcher.types import DayInterval, StrProfile, ToldName, ToldPlace
from matcher.workspace.ingest.dates import days_of
from matcher.workspace.ingest.request import FileSummary
from matcher.workspace.store import Workspace
from tests.workspace.conftest import Intake

HEADER = "编号,姓名,性别,目测年龄,身高,口音,入站日期,救助地点,老家,民族,鞋码\n"
ROWS = """A0012,王江山(音),男,约50,1米65,四川口音,2026-03-02,火车站,金堂县,汉族,42
A0013,不详,女,,,,2026年3月5日,,,,
"""


def snapshot(workspace: Workspace) -> tuple[int, dict[str, int], bytes]:
    """Return everything that must not move when nothing changes."""
    dump = "".join(workspace._db.identity.iterdump()) + "".join(workspace._db.biometrics.iterdump())
    return workspace.seq(), workspace.counts(), dump.encode()


def reasons(summary: FileSummary) -> list[tuple[int | None, str | None, str]]:
    return [(reject.row, reject.column, reject.reason) for reject in summary.rejects]


def test_a_form_becomes_records(intake: Intake) -> None:
    summary = intake.form(HEADER + ROWS)
    assert summary.counts.read == summary.counts.stored == 2
    assert summary.placeholders == 1
    assert summary.kept_as_notes == ("鞋码",)
    assert summary.rejects == ()
    subject = intake.workspace.subject("A0012")
    assert subject.names == (ToldName("王江山(音)", "told", sound_only=True),)
    assert subject.places == (ToldPlace("火车站", "found"), ToldPlace("金堂县", "home"))
    assert (subject.sex, subject.height_cm, subject.accent) == ("male", 165, "四川口音")
    day = days_of(2026, 3, 2)
    assert subject.event == DayInterval(day, day)
    assert subject.birth == DayInterval(days_of(1973, 3, 3), days_of(1978, 3, 2))
    assert subject.birth_estimated
    assert subject.notes == (("民族", "汉族"), ("鞋码", "42"))
    unknown = intake.workspace.subject("A0013")
    assert unknown.names == ()
    assert unknown.sex == "female"


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gbk"), ("gb18030", "gb18030")],
)
def test_every_encoding_is_found_and_gives_the_same(intake: Intake, encoding: str, reported: str) -> None:
    text = HEADER + ROWS + ("B1,𠮷田㐀,,,,,,,,,\n" if encoding == "gb18030" else "")
    path = intake.write("form.csv", text, encoding)
    [summary] = intake.run(path).files
    assert summary.encoding == reported
    assert intake.workspace.subject("A0012").places[1].text == "金堂县"
    if encoding == "gb18030":
        assert intake.workspace.subject("B1").names[0].text == "𠮷田㐀"


def test_workbook_json_tab_and_semicolon_give_the_same(intake: Intake, tmp_path: Path) -> None:
    rows = list(csv.reader((HEADER + ROWS).splitlines()))
    intake.form(HEADER + ROWS)
    expected = intake.workspace.subjects(["A0012", "A0013"])
    book = xlsxwriter.Workbook(str(intake.folder / "form.xlsx"))
    sheet = book.add_worksheet("登记")
    sheet.merge_range(0, 0, 0, 5, "某某救助站受助人员登记表")
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            sheet.write(number, column + 1, 42 if cell == "42" else cell or None)
    book.add_worksheet("说明").write(0, 0, "x")
    book.close()
    lines = [{h: c for h, c in zip(rows[0], row, strict=True) if c} for row in rows[1:]]
    intake.write("form.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    intake.write("form.tsv", "\n".join("\t".join(row) for row in rows))
    intake.write("semicolon.csv", "\n".join(";".join(row) for row in rows), "gbk")
    for name in ("form.xlsx", "form.jsonl", "form.tsv", "semicolon.csv"):
        with Workspace.create(tmp_path / f"ws-{name}") as other:
            report = Intake(other, intake.settings, intake.folder).run(intake.folder / name)
            assert report.errors == (), name
            assert other.subjects(["A0012", "A0013"]) == expected, name
            if name.endswith("xlsx"):
                assert report.files[0].remarks == ("read worksheet '登记', not: 说明",)


def test_ingesting_again_changes_nothing(intake: Intake) -> None:
    path = intake.write("form.csv", HEADER + ROWS + "A0014,张三,X,,,,2026-02-30,,,,\n")
    first = intake.run(path)
    before = snapshot(intake.workspace)
    again = intake.run(path)
    assert snapshot(intake.workspace) == before
    assert again.files[0].counts.duplicate == 3
    assert again.files[0].rejects == first.files[0].rejects


def test_a_changed_row_updates_its_case_alone(intake: Intake) -> None:
    intake.form(HEADER + ROWS)
    seq = intake.workspace.seq()
    summary = intake.form(HEADER + ROWS.replace("约50", "约55"))
    assert (summary.counts.stored, summary.counts.updated, summary.counts.duplicate) == (1, 1, 1)
    assert intake.workspace.changes(seq).changed == ("A0012",)


def test_relatives_are_kept_apart_from_the_subjects_own_names(intake: Intake) -> None:
    intake.form("编号,姓名,父亲姓名,母亲姓名,配偶姓名\nA1,王小军,王大山(音),不详,李秀英\n")
    subject = intake.workspace.subject("A1")
    assert subject.own_names == (ToldName("王小军", "told"),)
    assert {(name.text, name.kind) for name in subject.relatives} == {("王大山(音)", "father"), ("李秀英", "spouse")}
    intake.form("编号,父亲姓名\nA1,王大山\n", name="later.csv")
    subject = intake.workspace.subject("A1")
    assert {(name.text, name.kind) for name in subject.relatives} == {("王大山", "father"), ("李秀英", "spouse")}
    kinds = intake.workspace.evidence().names.column("kind").to_pylist()
    assert sorted(kinds) == ["father", "spouse", "told"]


def test_a_second_file_adds_its_columns(intake: Intake) -> None:
    intake.form(HEADER + ROWS)
    intake.form("编号,DNA编号,小名\nA0012,S-7,山子\n", name="dna.csv")
    subject = intake.workspace.subject("A0012")
    assert subject.height_cm == 165
    assert [(n.text, n.kind) for n in subject.names] == [("山子", "nickname"), ("王江山(音)", "told")]
    intake.write("str.csv", "样本编号,基因座,等位基因1,等位基因2\nS-7,TH01,7,9.3\n")
    [summary] = intake.run(str_tables=(intake.folder / "str.csv",)).files
    assert (summary.role, summary.counts.stored) == ("str", 1)
    assert intake.workspace.subject("A0012").profile == StrProfile("S-7", {"TH01": (70, 93)})


def test_bad_values_are_left_out_and_named(intake: Intake) -> None:
    summary = intake.form(
        "编号,姓名,性别,出生日期,年龄,身高,入站日期\n"
        "A1,王五,X,2019-02-30,五百,9尺,2026.13\n"
        "A2,王五,男,,50,,\n"
        "A3,,男,2030,,,2020\n"
        "A4,,,2021-05-01,,,2020-05-01\n"
        "A5,,,31/31/2000,约40,,2020-05-01\n"
    )
    assert summary.counts.stored == 5
    assert reasons(summary) == [
        (2, "入站日期", "bad_date"), (2, "出生日期", "bad_date"), (2, "年龄", "impossible_age"), (2, "性别", "bad_sex"),
        (2, "身高", "bad_height"), (3, "年龄", "age_without_date"), (4, "出生日期", "future_date"),
        (5, "出生日期", "born_after_event"), (6, "出生日期", "bad_date"),
    ]  # fmt: skip
    assert summary.counts.values_rejected == len(summary.rejects)
    assert all(reject.remedy and not reject.record_lost for reject in summary.rejects)
    assert intake.workspace.subject("A5").birth_estimated, "the age stands in for the unreadable date"
    assert intake.workspace.rejects() == list(summary.rejects)


def test_rows_without_or_with_a_doubled_number_are_rejected(intake: Intake) -> None:
    summary = intake.form(
        "编号,姓名\nA1,王五\n,张三\n不详,李四\nA1,王五\nA1,王六\n\nA2,赵七,x\nA3,钱八,\n" + "B" * 65 + ",孙\n"
    )
    assert reasons(summary) == [
        (3, "编号", "missing_case_number"),
        (4, "编号", "missing_case_number"),
        (6, "编号", "duplicate_case"),
        (8, None, "too_many_cells"),
        (10, "编号", "bad_case_number"),
    ]
    counts = summary.counts
    assert (counts.read, counts.stored, counts.duplicate, counts.rejected) == (8, 2, 1, 5)
    assert "row 2 has the same case number" in summary.rejects[2].remedy
    assert intake.workspace.record_ids() == ["A1", "A3"]


def test_a_number_of_another_station_or_kind_is_rejected(intake: Intake) -> None:
    intake.form("编号,姓名\nA1,王五\n", station="甲站")
    other = intake.form("编号,姓名\nA1,张三\n", name="b.csv", station="乙站")
    kind = intake.form("编号,姓名\nA1,张三\n", name="c.csv", kind="missing")
    assert [reasons(s)[0][2] for s in (other, kind)] == ["case_of_other_station", "case_of_other_kind"]
    assert intake.workspace.subject("A1").names[0].text == "王五"


def test_events_and_names_follow_the_kind(intake: Intake) -> None:
    text = "编号,姓名,走失日期,入站日期\nA1,王五,2019-01-02,2020-03-04\n"
    intake.form(text, kind="missing")
    missing = intake.workspace.subject("A1")
    assert missing.names[0].kind == "registered"
    assert missing.event == DayInterval(days_of(2019, 1, 2), days_of(2019, 1, 2))
    assert missing.notes == (("入站日期", "2020-03-04"),)
    intake.form(text.replace("A1", "A2"), kind="rescue", name="b.csv")
    rescue = intake.workspace.subject("A2")
    assert rescue.names[0].kind == "told"
    assert rescue.event == DayInterval(days_of(2020, 3, 4), days_of(2020, 3, 4))
    intake.form("编号,记录类型\nA3,走失\nA4,奇怪\n", name="c.csv", kind="rescue")
    assert [intake.workspace.subject(i).kind for i in ("A3", "A4")] == ["missing", "rescue"]


def test_a_lunar_date_is_its_whole_year_with_a_note(intake: Intake) -> None:
    intake.form("编号,出生日期,入站日期\nA1,农历1965年八月十五,2020\n")
    subject = intake.workspace.subject("A1")
    assert subject.birth == DayInterval(days_of(1965, 1, 21), days_of(1966, 2, 19))
    assert subject.notes == (("农历出生日期", "农历1965年八月十五"),)
    intake.form("编号,出生日期,入站日期\nA1,1965-09-10,2020\n")
    assert intake.workspace.subject("A1").notes == ()


def test_every_statement_carries_the_column_it_came_from(intake: Intake) -> None:
    intake.form("编号,姓名,自报姓名,户籍地\nA1,王五,王武,金堂县\n")
    found = intake.workspace._db.identity.execute("SELECT text, source FROM told_name ORDER BY n").fetchall()
    assert sorted(found) == [("王五", "姓名"), ("王武", "自报姓名")]
    row = intake.workspace._db.identity.execute(
        "SELECT f.name, r.source_row FROM record r JOIN import_file f USING (import_key)"
    ).fetchone()
    assert row == ("form.csv", 2)


def test_relatives_samples_become_a_pedigree(intake: Intake) -> None:
    intake.form("编号,性别,DNA编号,父亲样本,兄弟姐妹样本,子女样本\nA1,女,S1,F1,B1；B2,C1\n", kind="missing")
    intake.write("str.csv", "sample,locus,allele 1,allele 2\n" + "".join(f"{s},TH01,7,9\n" for s in ("F1", "B2", "C1")))
    intake.run(str_tables=(intake.folder / "str.csv",))
    members = {m.member: m for m in intake.workspace.subject("A1").pedigree}
    assert {name: m.profile.sample_id for name, m in members.items() if m.profile} == {
        "father": "F1", "sibling-2": "B2", "child-1": "C1",
    }  # fmt: skip
    assert (members["child-1"].father, members["child-1"].mother) == ("partner", "subject")
    assert members["subject"].sex == "female"


def test_dry_run_reports_the_same_and_stores_nothing(intake: Intake) -> None:
    path = intake.write("form.csv", HEADER + ROWS + "A0014,张三,X,,,,,,,,\n")
    photos = intake.folder / "photos"
    intake.write("photos/A0012.jpg", "JPEG1")
    intake.write("photos/Z9.jpg", "JPEG2")
    files = {p.name: p.stat().st_mtime_ns for p in intake.workspace.path.rglob("*")}
    before = snapshot(intake.workspace)
    rehearsed = intake.run(path, photos=photos, dry_run=True)
    assert snapshot(intake.workspace) == before
    assert {p.name: p.stat().st_mtime_ns for p in intake.workspace.path.rglob("*")} == files
    assert rehearsed == intake.run(path, photos=photos)
    assert intake.workspace.counts()["record"] == 3


def test_the_books_of_a_mixed_folder_of_photographs(intake: Intake) -> None:
    intake.form("编号,姓名\nA0012,王五\nA0012-1,张三\nB 7,李四\n")
    good = ("A0012.jpg", "A0012_2.JPG", "a0012 正.png", "A0012侧面.jpg", "A0012(3).jpg", "B 7/1.jpg", "B 7/sub/2.webp")
    for number, name in enumerate(good):
        intake.write(f"photos/{name}", f"JPEG{number}")
    intake.write("photos/A0012-1.jpg", "JPEG-other")
    intake.write("photos/A0012_copy.jpg", "JPEG0")
    intake.write("photos/A00129.jpg", "JPEG-stranger")
    intake.write("photos/A0012_4.jpg", "JPEG0")
    intake.write("photos/A0012_5.jpg", "not a photograph")
    intake.write("photos/A0012_6.jpg", "")
    intake.write("photos/Thumbs.db", "x")
    intake.write("photos/._A0012.jpg", "x")
    intake.write("elsewhere.jpg", "JPEG-secret")
    (intake.folder / "photos" / "A0012_7.jpg").symlink_to(intake.folder / "elsewhere.jpg")
    [summary] = intake.run(photos=intake.folder / "photos").files
    assert sorted((r.value, r.reason) for r in summary.rejects) == [
        ("A00129.jpg", "unknown_case"),
        ("A0012_5.jpg", "not_an_image"),
        ("A0012_6.jpg", "empty_photo"),
        ("A0012_7.jpg", "symbolic_link"),
        ("A0012_copy.jpg", "unknown_case"),
    ]
    counts = summary.counts
    assert (counts.read, counts.stored, counts.duplicate, counts.rejected) == (14, 8, 1, 5)
    assert len(intake.workspace.photos("A0012")) == 5
    assert len(intake.workspace.photos("B 7")) == 2
    assert len(intake.workspace.photos("A0012-1")) == 1
    assert all(Path(p.path or "").is_absolute() for p in intake.workspace.photos("A0012"))
    before = snapshot(intake.workspace)
    assert intake.run(photos=intake.folder / "photos").files[0].counts.duplicate == 9
    assert snapshot(intake.workspace) == before


def test_photographs_named_in_a_form(intake: Intake) -> None:
    for name in ("photos/x1.jpg", "photos/deep/x2.jpg", "secret.jpg"):
        intake.write(name, f"JPEG{name}")
    text = "编号,照片\nA1,x1.jpg；deep/x2.jpg\nA2,../secret.jpg\nA3,/etc/hostname\nA4,有\nA5,nowhere.jpg\n"
    path = intake.write("form.csv", text)
    photos = intake.folder / "photos"
    report = intake.run(path, photos=photos)
    form, named, folder = report.files
    assert form.counts.stored == 5
    assert (named.counts.read, named.counts.stored, named.counts.rejected) == (5, 2, 3)
    assert [(r.row, r.reason) for r in named.rejects] == [(3, "no_such_file"), (4, "no_such_file"), (6, "no_such_file")]
    assert folder.counts.duplicate == 2, "the folder knows them by their path"
    assert len(intake.workspace.photos("A1")) == 2


def test_rejects_follow_the_present_file(intake: Intake) -> None:
    intake.form("编号,性别\nA1,X\nA2,Y\n")
    rejects = intake.workspace.path / "rejects.csv"
    assert rejects.read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(intake.workspace.rejects()) == 2
    intake.form("编号,性别\nA1,男\nA2,Y\n")
    assert [r.row for r in intake.workspace.rejects()] == [3], "the mended file takes the place of the former"
    intake.form("编号,性别\nA1,男\nA2,女\n")
    assert intake.workspace.rejects() == []
    assert not rejects.exists()


def test_erasing_a_case_erases_its_rejects(intake: Intake) -> None:
    intake.form("编号,性别\nA1,X1\nA2,X2\n")
    intake.workspace.erase("A1")
    assert [r.value for r in intake.workspace.rejects()] == ["X2"]
    assert not (intake.workspace.path / "rejects.csv").exists()


def test_str_rejects_keep_no_genotype_in_the_identity_file(intake: Intake) -> None:
    text = "\n样本编号,基因座,等位基因1,等位基因2\nS1,TH01,7,9.3\nS1,D3S1358,15,mix77\n\nS2,NOWHERE,1,2\n"
    intake.write("str.csv", text, "gbk")
    [summary] = intake.run(str_tables=(intake.folder / "str.csv",)).files
    assert [(r.row, r.reason) for r in summary.rejects] == [
        (None, "empty_profile"),
        (4, "bad_allele"),
        (6, "unknown_locus"),
    ]
    assert "mix77" in summary.rejects[1].value
    stored = {r.reason: r.value for r in intake.workspace.rejects()}
    assert stored == {
        "bad_allele": "(withheld: see the file)",
        "unknown_locus": "(withheld: see the file)",
        "empty_profile": "S2",
    }
    assert (summary.counts.read, summary.counts.stored, summary.counts.rejected) == (2, 1, 1)


def test_a_contradicting_profile_is_refused(intake: Intake) -> None:
    intake.write("a.csv", "sample,locus,allele 1,allele 2\nS1,TH01,7,9\n")
    intake.write("b.csv", "sample,locus,allele 1,allele 2\nS1,TH01,7,8\nS2,TH01,7,8\n")
    intake.run(str_tables=(intake.folder / "a.csv",))
    [summary] = intake.run(str_tables=(intake.folder / "b.csv",)).files
    assert [(r.value, r.reason) for r in summary.rejects] == [("S1", "contradicts_stored_profile")]
    assert (summary.counts.read, summary.counts.stored, summary.counts.rejected) == (2, 1, 1)


def test_one_broken_file_does_not_stop_the_others(intake: Intake) -> None:
    good = intake.write("good.csv", "编号\nA1\n")
    bad = intake.write("bad.csv", "姓名\n王五\n")
    report = intake.run(bad, good, photos=intake.folder / "nowhere")
    assert [type(error) for error in report.errors] == [InputError, InputError]
    assert [file.name for file in report.files] == ["good.csv"]
    assert intake.workspace.record_ids() == ["A1"]


def test_forms_need_a_kind(intake: Intake) -> None:
    report = intake.run(intake.write("good.csv", "编号\nA1\n"), kind=None)  # type: ignore[arg-type]
    assert isinstance(report.errors[0], UsageError)


def test_the_header_may_stand_below_a_title(intake: Intake) -> None:
    summary = intake.form("某某救助站登记表,,\n,,\n编号,姓名,性别\nA1,王五,X\n")
    assert intake.workspace.record_ids() == ["A1"]
    assert reasons(summary) == [(4, "性别", "bad_sex")]


def test_stopped_half_way_and_repeated(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"A{n:05d},王五\n" for n in range(1200))
    path = intake.write("form.csv", "编号,姓名\n" + rows)
    calls = []

    def put_then_stop(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments, **options)  # type: ignore[arg-type]

    original = intake.workspace.put
    monkeypatch.setattr(intake.workspace, "put", put_then_stop)
    with pytest.raises(KeyboardInterrupt):
        intake.run(path)
    assert intake.workspace.counts()["record"] == 1000
    monkeypatch.undo()
    [summary] = intake.run(path).files
    assert (summary.counts.stored, summary.counts.duplicate) == (200, 1000)
    complete = intake.workspace._db.identity.execute("SELECT complete FROM import_file").fetchall()
    assert complete == [(1,)]


def test_merged_cells_fill_their_range(intake: Intake) -> None:
    intake.folder.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(intake.folder / "merged.xlsx"), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for column, header in enumerate(("编号", "救助站", "入站日期")):
        sheet.write(0, column, header)
    sheet.merge_range(1, 1, 3, 1, "甲站")
    for row in range(1, 4):
        sheet.write(row, 0, row)
        sheet.write_datetime(row, 2, __import__("datetime").datetime(2020, 3, row))
    book.close()
    intake.run(intake.folder / "merged.xlsx")
    found = intake.workspace.subjects(["1", "2", "3"])
    assert [s.station for s in found] == ["甲站"] * 3
    assert [s.event.earliest for s in found if s.event] == [days_of(2020, 3, n) for n in (1, 2, 3)]


def test_nothing_of_the_file_is_in_the_log(intake: Intake) -> None:
    intake.form(HEADER + ROWS)
    details = "".join(entry.detail for entry in intake.workspace.audit_entries())
    assert "王江山" not in details
    assert "form.csv" not in details


def test_a_file_in_another_directory_is_another_file(intake: Intake) -> None:
    intake.form("编号,性别\nA1,X\n", name="a/form.csv")
    intake.form("编号,性别\nA2,Y\n", name="b/form.csv")
    assert [r.value for r in intake.workspace.rejects()] == ["X", "Y"]


def test_names_of_cases_survive_a_move_of_the_photographs(intake: Intake) -> None:
    intake.form("编号\nA1\n")
    intake.write("photos/A1.jpg", "JPEG1")
    intake.run(photos=intake.folder / "photos")
    (intake.folder / "photos").rename(intake.folder / "archive")
    [summary] = intake.run(photos=intake.folder / "archive").files
    assert (summary.counts.stored, summary.counts.updated) == (1, 1)
    assert [p.path for p in intake.workspace.photos("A1")] == [str(intake.folder / "archive" / "A1.jpg")]


def test_sqlite_holds_text_as_text(intake: Intake) -> None:
    intake.form("编号,姓名\n001,=cmd()\n")
    db = sqlite3.connect(intake.workspace.path / "identity.sqlite")
    assert db.execute("SELECT record_id, typeof(record_id) FROM record").fetchone() == ("001", "text")
    assert db.execute("SELECT text FROM told_name").fetchone() == ("=cmd()",)
    db.close()
