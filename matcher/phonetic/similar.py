"""Characters that are mistaken for one another by sight: variants of one character, and look-alikes."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["variant", "shape"]


@cache
def similar_characters(written: str) -> tuple[tuple[str, Kind, float], ...]:
    """List the true characters for which `written` is put by sight, with P(written | true, mistaken by sight).

    Parameters
    ----------
    written : str
        The character on paper.

    Returns
    -------
    tuple of (true character, kind, share)
        `variant`: two forms that registers use for one name (付/傅); `shape`: look-alikes.

    >>> similar_characters("付")[0][:2]
    ('傅', 'variant')
    """
    return tuple(_table().get(written, ()))


@cache
def _table() -> dict[str, list[tuple[str, Kind, float]]]:
    table: dict[str, list[tuple[str, Kind, float]]] = {}
    for row in _rows("variants.csv"):
        first, second = row["first"], row["second"]
        table.setdefault(first, []).append((second, "variant", 1.0))
        table.setdefault(second, []).append((first, "variant", 1.0))
    for true, alike in _look_alikes().items():
        total = sum(alike.values())
        for written, weight in alike.items():
            table.setdefault(written, []).append((true, "shape", weight / total))
    return table


def _look_alikes() -> dict[str, dict[str, float]]:
    """Map each true character to those it may be mistaken for, weighted by the square of likeness beyond 0.4."""
    weights: dict[str, dict[str, float]] = {}
    for row in _rows("look_alikes.csv"):
        for other, tenths in zip(row["true"], row["tenths"], strict=True):
            weight = float(int(tenths) - 4) ** 2
            weights.setdefault(row["written"], {})[other] = weight
            weights.setdefault(other, {})[row["written"]] = weight
    return weights


def _rows(name: str) -> list[dict[str, str]]:
    text = files("matcher.phonetic").joinpath(f"data/{name}").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
