"""Dialect regions: the ids that models and options speak of, their names, and the words of a record that mean one."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matcher.llr import Language


@dataclass(frozen=True, slots=True)
class Region:
    """One region of accents.

    Parameters
    ----------
    region_id : str
        Stable id, such as `chuanyu`.
    chinese, english : str
        Names for people.
    words : tuple of str
        Places and dialect names of which one, found in a 口音 field, means this region.
    """

    region_id: str
    chinese: str
    english: str
    words: tuple[str, ...]


STANDARD = "standard"
"""A speaker of the standard language, or a typist."""

CHILD = "child"
"""A small child, of any region."""

REGION_IDS: tuple[str, ...] = (
    "dongbei",
    "jilu_jiaoliao",
    "zhongyuan",
    "jin",
    "gan_ning_qing_xin",
    "chuanyu",
    "yungui",
    "hubei",
    "xiang",
    "gan",
    "jianghuai",
    "wu",
    "min",
    "yue",
    "kejia",
)
"""Ids of all regions, in the order of `data/regions.csv`."""


@cache
def regions() -> tuple[Region, ...]:
    """Return all regions.

    Source: grouping of Li Rong et al., Language Atlas of China (1987), made coarse enough that a clerk can tell the
    accents apart; the words are place names of each area and the common names of its dialects.
    """
    text = files("matcher.phonetic").joinpath("data/regions.csv").read_text("utf-8")
    return tuple(
        Region(row["region"], row["chinese"], row["english"], tuple(row["words"].split()))
        for row in csv.DictReader(text.splitlines())
    )


def region_of_accent(accent: str | None) -> str | None:
    """Return the region that a 口音 field means, or None when it names none (普通话 included).

    A region id is accepted too. The longest word found wins, so that `赣州` is Hakka and `江西` is Gan.

    >>> region_of_accent("四川话"), region_of_accent("疑似粤语口音"), region_of_accent("普通话")
    ('chuanyu', 'yue', None)
    """
    if not accent:
        return None
    text = accent.strip()
    if text.lower() in REGION_IDS:
        return text.lower()
    found = [
        (len(word), -index, region.region_id)
        for index, region in enumerate(regions())
        for word in region.words
        if word in text
    ]
    return max(found)[2] if found else None


def region_name(region_id: str, language: Language) -> str:
    """Return the name of a region for people."""
    if region_id == STANDARD:
        return "普通话" if language == "zh" else "standard Mandarin"
    if region_id == CHILD:
        return "幼儿口齿" if language == "zh" else "child speech"
    region = regions()[REGION_IDS.index(region_id)]
    return region.chinese if language == "zh" else region.english
