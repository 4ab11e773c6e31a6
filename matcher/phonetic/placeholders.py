"""Names that are none: what clerks write when nobody knows the name. Standard library only.

A placeholder carries no evidence and must never match another one. `王某某` is not a placeholder: its surname is
known; `surname_of_partial` finds it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

# The traditional forms that these words are written with; this module stays below the converter.
_TRADITIONAL = str.maketrans(
    "無詳稱報記錄說講聾啞瘋兒嬰棄遺認領終語長員號確識錄", "无详称报记录说讲聋哑疯儿婴弃遗认领终语长员号确识录"
)

_SIGNS = re.compile(r"[\W_○〇ΟＸ×]*", re.UNICODE)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # Numbered unknowns, as in the golden cases: a word for nobody, perhaps a station, then a number.
        r"(?:无名|无名氏|无名者|佚名|不详|未知|不明|救助|受助|求助|流浪|乞讨|滞留|走失|寻亲|待查|智障|聋哑|精神病|弃婴|孤儿|站内|托养|安置|老人|男|女)"
        r"(?:氏|男|女|汉|尸|婴|童|者|人|人员|对象|男子|女子|男性|女性|老人|儿童|少年|患者)?(?:救助|受助)?(?:站|所|中心)?"
        r"(?:编号|序号|第|no|号)?[a-z]{0,4}[-—]?[0-9０-９一二三四五六七八九十百零〇甲乙丙丁]{1,14}[-—]?[0-9]*(?:号|床|室)?",
        r"(?:第)?[0-9一二三四五六七八九十]{1,6}(?:号|床|室)(?:人员|男|女)?",
        r"[a-z]{0,4}[-—]?[0-9]{1,20}",
        r"[0-9]{2,4}[-—./年][0-9]{1,4}(?:[-—./月][0-9]{1,4})?[日号]?",
        r"(?:自称|自报|疑似|暂定|临时)(?:不知|不详|不明|无名|无名氏|未知)",
        r"(?:无|不|未|没)(?:法|能|愿|肯|会|知|清|详|明|有|可|便)[一-龥]{1,6}(?:姓名|名字|身份|信息|清楚|表达|沟通|知|明|详)",
        r"(?:姓名|身份|名字|真实姓名)(?:暂|均)?(?:不|未|待|无)[一-龥]{1,4}",
        r"某[男女](?:[0-9]+)?",
        r"(?:未知|不详|不明|无)(?:姓名|名字|身份|人员|男子|女子|老人)",
    )
)

_EDGES = " .,;:、。'\"“”()<>《》[]【】"

_PARTIAL = re.compile(r"([一-鿿]{1,2}?)(?:某+[男女人]?|[xXＸ×*＊○〇□?？]{1,3}|姓(?:男子|女子|老人|人员|人)|氏)")


def is_placeholder(text: str) -> bool:
    """Tell whether a name field says that the name is not known.

    Parameters
    ----------
    text : str
        The field as written; an empty or blank one is a placeholder.

    >>> [is_placeholder(text) for text in ("无名氏", "救助A123", "N/A", "？？", "无名男3")]
    [True, True, True, True, True]
    >>> [is_placeholder(text) for text in ("王某某", "吴明", "张三", "卜祥", "艾丽")]
    [False, False, False, False, False]
    """
    plain = _plain(text)
    if not plain or _SIGNS.fullmatch(plain):
        return True
    if plain in placeholder_words():
        return True
    return any(pattern.fullmatch(plain) for pattern in _PATTERNS)


def surname_of_partial(text: str) -> str | None:
    """Return the surname of a name whose given name was withheld, None when it is not of that form.

    >>> [surname_of_partial(text) for text in ("王某某", "李XX", "陈**", "欧阳某", "张氏", "王山江")]
    ['王', '李', '陈', '欧阳', '张', None]
    """
    found = _PARTIAL.fullmatch(_plain(text))
    return found[1] if found and not is_placeholder(text) else None


@cache
def placeholder_words() -> frozenset[str]:
    """Return the words that are placeholders as a whole field."""
    text = files("matcher.phonetic").joinpath("data/placeholders.txt").read_text("utf-8")
    return frozenset(text.splitlines())


def _plain(text: str) -> str:
    """Fold width and case, drop invisible signs, labels, brackets around nothing, and spaces."""
    short = text[:80].translate(_TRADITIONAL)
    folded = unicodedata.normalize("NFKC", "".join(c for c in short if not 0xD800 <= ord(c) <= 0xDFFF)).lower()
    visible = "".join(c for c in folded if unicodedata.category(c) not in {"Cc", "Cf"})
    stripped = re.sub(r"^(?:姓名|名字|自称|自报姓名|疑似姓名|name)\s*[::]\s*", "", visible.strip())
    stripped = re.sub(r"\((?:[男女]|化名|音|暂定|暂名|临时|不详)?\)", "", stripped)
    stripped = re.sub(r"[()\[\]]", "", stripped)
    joined = re.sub(r"\s+", "" if re.search(r"[一-鿿]", stripped) else " ", stripped)
    return joined.strip(_EDGES)
