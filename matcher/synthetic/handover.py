"""How the files of a world are handed over: forms first, so that case numbers are known before what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from matcher.types import RecordKind


def ingest_arguments(world: Path) -> Iterator[tuple[str, ...]]:
    """Yield what `matcher ingest` is given, one call after the other, the workspace left out."""
    for kind in get_args(RecordKind):
        forms = sorted(str(form) for form in (world / "stations").glob(f"{kind}-*"))
        if forms:
            yield (*forms, "--kind", kind)
    tables = ["--embeddings", str(world / "embeddings.parquet")]
    for profiles in sorted(world.glob("profiles*.csv")):
        tables += ["--str", str(profiles)]
    if (world / "photos").is_dir():
        tables += ["--photos", str(world / "photos")]
    yield tuple(tables)
