"""Figures as tables for people (text, Markdown) and as values for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bench.lines import Line
from bench.metrics import Interval
from bench.misses import Miss

_NOTES = (
    "fresh = found within days; long_stayer = months to decades in a station. The two are never pooled.",
    "hit@k: share of cases whose person is in the gallery and stands at rank k or better among all records,",
    "with its 95 % Wilson interval. Ties count as broken by lot.",
    "FNIR@x: share of those cases missed at the threshold that x of the cases without a mate pass; 42<100 says that",
    "there were 42 such cases, and that it takes 100 to tell such a share from nothing.",
)


_FNIR = {"fnir@fpir0.001": 1000, "fnir@fpir0.01": 100, "fnir@fpir0.1": 10}
"""Cases without a mate that each figure needs at least."""


def text(lines: Sequence[Line], *, markdown: bool = False) -> str:
    """Lay out all figures, one table per task and stratum."""
    parts = []
    for task, stratum in dict.fromkeys((line.task, line.stratum) for line in lines):
        mine = [line for line in lines if (line.task, line.stratum) == (task, stratum)]
        parts.append(_heading(f"{task}: {stratum}", markdown=markdown))
        shape = _ranking if task == "leads" else _differences if task.endswith("minus peer") else _plain
        parts.append(shape(mine, markdown=markdown))
    return "\n\n".join([*parts, "\n".join(_NOTES)])


def _heading(title: str, *, markdown: bool) -> str:
    return f"## {title}" if markdown else f"{title}\n{'-' * len(title)}"


def _ranking(lines: Sequence[Line], *, markdown: bool) -> str:
    header = ["cases", "n", "method", "hit@1", "hit@10", "hit@50", "MRR", "FNIR@.1%", "FNIR@1%", "FNIR@10%"]
    rows = []
    for line in lines:
        figures = line.figures
        rows.append(
            [
                line.subset, str(figures["hit@1"].trials), line.method,
                *(_interval(figures[f"hit@{k}"]) for k in (1, 10, 50)), _number(figures["mrr"]),
                *(_fnir(figures[name], needed) if name in figures else "" for name, needed in _FNIR.items()),
            ]
        )  # fmt: skip
    return grid(header, rows, markdown=markdown)


def _differences(lines: Sequence[Line], *, markdown: bool) -> str:
    names = ["hit@1", "hit@10", "hit@50"]
    rows = [
        [
            line.subset,
            str(line.figures["hit@1"].trials),
            line.method,
            *(_interval(line.figures[name]) for name in names),
        ]
        for line in lines
    ]
    return grid(["cases", "n", "peer", *names], rows, markdown=markdown)


def _plain(lines: Sequence[Line], *, markdown: bool) -> str:
    names = list(dict.fromkeys(name for line in lines for name in line.figures))
    if len(lines) == 1:
        rows = [[name, _cell(lines[0].figures[name]), str(lines[0].figures[name].trials)] for name in names]
        return grid(["figure", lines[0].method, "n"], rows, markdown=markdown)
    rows = [
        [line.method, *(_cell(line.figures[name]) if name in line.figures else "" for name in names)] for line in lines
    ]
    return grid(["method", *names], rows, markdown=markdown)


def _cell(interval: Interval) -> str:
    if interval.low == interval.high or math.isnan(interval.value):
        return _number(interval)
    return f"{interval.value:.3f} [{interval.low:.3f} {interval.high:.3f}]"


def _interval(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "-"
    return f"{interval.value:.2f} [{interval.low:.2f} {interval.high:.2f}]"


def _number(interval: Interval) -> str:
    value = interval.value
    return "-" if math.isnan(value) else f"{value:.3g}" if abs(value) >= 1000 else f"{value:.3f}"


def _fnir(interval: Interval, needed: int) -> str:
    if math.isnan(interval.value) and interval.trials < needed:
        return f"{interval.trials}<{needed}"
    return _interval(interval)


def grid(header: Sequence[str], rows: Iterable[Sequence[str]], *, markdown: bool) -> str:
    """Lay out a table with aligned columns.

    >>> print(grid(["a", "b"], [["1", "22"]], markdown=False))
    a  b
    1  22
    """
    table = [list(header), *map(list, rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in table]
    if not markdown:
        return "\n".join("  ".join(row).rstrip() for row in padded)
    ruler = ["-" * width for width in widths]
    return "\n".join("| " + " | ".join(row) + " |" for row in [padded[0], ruler, *padded[1:]])


def misses(found: Sequence[Miss], *, markdown: bool) -> str:
    """Lay out misses with what connects them and what was done to their records."""
    if not found:
        return "nobody was missed"
    rows = [
        [m.stratum, m.probe_id, f"{m.rank:.0f}", m.nearest_channel, m.connected_by, ", ".join(m.causes)] for m in found
    ]
    header = ["stratum", "case", "rank", "nearest channel", "connected by", "what was done"]
    return grid(header, rows, markdown=markdown)


def changes(lines: Sequence[Line], baseline: Sequence[Line], *, markdown: bool) -> str:
    """Lay out the figures whose intervals no longer overlap with those of an earlier run."""
    before = {(line.task, line.stratum, line.subset, line.method): line for line in baseline}
    rows = []
    for line in lines:
        key = (line.task, line.stratum, line.subset, line.method)
        for name, now in line.figures.items():
            then = before[key].figures.get(name) if key in before else None
            if then is not None and (now.high < then.low or now.low > then.high):
                rows.append([" / ".join(key), name, _number(then), _number(now), f"{now.value - then.value:+.3f}"])
    if not rows:
        return "no figure left its former interval"
    return grid(["line", "figure", "before", "now", "change"], rows, markdown=markdown)


def as_json(lines: Sequence[Line]) -> str:
    """Write figures as JSON; what could not be computed is null."""
    return json.dumps([_finite(asdict(line)) for line in lines], ensure_ascii=False, indent=1, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
