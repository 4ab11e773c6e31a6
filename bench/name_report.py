"""Tables of the bench of names: recall, CPU times and calibration, as Markdown for people and JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

CUTS = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one query: expected recall at `CUTS`, log10 LR of the target, CPU seconds."""

    kind: str
    recall: tuple[float, ...]
    log10_lr: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """LRs of unrelated people, bearers counted.

    Parameters
    ----------
    group : str
        Form of the queries.
    queries : int
        How many.
    mean_lr : float
        Mean over queries of the mean LR over everybody but the true bearers; 1 is right.
    median_lr : float
        Median over queries of the same.
    above_3 : float
        Share of (query, person) pairs with log10 LR > 3.
    """

    group: str
    queries: int
    mean_lr: float
    median_lr: float
    above_3: float


_GROUPS = (
    ("accent+", "accent and a second error"),
    ("accent:", "accented Mandarin"),
    ("misheard:", "misheard"),
    ("dialect:", "raw dialect"),
    ("homophone", "homophone"),
    ("nick_", "nickname or title"),
    ("honorific", "nickname or title"),
    ("missing_surname", "surname missing"),
    ("dropped_char", "dropped, generation only, extra"),
    ("generation_only", "dropped, generation only, extra"),
    ("extra_char", "dropped, generation only, extra"),
    ("variant_trad", "variants and formats"),
    ("formatting", "variants and formats"),
    ("swapped_given", "order swapped"),
    ("surname_last", "order swapped"),
    ("minority:", "transcribed names"),
    ("real:", "real wrong characters"),
)


def group_of(kind: str) -> str:
    """Return the group of kinds that a kind is reported under; a kind that is in none stands for itself."""
    return next((group for start, group in _GROUPS if kind.startswith(start)), kind)


def markdown(methods: Mapping[str, Sequence[Outcome]], calibrations: Sequence[Calibration]) -> str:
    """Lay out everything as Markdown."""
    labels = list(methods)
    groups = list(dict.fromkeys(group_of(outcome.kind) for outcomes in methods.values() for outcome in outcomes))
    lines = ["## R@1 / R@10 / R@100", "", _row(["kinds", "n", *labels]), _row(["---"] * (len(labels) + 2))]
    for group in groups:
        own = {label: [o for o in outcomes if group_of(o.kind) == group] for label, outcomes in methods.items()}
        lines.append(_row([group, str(len(own[labels[0]])), *(_recall(found) for found in own.values())]))
    lines.append(_row(["mean over kinds", "", *(_numbers(macro(outcomes)) for outcomes in methods.values())]))
    lines += ["", "## CPU milliseconds a query", "", _row(["method", "p50", "p95"]), _row(["---"] * 3)]
    for label, outcomes in methods.items():
        p50, p95 = times(outcomes)
        lines.append(_row([label, f"{p50:.1f}", f"{p95:.1f}"]))
    lines += ["", "## log10 LR of the true name", "", _row(["kinds", "p5", "median", "p95"]), _row(["---"] * 4)]
    for group in groups:
        values = [o.log10_lr for o in methods[labels[0]] if group_of(o.kind) == group and o.log10_lr > -300.0]
        if values:
            lines.append(_row([group, *(f"{value:.1f}" for value in np.percentile(values, [5, 50, 95]))]))
    if calibrations:
        header = ["queries", "n", "mean LR", "median", "P(log10 LR > 3)"]
        lines += ["", "## Unrelated people", "", _row(header), _row(["---"] * 5)]
        for c in calibrations:
            cells = [c.group, str(c.queries), f"{c.mean_lr:.2f}", f"{c.median_lr:.2f}", f"{c.above_3:.1e}"]
            lines.append(_row(cells))
    return "\n".join(lines)


def json_lines(methods: Mapping[str, Sequence[Outcome]], calibrations: Sequence[Calibration]) -> list[str]:
    """Return one JSON object per method and kind, per method, and per calibration."""
    rows: list[dict[str, object]] = []
    for label, outcomes in methods.items():
        for kind in dict.fromkeys(outcome.kind for outcome in outcomes):
            own = [outcome for outcome in outcomes if outcome.kind == kind]
            recall = np.mean([outcome.recall for outcome in own], axis=0).tolist()
            rows.append({"method": label, "kind": kind, "n": len(own), "recall": recall})
        p50, p95 = times(outcomes)
        rows.append({"method": label, "macro": macro(outcomes), "cpu_ms_p50": p50, "cpu_ms_p95": p95})
    rows += [
        {"unrelated": c.group, "n": c.queries, "mean_lr": c.mean_lr, "median_lr": c.median_lr, "above_3": c.above_3}
        for c in calibrations
    ]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def macro(outcomes: Sequence[Outcome]) -> list[float]:
    """Return the mean recall over kinds, placeholders left out."""
    by_kind: dict[str, list[tuple[float, ...]]] = {}
    for outcome in outcomes:
        if outcome.kind != "placeholder":
            by_kind.setdefault(outcome.kind, []).append(outcome.recall)
    rows = [np.mean(found, axis=0) for found in by_kind.values()]
    return [float(value) for value in np.mean(rows, axis=0)] if rows else [0.0] * len(CUTS)


def times(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Return median and 95th percentile of the CPU milliseconds."""
    milliseconds = [outcome.seconds * 1e3 for outcome in outcomes]
    return float(np.median(milliseconds)), float(np.percentile(milliseconds, 95))


def _recall(found: Sequence[Outcome]) -> str:
    return _numbers([float(value) for value in np.mean([o.recall for o in found], axis=0)]) if found else ""


def _numbers(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}".replace("0.", ".", 1) if value < 1 else "1.00" for value in values)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
