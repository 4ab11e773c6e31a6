"""Identity resolution for rescue stations: face, name, place, STR DNA and demographics fused into honest leads.

>>> import matcher
>>> matcher.__version__
'0.1.0'

The names below are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.errors import MatcherError
    from matcher.leads.matcher import Matcher
    from matcher.types import CandidateList, ChannelEvidence, Lead, Part, Subject
    from matcher.workspace.store import Workspace

__version__ = "0.1.0"

_EXPORTS = {
    "CandidateList": "matcher.types",
    "ChannelEvidence": "matcher.types",
    "Lead": "matcher.types",
    "Matcher": "matcher.leads.matcher",
    "MatcherError": "matcher.errors",
    "Part": "matcher.types",
    "Subject": "matcher.types",
    "Workspace": "matcher.workspace.store",
}

__all__ = [
    "CandidateList",
    "ChannelEvidence",
    "Lead",
    "Matcher",
    "MatcherError",
    "Part",
    "Subject",
    "Workspace",
    "__version__",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    import importlib

    if name not in _EXPORTS:
        raise AttributeError(f"module 'matcher' has no attribute '{name}'")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
