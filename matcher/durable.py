"""Making files and directory entries survive a power cut."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Flush a directory's entries to disk where the system can (POSIX); elsewhere renames are journalled."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(directory: Path) -> None:
    """Flush every file below a directory, then the directories, to disk."""
    for path in directory.rglob("*"):
        if path.is_file():
            _flush(path)
    for path in (*(p for p in directory.rglob("*") if p.is_dir()), directory):
        sync_directory(path)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that after a crash it holds either the former content or all of the new one.

    The directory is made when absent.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; the file is flushed and takes the place once the block is done.

    After a failure the former file stands, and nothing else.
    """
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
