"""Files made to hurt: each is answered with one clear line and the right exit code, in bounded time and memory."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import InputError, LimitError, MatcherError
from matcher.workspace.ingest.limits import DEFAULT_LIMITS
from matcher.workspace.store import Workspace
from tests.workspace.conftest import Intake

SHEET = "xl/worksheets/sheet1.xml"
MIB = 2**20


def workbook(rows: list[list[object]]) -> bytes:
    """Make a sound workbook."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def rezipped(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Rewrite the files inside a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return buffer.getvalue()


def repeated_rows(content: bytes, mebibytes: int) -> bytes:
    """Fill the worksheet with rows of one short string, as a bomb does."""
    row = b"<row>" + b'<c t="inlineStr"><is><t>x</t></is></c>' * 100 + b"</row>"
    count = mebibytes * MIB // len(row)
    return rezipped(
        content,
        lambda name, data: data.replace(b"</sheetData>", row * count + b"</sheetData>") if name == SHEET else data,
    )


def far_cell(content: bytes) -> bytes:
    """Claim a cell at the far end of the sheet, which a dense table would need 17 thousand million cells for."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return rezipped(content, lambda name, data: data.replace(b"</sheetData>", far) if name == SHEET else data)


def lying(content: bytes) -> bytes:
    """Understate the unpacked size of the worksheet in both of its ZIP headers."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(SHEET).file_size
    true, false = struct.pack("<I", size), struct.pack("<I", 5000)
    assert content.count(true) == 2
    return content.replace(true, false)


def encrypted_flag(content: bytes) -> bytes:
    """Mark every entry of the central directory as encrypted."""
    found = bytearray(content)
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        found[start + 8] |= 1
        start += 4
    return bytes(found)


def many_entries(count: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


def renamed(content: bytes, old: str, new: str) -> bytes:
    assert len(old) == len(new)
    return content.replace(old.encode(), new.encode())


SOUND = workbook([["编号", "姓名"], ["A1", "王五"]])
GARBAGE = Random(1).randbytes(20_000)

CASES: dict[str, tuple[str, bytes, type[MatcherError], str]] = {
    "garbage named csv": ("a.csv", GARBAGE, InputError, "binary content"),
    "garbage without NUL": ("a.csv", GARBAGE.replace(b"\0", b""), InputError, "neither UTF-8 nor GBK nor GB18030"),
    "empty": ("a.csv", b"", InputError, "empty"),
    "blank lines only": ("a.csv", b"\n\n , ,\n", InputError, "no rows"),
    "UTF-16": ("a.csv", "编号,姓名\n".encode("utf-16"), InputError, "UTF-16"),
    "BOM but not UTF-8": ("a.csv", b"\xef\xbb\xbf\xff\xfe\xfd", InputError, "marked as UTF-8"),
    "Latin-1": ("a.csv", "编号,姓名\n".encode() + b"A1,\xff\xe9\n", InputError, "neither UTF-8"),
    "NUL byte": ("a.csv", "编号,姓名\nA1,王\0五\n".encode(), InputError, "NUL byte in line 2"),
    "a million columns": ("a.csv", "编号".encode() + b"," * 1_000_000, LimitError, "longer than 1000000 characters"),
    "two thousand columns": ("a.csv", "编号".encode() + b"," * 2_000, LimitError, "2001 columns, at most 1000"),
    "open quotation mark": ("a.csv", '编号,姓名\nA1,"王五\nA2,x\n'.encode(), InputError, "a.csv:2: broken quotation"),
    "endless cell": ("a.csv", ('编号,姓名\nA1,"' + "x\n" * 200_000).encode(), LimitError, "a cell longer than"),
    "text behind a quotation mark": ("a.csv", '编号,姓名\nA1,"王"五\n'.encode(), InputError, "a.csv:2: broken"),
    "mojibake header": ("a.csv", "缂栧彿,濮撳悕\nA1,x\n".encode(), InputError, "'编号' read in a wrong encoding"),
    "doubled header": ("a.csv", "编号,性别,性别\nA1,男,女\n".encode(), InputError, "columns 2 and 3"),
    "no case number": ("a.csv", "姓名,性别\n王五,男\n".encode(), InputError, "no column for the case number"),
    "workbook named csv": ("a.csv", SOUND, InputError, "a workbook or archive, not text"),
    "text named xlsx": ("a.xlsx", b"hello", InputError, "not an XLSX workbook"),
    "old or encrypted workbook": ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 600, InputError, "without password"),
    "truncated workbook": ("a.xlsx", SOUND[: len(SOUND) // 2], InputError, "a damaged workbook"),
    "workbook without its end": ("a.xlsx", SOUND[:-30], InputError, "a damaged workbook"),
    "zip that is no workbook": ("a.xlsx", many_entries(3), InputError, "not a workbook"),
    "too many entries": ("a.xlsx", many_entries(6_000), LimitError, "more than 5000 files"),
    "password flag": ("a.xlsx", encrypted_flag(SOUND), InputError, "with a password"),
    "path outside": (
        "a.xlsx", renamed(SOUND, "docProps/app.xml", "../../../app.xml"), InputError, "impossible file names",
    ),
    "broken worksheet": (
        "a.xlsx", rezipped(SOUND, lambda n, d: d[:-20] if n == SHEET else d), InputError, "not a sound workbook",
    ),
    "no worksheet content": ("a.xlsx", workbook([]), InputError, "no worksheet holds anything"),
    "unknown suffix": ("a.doc", b"x", InputError, "files ending in '.doc' are not read"),
    "JSON of nothing": ("a.jsonl", b"\n\n", InputError, "no rows"),
    "JSON without case number": ("a.jsonl", '{"姓名":"王五"}\n'.encode(), InputError, "no column for the case number"),
    "JSON line without end": ("a.jsonl", b'{"a":"' + b"x" * 1_200_000, LimitError, "line 1 is longer"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_one_clear_line(intake: Intake, name: str) -> None:
    filename, content, error_type, words = CASES[name]
    intake.folder.mkdir(parents=True, exist_ok=True)
    (intake.folder / filename).write_bytes(content)
    report = intake.run(intake.folder / filename)
    assert report.files == ()
    [error] = report.errors
    assert type(error) is error_type
    assert words in str(error)
    assert "\n" not in str(error)
    assert error.remedy
    assert len(str(error)) < 400
    assert intake.workspace.counts()["record"] == 0
    assert intake.workspace.counts()["import_file"] == 0


def test_things_that_are_not_files(intake: Intake, tmp_path: Path) -> None:
    intake.folder.mkdir(parents=True)
    good = intake.write("good.csv", "编号\nA1\n")
    (intake.folder / "dir.csv").mkdir()
    (intake.folder / "link.csv").symlink_to(good)
    os.mkfifo(intake.folder / "pipe.csv")
    names = ("dir.csv", "link.csv", "pipe.csv", "absent.csv", "nul\0.csv")
    report = intake.run(*(intake.folder / name for name in names))
    words = ("a directory", "a symbolic link", "not a regular file", "no such file", "cannot be read")
    assert [word in str(error) for word, error in zip(words, report.errors, strict=True)] == [True] * 5
    (tmp_path / "photolink").symlink_to(intake.folder)
    [error] = intake.run(photos=tmp_path / "photolink").errors
    assert "a symbolic link" in str(error)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of this kind exist on POSIX systems")
def test_a_file_that_may_not_be_read(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = intake.write("secret.csv", "编号\nA1\n")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # the superuser of a test machine may read everything
    [error] = intake.run(path).errors
    assert "may not be read" in str(error)
    assert error.exit_code == 3


def test_sizes_are_checked_before_reading(intake: Intake) -> None:
    path = intake.write("big.csv", "编号\n")
    with path.open("r+b") as stream:
        stream.truncate(300 * MIB)  # sparse: takes no room on the disk
    [error] = intake.run(path).errors
    assert error.exit_code == 4
    assert "300 MiB, at most 256 MiB" in str(error)


def test_lines_of_json_that_are_none(intake: Intake) -> None:
    lines = [
        '{"编号":"A1","姓名":"王五"}',
        '{"编号":"A2","姓名":"\\ud800"}',
        '{"编号":"A3","姓名":' + "[" * 100_000,
        '{"编号":"A4","age":' + "9" * 5_000 + "}",
        '{"编号":"A5","age":NaN}',
        '{"编号":"A6","编号":"A7"}',
        "[1,2]",
        '{"编号":"A8","照片":{"a":{"b":1}}}',
        '{"编号":12345678901234567890,"姓名":["张三","李四"],"备注":null,"鞋码":true}',
        "not json",
        '{"编号":"\\ud800"}',
        '{"\\ud800":"x","编号":"A9"}',
        '{"编号":"A10","备注":"\\u0000\\u0007"}',
        "",
    ]
    intake.folder.mkdir(parents=True)
    (intake.folder / "a.jsonl").write_text("\n".join(lines), "utf-8")
    [summary] = [f for f in intake.run(intake.folder / "a.jsonl").files if f.role == "table"]
    found = {reject.row: reject.reason for reject in summary.rejects}
    assert found == {
        2: "not_text", 3: "bad_json", 4: "bad_json", 5: "bad_json", 6: "bad_json", 7: "bad_json", 10: "bad_json",
        11: "missing_case_number", 12: "bad_json", 13: "not_text",
    }  # fmt: skip
    assert summary.counts.read == 13
    assert intake.workspace.record_ids() == ["12345678901234567890", "A1", "A10", "A2", "A8"]
    assert [n.text for n in intake.workspace.subject("12345678901234567890").names] == ["张三", "李四"]
    rejects = (intake.workspace.path / "rejects.csv").read_text("utf-8-sig")
    assert "\ud800" not in rejects


def test_hostile_cells_are_stored_or_named(intake: Intake) -> None:
    cells = ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "'; DROP TABLE record; --", "\x07bell", "𠮷", "‮abc", "x" * 30_000]
    rows = "".join(f'A{n},"{cell}"\n' for n, cell in enumerate(cells))
    summary = intake.form("编号,备注\n" + rows)
    assert {r.value[:1]: r.reason for r in summary.rejects} == {"�": "not_text", "x": "too_long"}
    assert intake.workspace.subject("A5").notes == (("备注", "'; DROP TABLE record; --"),)
    assert intake.workspace.counts()["record"] == len(cells)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ratio", repeated_rows(SOUND, 64), "packed "),
        ("far cell", far_cell(SOUND), "cannot be read within"),
    ],
)
def test_workbook_bombs(intake: Intake, name: str, content: bytes, words: str) -> None:
    assert len(content) < MIB
    intake.folder.mkdir(parents=True)
    (intake.folder / "bomb.xlsx").write_bytes(content)
    [error] = intake.run(intake.folder / "bomb.xlsx").errors
    assert type(error) is LimitError
    assert words in str(error)


def test_a_bomb_that_lies_about_its_size_is_stopped_by_the_child(intake: Intake) -> None:
    intake.folder.mkdir(parents=True)
    (intake.folder / "bomb.xlsx").write_bytes(lying(repeated_rows(SOUND, 128)))
    limits = replace(DEFAULT_LIMITS, workbook_memory_bytes=400 * MIB, workbook_cpu_seconds=10)
    intake.settings = replace(intake.settings, limits=limits)
    [error] = intake.run(intake.folder / "bomb.xlsx").errors
    assert isinstance(error, InputError)
    assert "bomb.xlsx" in str(error)
    assert intake.workspace.counts()["record"] == 0


def test_a_slow_workbook_is_stopped(intake: Intake) -> None:
    rows: list[list[object]] = [["编号", "姓名"], *([f"A{n}", "王五"] for n in range(30_000))]
    intake.folder.mkdir(parents=True)
    (intake.folder / "slow.xlsx").write_bytes(workbook(rows))
    intake.settings = replace(intake.settings, limits=replace(DEFAULT_LIMITS, workbook_wall_seconds=0))
    [error] = intake.run(intake.folder / "slow.xlsx").errors
    assert type(error) is LimitError


def test_too_much_text_from_a_workbook_is_stopped(intake: Intake) -> None:
    rows: list[list[object]] = [["编号", "备注"], *([f"A{n}", "王五" * 50] for n in range(500))]
    intake.folder.mkdir(parents=True)
    (intake.folder / "wide.xlsx").write_bytes(workbook(rows))
    intake.settings = replace(intake.settings, limits=replace(DEFAULT_LIMITS, table_bytes=50_000))
    [error] = intake.run(intake.folder / "wide.xlsx").errors
    assert "holds more than" in str(error)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".csv", ".jsonl", ".xlsx", ".tsv"]), st.booleans())
def test_any_bytes_are_read_or_refused(intake: Intake, content: bytes, suffix: str, headed: bool) -> None:
    intake.folder.mkdir(parents=True, exist_ok=True)
    path = intake.folder / f"any{suffix}"
    path.write_bytes("编号,姓名,出生日期,年龄,身高,照片\n".encode() * headed + content)
    report = intake.run(path, dry_run=True)
    assert len(report.errors) + len([f for f in report.files if f.role == "table"]) == 1
    assert all(error.exit_code in (3, 4) for error in report.errors)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.none()), max_size=5))
def test_any_objects_are_read_or_refused(intake: Intake, objects: list[dict[str, object]]) -> None:
    lines = "\n".join(json.dumps({"编号": f"A{n}"} | item) for n, item in enumerate(objects))
    path = intake.write("any.jsonl", lines)
    report = intake.run(path, dry_run=True)
    assert len(report.errors) + len(report.files) >= 1
    assert all(error.exit_code in (3, 4) for error in report.errors)


# A process of little memory in between: what a process held before it became another counts as the other's.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(done.returncode)
"""


def run_command(*arguments: str) -> tuple[int, str, int]:
    """Run `matcher` as a user does; returns exit code, standard error, and peak MiB of it and its children."""
    command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "matcher", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, int(done.stdout)


@pytest.mark.slow
def test_the_command_line_survives_bombs_in_little_memory(tmp_path: Path) -> None:
    station = tmp_path / "station"
    Workspace.create(station).close()
    bombs = {
        "ratio.xlsx": repeated_rows(SOUND, 64),
        "far.xlsx": far_cell(SOUND),
        "columns.csv": "编号".encode() + b"," * 1_000_000,
        "garbage.csv": GARBAGE,
        "zeros.xlsx": b"PK\x03\x04" + zlib.compress(bytes(MIB)),
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in bombs]
    code, said, mebibytes = run_command("ingest", *paths, "--kind", "intake", "-w", str(station))
    assert code == 3, "that of the last file"
    assert [line.split(":")[0] for line in said.splitlines()] == ["matcher"] * len(bombs)
    assert all(name in line for name, line in zip(bombs, said.splitlines(), strict=True))
    assert mebibytes < 200
    code, said, _ = run_command("ingest", paths[0], "--kind", "intake", "-w", str(station))
    assert code == 4
    assert said.count("\n") == 1
