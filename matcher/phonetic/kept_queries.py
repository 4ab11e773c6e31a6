"""Names compiled once: a list asks for each under several hypotheses, against many records, and for words."""

from __future__ import annotations

from functools import lru_cache

from matcher.phonetic.name_model import compile_name
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.population import NameModel
from matcher.phonetic.written import understand

KEPT = 1024
"""Compiled names kept in memory, some 20 kB each."""


@lru_cache(maxsize=KEPT)
def compiled_name(model: NameModel, text: str, sound_only: bool, region: str | None) -> NameQuery | None:  # noqa: FBT001
    """Return `compile_name` of a name as it was written, marked or not as known by sound alone."""
    return compile_name(understand(text, sound_only=sound_only), model, region)
