"""The faces of a workspace's records as material for fitting: by confirmed person, and of reports with a birth date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.engine.columns import DenseColumn
from matcher.face.calibration import FaceCurves
from matcher.face.channel import COLUMN, FaceChannel, days
from matcher.face.faceset import FaceSet
from matcher.face.strangers import DatedFaces
from matcher.schema import Evidence

Int64 = NDArray[np.int64]


def confirmed_faces(evidence: Evidence, same_person: Iterable[tuple[str, str]], curves: FaceCurves) -> FaceSet:
    """Lay out the photos of records by person: records joined by confirmed pairs are one person, all others their own.

    Parameters
    ----------
    evidence : Evidence
        Records with their photos.
    same_person : iterable of (str, str)
        Case numbers of confirmed pairs; records that are not at hand join others all the same.
    curves : FaceCurves
        Names the recogniser; vectors are returned as stored, not centred.
    """
    vectors, strata, owner = _faces(evidence, replace(curves, centring=None))
    return FaceSet(vectors, _persons(evidence.records["record_id"].to_pylist(), same_person)[owner], strata)


def reported_faces(evidence: Evidence, same_person: Iterable[tuple[str, str]], curves: FaceCurves) -> DatedFaces:
    """Lay out the photos of missing-person reports that tell sex and birth, for counting strangers.

    Of the reports that confirmed pairs join to one person, one takes part. Parameters as for `confirmed_faces`, but
    vectors are returned as the curves compare them, centred where they do.
    """
    records = evidence.records
    born = np.stack([days(records["birth_earliest"]), days(records["birth_latest"])], axis=1)
    sex = records["sex"].to_numpy()
    told = pc.equal(records["kind"], "missing").to_numpy() & ~records["birth_estimated"].to_numpy()
    told &= ~np.isnan(born).any(axis=1) & ((sex == "male") | (sex == "female"))
    reports = np.flatnonzero(told)
    persons = _persons(records["record_id"].to_pylist(), same_person)
    chosen = np.zeros(len(evidence), np.bool_)
    chosen[reports[np.unique(persons[reports], return_index=True)[1]]] = True
    vectors, strata, owner = _faces(evidence, curves)
    own = chosen[owner]
    owner = owner[own]
    return DatedFaces(vectors[own], strata[own], sex[owner] == "male", born[owner], _surnames(evidence)[owner])


def _surnames(evidence: Evidence) -> NDArray[np.str_]:
    """Return the first character of the first registered name of each record, shape (n,), empty where there is none."""
    names = evidence.names.filter(pc.equal(evidence.names["kind"], "registered"))
    surnames = np.zeros(len(evidence), "U1")
    rows, first = np.unique(names["row"].to_numpy(), return_index=True)
    surnames[rows] = np.array(pc.utf8_slice_codeunits(names["text"], 0, 1).to_pylist(), "U1")[first]
    return surnames


def _faces(evidence: Evidence, curves: FaceCurves) -> tuple[NDArray[np.float32], NDArray[np.uint8], Int64]:
    """Return vectors, strata and the row of the record of each photo of the curves' recogniser."""
    column = FaceChannel(curves).encode(evidence, {})[COLUMN]
    assert isinstance(column, DenseColumn)
    assert isinstance(column.vectors, np.ndarray)
    return column.vectors, column.strata, np.repeat(np.arange(len(evidence)), np.diff(column.offsets))


def _persons(record_ids: Sequence[str], same_person: Iterable[tuple[str, str]]) -> Int64:
    """Number the persons behind records, shape (n,): the first row of each."""
    place = {record_id: row for row, record_id in enumerate(record_ids)}
    person = list(range(len(record_ids)))

    def root(record_id: str) -> int:
        row = place.setdefault(record_id, len(person))
        if row == len(person):
            person.append(row)
        while person[row] != row:
            person[row] = person[person[row]]
            row = person[row]
        return row

    for first, second in same_person:
        one, other = sorted((root(first), root(second)))
        person[other] = one
    return np.array([root(record_id) for record_id in record_ids], np.int64)
