"""Worlds to measure on: made for the purpose, or taken up where an earlier run left them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.recipes import recipe_of, suite_of
from bench.tasks import Built, build, built_before, told_of


@contextmanager
def world(suite: str, seed: int, built: Path | None, *, kept: Path | None = None) -> Iterator[Built]:
    """Take up the world of a directory, or build one, by default for as long as it is needed.

    Parameters
    ----------
    suite, seed : str, int
        What to build.
    built : Path or None
        Directory of an earlier build, taken instead.
    kept : Path or None
        Where to build, emptied first; None = in a temporary directory.
    """
    if built is not None:
        yield built_before(built)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        yield build(recipe_of(suite), seed, kept or Path(temporary) / "run")


def given(directory: Path) -> tuple[str, int, Path]:
    """Return the suite and the seed of a world that was built before, with its directory."""
    told = told_of(built_before(directory))
    return suite_of(told.title), told.seed, directory
