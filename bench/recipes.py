"""The recipes of the worlds to measure on, by the name of their suite."""

from __future__ import annotations

import tomllib
from pathlib import Path

RECIPES = Path(__file__).parents[1] / "datasets-synthetic" / "recipes"


def suites() -> list[str]:
    """Return the names of all suites."""
    return sorted(path.stem for path in RECIPES.glob("*.toml") if path.stem != "common")


def recipe_of(suite: str) -> Path:
    """Return the recipe of a suite."""
    return RECIPES / f"{suite}.toml"


def suite_of(title: str) -> str:
    """Return the suite of a world's title; the title itself where there is none."""
    titles = {tomllib.loads(recipe_of(suite).read_text("utf-8"))["world"]["title"]: suite for suite in suites()}
    return titles.get(title, title)
