"""Cells as people write them, brought to one form before a value parser looks at them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


class UnreadableValueError(ValueError):
    """A cell that cannot be what its column says.

    Parameters
    ----------
    reason : str
        Reason code, such as `bad_date`.
    remedy : str
        What is accepted.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy


# Traditional characters that occur in headers and in the words around numbers; names and places are left as written.
_SIMPLIFIED = str.maketrans(
    "編號別齡歲約測農曆陰臘閏個幾餘後計無詳稱報記錄說講時間點電話體貌徵樣親媽戶簽發現處縣區鄉鎮國學護聯繫員單備註"
    "類錯據證貫業況態實綽渾語廳兩萬億離係關張見氣裝統狀黨貧級節復曾從親鄰",
    "编号别龄岁约测农历阴腊闰个几余后计无详称报记录说讲时间点电话体貌征样亲妈户签发现处县区乡镇国学护联系员单备注"
    "类错据证贯业况态实绰浑语厅两万亿离系关张见气装统状党贫级节复曾从亲邻",
)

_NOTHING = frozenset(
    (
      "", "-", "--", "---", "—", "——", "/", "\\", "?", "??", "???", "*", ".", "0000", "na", "n/a", "none",
      "null", "nan", "nil", "unknown", "无", "不详", "未知", "不明", "不清", "不清楚", "不知", "不知道",
      "未详", "未填", "未提供", "暂无", "待查", "待核实", "待定", "空", "没有", "无法得知", "无法查明",
      "身份不明", "情况不明",
    )
)  # fmt: skip

_LONGEST_NOTHING = 12
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_HAN_NUMBER = re.compile(r"[零一二三四五六七八九十百〇○两]+")


def plain(text: str) -> str:
    """Bring a cell to simplified characters, half-width forms and single spaces, for a value parser.

    >>> plain("　２０１９年３月 ")
    '2019年3月'
    >>> plain("約50歲")
    '约50岁'
    """
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED)
    return " ".join(folded.split())


def says_nothing(text: str) -> bool:
    """Tell whether a cell says that nothing is known.

    >>> [says_nothing(text) for text in ("", " 不详 ", "N/A", "？", "无为")]
    [True, True, True, True, False]
    """
    return len(text) <= _LONGEST_NOTHING and _is_nothing(text)


@lru_cache(1 << 16)
def _is_nothing(text: str) -> bool:
    return plain(text).strip(" ()[]。.").casefold() in _NOTHING


def han_to_digits(text: str) -> str:
    """Write Chinese numerals as digits: counted ones by value, others digit by digit.

    >>> han_to_digits("二〇一九年十二月"), han_to_digits("五十岁"), han_to_digits("一米七五")
    ('2019年12月', '50岁', '1米75')
    """
    return _HAN_NUMBER.sub(lambda found: _digits_of(found.group()), text)


def is_text(text: str) -> bool:
    """Tell whether a cell can be stored and shown: no lone surrogate, no control character but tab and line ends."""
    return _NO_TEXT.search(text) is None


def shortened(text: str, limit: int = 80) -> str:
    """Shorten a value for a reject row, and make it printable."""
    printable = "".join(char if is_text(char) else "�" for char in text[: limit + 1])
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"


def _digits_of(numeral: str) -> str:
    if "十" not in numeral and "百" not in numeral:
        return "".join(str(_HAN_DIGITS[char]) for char in numeral)
    total = 0
    digit: int | None = None
    for char in numeral:
        if char in "十百":
            unit = 10 if char == "十" else 100
            total += (1 if digit is None else digit) * unit
            digit = None
        else:
            digit = _HAN_DIGITS[char]
    return str(total + (digit or 0))
