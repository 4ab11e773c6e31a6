"""Text as it may be shown: without invisible control characters, and measured in columns of a fixed-width line."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls but tab and line feed, surrogate halves, non-characters: not allowed in HTML or XML, and a
# terminal may obey them. Direction embeddings and overrides (U+202A to U+202E): they make a text read as another;
# right-to-left scripts, such as Uyghur names, need none of them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    r"""Show what must not be passed on as U+FFFD, one for one.

    >>> printable("A\x1b[31mB")
    'A�[31mB'
    >>> printable("\u202egnp.exe")
    '�gnp.exe'
    """
    return _UNPRINTABLE.sub("\ufffd", text)


def columns_wide(text: str) -> int:
    """Count the columns of a text in a fixed-width line: Han characters take two, combining marks none.

    Source: Unicode Standard Annex 11, East Asian Width.

    >>> columns_wide("王A")
    3
    """
    return len(text) if text.isascii() else sum(map(_COLUMNS.__getitem__, text))


class _Columns(dict[str, int]):
    """Columns of each character met so far: a workbook measures millions, of a few thousand kinds."""

    def __missing__(self, character: str) -> int:
        wide = unicodedata.east_asian_width(character) in {"W", "F"}
        self[character] = columns = 0 if unicodedata.combining(character) else 2 if wide else 1
        return columns


_COLUMNS = _Columns()
