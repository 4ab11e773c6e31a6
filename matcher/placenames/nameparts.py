"""Split the name of an administrative division or village into its core and its generic suffix.

`襄阳县`, `襄阳市` and `襄阳地区` share the core 襄阳; `保亭黎族苗族自治县` has the core 保亭, which is what people say.
Pure string work; text is expected in the form of `matcher.phonetic.normalise`.

Source: suffixes and ethnic group names are those that occur in the lists named in `data/SOURCES.toml`; the 56 group
names follow GB/T 3304-1991.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PROVINCE, PREFECTURE, COUNTY, TOWNSHIP, VILLAGE = 1, 2, 3, 4, 5
LEVELS = (PROVINCE, PREFECTURE, COUNTY, TOWNSHIP, VILLAGE)

_GROUPS = (
    "维吾尔|哈萨克|柯尔克孜|塔吉克|乌孜别克|塔塔尔|俄罗斯|达斡尔|鄂温克|鄂伦春|蒙古|朝鲜|布依|土家|哈尼|傈僳|仡佬|东乡|拉祜|纳西|"
    "仫佬|锡伯|景颇|毛南|撒拉|布朗|阿昌|普米|基诺|德昂|保安|裕固|门巴|独龙|赫哲|高山|珞巴"
)
_SHORT_GROUPS = "回|藏|苗|彝|壮|满|侗|瑶|白|黎|傣|畲|水|佤|羌|土|怒|京|各"
# A group name counts with 族; without it only where no place core ends that way (蒙古自治州, 哈萨克自治县).
_ETHNIC_TAIL = re.compile(f"(?:(?:{_GROUPS}|{_SHORT_GROUPS})族|{_GROUPS})$")
ETHNIC_GROUPS = re.compile(f"(?<=..)(?:(?:{_GROUPS}|{_SHORT_GROUPS})族|{_GROUPS})+(?=自治[州县旗区]|乡)")
"""Group names in the middle of a long form: 黔东南苗族侗族自治州 is called 黔东南."""

_SUFFIXES: dict[int, tuple[str, ...]] = {
    PROVINCE: ("特别行政区", "自治区", "省", "市"),
    PREFECTURE: ("自治州", "地区", "专区", "行署", "盟", "州", "市"),
    COUNTY: ("自治县", "自治旗", "联合旗", "开发区", "管理区", "新区", "林区", "特区", "矿区", "县", "区", "市", "旗"),
    TOWNSHIP: (
        "街道办事处", "地区办事处", "办事处", "民族苏木", "民族乡", "人民公社", "街道", "苏木", "公社", "镇", "乡",
        "农场", "林场", "牧场", "渔场", "茶场", "园艺场", "种畜场", "开发区", "管理区", "工业园区", "产业园区", "园区",
    ),
    VILLAGE: ("生产大队", "生产队", "嘎查", "大队", "社区", "生活区", "管理区", "村"),
}  # fmt: skip
# In the order tried: the longest forms first, then the truncated ones that the village lists really contain.
_COMMITTEE = re.compile(
    "(?:村民委员会|居民委员会|社区居委会|家属委员会|村委会|居委会|村民委会|居民委会|村民委员|居民委员|民委员会|民委会|委员会|委会会|"
    "居委委会|村委员会|居委员会|村委|居委|委会)$"
)
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]")


class NameParts(NamedTuple):
    """Core and suffix of a division name; the suffix is empty when the name has none."""

    core: str
    suffix: str


def split_name(name: str, level: int) -> NameParts:
    """Split a division name of a known level.

    Parameters
    ----------
    name : str
        Normalised official name.
    level : int
        1 province ... 5 village.

    >>> split_name("保亭黎族苗族自治县", 3)
    NameParts(core='保亭', suffix='自治县')
    >>> split_name("四平村村民委员会", 5).core, split_name("新村村委会", 5).core, split_name("通县", 3).core
    ('四平', '新村', '通县')
    """
    if level == VILLAGE:
        return _split_village(name)
    for suffix in _SUFFIXES[level]:
        core = name[: -len(suffix)]
        if name.endswith(suffix) and len(core) >= 2:
            core = _without_groups(core)
            return NameParts(core, suffix) if len(core) >= 2 else NameParts(name, "")
    return NameParts(name, "")


def _split_village(name: str) -> NameParts:
    plain = _BRACKETED.sub("", name) or name
    match = _COMMITTEE.search(plain)
    # 和乐村民委员会 is the committee of the villagers of 和乐; 新村委会 of 新村: the 村 before a committee is generic
    # only where two characters remain.
    core, committee = (plain[: match.start()], match.group()) if match and match.start() else (plain, "")
    core = core.replace("虚拟", "") or core
    for suffix in _SUFFIXES[VILLAGE]:
        if core.endswith(suffix) and len(core) - len(suffix) >= 2:
            return NameParts(core[: -len(suffix)], suffix + committee)
    if committee.startswith("村") and len(core) == 1:
        return NameParts(core + "村", committee[1:])
    return NameParts(core, committee)


def _without_groups(core: str) -> str:
    while True:
        shorter = _ETHNIC_TAIL.sub("", core)
        if shorter == core or len(shorter) < 2:
            break
        core = shorter
    # 东乡族自治县: the group is the name, and only its 族 is dropped.
    return core.removesuffix("族") if len(core) > 2 else core


def strip_parents(name: str, parents: tuple[str, ...]) -> str:
    """Drop names of parents that a village name repeats in front, keeping at least two characters.

    >>> strip_parents("东源县锡场镇林禾村民委员会", ("东源县", "锡场镇"))
    '林禾村民委员会'
    """
    for parent in parents:
        if name.startswith(parent) and len(name) - len(parent) >= 3:
            name = name[len(parent) :]
    return name
