"""What contestants of the place search found, as a table: recall by kind of query, and CPU time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.places_tasks import Task

CUTS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rank of the right place (0 = first, -1 = not listed) and CPU seconds of one query."""

    kind: str
    rank: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one contestant found of one kind; `recall` at `CUTS`, no times for the ceiling that exact ties set."""

    kind: str
    contestant: str
    n: int
    recall: tuple[float, ...]
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    def text(self) -> str:
        """Return one line."""
        times = (self.p50_ms, self.p95_ms, self.p99_ms)
        spent = "".join(
            f"  {name} {ms:6.1f} ms" for name, ms in zip(("p50", "p95", "p99"), times, strict=True) if ms is not None
        )
        return f"{self.kind:14} {self.contestant:26} n {self.n:>5}  {recalled(self.recall)}{spent}"


def recalled(recall: Sequence[float]) -> str:
    """Write recall at each cut."""
    return "  ".join(f"R@{cut} {value:.3f}" for cut, value in zip(CUTS, recall, strict=True))


def table(results: Mapping[str, Sequence[Outcome]], tasks: Sequence[Task]) -> list[Row]:
    """Tabulate recall by kind and contestant, with the ceiling that exact ties set."""
    rows: list[Row] = []
    for kind in ["ALL", *sorted({task.kind for task in tasks})]:
        same = np.array([task.same for task in tasks if kind in ("ALL", task.kind)])
        ceiling = tuple(float(np.minimum(1.0, cut / same).mean()) for cut in CUTS)
        rows.append(Row(kind, "tie ceiling", same.size, ceiling))
        rows += [
            _row(kind, name, [item for item in outcomes if kind in ("ALL", item.kind)])
            for name, outcomes in results.items()
        ]
    return rows


def _row(kind: str, name: str, outcomes: Sequence[Outcome]) -> Row:
    ranks = np.array([item.rank for item in outcomes])
    recall = tuple(float(((ranks >= 0) & (ranks < cut)).mean()) for cut in CUTS)
    times = np.percentile([item.seconds * 1e3 for item in outcomes], [50, 95, 99]).tolist()
    return Row(kind, name, len(outcomes), recall, *times)


def markdown(rows: Sequence[Row]) -> str:
    """Lay out recall at 1/5/20, a line for each kind and a column for each contestant."""
    names = list(dict.fromkeys(row.contestant for row in rows))
    lines = ["| kind (n) | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for kind in dict.fromkeys(row.kind for row in rows):
        here = {row.contestant: row for row in rows if row.kind == kind}
        cells = ["/".join(f"{value:.3f}" for value in here[name].recall) for name in names]
        lines.append(f"| {kind} ({here[names[0]].n}) | " + " | ".join(cells) + " |")
    times = [row.p50_ms for row in rows if row.kind == "ALL"]
    lines.append("| CPU ms, median | " + " | ".join("-" if ms is None else f"{ms:.1f}" for ms in times) + " |")
    return "\n".join(lines)
