"""Rejects as a file for the analyst: opens in Excel, and no cell of it can act."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from matcher.outputs import harmless, output_file
from matcher.types import Reject
from matcher.workspace.erasure import REJECTS_FILE
from matcher.workspace.store import Workspace

HEADERS = ("文件 file", "行 row", "列 column", "值 value", "原因 reason", "处理办法 remedy", "整行未入库 record lost")


def write_rejects(workspace: Workspace) -> int:
    """Write everything that is rejected at present to `rejects.csv` in the workspace; remove it when there is nothing.

    Returns the number of rejects.
    """
    rejects = workspace.rejects()
    path = workspace.path / REJECTS_FILE
    if not rejects:
        path.unlink(missing_ok=True)
        return 0
    content = rejects_csv(rejects).encode("utf-8-sig")
    if not path.is_file() or path.read_bytes() != content:
        with output_file(path) as temporary:
            temporary.write_bytes(content)
    return len(rejects)


def rejects_csv(rejects: Iterable[Reject]) -> str:
    """Write rejects as separated text with headers."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADERS)
    for r in rejects:
        row = ("" if r.row is None else r.row, r.column or "", r.value, r.reason, r.remedy)
        lost = "是 yes" if r.record_lost else "否 no"
        writer.writerow([harmless(str(cell)) for cell in (r.source, *row, lost)])
    return buffer.getvalue()
