"""Readings of photos that were read before, by content: a second run over the same folder costs only the hashing.

An entry is found by the sha256 of the photo, the recogniser and the version of the reading rules, so a renamed photo
is known and a changed model or rule never gets an old answer. Entries hold embeddings, which are biometric data:
the folder is derived, belongs to whoever made it, and is safe to delete.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from matcher.face.quality import FaceMeasures
from matcher.face.reading import FaceReading, FileReason

RULES = 3
"""Raised whenever the same photo would give another reading."""


@dataclass(frozen=True, slots=True)
class ReadingCache:
    """A folder of readings.

    Parameters
    ----------
    directory : Path
        Made when the first reading is stored.
    model_id : str
        Recogniser of the readings.
    """

    directory: Path
    model_id: str

    def get(self, sha256: str) -> FaceReading | FileReason | None:
        """Return the reading of a photo, None when there is none or the entry is damaged."""
        try:
            return _parse(json.loads(self._path(sha256).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, binascii.Error):
            return None

    def put(self, sha256: str, outcome: FaceReading | FileReason) -> None:
        """Store a reading; another process that stores the same one does no harm."""
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        # No fsync: a torn entry is read as absent and made again.
        temporary.write_text(json.dumps(_table(outcome)), "utf-8")
        temporary.replace(path)

    def _path(self, sha256: str) -> Path:
        return self.directory / f"{self.model_id}-{RULES}" / sha256[:2] / f"{sha256}.json"


def _table(outcome: FaceReading | FileReason) -> dict[str, object]:
    if isinstance(outcome, str):
        return {"reason": outcome}
    table: dict[str, object] = asdict(outcome)
    table["vector"] = base64.b64encode(outcome.vector.astype("<f4").tobytes()).decode("ascii")
    return table


def _parse(table: dict[str, object]) -> FaceReading | FileReason:
    if "reason" in table:
        reason: FileReason = table["reason"]  # type: ignore[assignment]  # only `put` writes entries
        return reason
    values = dict(table)
    values["vector"] = np.frombuffer(base64.b64decode(str(values["vector"])), "<f4")
    values["measures"] = FaceMeasures(**values["measures"])  # type: ignore[arg-type]  # as above
    values["caveats"], values["box"] = tuple(values["caveats"]), tuple(values["box"])  # type: ignore[arg-type]
    return FaceReading(**values)  # type: ignore[arg-type]  # as above
