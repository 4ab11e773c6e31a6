"""One canonical form for text that was typed, pasted, transcribed or recovered from an old encoding.

Works on any string, also on broken ones (lone surrogates, control characters, 10,000 characters); never raises.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Protocol

MAX_LENGTH = 256
"""Characters looked at; no personal or place name is longer, and hostile input stays cheap."""

SEPARATOR = "·"
"""The one dot between the elements of a transcribed name."""

UNKNOWN_CHARACTER = "□"
"""The one sign for a character that could not be written or read."""

_DOTS = frozenset("·•・･‧∙⋅●．.。｡˙ᐧ᛫⸱")
_UNREADABLE = frozenset("□■〓◇◆○〇ＸＸ*＊×?？\ufffd☐▢▯")
_QUOTES = {"’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'", "′": "'"}
_BRACKETS = dict(zip("〔【[{〈《「『＜<", "(" * 10, strict=True)) | dict(
    zip("〕】]}〉》」』＞>", ")" * 10, strict=True)
)
_DASHES = frozenset("‐‑‒–—―−－")

# Characters that opencc folds into another one although GB/T names keep both: the first is a surname or a name
# character of its own in the Table of General Standard Chinese Characters (2013).
_KEPT = frozenset("乾於昇甯著祕堃喆淼邨迺犇氾菉燊陞徵麽")

# CJK Radicals Supplement forms that NFKC leaves alone (Unicode 16, EquivalentUnifiedIdeograph.txt).
_RADICALS = dict(
    zip(
        "⺁⺄⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺴⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乙冂几𠂊刂卜㔾小小兀尣尢𡯂巳幺彑彐忄㣺扌攵旡日月歺母民氵氺灬爫爫丬犭王疋目示礻竹糹纟罓罒网𦍌羊羋耂聿肀月臼艹艹艹虎衤西西见角角讠贝𧾷车辶辶辶阝钅長镸长门𨸏阝雨青韦页风飞食飠飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)

_ASTRAL_OF_PRIVATE_USE = {
    0xE7C7: 0x1E3F, 0xE7C8: 0x01F9, 0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4,
    0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F,
    0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """Return the canonical form of a name: simplified, half width, lower case, one kind of dot and bracket.

    Traditional and variant characters, compatibility forms and radicals become the simplified character; private-use
    code points of old GBK files become the character they stood for; unreadable signs become `□`; zero-width,
    control and formatting characters vanish; spaces between Han characters vanish, others become one space.

    >>> normalise("張　偉\\u200b")
    '张伟'
    >>> normalise("阿不都•外力")
    '阿不都·外力'
    >>> normalise("ＬＩＵ  Ｄａqing")
    'liu daqing'
    """
    pieces = [_canonical(character) for character in _decomposed(text[:MAX_LENGTH])]
    return _tidy("".join(pieces))[:MAX_LENGTH]


def fold_character(character: str) -> str:
    """Return the simplified standard form of one Han character (itself when it has none)."""
    return _simplified(character)


def is_han(character: str) -> bool:
    """Tell whether a character is a Han ideograph of any block.

    >>> is_han("王"), is_han("w"), is_han("□")
    (True, False, False)
    """
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF or character == "〇"


def _decomposed(text: str) -> str:
    without_surrogates = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)
    restored = "".join(_from_private_use(c) for c in without_surrogates)
    # Dots first: NFKC would tear them apart into middle dots, full stops and katakana marks.
    return unicodedata.normalize("NFKC", "".join(SEPARATOR if c in _DOTS else c for c in restored))


@cache
def _private_use_table() -> dict[int, str]:
    """Map the private-use code points of GBK's row FE and GB18030-2000 to the characters they stood for.

    GBK placed 80 characters that Unicode did not have yet at FE50-FEA0 and mapped them in order to U+E815-U+E864.
    Python's codec knows the later assignment of all but those listed in `_ASTRAL_OF_PRIVATE_USE` (GB 18030-2022,
    table of changed mappings).
    """
    table = {code: chr(character) for code, character in _ASTRAL_OF_PRIVATE_USE.items()}
    trail_bytes = [byte for byte in range(0x50, 0xA1) if byte != 0x7F]
    for offset, trail in enumerate(trail_bytes):
        character = bytes([0xFE, trail]).decode("gb18030")
        table.setdefault(0xE815 + offset, character)
    return table


def _from_private_use(character: str) -> str:
    code = ord(character)
    if not (0xE000 <= code <= 0xF8FF or code >= 0xF0000):
        return character
    return _private_use_table().get(code, UNKNOWN_CHARACTER)


@lru_cache(maxsize=65536)
def _canonical(character: str) -> str:
    if character in _DOTS:
        return SEPARATOR
    if character in _UNREADABLE:
        return UNKNOWN_CHARACTER
    if character in _DASHES:
        return "-"
    replaced = _QUOTES.get(character) or _BRACKETS.get(character)
    if replaced:
        return replaced
    character = _RADICALS.get(character, character)
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Co", "Cn", "Cs"} or 0xFE00 <= ord(character) <= 0xFE0F or ord(character) >= 0xE0100:
        return ""
    if category == "Mn":
        return character
    return _simplified(character) if is_han(character) else character.lower()


@cache
def _converters() -> tuple[_Converter, ...]:
    import opencc  # 30 ms and a native library: only when text is really normalised

    return tuple(opencc.OpenCC(name) for name in ("hk2t", "tw2t", "jp2t", "t2s"))


@lru_cache(maxsize=65536)
def _simplified(character: str) -> str:
    if character in _KEPT:
        return character
    direct = str(_converters()[-1].convert(character))
    if direct != character:
        return direct
    for converter in _converters()[:-1]:
        standard = str(converter.convert(character))
        if standard != character:
            simple = str(_converters()[-1].convert(standard))
            # A variant standard may know a better shape than the mainland one; never leave a mainland character.
            if len(simple) == 1 and not _in_gb2312(character):
                return simple
    return character


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _tidy(text: str) -> str:
    kept: list[str] = []
    for index, character in enumerate(text):
        if character == " " and _drop_space(text, index, kept):
            continue
        if character == SEPARATOR and (not kept or kept[-1] == SEPARATOR):
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).strip(" -·,，、;；:：!！'\"“”~～_/\\|")


def _drop_space(text: str, index: int, kept: list[str]) -> bool:
    before = kept[-1] if kept else " "
    after = next((c for c in text[index + 1 :] if c != " "), " ")
    return before == " " or _joins(before) or _joins(after)


def _joins(character: str) -> bool:
    return is_han(character) or character in (SEPARATOR, UNKNOWN_CHARACTER)
