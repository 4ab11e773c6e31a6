"""Places by sound, time and region; see `METHOD.md`.

The classes and functions listed in `_EXPORTS` are imported when they are asked for, so that importing this package
loads nothing heavy; everything else is in the modules.
"""

from __future__ import annotations

import importlib

_EXPORTS = {
    "Answer": "answers",
    "Candidate": "search",
    "Gazetteer": "gazetteer",
    "PlaceChannel": "channel",
    "Searcher": "search",
    "build_gazetteer": "build",
    "count_by_region": "statistics",
    "next_questions": "constellation",
    "place_channel": "channel",
    "search_batch": "answers",
}


def __getattr__(name: str) -> object:
    """Import an exported name on first use."""
    if name not in _EXPORTS:
        raise AttributeError(f"module 'matcher.placenames' has no attribute '{name}'")
    return getattr(importlib.import_module(f"matcher.placenames.{_EXPORTS[name]}"), name)
