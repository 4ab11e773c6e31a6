"""The truth about a synthetic world, read beside the product's answers and never before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class ProbeTruth:
    """Who a probe is and what could connect it with the gallery.

    Parameters
    ----------
    probe_id : str
        Case number.
    person : int
        The person.
    stratum : str
        `fresh` or `long_stayer`; the two are never pooled.
    mates, kin : frozenset of str
        Gallery records of the person, and of close relatives.
    photo : str
        Age groups of the nearest pair of photographs, `none` without one.
    photo_gap_years : float or None
        Years between them.
    told_name, told_place : str
        Levels of telling.
    mate_name, mate_place : bool
        Whether any mate's record holds a name, a place, told in earnest.
    dna : str
        `none`, `self`, `kin` or `self_kin`.
    hard_sets : tuple of str
        Hard sets the probe belongs to.
    designed : str
        Hard set the case was made for; empty = it came about by chance. Made cases stay out of the strata's figures.
    causes : tuple of str
        What was done to the case's own record and to its mates' (`own name misheard`, `mate home omitted`, ...).
    """

    probe_id: str
    person: int
    stratum: str
    mates: frozenset[str]
    kin: frozenset[str]
    photo: str
    photo_gap_years: float | None
    told_name: str
    told_place: str
    mate_name: bool
    mate_place: bool
    dna: str
    hard_sets: tuple[str, ...]
    designed: str
    causes: tuple[str, ...]

    @property
    def mated(self) -> bool:
        """Whether the person is in the gallery at all."""
        return bool(self.mates)

    @property
    def solvable(self) -> bool:
        """Whether anything that identifies stands on both sides: a photograph, a told name or place, or DNA."""
        name = self.told_name not in {"none", "lie"} and self.mate_name
        place = self.told_place not in {"none", "province"} and self.mate_place
        return self.mated and (name or place or self.photo != "none" or self.dna != "none")


@dataclass(frozen=True, slots=True)
class Truth:
    """Truth tables of a world.

    Parameters
    ----------
    probes : mapping
        Probes by case number.
    owners : mapping
        Person of each record.
    """

    probes: Mapping[str, ProbeTruth]
    owners: Mapping[str, int]


def read_truth(world: Path) -> Truth:
    """Read the truth tables of a written world."""
    folder = world / "truth"
    columns = ["record_id", "person", "told_name", "told_place"]
    records = {row["record_id"]: row for row in pq.read_table(folder / "records.parquet", columns=columns).to_pylist()}
    causes = _causes(folder / "corruptions.parquet")
    probes = [_probe(row, records, causes) for row in pq.read_table(folder / "probes.parquet").to_pylist()]
    return Truth(
        {probe.probe_id: probe for probe in probes}, {record_id: row["person"] for record_id, row in records.items()}
    )


def _causes(path: Path) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in pq.read_table(path, columns=["record_id", "field", "cause"]).to_pylist():
        found.setdefault(row["record_id"], []).append(f"{row['field']} {row['cause']}")
    return found


def _probe(
    row: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]], causes: Mapping[str, list[str]]
) -> ProbeTruth:
    mates = [records[mate] for mate in row["mates"]]
    return ProbeTruth(
        probe_id=row["record_id"], person=row["person"], stratum=row["stratum"], mates=frozenset(row["mates"]),
        kin=frozenset(row["kin"]), photo=row["photo"], photo_gap_years=row["photo_gap_years"],
        told_name=row["told_name"], told_place=row["told_place"],
        mate_name=any(mate["told_name"] not in {"none", "lie"} for mate in mates),
        mate_place=any(mate["told_place"] not in {"none", "province"} for mate in mates),
        dna=row["dna"], hard_sets=tuple(row["hard_sets"]), designed=row["designed"],
        causes=tuple(sorted({
            *(f"own {cause}" for cause in causes.get(row["record_id"], ())),
            *(f"mate {cause}" for mate in row["mates"] for cause in causes.get(mate, ())),
        })),
    )  # fmt: skip
