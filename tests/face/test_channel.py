from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from matcher.engine.columns import DenseColumn
from matcher.errors import ReferenceDataError, WorkspaceError
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.ages import photo_age_group
from matcher.face.calibration import default_curves
from matcher.face.channel import COLUMN, face_channel
from matcher.face.mixtures import GRID
from matcher.face.strata import QUALITY_CLASSES, quality_class_of, split, stratum_of
from matcher.subjects import evidence_of
from matcher.types import DayInterval, FacePhoto, Part, Subject

CHANNEL = face_channel()
MODEL = CHANNEL.curves.model_id


def subjects(count: int = 40, seed: int = 3) -> list[Subject]:
    rng = np.random.default_rng(seed)
    space = make_face_space(rng)
    vectors = draw_photos(space, draw_latents(rng, 3 * count), "adult", rng)
    made = []
    for number in range(count):
        photos = tuple(
            FacePhoto(
                f"{number}-{i}",
                MODEL if rng.random() < 0.8 else "another-512",
                vectors[3 * number + i],
                quality=None if rng.random() < 0.2 else float(rng.random()),
                taken=DayInterval(*np.sort(rng.integers(0, 20000, 2)).tolist()) if rng.random() < 0.6 else None,
                declared_age_group=rng.choice(["unknown", "unknown", "child", "adult"]),
            )
            for i in range(int(rng.integers(0, 4)))
        )
        birth, event = int(rng.integers(-9000, 15000)), int(rng.integers(0, 20000))
        made.append(
            Subject(
                f"R{number:03d}",
                str(rng.choice(["intake", "rescue", "missing"])),
                birth=DayInterval(birth, birth + int(rng.integers(0, 2000))) if rng.random() < 0.7 else None,
                birth_estimated=bool(rng.random() < 0.3),
                event=DayInterval(event, event + 3) if rng.random() < 0.7 else None,
                photos=photos,
            )
        )
    return made


def encoded(records: list[Subject]) -> DenseColumn:
    column = CHANNEL.encode(evidence_of(records), {})[COLUMN]
    assert isinstance(column, DenseColumn)
    return column


def test_encoding_equals_the_photo_by_photo_definition() -> None:
    records = subjects(120)
    column = encoded(records)
    position = 0
    for row, record in enumerate(records):
        own = [photo for photo in record.photos if photo.model_id == MODEL]
        assert column.offsets[row + 1] - column.offsets[row] == len(own)
        for photo in own:
            assert (column.vectors[position] == photo.vector).all()
            assert column.strata[position] == stratum_of(photo_age_group(photo, record), photo.quality)
            position += 1
    assert len(set(column.strata.tolist())) == 3 * QUALITY_CLASSES


def test_photos_of_other_models_are_missing() -> None:
    foreign = FacePhoto("x", "another-512", np.ones(512, np.float32))
    record = Subject("R1", "rescue", photos=(foreign,))
    assert encoded([record]).vectors.shape == (0, 128)
    assert CHANNEL.prepare({}).compile(record) is None
    assert CHANNEL.describe(record, record, (), "en") == ()


def test_the_lr_is_the_mean_over_all_pairs_of_photos() -> None:
    records = [record for record in subjects(60) if record.photos]
    column, compiler = encoded(records), CHANNEL.prepare({})
    probe = dataclasses.replace(records[0], photos=tuple(p for r in records[:3] for p in r.photos))
    plan = compiler.compile(probe)
    assert plan is not None
    curves = default_curves()
    for row, record in enumerate(records):
        lrs = []
        for left in (p for p in probe.photos if p.model_id == MODEL):
            for right in (p for p in record.photos if p.model_id == MODEL):
                (_, a), (_, b) = (split(stratum_of("adult", photo.quality)) for photo in (left, right))
                curve = curves.curve(
                    photo_age_group(left, probe),
                    photo_age_group(right, record),
                    reliability=(1.0, 0.7, 0.47, 0.24)[a] * (1.0, 0.7, 0.47, 0.24)[b],
                )
                cosine = float(left.vector.astype(np.float64) @ right.vector.astype(np.float64))
                lrs.append(10.0 ** float(np.interp(cosine, GRID, curve.log10_lr)))
        expected = float(np.log10(np.mean(lrs))) if lrs else 0.0
        assert plan.terms[0].exact(column, row) == pytest.approx(expected, abs=1e-9)


def test_backgrounds_have_mean_one_for_probes_with_several_photos() -> None:
    compiler = CHANNEL.prepare({})
    for probe in subjects(12, seed=8):
        for background in compiler.backgrounds(probe):
            assert background.probability.sum() == pytest.approx(1.0, abs=1e-9)
            assert float(background.probability @ 10.0**background.log10_lr) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("quality", "expected"), [(None, 0), (0.93, 0), (0.7, 0), (0.69, 1), (0.5, 1), (0.3, 2), (0.29, 3), (0.0, 3)]
)
def test_quality_classes(quality: float | None, expected: int) -> None:
    assert quality_class_of(quality) == expected


def test_curves_of_another_model_are_refused() -> None:
    with pytest.raises(ReferenceDataError, match="curves are for 'sface-2021dec-128'"):
        face_channel(default_curves(), "buffalo_l")


def test_a_vector_of_wrong_length_is_refused() -> None:
    record = Subject("R1", "rescue", photos=(FacePhoto("x", MODEL, np.ones(5, np.float32)),))
    with pytest.raises(WorkspaceError, match="length 5"):
        CHANNEL.prepare({}).compile(record)
    with pytest.raises(WorkspaceError, match="expected 128 each"):
        encoded([record])


def child_and_adult() -> tuple[Subject, Subject]:
    vector = np.eye(1, 128, dtype=np.float32)[0]
    child = FacePhoto("c", MODEL, vector, 0.4, DayInterval(0, 0), "child")
    adult = FacePhoto("a", MODEL, vector, 0.9, DayInterval(9131, 9131), "adult")
    return Subject("P", "intake", photos=(adult,)), Subject("R", "missing", photos=(child,))


def test_words_in_both_languages() -> None:
    probe, record = child_and_adult()
    parts = (Part("face", COLUMN, 2.4),)
    chinese = CHANNEL.describe(probe, record, parts, "zh")
    assert chinese == (
        "面部比对(1张对1张):就两者的年龄段而言相像,较强支持系同一人",
        "儿童照片与成人照片之间的比对,照片相隔约25年:即使是同一人,相似度通常也不高",
        "记录照片模糊、人脸过小、侧脸或有遮挡,结论已相应放宽",
    )
    english = CHANNEL.describe(probe, record, parts, "en")
    assert english == (
        "Faces (1 against 1 photos): alike for these ages, moderately strong support for the same person",
        "A child's photo against an adult's, about 25 years apart: even one person is often not very alike",
        "The record's photos are blurred, small, turned away or covered; the evidence was narrowed accordingly",
    )


def test_adults_without_dates_need_no_second_sentence() -> None:
    probe, _ = child_and_adult()
    undated = dataclasses.replace(probe, photos=(dataclasses.replace(probe.photos[0], taken=None),))
    assert len(CHANNEL.describe(undated, undated, (Part("face", COLUMN, -1.2),), "zh")) == 1
