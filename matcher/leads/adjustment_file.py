"""What was learned from reviewed cases, as one small file in the workspace that anybody can read and delete."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matcher.durable import replace_file
from matcher.errors import WorkspaceError
from matcher.leads.adjustment import Adjustments, Learned, PosteriorAdjustment
from matcher.types import Stratum

FILE = "adjustment.json"
FORMAT = 2
_STRATA: dict[object, Stratum | None] = {"fresh": "fresh", "long_stayer": "long_stayer", None: None}


def write_adjustments(workspace: Path, learned: Mapping[Stratum | None, Learned], *, fusion: str) -> None:
    """Store what may be used, with the quality before and after, or remove the file where nothing may.

    Parameters
    ----------
    workspace : Path
        Its directory.
    learned : mapping of Stratum or None to Learned
        Of every stratum that was reviewed.
    fusion : str
        Name of the fusion model whose posteriors are corrected.
    """
    path = workspace / FILE
    strata = [
        {"stratum": stratum, **asdict(found.adjustment), "before": asdict(found.before), "after": asdict(found.after)}
        for stratum, found in learned.items()
        if found.adjustment is not None
    ]
    if not strata:
        path.unlink(missing_ok=True)
        return
    document = {"format": FORMAT, "fusion": fusion, "strata": strata}
    replace_file(path, (json.dumps(document, indent=1) + "\n").encode())


def read_adjustments(workspace: Path, *, fusion: str) -> Adjustments:
    """Read what was learned; empty when nothing was, or when it was learned for another fusion model.

    Raises
    ------
    WorkspaceError
        When the file is damaged, or of another format.
    """
    path = workspace / FILE
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}, this matcher reads {FORMAT}")
        made_for = str(document["fusion"])
        found = {_STRATA[entry["stratum"]]: _adjustment(entry) for entry in document["strata"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise WorkspaceError(
            f"{path}: cannot be read ({error})", remedy="delete it, then learn again with: matcher calibrate"
        ) from error
    return found if made_for == fusion else {}


def _adjustment(entry: Mapping[str, Any]) -> PosteriorAdjustment:
    a, b, low, high = (float(entry[name]) for name in ("a", "b", "low", "high"))
    if not (all(map(math.isfinite, (a, b, low, high))) and b > 0.0 and low <= high):
        raise ValueError("a value out of range")
    return PosteriorAdjustment(a, b, int(entry["cases"]), int(entry["labels"]), low, high)
