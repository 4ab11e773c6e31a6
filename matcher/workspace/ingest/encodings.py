"""Finding the encoding of a text table: strictly, so that a wrong guess is an error and not mojibake."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from matcher.errors import InputError

_CHUNK = 1 << 20
_CANDIDATES = ("utf-8", "gbk", "gb18030")
_WRONG = ("gbk", "gb18030", "latin-1", "cp1252", "cp936", "big5", "cp437")
_RIGHT = ("utf-8", "gb18030", "big5")


def find_encoding(content: bytes, name: str) -> str:
    """Return `utf-8-sig`, `utf-8`, `gbk` or `gb18030`, the first that decodes every byte.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        File name, for the message.

    Raises
    ------
    InputError
        When none does, or the content is binary.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name}: text in UTF-16", remedy="save it as CSV UTF-8, GBK or GB18030")
    position = content.find(b"\0")
    if position >= 0:
        row = content.count(b"\n", 0, position) + 1
        raise InputError(f"{name}: binary content (a NUL byte in line {row})", remedy="export it as a CSV file again")
    if content.startswith(codecs.BOM_UTF8):
        if decodes(content, "utf-8"):
            return "utf-8-sig"
        raise InputError(f"{name}: marked as UTF-8, but it is not", remedy="save it as CSV UTF-8 again")
    for encoding in _CANDIDATES:
        if decodes(content, encoding):
            return encoding
    raise InputError(
        f"{name}: neither UTF-8 nor GBK nor GB18030 text", remedy="save it as CSV UTF-8 from the program it comes from"
    )


def decodes(content: bytes, encoding: str) -> bool:
    """Tell whether every byte can be decoded, without keeping the text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(content)
    try:
        for start in range(0, len(content), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def unscrambled(text: str, is_known: Callable[[str], bool]) -> str | None:
    """Find what a header was before it was decoded wrongly and saved; None when it was not.

    >>> unscrambled("濮撳悕", lambda text: text == "姓名")
    '姓名'
    >>> unscrambled("编号".encode().decode("latin-1"), lambda text: text == "编号")
    '编号'
    """
    for wrong in _WRONG:
        for right in _RIGHT:
            try:
                found = text.encode(wrong).decode(right)
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
            if found != text and is_known(found):
                return found
    return None
