"""Writing an output file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matcher.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and put the file there in its place once the block is done.

    A reader sees the old file or the new one, never half of it; a failure leaves the old one and no litter. The file
    is readable by its owner only: it holds personal data.

    Raises
    ------
    UsageError
        When the place cannot be written to.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _flush(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror or error}",
            remedy="choose an existing directory you may write to, with free space",
        ) from error


def _flush(path: Path) -> None:
    """Bring the bytes to the disk before the name points to them: a power cut must not leave an empty report."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
