"""An invented batch: no person, number or place combination here is taken from a real case."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from matcher.llr import Language
from matcher.report.batch import CaseView, ReportBatch
from matcher.types import (
    CHANNEL_NAMES,
    CandidateList,
    ChannelEvidence,
    ChannelName,
    Comparison,
    DayInterval,
    FacePhoto,
    Lead,
    Part,
    StrProfile,
    Subject,
    ToldName,
    ToldPlace,
)

EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def days(first: str, last: str | None = None) -> DayInterval:
    return DayInterval(day(first), day(last or first))


def portrait(seed: int) -> bytes:
    """Draw a face that is plainly a drawing, as a JPEG of 240 x 300 pixels."""
    rng = np.random.default_rng(seed)
    tone = int(rng.integers(150, 205))
    backdrop = tuple(int(value) for value in rng.integers(120, 215, 3))
    image = Image.new("RGB", (240, 300), backdrop)
    draw = ImageDraw.Draw(image)
    wide, high = int(rng.integers(52, 66)), int(rng.integers(70, 84))
    draw.ellipse((20, 235, 220, 420), fill=tuple(int(value) for value in rng.integers(40, 120, 3)))
    draw.rectangle((98, 190, 142, 250), fill=(tone - 15, tone - 40, tone - 62))
    hair = int(rng.integers(25, 150))
    draw.ellipse((120 - wide - 7, 132 - high - 16, 120 + wide + 7, 150), fill=(hair, hair, hair))
    draw.ellipse((120 - wide, 135 - high, 120 + wide, 135 + high), fill=(tone, tone - 28, tone - 52))
    for x in (-24, 24):
        draw.ellipse((120 + x - 8, 122, 120 + x + 8, 131), fill=(250, 250, 246))
        draw.ellipse((120 + x - 4, 122, 120 + x + 4, 131), fill=(40, 28, 20))
        draw.line((120 + x - 13, 112, 120 + x + 13, 110), fill=(hair, hair, hair), width=4)
    draw.line((120, 128, 115, 154, 122, 156), fill=(tone - 45, tone - 70, tone - 90), width=3)
    mouth = int(rng.integers(16, 28))
    draw.arc((120 - mouth, 160, 120 + mouth, 182), 15, 165, fill=(150, 70, 64), width=4)
    buffer = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.2)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def evidence(
    channel: ChannelName, parts: Sequence[tuple[str, float]], *words: str, lacking: Comparison = "compared"
) -> ChannelEvidence:
    total = sum(value for _, value in parts)
    return ChannelEvidence(channel, total, lacking, tuple(Part(channel, name, v) for name, v in parts), words)


def absent(channel: ChannelName, lacking: Comparison) -> ChannelEvidence:
    return ChannelEvidence(channel, 0.0, lacking)


def lead(probe_id: str, record_id: str, rank: int, posterior: float, channels: Sequence[ChannelEvidence]) -> Lead:
    given = {item.channel: item for item in channels}
    whole = tuple(given.get(name, absent(name, "both_missing")) for name in CHANNEL_NAMES)
    return Lead(probe_id, record_id, rank, sum(item.log10_lr for item in whole), posterior, whole)


def face_of(record_id: str) -> FacePhoto:
    return FacePhoto(f"photo-{record_id}", "sface", np.eye(1, 128, dtype=np.float32)[0], 0.93)


LOCI = ("D3S1358", "vWA", "D16S539", "CSF1PO", "TPOX", "D8S1179", "D21S11", "D18S51", "D2S441", "D19S433", "TH01")
PROFILE = StrProfile("S-0417", {locus: (90 + 10 * i, 120 + 10 * i) for i, locus in enumerate(LOCI)})


def first_case() -> CaseView:
    """Strong agreement in everything but the name, and a long tail."""
    probe = Subject(
        "A0012",
        "intake",
        station="滨江市救助管理站",
        sex="male",
        birth=days("1958-01-01", "1962-12-31"),
        birth_estimated=True,
        event=days("2026-03-02"),
        height_cm=165,
        accent="皖西一带",
        names=(ToldName("王兴江(音)", sound_only=True), ToldName("老王", "nickname")),
        places=(ToldPlace("六安 西河口"), ToldPlace("六安", "accent"), ToldPlace("滨江火车站", "found")),
        photos=(face_of("A0012"),),
        profile=PROFILE,
        notes=(("特征", "左眉有一道旧疤"), ("入站情况", "由滨江火车站派出所护送，神志尚清，说话含糊。" * 9)),
    )
    sister = Subject(
        "X-20114",
        "missing",
        station="六安市公安局裕安分局",
        sex="male",
        birth=days("1960-05-01", "1960-05-31"),
        event=days("1998-01-01", "1998-12-31"),
        names=(ToldName("王山江", "registered"), ToldName("小江", "nickname")),
        places=(ToldPlace("安徽省六安市裕安区西河口乡", "household"), ToldPlace("合肥火车站", "lost")),
        photos=(face_of("X-20114"),),
    )
    twice = Subject(
        "R2019-0311",
        "rescue",
        station="合肥市救助管理站",
        sex="male",
        birth=days("1955-01-01", "1965-12-31"),
        birth_estimated=True,
        event=days("2019-03-11"),
        names=(ToldName("王新江"),),
        places=(ToldPlace("霍山", "home"),),
        photos=(face_of("R2019-0311"),),
    )
    leads = (
        lead(
            "A0012",
            "X-20114",
            1,
            0.9421,
            (
                evidence("face", [("photos", 1.84)], "两张照片相隔约28年，相似度高于同龄无关者的98.6%。"),
                evidence(
                    "name",
                    [("sound", 2.31), ("tone", -0.42)],
                    "“王兴江”与登记名“王山江”：姓氏相同，“兴/山”声韵相近，皖西口音易混；“江”同音。",
                    "此读音组合在男性中约每十万人3人。",
                ),
                evidence("place", [("home", 3.12)], "“六安 西河口”与户籍地“裕安区西河口乡”为同一乡镇。"),
                evidence(
                    "dna",
                    list(zip(LOCI, np.linspace(0.9, -0.2, 11).round(2).tolist(), strict=True)),
                    "与报案人（妹妹）的分型按全同胞比较，11个基因座中9个支持。",
                ),
                evidence(
                    "demographics",
                    [("sex", 0.29), ("birth", 0.58), ("height", 0.0), ("bounded", -0.1)],
                    "性别相同。",
                    "目测出生年份覆盖登记的1960年5月。",
                ),
            ),
        ),
        lead(
            "A0012",
            "R2019-0311",
            2,
            0.0312,
            (
                evidence("face", [("photos", 3.44)], "两张照片相隔约7年，相似度高于无关者的99.96%。"),
                evidence("name", [("sound", 1.62)], "“王兴江(音)”与“王新江”：前后鼻音不分时同音。"),
                evidence("place", [("home", -0.61)], "“西河口”与“霍山”相邻，但不在同一县。"),
                absent("dna", "record_missing"),
                evidence("demographics", [("sex", 0.29), ("birth", 0.21)], "性别相同。", "年龄区间重叠。"),
            ),
        ),
        lead(
            "A0012",
            "R2021-1187",
            3,
            0.0004,
            (
                evidence("face", [("photos", -1.32)], "相似度低于多数同一人的照片。"),
                evidence("name", [("sound", 0.74)], "姓氏同为“王”。"),
                absent("place", "record_missing"),
                absent("dna", "record_missing"),
                evidence("demographics", [("sex", 0.29), ("birth", -0.92)], "性别相同。", "年龄相差至少14岁。"),
            ),
        ),
    )
    candidates = CandidateList("A0012", 12841, 0.3, 0.0203, 2.0263, False, leads)
    return CaseView(probe, candidates, {item.record_id: item for item in (sister, twice)})


def second_case() -> CaseView:
    """A photograph alone; nothing certain; one lead whose DNA speaks against it beyond the axis."""
    probe = Subject("A0015", "intake", station="滨江市救助管理站", sex="female", photos=(face_of("A0015"),))
    record = Subject("R2015-0402", "rescue", station="广州市救助管理站", sex="female", event=days("2015-04-02"))
    leads = (
        lead("A0015", "R2015-0402", 1, 0.2117, (evidence("face", [("photos", 2.9)], "相似度较高。"),)),
        lead(
            "A0015",
            "R2016-0007",
            2,
            0.1,
            (
                evidence("face", [("photos", 2.4)], "相似度较高。"),
                evidence("dna", [("D3S1358", -4.0), ("vWA", -4.0)], "两个基因座互不相容。"),
                absent("place", "probe_missing"),
            ),
        ),
    )
    candidates = CandidateList("A0015", 12841, 0.3, 0.6544, 1.6883, False, leads)
    return CaseView(probe, candidates, {"R2015-0402": record})


def empty_case() -> CaseView:
    """Nothing known, nothing found."""
    return CaseView(Subject("A0020", "intake"), CandidateList("A0020", 12841, 0.3, 1.0, 0.0, False), {})


def invented_batch(language: Language = "zh") -> ReportBatch:
    title = "滨江市救助管理站 三月寻亲比对" if language == "zh" else "Binjiang station, March matching"
    photos = {"A0012": portrait(1), "X-20114": portrait(2), "R2019-0311": portrait(1), "A0015": portrait(3)}
    return ReportBatch(title, "2026-03-05T09:30", language, (empty_case(), second_case(), first_case()), photos)


@pytest.fixture(scope="session")
def make_batch() -> Callable[[Language], ReportBatch]:
    return invented_batch


@pytest.fixture(scope="session")
def make_portrait() -> Callable[[int], bytes]:
    return portrait


@pytest.fixture(scope="session")
def batch() -> ReportBatch:
    return invented_batch("zh")
