"""XLSX workbooks as rows of cells: checked from outside, then parsed in a child process that may fail.

A workbook is a ZIP archive. Its central directory tells the unpacked sizes without unpacking anything, which stops
the usual bombs. Sizes can be lies, and a sheet can claim a cell at XFD1048576, so the parser itself runs in a process
of its own with limits on memory and time; what happens to it cannot happen to us.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InputError, LimitError
from matcher.workspace.ingest import workbook_child
from matcher.workspace.ingest.limits import Limits

NumberedRow = tuple[int, list[str]]

_CENTRAL_ENTRY = b"PK\x01\x02"
_RATIO_FROM_BYTES = 2**20
_ENCRYPTED = 0x1
# A parser out of memory aborts, one out of CPU time is stopped, one out of wall time is killed.
_SIGNALS = ("SIGABRT", "SIGXCPU", "SIGKILL")
_ENDED_BY_LIMIT = {workbook_child.TOO_LARGE, *(-getattr(signal, name) for name in _SIGNALS if hasattr(signal, name))}


@dataclass(frozen=True, slots=True)
class Workbook:
    """Rows of one worksheet as JSON lines, and what to tell about the others."""

    lines: tuple[bytes, ...]
    remarks: tuple[str, ...]

    def rows(self) -> Iterator[NumberedRow]:
        """Yield (1-based row number, cells)."""
        for line in self.lines:
            number, cells = json.loads(line)
            yield number, cells


def read_workbook(name: str, content: bytes, limits: Limits) -> Workbook:
    """Read the first visible worksheet that holds anything.

    Raises
    ------
    InputError
        For a file that is not a sound workbook.
    LimitError
        When the archive or its content is beyond a cap.
    """
    check_archive(name, content, limits)
    lines = _parse(name, content, limits)
    head = json.loads(lines[0]) if lines else {"error": "no answer"}
    if "error" in head:
        raise InputError(f"{name}: not a sound workbook ({head['error']})", remedy="open it in Excel and save it again")
    remarks = []
    if head["others"]:
        remarks.append(f"read worksheet '{head['sheet']}', not: {', '.join(head['others'])}")
    return Workbook(tuple(lines[1:]), tuple(remarks))


def check_archive(name: str, content: bytes, limits: Limits) -> None:
    """Check the central directory of a workbook without unpacking anything.

    Raises
    ------
    InputError
        For a damaged or encrypted archive, or one that is not a workbook.
    LimitError
        Beyond the caps on entries, unpacked size or ratio.
    """
    # Counted before zipfile builds an object for each.
    if content.count(_CENTRAL_ENTRY) > limits.workbook_entries:
        raise LimitError(f"{name}: more than {limits.workbook_entries} files inside", remedy="this is not a form")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise InputError(f"{name}: a damaged workbook ({error})", remedy="copy it again from where it comes") from error
    names = [entry.filename for entry in entries]
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/workbook.") for n in names):
        raise InputError(f"{name}: an archive that is not a workbook", remedy="save it as .xlsx, or unpack it")
    if len(set(names)) != len(names) or any(n.startswith(("/", "\\")) or ".." in n.split("/") for n in names):
        raise InputError(f"{name}: a workbook with impossible file names inside", remedy="do not trust this file")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise InputError(f"{name}: a workbook with a password", remedy="save it without password")
    _check_sizes(name, entries, limits)


def _check_sizes(name: str, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.workbook_unpacked_bytes:
        raise LimitError(
            f"{name}: unpacks to {unpacked / 2**20:.0f} MiB, at most {limits.workbook_unpacked_bytes / 2**20:.0f} MiB "
            "are accepted",
            remedy="do not trust this file, or export the table as CSV",
        )
    for entry in entries:
        ratio = entry.file_size / max(1, entry.compress_size)
        if entry.file_size > _RATIO_FROM_BYTES and ratio > limits.workbook_ratio:
            raise LimitError(
                f"{name}: packed {ratio:.0f} to 1, at most {limits.workbook_ratio} to 1 is accepted",
                remedy="do not trust this file, or export the table as CSV",
            )


def _parse(name: str, content: bytes, limits: Limits) -> list[bytes]:
    """Run the parser in a child process and collect its lines.

    The content goes through a pipe: what was checked is what is parsed, whatever happens to the file meanwhile.
    """
    command = [
        sys.executable, "-I", str(Path(workbook_child.__file__)), str(limits.workbook_memory_bytes),
        str(limits.workbook_cpu_seconds), str(limits.rows), str(limits.columns),
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own script in our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        timer = threading.Timer(limits.workbook_wall_seconds, child.kill)
        feeder = threading.Thread(target=_feed, args=(child, content))
        timer.start()
        feeder.start()
        try:
            assert child.stdout is not None
            lines = list(_bounded(name, child.stdout, limits))
        except BaseException:
            child.kill()
            raise
        finally:
            timer.cancel()
            feeder.join()
    if child.returncode == 0:
        return lines
    if child.returncode not in _ENDED_BY_LIMIT:
        raise InputError(f"{name}: a damaged workbook", remedy="open it in Excel and save it again")
    raise LimitError(
        f"{name}: cannot be read within {limits.workbook_memory_bytes / 2**20:.0f} MiB and "
        f"{limits.workbook_cpu_seconds} s",
        remedy="do not trust this file, or export the table as CSV",
    )


def _feed(child: subprocess.Popen[bytes], content: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(content)
        child.stdin.close()
    except OSError:
        return  # the child ended first; its exit code says why


def _bounded(name: str, stream: io.BufferedIOBase | object, limits: Limits) -> Iterator[bytes]:
    assert hasattr(stream, "readline")
    total = 0
    while line := stream.readline():
        total += len(line)
        if total > limits.table_bytes:
            raise LimitError(
                f"{name}: holds more than {limits.table_bytes / 2**20:.0f} MiB of text", remedy="split the table"
            )
        yield line
