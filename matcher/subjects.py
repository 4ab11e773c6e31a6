"""One form of evidence into the other: `Subject` values to Arrow tables and back, losslessly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matcher.schema import EVIDENCE_SCHEMAS, Evidence
from matcher.types import (
    SUBJECT,
    DayInterval,
    FacePhoto,
    PedigreeMember,
    StrProfile,
    Subject,
    ToldName,
    ToldPlace,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, Any]
    Rows = dict[str, list[dict[str, Any]]]


def evidence_of(subjects: Sequence[Subject]) -> Evidence:
    """Lay out subjects as Arrow tables, in the order given; `notes` stay in the workspace and are not carried.

    Parameters
    ----------
    subjects : sequence of Subject
        Any number, also none.
    """
    rows: Rows = {name: [] for name in EVIDENCE_SCHEMAS}
    for row, subject in enumerate(subjects):
        _append(rows, row, subject)
    return Evidence(**{name: pa.Table.from_pylist(rows[name], schema) for name, schema in EVIDENCE_SCHEMAS.items()})


def subjects_of(evidence: Evidence) -> list[Subject]:
    """Read every record of an evidence bundle as a `Subject`, in row order."""
    children = {name: _by_row(getattr(evidence, name).to_pylist()) for name in EVIDENCE_SCHEMAS if name != "records"}
    return [
        _subject(record, {name: groups.get(row, []) for name, groups in children.items()})
        for row, record in enumerate(evidence.records.to_pylist())
    ]


def _append(rows: Rows, row: int, subject: Subject) -> None:
    rows["records"].append(_record_row(subject))
    rows["names"] += [
        {"row": row, "text": n.text, "kind": n.kind, "sound_only": n.sound_only, "credence": n.credence}
        for n in subject.names
    ]
    rows["places"] += [{"row": row, "text": p.text, "role": p.role, "credence": p.credence} for p in subject.places]
    rows["photos"] += [_photo_row(row, photo) for photo in subject.photos]
    if subject.profile is not None:
        rows["members"].append(_member_row(row, PedigreeMember(SUBJECT, None, None, subject.sex, subject.profile)))
        rows["genotypes"] += _genotype_rows(row, SUBJECT, subject.profile)
    for member in subject.pedigree:
        if member.member == SUBJECT and subject.profile is not None:
            rows["members"][-1] |= {"father": member.father, "mother": member.mother, "sex": member.sex}
            continue
        rows["members"].append(_member_row(row, member))
        if member.profile is not None:
            rows["genotypes"] += _genotype_rows(row, member.member, member.profile)


def _record_row(subject: Subject) -> dict[str, Any]:
    return {
        "record_id": subject.record_id,
        "seq": 0,
        "kind": subject.kind,
        "station": subject.station,
        "sex": subject.sex,
        "birth_earliest": subject.birth.earliest if subject.birth else None,
        "birth_latest": subject.birth.latest if subject.birth else None,
        "birth_estimated": subject.birth_estimated,
        "event_earliest": subject.event.earliest if subject.event else None,
        "event_latest": subject.event.latest if subject.event else None,
        "height_cm": subject.height_cm,
        "accent": subject.accent,
    }


def _photo_row(row: int, photo: FacePhoto) -> dict[str, Any]:
    return {
        "row": row,
        "photo_id": photo.photo_id,
        "model_id": photo.model_id,
        "vector": np.ascontiguousarray(photo.vector, "<f4").tobytes(),
        "quality": photo.quality,
        "taken_earliest": photo.taken.earliest if photo.taken else None,
        "taken_latest": photo.taken.latest if photo.taken else None,
        "declared_age_group": photo.declared_age_group,
    }


def _member_row(row: int, member: PedigreeMember) -> dict[str, Any]:
    return {
        "row": row,
        "member": member.member,
        "father": member.father,
        "mother": member.mother,
        "sex": member.sex,
        "sample_id": member.profile.sample_id if member.profile else None,
    }


def _genotype_rows(row: int, member: str, profile: StrProfile) -> list[dict[str, Any]]:
    return [
        {"row": row, "member": member, "locus": locus, "allele_1": low, "allele_2": high}
        for locus, (low, high) in sorted(profile.genotypes.items())
    ]


def _by_row(rows: Iterable[Row]) -> dict[int, list[Row]]:
    return {row: list(group) for row, group in groupby(rows, key=lambda item: int(item["row"]))}


def _subject(record: Row, children: Mapping[str, list[Row]]) -> Subject:
    members = list(_members(children["members"], children["genotypes"]))
    own = next((member for member in members if member.member == SUBJECT), None)
    related = len(members) > (own is not None)
    return Subject(
        record_id=record["record_id"],
        kind=record["kind"],
        station=record["station"],
        sex=record["sex"],
        birth=_interval(record, "birth"),
        birth_estimated=record["birth_estimated"],
        event=_interval(record, "event"),
        height_cm=record["height_cm"],
        accent=record["accent"],
        names=tuple(ToldName(n["text"], n["kind"], n["sound_only"], n["credence"]) for n in children["names"]),
        places=tuple(ToldPlace(p["text"], p["role"], p["credence"]) for p in children["places"]),
        photos=tuple(_photo(photo) for photo in children["photos"]),
        profile=own.profile if own else None,
        pedigree=tuple(members) if related else (),
    )


def _members(members: Sequence[Row], genotypes: Sequence[Row]) -> Iterator[PedigreeMember]:
    for member in members:
        loci = {
            g["locus"]: (int(g["allele_1"]), int(g["allele_2"])) for g in genotypes if g["member"] == member["member"]
        }
        profile = StrProfile(member["sample_id"], loci) if member["sample_id"] is not None else None
        yield PedigreeMember(member["member"], member["father"], member["mother"], member["sex"], profile)


def _photo(photo: Row) -> FacePhoto:
    return FacePhoto(
        photo_id=photo["photo_id"],
        model_id=photo["model_id"],
        vector=np.frombuffer(photo["vector"], "<f4"),
        quality=photo["quality"],
        taken=_interval(photo, "taken"),
        declared_age_group=photo["declared_age_group"],
    )


def _interval(row: Row, name: str) -> DayInterval | None:
    earliest, latest = row[f"{name}_earliest"], row[f"{name}_latest"]
    return None if earliest is None else DayInterval(earliest, latest)
