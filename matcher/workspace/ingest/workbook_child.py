"""The process that parses a workbook: a script of its own, which imports nothing of ours.

Arguments: bytes of memory, seconds of CPU, rows, columns. The workbook comes on standard input; standard output gets
one JSON line about the worksheet and one [row, cells] line per row. A workbook that is not sound is reported as
{"error": ...}; one that needs more than it may ends this process.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time, timedelta

TOO_LARGE = 4
"""Exit code for a worksheet beyond a limit."""


def limit_resources(memory_bytes: int, cpu_seconds: int) -> None:
    """Take away what a bomb would need; systems without `resource` keep the parent's time limit alone."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,  # a core dump would hold what the sheet holds
        resource.RLIMIT_FSIZE: 0,
    }
    for kind, limit in wanted.items():
        hard = resource.getrlimit(kind)[1]
        lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lowered, lowered))


def text_of(value: object) -> str:
    """Write a cell as text: whole numbers without a point, dates in ISO form, midnight dropped."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def merged_values(sheet: object, rows: list[list[object]], first_column: int) -> None:
    """Write the value of each merged range into all of its cells."""
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or []:
        if top >= len(rows) or bottom - top > 10_000 or right - left > 1_000:
            continue
        place = left - first_column
        value = rows[top][place] if 0 <= place < len(rows[top]) else ""
        for row in rows[top : bottom + 1]:
            for column in range(max(0, place), min(len(row), right - first_column + 1)):
                row[column] = value


def write(value: object) -> None:
    """Write one JSON line."""
    sys.stdout.write(json.dumps(value) + "\n")


def main() -> int:
    """Parse standard input and write its rows."""
    memory_bytes, cpu_seconds, most_rows, most_columns = map(int, sys.argv[1:5])
    limit_resources(memory_bytes, cpu_seconds)
    content = sys.stdin.buffer.read()
    from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

    try:
        book = load_workbook(io.BytesIO(content))
        visible = [item.name for item in book.sheets_metadata if item.visible == SheetVisibleEnum.Visible]
        sheets = ((name, book.get_sheet_by_name(name)) for name in visible)
        name, sheet = next(((n, s) for n, s in sheets if s.start is not None), (None, None))
        if sheet is None or sheet.start is None or sheet.end is None:
            write({"error": "no worksheet holds anything"})
            return 0
        if sheet.end[0] >= most_rows or sheet.end[1] >= most_columns:
            return TOO_LARGE
        rows: list[list[object]] = [list(row) for row in sheet.iter_rows()]
    except MemoryError:
        return TOO_LARGE
    except (CalamineError, ValueError, OSError) as error:
        write({"error": type(error).__name__})
        return 0
    merged_values(sheet, rows, sheet.start[1])
    write({"sheet": name, "others": [other for other in visible if other != name]})
    for number, row in enumerate(rows, 1):
        if any(value != "" for value in row):
            write([number, [text_of(value) for value in row]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
