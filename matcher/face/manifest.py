"""The description that newer InsightFace packs bring along: which file does what, and how its input is scaled.

Only `manifest_version` 2 counts, as in InsightFace 2.1; packs with another one or none are told apart by the shapes of
their networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from matcher.errors import InputError
from matcher.face.models import sha256_of

MANIFEST = "manifest.json"

PackTask = Literal["detection", "recognition"]
_USUAL: Mapping[PackTask, tuple[float, float]] = {"detection": (127.5, 128.0), "recognition": (127.5, 127.5)}
"""Mean and std where the manifest does not say."""

_EMBEDDED = (0.0, 1.0)
"""Mean and std of a network that scales its own input."""


@dataclass(frozen=True, slots=True)
class PackPart:
    """One network of a pack: its file, and its input `(pixel - mean) / std`."""

    path: Path
    mean: float
    std: float


def read_manifest(pack: Path) -> dict[PackTask, PackPart] | None:
    """Read the manifest of a pack; None when there is none that counts.

    Raises
    ------
    InputError
        When it describes no detector and recogniser, a file outside the pack, or one with another checksum.
    """
    path = pack / MANIFEST
    if not path.is_file():
        return None
    try:
        table = json.loads(path.read_text("utf-8"))
        if table.get("manifest_version") != 2:
            return None
        return {task: _part(pack, task, table["tasks"][task]) for task in _USUAL}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"'{path}' cannot be used: {type(error).__name__} {error}",
            remedy="expected manifest_version 2 with the tasks detection and recognition, or no manifest at all",
        ) from error


def _part(pack: Path, task: PackTask, table: Mapping[str, object]) -> PackPart:
    name = PurePosixPath(str(table["file"]))
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"file '{name}' lies outside the pack")
    path = pack / name
    if "sha256" in table and sha256_of(path) != table["sha256"]:
        raise ValueError(f"'{name}' has another sha256 than the manifest states")
    stated = table.get("preprocessing", _USUAL[task])
    if stated == "embedded":
        mean, std = _EMBEDDED
    elif isinstance(stated, Mapping):
        mean, std = float(stated["mean"]), float(stated["std"])
    else:
        mean, std = _USUAL[task]
    if std <= 0.0:
        raise ValueError(f"std {std} of '{name}' is not positive")
    return PackPart(path, mean, std)
