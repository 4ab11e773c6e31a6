"""Truth tables of a world: who is who, who is whose kin, what was done to each record. Never read by the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa

from matcher.synthetic.laboratory import Sample
from matcher.synthetic.people import Person, relation
from matcher.synthetic.traces import Trace
from matcher.types import DAYS_PER_YEAR

PERSONS = pa.schema(
    [
        pa.field("person", pa.int64(), nullable=False),
        pa.field("clan", pa.int64(), nullable=False),
        pa.field("father", pa.int64()),
        pa.field("mother", pa.int64()),
        pa.field("genetic_father", pa.int64()),
        pa.field("twin", pa.int64()),
        pa.field("sex", pa.string(), nullable=False),
        pa.field("birth_day", pa.int32(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("nickname", pa.string(), nullable=False),
        pa.field("home", pa.string(), nullable=False),
        pa.field("home_code", pa.string(), nullable=False),
        pa.field("household", pa.string(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
    ]
)

RECORDS = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("person", pa.int64(), nullable=False),
        pa.field("case", pa.int64(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("station", pa.string(), nullable=False),
        pa.field("stratum", pa.string(), nullable=False, metadata={"doc": "fresh | long_stayer, of the case"}),
        pa.field("ability", pa.string(), nullable=False, metadata={"doc": "How able to tell: row of the recipe"}),
        pa.field("day", pa.int32(), nullable=False),
        pa.field("age_years", pa.float32(), nullable=False, metadata={"doc": "True age on the day"}),
        pa.field("told_name", pa.string(), nullable=False, metadata={"doc": "Level of telling"}),
        pa.field("told_place", pa.string(), nullable=False, metadata={"doc": "Level of telling"}),
        pa.field("photo_day", pa.int32(), metadata={"doc": "Null = no photograph"}),
        pa.field("samples", pa.list_(pa.string()), nullable=False, metadata={"doc": "Owners of samples sent in"}),
    ]
)

PROBES = pa.schema(
    [
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("person", pa.int64(), nullable=False),
        pa.field("stratum", pa.string(), nullable=False),
        pa.field("mates", pa.list_(pa.string()), nullable=False, metadata={"doc": "Gallery records of this person"}),
        pa.field("kin", pa.list_(pa.string()), nullable=False, metadata={"doc": "Gallery records of close kin"}),
        pa.field("told_name", pa.string(), nullable=False),
        pa.field("told_place", pa.string(), nullable=False),
        pa.field("photo", pa.string(), nullable=False, metadata={"doc": "none | adult_adult | child_adult | ..."}),
        pa.field("photo_gap_years", pa.float32(), metadata={"doc": "Smallest gap to a photo of a mate; null = none"}),
        pa.field("dna", pa.string(), nullable=False, metadata={"doc": "none | self | kin | self_kin"}),
        pa.field("hard_sets", pa.list_(pa.string()), nullable=False),
        pa.field("designed", pa.string(), nullable=False, metadata={"doc": "Hard set it was made for; empty = none"}),
    ]
)

KIN = pa.schema(
    [
        pa.field("person", pa.int64(), nullable=False),
        pa.field("other", pa.int64(), nullable=False),
        pa.field("relation", pa.string(), nullable=False),
    ]
)

CORRUPTIONS = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("record_id", "field", "truth", "written", "cause")]
)

SCHEMAS = {"persons": PERSONS, "records": RECORDS, "kin": KIN, "probes": PROBES, "corruptions": CORRUPTIONS}
"""The truth tables by name."""

CHILD_YEARS = 16.0
HUNDRED = 20
"""Records from which a person counts as a repeat wanderer of the hard set."""


@dataclass(frozen=True, slots=True)
class Written:
    """One record as it was written, for the truth tables."""

    trace: Trace
    told_name: str
    told_place: str
    photo_day: int | None
    samples: tuple[Sample, ...]


def person_table(persons: Sequence[Person]) -> pa.Table:
    """Lay out persons, column by column: there are many."""
    columns: Mapping[str, list[object]] = {
        "person": [p.person for p in persons],
        "clan": [p.clan for p in persons],
        "father": [p.father for p in persons],
        "mother": [p.mother for p in persons],
        "genetic_father": [p.genetic_father for p in persons],
        "twin": [p.twin for p in persons],
        "sex": [p.sex for p in persons],
        "birth_day": [p.birth_day for p in persons],
        "name": [p.name for p in persons],
        "nickname": [p.nickname for p in persons],
        "home": [p.home.text for p in persons],
        "home_code": [p.home.code for p in persons],
        "household": [p.household.text for p in persons],
        "region": [p.home.region for p in persons],
    }
    return pa.table(dict(columns), schema=PERSONS)


def record_rows(records: Iterable[Written]) -> list[dict[str, object]]:
    """Lay out records for `RECORDS`."""
    return [
        {
            "record_id": r.trace.record_id, "person": r.trace.person.person, "case": r.trace.case.case,
            "kind": r.trace.kind, "station": r.trace.station.code, "stratum": r.trace.case.stratum,
            "ability": r.trace.ability, "day": r.trace.day, "age_years": _age(r.trace.person, r.trace.day),
            "told_name": r.told_name, "told_place": r.told_place, "photo_day": r.photo_day,
            "samples": [sample.owner for sample in r.samples],
        }
        for r in records
    ]  # fmt: skip


def kin_rows(people: Mapping[int, Person], persons: Iterable[int]) -> list[dict[str, object]]:
    """Lay out relations between recorded persons for `KIN`; each pair once."""
    clans: dict[int, list[int]] = {}
    for person in persons:
        clans.setdefault(people[person].clan, []).append(person)
    pairs = ((one, other) for members in clans.values() for one, other in combinations(sorted(members), 2))
    named = ((one, other, relation(people, one, other)) for one, other in pairs)
    return [{"person": one, "other": other, "relation": name} for one, other, name in named if name is not None]


def probe_rows(records: Sequence[Written], kin: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Lay out the open cases for `PROBES`, with their mates and what could connect them."""
    gallery: dict[int, list[Written]] = {}
    for record in records:
        if record.trace.kind != "intake":
            gallery.setdefault(record.trace.person.person, []).append(record)
    relatives: dict[int, list[int]] = {}
    for row in kin:
        if row["relation"] in {"identical_twin", "sibling", "parent_child"}:
            one, other = int(str(row["person"])), int(str(row["other"]))
            relatives.setdefault(one, []).append(other)
            relatives.setdefault(other, []).append(one)
    return [_probe_row(r, gallery, relatives) for r in records if r.trace.kind == "intake"]


def _probe_row(
    record: Written, gallery: Mapping[int, list[Written]], relatives: Mapping[int, list[int]]
) -> dict[str, object]:
    trace = record.trace
    mates = gallery.get(trace.person.person, [])
    kin = [r for other in relatives.get(trace.person.person, []) for r in gallery.get(other, [])]
    photo, gap = _photo_link(record, mates)
    return {
        "record_id": trace.record_id, "person": trace.person.person, "stratum": trace.case.stratum,
        "mates": [r.trace.record_id for r in mates], "kin": [r.trace.record_id for r in kin],
        "told_name": record.told_name, "told_place": record.told_place, "photo": photo, "photo_gap_years": gap,
        "dna": _dna_link(record, mates), "hard_sets": _hard_sets(record, mates, kin, gap),
        "designed": trace.case.designed,
    }  # fmt: skip


def _photo_link(record: Written, mates: Sequence[Written]) -> tuple[str, float | None]:
    if record.photo_day is None:
        return "none", None
    days = [mate.photo_day for mate in mates if mate.photo_day is not None]
    if not days:
        return "none", None
    nearest = min(days, key=lambda day: (abs(day - int(record.photo_day or 0)), day))
    ages = sorted(_age(record.trace.person, day) for day in (nearest, record.photo_day))
    groups = ["child" if age < CHILD_YEARS else "adult" for age in ages]
    return "_".join(groups), abs(nearest - record.photo_day) / DAYS_PER_YEAR


def _dna_link(record: Written, mates: Sequence[Written]) -> str:
    if not record.samples:
        return "none"
    owners = {sample.owner for mate in mates for sample in mate.samples}
    has_self, has_kin = "own" in owners, bool(owners - {"own"})
    return {(0, 0): "none", (1, 0): "self", (0, 1): "kin", (1, 1): "self_kin"}[int(has_self), int(has_kin)]


def _hard_sets(record: Written, mates: Sequence[Written], kin: Sequence[Written], gap: float | None) -> list[str]:
    trace, case = record.trace, record.trace.case
    found = {
        "twin": trace.person.twin is not None,
        "kin_in_gallery": bool(kin),
        "lost_together": any(r.trace.case.lost_with == case.case for r in kin),
        "repeat_wanderer": len(mates) >= HUNDRED,
        "child_to_adult_30y": bool(
            gap is not None and gap >= 30 and record.photo_day is not None and _child_photo(trace.person, mates)
        ),
        "told_nothing": record.told_name == "none" and record.told_place == "none",
    }
    return [name for name, holds in found.items() if holds]


def _child_photo(person: Person, mates: Sequence[Written]) -> bool:
    days = [mate.photo_day for mate in mates if mate.photo_day is not None]
    return bool(days) and all(_age(person, day) < CHILD_YEARS for day in days)


def _age(person: Person, day: int) -> float:
    return (day - person.birth_day) / DAYS_PER_YEAR
