"""Opening untrusted files: no symbolic links, no devices, nothing above its cap, one clear line for each refusal."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from matcher.errors import InputError, LimitError

_CHUNK = 1 << 20


def read_capped(path: Path, limit: int) -> bytes:
    """Read a regular file whole.

    Raises
    ------
    InputError
        When it is missing, empty, a symbolic link, a directory or may not be read.
    LimitError
        When it is larger than `limit` bytes.
    """
    with opened(path, limit) as stream:
        try:
            content = stream.read(limit + 1)
        except OSError as error:
            raise _unreadable(path, error) from error
    if len(content) > limit:  # grew after it was measured
        raise _too_large(path, len(content), limit)
    return content


@contextmanager
def opened(path: Path, limit: int) -> Iterator[BinaryIO]:
    """Open a regular file for reading after the checks of `read_capped`."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            raise InputError(f"{path}: a symbolic link", remedy="name the file itself")
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{path}: a directory", remedy="name the files in it (photographs: --photos DIRECTORY)")
        raise InputError(f"{path}: not a regular file", remedy="copy it to a file first")
    with os.fdopen(descriptor, "rb") as stream:
        if status.st_size == 0:
            raise InputError(f"{path}: empty", remedy="export it again")
        if status.st_size > limit:
            raise _too_large(path, status.st_size, limit)
        yield stream


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_stream(stream: BinaryIO) -> str:
    """Return the SHA-256 of a stream from its beginning, in hex, and go back there."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _too_large(path: Path, size: int, limit: int) -> LimitError:
    return LimitError(
        f"{path}: {size / 2**20:.0f} MiB, at most {limit / 2**20:.0f} MiB are accepted", remedy="split the file"
    )


def _unreadable(path: Path, error: OSError | ValueError) -> InputError:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return InputError(f"{path}: no such file", remedy="check the name")
    if number == errno.ELOOP:
        return InputError(f"{path}: a symbolic link", remedy="name the file itself")
    if number in (errno.EACCES, errno.EPERM):
        return InputError(f"{path}: may not be read", remedy="check its permissions")
    why = getattr(error, "strerror", None) or "a name that cannot exist"
    return InputError(f"{path}: cannot be read ({why})", remedy="check the name, or copy it again")
