"""Names in Latin letters: pinyin with or without tones, read into tokens of sound."""

from __future__ import annotations

from functools import lru_cache

from matcher.phonetic.emission import Token
from matcher.phonetic.syllables import segment_pinyin


@lru_cache(maxsize=16384)
def romanised_forms(text: str) -> tuple[tuple[float, tuple[Token, ...]], ...]:
    """Return the readings of a romanised name as (prior, tokens); empty when it is no romanised Chinese name.

    Parameters
    ----------
    text : str
        Normalised, such as `wang shanjiang` or `wáng shān jiāng`.
    """
    ways = [way for way in segment_pinyin(text) if 1 <= len(way) <= 6]
    return tuple((1.0 / len(ways), tuple(Token(sounds=((s.code, s.tone, 1.0),)) for s in way)) for way in ways)
