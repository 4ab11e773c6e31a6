"""Names in Latin letters, read into tokens of sound: pinyin with or without tones, Wade-Giles, Hong Kong spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from matcher.phonetic.emission import Token
from matcher.phonetic.spellings import hong_kong, wade_giles
from matcher.phonetic.syllables import Spelling, code_of, inventory, segment_pinyin

MAX_SYLLABLES = 6

# Shares of the systems among names in Latin letters on the mainland, and of the family name written last.
PINYIN, WADE_GILES, HONG_KONG = 0.80, 0.08, 0.12
GIVEN_NAME_FIRST = 0.2

Forms = tuple[tuple[float, tuple[Token, ...]], ...]


@lru_cache(maxsize=16384)
def romanised_forms(text: str) -> Forms:
    """Return the readings of a romanised name as (prior, tokens); empty when it is no romanised Chinese name.

    Parameters
    ----------
    text : str
        Normalised, such as `wang shanjiang`, `ch'en ta-wen` or `chan tai man`.
    """
    ways = [way for way in segment_pinyin(text) if 1 <= len(way) <= MAX_SYLLABLES]
    forms = [(PINYIN / len(ways), _pinyin_tokens(way)) for way in ways]
    words = [word for word in re.split(r"[ \-·,]+", text) if word]
    if 1 <= len(words) <= MAX_SYLLABLES:
        forms += [
            (prior, tokens) for prior, tokens in ((WADE_GILES, _wade(words)), (HONG_KONG, _hong_kong(words))) if tokens
        ]
    return tuple(form for prior, tokens in forms for form in _orders(prior, tokens, text))


def _orders(prior: float, tokens: tuple[Token, ...], text: str) -> Forms:
    """Add the Western order where the last word may be a surname of one syllable."""
    last = text.replace(",", " ").split()[-1]
    if len(tokens) < 2 or " " not in text or len(last) > MAX_SYLLABLES or "-" in last:
        return ((prior, tokens),)
    turned = (tokens[-1], *tokens[:-1])
    return ((prior * (1.0 - GIVEN_NAME_FIRST), tokens), (prior * GIVEN_NAME_FIRST, turned))


def _pinyin_tokens(way: tuple[Spelling, ...]) -> tuple[Token, ...]:
    return tuple(Token(sounds=_pinyin_sounds(spelling)) for spelling in way)


def _pinyin_sounds(spelling: Spelling) -> tuple[tuple[int, int, float], ...]:
    """Return the sounds of a spelling; lu and nu also stand for lü and nü where a keyboard had no ü."""
    plain = ((spelling.code, spelling.tone, 1.0),)
    umlaut = {"lu": "lv", "nu": "nv"}.get(inventory()[spelling.code])
    return (*plain, (code_of(umlaut), spelling.tone, 0.4)) if umlaut else plain


def _wade(words: list[str]) -> tuple[Token, ...]:
    found = [wade_giles().get(word, ()) for word in words]
    return tuple(Token(sounds=tuple((c, 0, p) for c, p in row)) for row in found) if all(found) else ()


def _hong_kong(words: list[str]) -> tuple[Token, ...]:
    return tuple(Token(cantonese=word) for word in words) if all(hong_kong(word) for word in words) else ()
