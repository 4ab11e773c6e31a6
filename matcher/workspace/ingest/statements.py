"""Names, places and sample numbers: cells that hold several statements at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from matcher.types import RELATIONS, NameKind, PlaceRole, ToldName, ToldPlace
from matcher.workspace.ingest.text import plain, says_nothing

_SEVERAL_NAMES = re.compile(r"[、/;；，,|\n\r\t]+|\s*或者?\s*")
_KIND_MARK = re.compile(r"\s*[(（\[【]\s*(化名|别名|曾用名|小名|乳名|绰号|外号)\s*[)）\]】]$")
_SEVERAL_PLACES = re.compile(r"[、/;；|\n\r\t]+|或者?")
_SEVERAL_SAMPLES = re.compile(r"[、/;；，,|\s]+")
_LATIN = re.compile(r"[A-Za-z'’.\- ]+")
_SOUND = re.compile(
    r"[(（\[〔【<《]?\s*(?:(?:同|谐|近|译|拼)?音(?:译|同|近)?|读音|发音)\s*[)）\]〕】>》]|[(（\[〔【]\s*(?:谐|同|近)?音"
)
_INNER = re.compile(
    r"[(（\[【]\s*(曾用名|原名|又名|别名|化名|自称|自报|小名|乳名|绰号|外号)\s*(?:为|叫|是)?[:：]?\s*([^)）\]】]+)[)）\]】]|"
    r"(曾用名|原名|又名|别名|化名|小名|乳名|绰号|外号)[:：为叫是]?\s*([^,，;；、/()（）]+)$"
)
_RELATIONS: dict[str, NameKind] = {
    "父亲": "father", "母亲": "mother", "丈夫": "spouse", "妻子": "spouse", "配偶": "spouse",
    "儿子": "child", "女儿": "child", "哥哥": "sibling", "弟弟": "sibling", "姐姐": "sibling", "妹妹": "sibling",
}  # fmt: skip
_RELATIVE = re.compile(rf"[(（\[【]\s*({'|'.join(_RELATIONS)})(?:姓名)?\s*[为叫是:：]+\s*([^)）\]】]+)[)）\]】]")
_RELATION_MARK = re.compile(rf"\s*[(（\[【]\s*({'|'.join(_RELATIONS)})\s*[)）\]】]$")
_KINDS: dict[str, NameKind] = {
    "曾用名": "former", "原名": "former", "又名": "alias", "别名": "alias", "化名": "alias", "自称": "told",
    "自报": "told", "小名": "nickname", "乳名": "nickname", "绰号": "nickname", "外号": "nickname",
}  # fmt: skip
_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𱍏]")
_YES_NO = frozenset(("有", "无", "是", "否", "已拍", "已采集", "未采集", "yes", "no"))
LONGEST_NAME = 60
LONGEST_PLACE = 200
LONGEST_SAMPLE = 80


def parse_names(
    text: str, kind: NameKind, *, is_placeholder: Callable[[str], bool]
) -> tuple[tuple[ToldName, ...], int]:
    """Read the names of a cell; returns them with the number of placeholders that were left out.

    Marks such as (音) stay in the text and set `sound_only`; `(小名:山子)` inside a name becomes a name of its own, as
    does `(父亲:王大山)`; inside the name of a relative (`kind` is a relation) it is another name of that relative.

    >>> parse_names("王江山(音)、不详", "told", is_placeholder=lambda name: name == "不详")
    ((ToldName(text='王江山(音)', kind='told', sound_only=True, credence=None),), 1)
    """
    names: list[ToldName] = []
    placeholders = 0
    for piece, stated_kind in _pieces(_tidy(text), kind):
        piece_kind = kind if kind in RELATIONS else stated_kind
        bare = _SOUND.sub("", piece).strip(" ()（）")
        if says_nothing(bare) or is_placeholder(bare):
            placeholders += 1
        elif len(piece) <= LONGEST_NAME and piece not in {name.text for name in names}:
            names.append(ToldName(piece, piece_kind, sound_only=bool(_SOUND.search(piece))))
    return tuple(names), placeholders


def parse_places(text: str, role: PlaceRole) -> tuple[tuple[ToldPlace, ...], int]:
    """Read the places of a cell; returns them with the number of pieces that say nothing."""
    places: list[ToldPlace] = []
    nothing = 0
    for piece in _SEVERAL_PLACES.split(_tidy(text)):
        bare = piece.strip(" ,，。.")
        if says_nothing(bare):
            nothing += 1
        elif len(bare) <= LONGEST_PLACE and bare not in {place.text for place in places}:
            places.append(ToldPlace(bare, role))
    return tuple(places), nothing


def parse_samples(text: str) -> tuple[str, ...]:
    """Read laboratory sample numbers, several separated by ; or 、.

    >>> parse_samples("S-1；S-2、S-1")
    ('S-1', 'S-2')
    """
    found = [unicodedata.normalize("NFKC", piece).strip()[:LONGEST_SAMPLE] for piece in _SEVERAL_SAMPLES.split(text)]
    return tuple(dict.fromkeys(piece for piece in found if not says_nothing(piece)))


def split_files(text: str) -> tuple[str, ...]:
    """Read file names, several separated by ; or 、; a mere yes or no names no file.

    >>> split_files("A1.jpg；A1_2.jpg"), split_files("有")
    (('A1.jpg', 'A1_2.jpg'), ())
    """
    names = [piece.strip() for piece in re.split(r"[;；、|\n\r\t]+", text)]
    return tuple(name for name in dict.fromkeys(names) if name and plain(name).casefold() not in _YES_NO)


def _pieces(text: str, kind: NameKind) -> list[tuple[str, NameKind]]:
    inner: list[tuple[str, NameKind]] = []

    def take(found: re.Match[str]) -> str:
        word, name = (found[1], found[2]) if found[1] else (found[3], found[4])
        inner.append((name.strip(), _KINDS[word]))
        return ""

    def take_relative(found: re.Match[str]) -> str:
        inner.append((found[2].strip(), _RELATIONS[found[1]]))
        return ""

    rest = _INNER.sub(take, _RELATIVE.sub(take_relative, text)).strip()
    pieces = [_marked(piece, kind) for piece in _split_names(rest)] if rest else []
    return pieces + inner


def _marked(piece: str, kind: NameKind) -> tuple[str, NameKind]:
    """Move a mark such as (化名) or (父亲) from the text of a name into its kind."""
    for mark, kinds in ((_KIND_MARK, _KINDS), (_RELATION_MARK, _RELATIONS)):
        found = mark.search(piece)
        if found:
            return piece[: found.start()], kinds[found[1]]
    return piece, kind


def _split_names(text: str) -> list[str]:
    parts = [part.strip() for part in _SEVERAL_NAMES.split(text)]
    if len(parts) > 1 and all(_LATIN.fullmatch(part) for part in parts) and not re.search(r"[、/;；|\n]", text):
        return [text]  # "Wang, Jiangshan" is one name
    names: list[str] = []
    for part in parts:
        words = part.split()
        # "王 江" is one name set wide; "王江山 王兴江" are two.
        several = len(words) > 1 and all(len(_HAN.findall(word)) >= 2 for word in words)
        names += words if several else [part]
    return [name for name in names if name]


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("　", " ").strip()
