"""Stations and their habits: which form they keep, what they leave out, how they write a date or an age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.synthetic.lottery import draw
from matcher.synthetic.people import Person
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Home, Sources
from matcher.synthetic.streams import Streams

REPORTS = -1
"""Number of the body that takes missing reports; it has habits like a station."""

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

# Headers that stations give a field; each station picks one of a row. All are ordinary words of the trade.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "record_id": ("编号", "档案号", "案卷编号", "救助编号"),
    "station": ("救助站", "所在救助站", "救助机构"),
    "name": ("姓名", "自报姓名", "受助人员姓名"),
    "sex": ("性别",),
    "age": ("年龄", "目测年龄", "大概年龄"),
    "birth": ("出生日期", "出生年月"),
    "height": ("身高", "身高(cm)"),
    "accent": ("口音", "方言口音"),
    "event": ("入站日期", "救助日期", "入站时间"),
    "found": ("发现地点", "救助地点"),
    "home": ("自述住址", "家庭住址", "籍贯"),
    "remarks": ("备注", "健康状况", "体貌特征"),
    "sample_own": ("DNA编号", "血样编号"),
}
_REPORT_HEADERS: Mapping[str, tuple[str, ...]] = {
    "record_id": ("编号",),
    "station": ("登记单位",),
    "name": ("姓名",),
    "nickname": ("小名",),
    "sex": ("性别",),
    "birth": ("出生日期",),
    "age": ("失踪时年龄",),
    "height": ("身高",),
    "event": ("失踪日期",),
    "lost": ("失踪地点",),
    "home": ("户籍地",),
    "remarks": ("备注",),
    "sample_father": ("父亲样本",),
    "sample_mother": ("母亲样本",),
    "sample_child": ("子女样本",),
    "sample_sibling": ("兄弟姐妹样本",),
    "sample_grandparent": ("祖父母样本",),
    "sample_maternal_grandparent": ("外祖父母样本",),
}


@dataclass(frozen=True, slots=True)
class Station:
    """One station and its habits.

    Parameters
    ----------
    number : int
        Number in the world; `REPORTS` is the body that takes missing reports.
    code, name : str
        Prefix of its case numbers; its name.
    place : Home
        Where it stands.
    form : str
        `csv-gbk`, `csv-gb18030`, `csv-utf8`, `csv-utf8-bom`, `xlsx` or `jsonl`.
    headers : mapping
        Header of each field it keeps, in column order.
    omits : mapping
        Probability that a field stays empty.
    date_style, age_style, missing_style, sound_mark : str
        How it writes a date, an age, an unknown name, "known by sound only".
    traditional, full_width : bool
        Whether it writes traditional characters, full-width digits.
    """

    number: int
    code: str
    name: str
    place: Home
    form: str
    headers: Mapping[str, str]
    omits: Mapping[str, float]
    date_style: str
    age_style: str
    missing_style: str
    sound_mark: str
    traditional: bool
    full_width: bool


def found_stations(recipe: Recipe, sources: Sources, streams: Streams) -> list[Station]:
    """Draw the stations of a world; their habits depend on the seed and their number only."""
    return [
        _station(recipe, sources, streams.of("stations", number), number) for number in range(recipe.world.stations)
    ]


def reporting_body(recipe: Recipe, sources: Sources, streams: Streams) -> Station:
    """Draw the body that takes the families' missing reports."""
    rng = streams.of("reporting_body")
    habits = _station(recipe, sources, rng, REPORTS)
    return Station(
        number=REPORTS, code="XQ", name="寻亲登记处", place=habits.place, form="xlsx",
        headers=_pick(rng, _REPORT_HEADERS),
        omits=habits.omits, date_style="dash", age_style="plain", missing_style="不详", sound_mark="(音)",
        traditional=False, full_width=False,
    )  # fmt: skip


def _station(recipe: Recipe, sources: Sources, rng: np.random.Generator, number: int) -> Station:
    habits = recipe.stations
    place = sources.places.home(rng)
    town = place.levels[min(2, len(place.levels) - 1)]
    letters = "".join(_CODE_LETTERS[i] for i in rng.integers(0, len(_CODE_LETTERS), 2))
    return Station(
        number=number, code=f"{letters}{number + 1:02d}", name=f"{town}救助管理站", place=place,
        form=draw(rng, habits.encodings), headers=_pick(rng, _HEADERS),
        omits={field: _around(rng, mean, habits.omits_concentration) for field, mean in habits.omits_mean.items()},
        date_style=str(rng.choice(["dash", "dot", "han", "han_short", "slash", "compact"])),
        age_style=str(rng.choice(["plain", "about", "around", "years", "range"])),
        missing_style=str(rng.choice(["无名氏", "不详", "未知", "某某", "无名男女", "救助编号"])),
        sound_mark=str(rng.choice(["(音)", "（音）", "（谐音）"])),
        traditional=bool(rng.random() < habits.traditional), full_width=bool(rng.random() < habits.full_width),
    )  # fmt: skip


def _around(rng: np.random.Generator, mean: float, concentration: float) -> float:
    """Draw a station's own rate around the mean of all stations (a beta distribution)."""
    if mean <= 0.0 or mean >= 1.0:
        return mean
    return float(rng.beta(mean * concentration, (1.0 - mean) * concentration))


def _pick(rng: np.random.Generator, headers: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {field: names[int(rng.integers(len(names)))] for field, names in headers.items()}


@dataclass(frozen=True, slots=True)
class Network:
    """Stations, and those of each province."""

    stations: Sequence[Station]
    of_province: Mapping[str, Sequence[Station]]

    @classmethod
    def of(cls, stations: Sequence[Station]) -> Network:
        """Sort stations by province."""
        found: dict[str, list[Station]] = {}
        for station in stations:
            found.setdefault(station.place.levels[0], []).append(station)
        return cls(stations, found)

    def admitting(self, rng: np.random.Generator, person: Person, home_share: float) -> Station:
        """Draw the station that admits a person: one of the home province with some probability, else any."""
        near = self.of_province.get(person.home.levels[0], ())
        pool = near if near and rng.random() < home_share else self.stations
        return pool[int(rng.integers(len(pool)))]
