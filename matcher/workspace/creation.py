"""Making an empty workspace: built beside its place and moved there whole."""

from __future__ import annotations

import secrets
import shutil
import uuid
from pathlib import Path

from matcher.durable import sync_directory
from matcher.errors import WorkspaceError
from matcher.workspace.audit import now
from matcher.workspace.connection import create_files, translated
from matcher.workspace.erasure import INDEXES


def build(path: Path) -> None:
    """Make the directory and files of an empty workspace.

    Raises
    ------
    WorkspaceError
        When something is there already, or the directory cannot be made.
    """
    if not path.name:
        raise WorkspaceError(f"'{path}' is the place you stand in", remedy="name a new directory below it")
    building = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WorkspaceError(f"'{path}' exists and is not empty", remedy="choose a new directory")
        building.mkdir(mode=0o700, parents=True)
        with translated(building):
            create_files(building, store_id=uuid.uuid4().hex, created_at=now())
        (building / INDEXES).mkdir()
        sync_directory(building)
        if path.is_dir():
            path.rmdir()
        building.rename(path)
        sync_directory(path.absolute().parent)
    except OSError as error:
        raise WorkspaceError(
            f"cannot make a workspace at '{path}' ({error.strerror})", remedy="choose another place"
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
