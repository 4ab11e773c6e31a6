"""Where reference data lives: read from the environment once, in the command line, then passed down."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "MATCHER_HOME"


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths of everything that is built once per installation.

    Parameters
    ----------
    home : Path
        Directory with `models/` (folded ONNX files) and `gazetteer/` (Arrow tables); both are derived
        from packages and safe to delete.
    """

    home: Path

    @property
    def models(self) -> Path:
        """Directory of model files."""
        return self.home / "models"

    @property
    def gazetteer(self) -> Path:
        """Directory of the gazetteer tables."""
        return self.home / "gazetteer"

    @classmethod
    def from_environment(cls) -> Settings:
        """Take `MATCHER_HOME` where set, else `share/matcher` of the running Python environment."""
        home = os.environ.get(HOME_VARIABLE)
        return cls(Path(home) if home else Path(sys.prefix) / "share" / "matcher")
