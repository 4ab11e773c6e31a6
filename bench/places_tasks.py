"""Queries of places with their truth, and what answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.queries import read_queries
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.sampling import Garbler, sample_place

DRAWN = 200


@dataclass(frozen=True, slots=True)
class Task:
    """One query with its truth."""

    kind: str
    query: str
    scope: str | None
    dialect: str | None
    answers: tuple[str, ...]
    truth: str
    same: int


Contestant = Callable[[Task], Sequence[int]]
"""Answers a query with rows of the gazetteer, best first."""


def read_tasks(path: Path) -> list[Task]:
    """Read queries with their truth."""
    return read_queries(path, _task, fields="query, answers, kind")


def _task(row: Mapping[str, Any]) -> Task:
    return Task(
        str(row["kind"]), str(row["query"]), row.get("scope"), row.get("dialect"),
        tuple(row["answers"]), str(row.get("truth", "")), int(row.get("n_same", 1)),
    )  # fmt: skip


def drawn_tasks(gazetteer: Gazetteer, *, seed: int) -> list[Task]:
    """Draw villages, townships and counties and garble them as listeners do."""
    rng = np.random.default_rng(seed)
    garbler = Garbler(gazetteer)
    tasks: list[Task] = []
    for number in range(DRAWN):
        level = (3, 4, 5)[number % 3]
        gid = sample_place(rng, gazetteer, level=level)
        text = garbler.garble(rng, gid)
        core = str(gazetteer.places.column("core")[gid])
        tasks.append(Task(f"drawn level {level}", text, None, None, (_identity(gazetteer, gid),), core, 1))
    return tasks


def _identity(gazetteer: Gazetteer, gid: int) -> str:
    return gazetteer.code(gid) or f"#{gid}"


def is_right(gazetteer: Gazetteer, gid: int, task: Task) -> bool:
    """Tell whether a place is the one meant."""
    if _identity(gazetteer, gid) in task.answers:
        return True
    bureau = any(key.startswith("bureau") for key, _ in gazetteer.manifest.sources)
    if bureau or int(gazetteer.level[gid]) < 4 or str(gazetteer.places.column("core")[gid]) != task.truth:
        return False
    above = [gazetteer.code(row) for row in gazetteer.ancestors(np.array([gid], np.int32))[:, 0].tolist() if row >= 0]
    digits = {4: 9, 5: 12}[int(gazetteer.level[gid])]
    return any(len(code) == digits and code[:6] in above for code in task.answers)
