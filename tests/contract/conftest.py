"""One small world that every channel is held to its laws on: invented people, all kinds of evidence, many gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from matcher.engine.channel import Channel, Compiler
from matcher.engine.columns import Vocabulary
from matcher.engine.gallery import Gallery
from matcher.subjects import evidence_of
from matcher.types import (
    CHANNEL_NAMES,
    RELATIONS,
    SUBJECT,
    DayInterval,
    FacePhoto,
    PedigreeMember,
    RecordKind,
    StrProfile,
    Subject,
    ToldName,
    ToldPlace,
)

RELATIVES = ("王大山", "李桂兰", "张建国", "欧阳德明")
NAMES = ("王山江", "王兴江", "李秀英", "张伟", "陈桂芳", "欧阳明", "曾国强", "刘洋", "单小芳", "黄建国", "吴娜")
PLACES = (
    "四川省成都市金堂县",
    "五福",
    "河北省张家口市宣化县五里台",
    "灌县",
    "湖南衡阳",
    "云阳县",
    "大庸县",
    "贵州凯里",
)
LOCI = ("D3S1358", "vWA", "D8S1179", "FGA", "TH01", "D12S391")
KINDS: tuple[RecordKind, ...] = ("intake", "rescue", "missing")
MODEL_ID = "sface-2021dec-128"


@dataclass(frozen=True)
class Encoded:
    """A channel with a gallery encoded and prepared."""

    channel: Channel
    gallery: Gallery
    compiler: Compiler
    subjects: tuple[Subject, ...]


def world(count: int = 60, seed: int = 11) -> list[Subject]:
    """Invent subjects in ascending order of case number, each field missing in a third of them."""
    rng = np.random.default_rng(seed)
    return [_subject(rng, f"R{number:04d}") for number in range(count)]


def encode(channel: Channel, subjects: Sequence[Subject]) -> Encoded:
    """Encode subjects (ascending case numbers) with one channel."""
    vocabularies = {column.name: Vocabulary() for column in channel.columns if column.kind != "dense"}
    codes = channel.encode(evidence_of(subjects), vocabularies)
    ids = np.array([subject.record_id for subject in subjects], np.str_)
    return Encoded(channel, Gallery(ids, {channel.name: codes}), channel.prepare(vocabularies), tuple(subjects))


@pytest.fixture(scope="session", params=CHANNEL_NAMES)
def channel(request: pytest.FixtureRequest) -> Channel:
    """Each of the five channels in turn, with the reference data that the package itself holds."""
    return next(c for c in contract_channels() if c.name == request.param)


@pytest.fixture(scope="session")
def encoded(channel: Channel) -> Encoded:
    """The world encoded by one channel."""
    return encode(channel, world())


@pytest.fixture(scope="session")
def probe() -> Subject:
    """A probe with every kind of evidence, not in the world."""
    return full_subject("P0001", np.random.default_rng(5))


def contract_channels() -> tuple[Channel, ...]:
    """Build the five channels on reference data that needs no installation step."""
    from matcher.demographics.channel import demographics_channel
    from matcher.face.channel import face_channel
    from matcher.phonetic.channel import name_channel
    from matcher.placenames.channel import place_channel
    from matcher.placenames.gazetteer import Gazetteer
    from matcher.str_loci.channel import dna_channel

    places = place_channel(Gazetteer.sample())
    return (face_channel(), name_channel(), places, dna_channel(), demographics_channel())


def full_subject(record_id: str, rng: np.random.Generator, kind: RecordKind = "intake") -> Subject:
    """Invent a subject that lacks nothing."""
    birth = int(rng.integers(-15000, 9000))
    event = int(rng.integers(12000, 20000))
    profile = StrProfile(f"{record_id}-S", _genotypes(rng))
    mother = PedigreeMember("mother", None, None, "female", StrProfile(f"{record_id}-M", _genotypes(rng)))
    father = PedigreeMember("father", None, None, "male")
    own = PedigreeMember(SUBJECT, "father", "mother", "male", profile)
    return Subject(
        record_id=record_id,
        kind=kind,
        station="甲站",
        sex="male" if rng.random() < 0.5 else "female",
        birth=DayInterval(birth, birth + 364),
        birth_estimated=bool(rng.random() < 0.5),
        event=DayInterval(event, event),
        height_cm=150 + birth % 35,
        accent="四川口音",
        names=(*(ToldName(str(name)) for name in rng.choice(NAMES, 2, replace=False)), *_relatives(record_id)),
        places=(ToldPlace(str(rng.choice(PLACES))), ToldPlace(str(rng.choice(PLACES)), "household", 0.5)),
        photos=tuple(FacePhoto(f"{record_id}-{i}", MODEL_ID, _unit(rng), 0.9) for i in range(2)),
        profile=profile,
        pedigree=(own, father, mother),
    )


def _subject(rng: np.random.Generator, record_id: str) -> Subject:
    full = full_subject(record_id, rng, KINDS[int(rng.integers(3))])
    keep = rng.random(8) > 1 / 3
    own_profile = full.profile if keep[6] else None
    relatives = tuple(
        PedigreeMember(SUBJECT, m.father, m.mother, m.sex, own_profile) if m.member == SUBJECT else m
        for m in full.pedigree
    )
    return Subject(
        record_id=record_id,
        kind=full.kind,
        sex=full.sex if keep[0] else None,
        birth=full.birth if keep[1] else None,
        birth_estimated=full.birth_estimated if keep[1] else False,
        event=full.event if keep[2] else None,
        height_cm=full.height_cm if int(record_id[1:]) % 4 else None,
        names=(full.own_names[: int(rng.integers(1, 3))] if keep[3] else ())
        + (full.relatives if int(record_id[1:]) % 3 else ()),
        places=full.places[: int(rng.integers(1, 3))] if keep[4] else (),
        photos=full.photos[: int(rng.integers(1, 3))] if keep[5] else (),
        profile=own_profile,
        pedigree=relatives if keep[7] else (),
    )


def _relatives(record_id: str) -> tuple[ToldName, ...]:
    """Invent the names of two relatives."""
    rng = np.random.default_rng(list(record_id.encode()))
    kin = zip(rng.choice(RELATIVES, 2, replace=False), rng.choice(RELATIONS, 2, replace=False), strict=True)
    return tuple(ToldName(str(name), str(relation)) for name, relation in kin)  # type: ignore[arg-type]


def _genotypes(rng: np.random.Generator) -> dict[str, tuple[int, int]]:
    pairs = np.sort(rng.integers(12, 16, (len(LOCI), 2)) * 10, axis=1)
    shifted = [(int(a) + s, int(b) + s) for locus, (a, b) in zip(LOCI, pairs, strict=True) for s in (_shift(locus),)]
    return dict(zip(LOCI, shifted, strict=True))


def _shift(locus: str) -> int:
    """Move alleles 12-15 into the range that the locus has."""
    return {"TH01": -60, "FGA": 90, "D12S391": 50, "vWA": 20}.get(locus, 0)


def _unit(rng: np.random.Generator) -> np.ndarray:
    vector = rng.standard_normal(128)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
