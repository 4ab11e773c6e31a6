"""Queries with their truth, from JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from matcher.cli.options import read_json_lines
from matcher.errors import InputError

Task = TypeVar("Task")


def read_queries(path: Path, task_of: Callable[[Mapping[str, Any]], Task], *, fields: str) -> list[Task]:
    """Read queries; `task_of` makes one of a row, `fields` names what a row needs.

    Raises
    ------
    InputError
        Naming file and line of a row that is no query, or for a file without any.
    """
    tasks = []
    for number, row in read_json_lines(path):
        try:
            tasks.append(task_of(row))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}:{number}: not a query ({error!r})", remedy=f"give {fields}") from error
    if not tasks:
        raise InputError(f"{path}: holds no query", remedy=f"give {fields}")
    return tasks
