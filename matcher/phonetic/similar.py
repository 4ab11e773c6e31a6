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
    text = files("matcher.phonetic").joinpath("data/variants.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        first, second = row["first"], row["second"]
        table.setdefault(first, []).append((second, "variant", 1.0))
        table.setdefault(second, []).append((first, "variant", 1.0))
    return table
