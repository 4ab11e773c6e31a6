"""The sentences of `why_not`, in the language asked for; the wording lies in `data/why_not.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from matcher.llr import Language

Wording = Callable[[str, str, str, str], tuple[str, str]]
"""From topic, cause, side and detail to the sentence and what would help."""


def wording_of(language: Language) -> Wording:
    """Return the wording in one language.

    >>> wording_of("en")("face", "missing", "both", "")[0]
    'both sides have no photograph'
    """
    tables = _tables()

    def say(topic: str, cause: str, side: str, detail: str) -> tuple[str, str]:
        entry = tables[topic][cause]
        words = entry[language].format(
            side=tables["sides"][side][language], has=tables["has"][side][language], detail=detail
        )
        return words, entry[f"help_{language}"]

    return say


def output_words(language: Language) -> Mapping[str, str]:
    """Return the fixed phrases that the command prints around the findings, by key.

    >>> output_words("en")["erased"]
    'a case of this number was erased'
    """
    return {key: wording[language] for key, wording in _tables()["output"].items()}


@cache
def _tables() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = (resources.files("matcher.leads") / "data" / "why_not.toml").read_text("utf-8")
    return tomllib.loads(text)
