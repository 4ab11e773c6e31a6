"""The truth about a synthetic world, read beside the product's answers and never before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from matcher.engine.gallery import Gallery

Rows = NDArray[np.int64]


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
    swapped : frozenset of str
        Records whose DNA is somebody else's, because samples were swapped.
    """

    probes: Mapping[str, ProbeTruth]
    owners: Mapping[str, int]
    swapped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """Rows of a gallery as seen from one probe; each a handful among a million.

    Parameters
    ----------
    mates : ndarray of int64
        The person's records that were to be found.
    own : ndarray of int64
        All the person's records, the probe's own among them: nobody else's.
    related : ndarray of int64
        `own`, the records of close kin, and those whose DNA sample was swapped; whoever is left is a stranger.
    """

    mates: Rows
    own: Rows
    related: Rows


class Owners:
    """Whose record each row of a gallery is: looked up once, so that no probe searches a million case numbers."""

    def __init__(self, gallery: Gallery, truth: Truth) -> None:
        self._gallery = gallery
        persons = np.array([truth.owners.get(str(record_id), -1) for record_id in gallery.record_ids], np.int64)
        self._by_person = np.argsort(persons, kind="stable")
        self._persons = persons[self._by_person]
        self._swapped = self._rows(truth.swapped)

    def view(self, probe: ProbeTruth) -> View:
        """Return the rows that a probe's figures tell apart."""
        low, high = np.searchsorted(self._persons, [probe.person, probe.person + 1])
        own = self._by_person[low:high]
        related = np.union1d(np.union1d(own, self._rows(probe.kin)), self._swapped)
        return View(self._rows(probe.mates), own, related)

    def _rows(self, record_ids: frozenset[str]) -> Rows:
        places = (self._gallery.position(record_id) for record_id in record_ids)
        return np.array(sorted(place for place in places if place is not None), np.int64)


def read_truth(world: Path) -> Truth:
    """Read the truth tables of a written world."""
    folder = world / "truth"
    rows = pq.read_table(folder / "probes.parquet").to_pylist()
    concerned = {record_id for row in rows for record_id in (row["record_id"], *row["mates"])}
    records = pq.read_table(folder / "records.parquet", columns=["record_id", "person", "told_name", "told_place"])
    told = {row["record_id"]: row for row in _about(records, concerned)}
    corruptions = pq.read_table(folder / "corruptions.parquet", columns=["record_id", "field", "cause"])
    causes = _causes(corruptions, concerned)
    swapped = corruptions.filter(pc.equal(corruptions["cause"], "sample_swap"))["record_id"].to_pylist()
    probes = [_probe(row, told, causes) for row in rows]
    persons = zip(records["record_id"].to_pylist(), records["person"].to_pylist(), strict=True)
    return Truth({probe.probe_id: probe for probe in probes}, dict(persons), frozenset(swapped))


def _about(table: pa.Table, record_ids: set[str]) -> list[dict[str, Any]]:
    """Rows about some records: a world's tables hold millions."""
    chosen: list[dict[str, Any]] = table.filter(
        pc.is_in(table["record_id"], pa.array(sorted(record_ids), pa.string()))
    ).to_pylist()
    return chosen


def _causes(corruptions: pa.Table, concerned: set[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for row in _about(corruptions, concerned):
        found.setdefault(row["record_id"], []).append(f"{row['field']} {row['cause']}")
    return found


def _probe(
    row: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]], causes: Mapping[str, Sequence[str]]
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
