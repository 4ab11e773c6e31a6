"""Sex and height as stations write them."""

from __future__ import annotations

import re

from matcher.types import Sex
from matcher.workspace.ingest.text import UnreadableValueError, han_to_digits, plain

# 1 and 2 are the codes of GB/T 2261.1-2003; its 0 and 9 mean unknown and unspecified.
_MALE = ("男", "男性", "男孩", "男童", "男士", "男人", "m", "male", "man", "boy", "1")
_FEMALE = ("女", "女性", "女孩", "女童", "女士", "女人", "f", "female", "woman", "girl", "2")
_UNKNOWN = ("0", "9", "未说明", "未说明的性别", "未知的性别")
_WORDS_BY_SEX: tuple[tuple[Sex | None, tuple[str, ...]], ...] = (("male", _MALE), ("female", _FEMALE), (None, _UNKNOWN))
_SEXES = {word: sex for sex, words in _WORDS_BY_SEX for word in words}

SHORTEST_CM = 30
TALLEST_CM = 250
_WIDEST_CM = 10
_LONGEST_TEXT = 40
_HEIGHT_REMEDY = "use centimetres such as 165, or 1.65, 1米65; leave it empty when unknown"

_WORDS = re.compile(r"身高|约|大约|大概|左右|上下|目测|估计|[::()\s]")
_METRES_AND = re.compile(r"([12])(?:米|m)(\d{1,2})(?:cm|厘米|公分)?")
_METRES = re.compile(r"([012]\.\d{1,3})(?:米|m)?|([12])米")
_CENTIMETRES = re.compile(r"(\d{2,3})(?:\.\d+)?(?:cm|厘米|公分)?")
_RANGE = re.compile(r"(.+?)(?:-|~|—|–|至|到)(.+)")


def parse_sex(text: str) -> Sex | None:
    """Read a recorded sex; None where the record says that it is unknown.

    Raises
    ------
    UnreadableValueError
        `bad_sex`.

    >>> parse_sex("男"), parse_sex("F"), parse_sex("9")
    ('male', 'female', None)
    """
    key = plain(text).casefold().strip(" .")
    if key not in _SEXES:
        raise UnreadableValueError("bad_sex", "use 男 or 女 (M, F); leave it empty when unknown")
    return _SEXES[key]


def parse_height(text: str) -> int:
    """Read a height in centimetres; a range of up to 10 cm becomes its middle.

    Raises
    ------
    UnreadableValueError
        `bad_height`, `impossible_height`.

    >>> [parse_height(text) for text in ("1米65", "165cm", "1.65", "一米七", "１６５", "160-170")]
    [165, 165, 165, 170, 165, 165]
    """
    if len(text) > _LONGEST_TEXT:
        raise UnreadableValueError("bad_height", _HEIGHT_REMEDY)
    core = _WORDS.sub("", han_to_digits(plain(text)).casefold())
    if found := _RANGE.fullmatch(core):
        low, high = sorted((_centimetres(found[1]), _centimetres(found[2])))
        if high - low > _WIDEST_CM:
            raise UnreadableValueError(
                "bad_height", f"a range wider than {_WIDEST_CM} cm says little; {_HEIGHT_REMEDY}"
            )
        return (low + high + 1) // 2
    return _centimetres(core)


def _centimetres(core: str) -> int:
    if found := _METRES_AND.fullmatch(core):
        digits = found[2]
        height = int(found[1]) * 100 + int(digits) * (10 if len(digits) == 1 else 1)
    elif found := _METRES.fullmatch(core):
        height = round(float(found[1] or found[2]) * 100)
    elif found := _CENTIMETRES.fullmatch(core):
        height = int(found[1])
    else:
        raise UnreadableValueError("bad_height", _HEIGHT_REMEDY)
    if not SHORTEST_CM <= height <= TALLEST_CM:
        raise UnreadableValueError("impossible_height", f"between {SHORTEST_CM} and {TALLEST_CM} cm; {_HEIGHT_REMEDY}")
    return height
