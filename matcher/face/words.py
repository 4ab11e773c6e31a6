"""A face comparison in words, in Chinese and English."""

from __future__ import annotations

from matcher.face.ages import photo_age_group, taken_or_bounded
from matcher.face.strata import quality_class_of
from matcher.llr import Language, verbal_scale
from matcher.types import DAYS_PER_YEAR, AgeGroup, FacePhoto, Subject

Side = tuple[Subject, tuple[FacePhoto, ...]]
"""A subject and those of its photos that take part."""

_ALIKE: tuple[tuple[float, str, str], ...] = (
    (3.0, "very alike", "非常相像"),
    (1.5, "alike", "相像"),
    (0.3, "somewhat alike", "有些相像"),
    (-0.3, "neither alike nor unlike", "相像与否不明显"),
    (-1.0, "rather unlike", "不太相像"),
)
_UNLIKE = ("unlike", "不相像")


def describe_faces(probe: Side, record: Side, log10_lr: float, language: Language) -> tuple[str, ...]:
    """Say how alike the faces are for persons of these ages, and what limits the comparison.

    Parameters
    ----------
    probe, record : Side
        Both subjects with their compared photos.
    log10_lr : float
        The channel's total; the words about likeness follow from it, never the other way round.
    language : {"zh", "en"}
        Language of the sentences.
    """
    if not probe[1] or not record[1]:
        return ()
    sentences = [_likeness(len(probe[1]), len(record[1]), log10_lr, language), _ages(probe, record, language)]
    sentences += _limits(probe[1], record[1], language)
    return tuple(sentence for sentence in sentences if sentence)


def _likeness(probe_photos: int, record_photos: int, log10_lr: float, language: Language) -> str:
    english, chinese = next(((en, zh) for lower, en, zh in _ALIKE if log10_lr >= lower), _UNLIKE)
    support = verbal_scale(log10_lr, language)
    if language == "zh":
        return f"面部比对({probe_photos}张对{record_photos}张):就两者的年龄段而言{chinese},{support}"
    return f"Faces ({probe_photos} against {record_photos} photos): {english} for these ages, {support}"


def _ages(probe: Side, record: Side, language: Language) -> str:
    groups = {photo_age_group(photo, subject) for subject, photos in (probe, record) for photo in photos}
    years = _years_apart(probe, record)
    if language == "zh":
        gap = f",照片相隔约{years}年" if years else ""
        return {
            ("adult", "child"): f"儿童照片与成人照片之间的比对{gap}:即使是同一人,相似度通常也不高",
            ("child",): f"均为儿童照片{gap}:不同儿童之间也容易相像",
        }.get(_key(groups), _unknown_zh(groups, gap))
    gap = f", about {years} years apart" if years else ""
    return {
        ("adult", "child"): f"A child's photo against an adult's{gap}: even one person is often not very alike",
        ("child",): f"Children's photos{gap}: different children are easily alike",
    }.get(_key(groups), _unknown_en(groups, gap))


def _key(groups: set[AgeGroup]) -> tuple[str, ...]:
    return tuple(sorted(groups))


def _unknown_zh(groups: set[AgeGroup], gap: str) -> str:
    if "unknown" in groups:
        return f"至少一张照片拍摄时的年龄段不明{gap}:已按儿童、成人两种可能综合计算"
    return f"均为成人照片{gap}" if gap else ""


def _unknown_en(groups: set[AgeGroup], gap: str) -> str:
    if "unknown" in groups:
        return f"The age group of at least one photo is unknown{gap}: both possibilities were weighed"
    return f"Adults' photos{gap}" if gap else ""


def _limits(probe: tuple[FacePhoto, ...], record: tuple[FacePhoto, ...], language: Language) -> list[str]:
    """Name the sides whose photos are too poor to say much."""
    poor_probe = any(quality_class_of(photo.quality) > 0 for photo in probe)
    poor_record = any(quality_class_of(photo.quality) > 0 for photo in record)
    if not (poor_probe or poor_record):
        return []
    if language == "zh":
        whose = "双方" if poor_probe and poor_record else ("求助者" if poor_probe else "记录")
        return [f"{whose}照片模糊、人脸过小、侧脸或有遮挡,结论已相应放宽"]
    whose = "Both sides'" if poor_probe and poor_record else ("The probe's" if poor_probe else "The record's")
    return [f"{whose} photos are blurred, small, turned away or covered; the evidence was narrowed accordingly"]


def _years_apart(probe: Side, record: Side) -> int:
    """Return whole years between the photos when all dates are known to within a year, else 0."""
    days = []
    for subject, photos in (probe, record):
        spans = [taken_or_bounded(photo.taken, subject.event, subject.kind) for photo in photos]
        if any(span is None or span[1] - span[0] > 366 for span in spans):
            return 0
        days.append([(span[0] + span[1]) / 2 for span in spans if span is not None])
    return round(abs(sum(days[0]) / len(days[0]) - sum(days[1]) / len(days[1])) / DAYS_PER_YEAR)
