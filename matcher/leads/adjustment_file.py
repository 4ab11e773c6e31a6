"""What was learned from reviewed cases, as one small file in the workspace that anybody can read and delete."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

from matcher.durable import replace_file
from matcher.errors import WorkspaceError
from matcher.leads.adjustment import Learned, PosteriorAdjustment

FILE = "adjustment.json"
FORMAT = 1
_NUMBERS = ("a", "b", "low", "high")


def write_adjustment(workspace: Path, learned: Learned) -> None:
    """Store what was learned, or remove the file where nothing may be used."""
    path = workspace / FILE
    if learned.adjustment is None:
        path.unlink(missing_ok=True)
        return
    document = {
        "format": FORMAT,
        **asdict(learned.adjustment),
        "before": asdict(learned.before),
        "after": asdict(learned.after),
    }
    replace_file(path, (json.dumps(document, indent=1) + "\n").encode())


def read_adjustment(workspace: Path, *, fusion: str) -> PosteriorAdjustment | None:
    """Read what was learned; None when nothing was, or when it was learned for another fusion model.

    Raises
    ------
    WorkspaceError
        When the file is damaged.
    """
    path = workspace / FILE
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text("utf-8"))
        values = {name: float(document[name]) for name in _NUMBERS}
        counts = int(document["cases"]), int(document["labels"])
        made_for = str(document["fusion"])
        sound = document["format"] == FORMAT and all(map(math.isfinite, values.values())) and values["b"] > 0.0
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not sound:
        raise _damaged(path, "a value out of range")
    found = PosteriorAdjustment(values["a"], values["b"], *counts, values["low"], values["high"], made_for)
    return found if made_for == fusion else None


def _damaged(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path}: cannot be read ({what})", remedy="delete it, then learn again with: matcher calibrate"
    )
