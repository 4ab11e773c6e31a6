"""The face channel: embeddings of one recogniser, compared through curves that know age and quality."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.engine.channel import Background, Column, Plan
from matcher.engine.columns import ColumnCodes, DenseColumn, Vocabulary, row_offsets
from matcher.engine.curves import Curve, CurveGrid
from matcher.engine.terms import Dense
from matcher.errors import ReferenceDataError, WorkspaceError
from matcher.face.ages import AGE_GROUPS, CHILD_BELOW_YEARS, age_bounds, photo_age_group
from matcher.face.calibration import FaceCurves, default_curves
from matcher.face.kin import curves_for
from matcher.face.mixtures import GRID
from matcher.face.strata import QUALITY_CLASSES, STRATA, quality_class, stratum_of
from matcher.face.words import describe_faces
from matcher.llr import Language
from matcher.schema import Evidence
from matcher.types import ChannelName, FacePhoto, Hypothesis, Part, Subject

COLUMN = "photo"

_ENCODING = 1


@dataclass(frozen=True, slots=True)
class FaceChannel:
    """Face evidence of one recogniser; photos embedded by another one are missing.

    Parameters
    ----------
    curves : FaceCurves
        Calibration of that recogniser.
    """

    curves: FaceCurves

    @property
    def name(self) -> ChannelName:
        """Name of the channel."""
        return "face"

    @property
    def version(self) -> str:
        """Changes with the recogniser, the rule that assigns strata and the subtracted means, not with the curves."""
        centring = self.curves.centring
        means = "" if centring is None else f":centred-{hashlib.sha256(centring.means.tobytes()).hexdigest()[:12]}"
        return f"{_ENCODING}:{self.curves.model_id}{means}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """One dense column."""
        return (Column(COLUMN, "dense", "Embedding of each photo; stratum = age group when taken x quality class"),)

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Take the embeddings of this recogniser; `vocabularies` is untouched, vectors have none."""
        del vocabularies
        photos = evidence.photos.filter(pc.equal(evidence.photos["model_id"], self.curves.model_id))
        rows = np.asarray(photos["row"].to_numpy(), np.int64)
        groups = _age_groups(evidence.records, photos)
        vectors = _vectors(photos, self.curves)
        if self.curves.centring is not None:
            vectors = self.curves.centring.apply(vectors, groups)
        quality = np.asarray(photos["quality"].cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        strata = (groups * QUALITY_CLASSES + quality_class(quality)).astype(np.uint8)
        return {COLUMN: DenseColumn(row_offsets(rows, len(evidence)), vectors, strata)}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> FaceCompiler:
        """Tabulate the curves; nothing depends on the gallery."""
        del vocabularies
        return FaceCompiler(self.curves, {})

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say how alike the faces are, across which ages, and what limits the comparison."""
        return describe_faces(
            (probe, self._own(probe)), (record, self._own(record)), sum(part.log10_lr for part in parts), language
        )

    def _own(self, subject: Subject) -> tuple[FacePhoto, ...]:
        return tuple(photo for photo in subject.photos if photo.model_id == self.curves.model_id)


@dataclass(frozen=True, slots=True)
class FaceCompiler:
    """Compiles probes; keeps each curve once it was asked for.

    Parameters
    ----------
    curves : FaceCurves
        Calibration.
    grids : dict
        Cache from hypothesis and probe stratum to the curves against all record strata.
    """

    curves: FaceCurves
    grids: dict[tuple[Hypothesis, int], tuple[CurveGrid, ...]]

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Compile the probe's photos of this recogniser, None when there is none."""
        photos = [photo for photo in probe.photos if photo.model_id == self.curves.model_id]
        if not photos:
            return None
        query = np.stack([np.asarray(photo.vector, np.float32) for photo in photos])
        if query.shape[1] != self.curves.dim:
            raise WorkspaceError(
                f"record '{probe.record_id}': embedding of length {query.shape[1]}, {self.curves.model_id} has "
                f"{self.curves.dim}",
                remedy="embed the photo again",
            )
        if self.curves.centring is not None:
            groups = np.array([AGE_GROUPS.index(photo_age_group(photo, probe)) for photo in photos], np.uint8)
            query = self.curves.centring.apply(query, groups)
        term = Dense(COLUMN, query, tuple(self._grids(hypothesis, _stratum(photo, probe)) for photo in photos))
        bounds = curves_for(self.curves, hypothesis)
        return Plan("face", (term,), bounds.floor, bounds.ceiling)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate cosines of different persons, each photo of the probe and each record stratum equally often.

        The mean LR over several photos is linear in their LRs, so it has mean 1 when each of them has.
        """
        curves_of = curves_for(self.curves, hypothesis)
        strata = [_stratum(photo, probe) for photo in probe.photos if photo.model_id == self.curves.model_id]
        curves = [curves_of.of_strata(probe_stratum, record) for probe_stratum in strata for record in range(STRATA)]
        if not curves:
            return ()
        probability = np.concatenate([curve.impostor for curve in curves]) / len(curves)
        return (Background(COLUMN, probability, np.concatenate([curve.log10_lr for curve in curves])),)

    def _grids(self, hypothesis: Hypothesis, probe_stratum: int) -> tuple[CurveGrid, ...]:
        known = self.grids.get((hypothesis, probe_stratum))
        if known is None:
            curves, knots = curves_for(self.curves, hypothesis), tuple(GRID.tolist())
            known = tuple(
                CurveGrid.of(Curve(knots, tuple(curves.of_strata(probe_stratum, record).log10_lr.tolist())))
                for record in range(STRATA)
            )
            self.grids[hypothesis, probe_stratum] = known
        return known


def face_channel(curves: FaceCurves | None = None, model_id: str | None = None) -> FaceChannel:
    """Make the channel for one recogniser.

    Parameters
    ----------
    curves : FaceCurves or None
        Calibration; None = the published curves of the default recogniser.
    model_id : str or None
        Recogniser of the photos to compare; None = the one the curves were made for.

    Raises
    ------
    ReferenceDataError
        When the curves were made for another recogniser: a cosine means something else there.
    """
    chosen = default_curves() if curves is None else curves
    if model_id is not None and chosen.model_id != model_id:
        raise ReferenceDataError(
            f"face curves are for '{chosen.model_id}', photos were embedded by '{model_id}'",
            remedy="fit curves for this model with `matcher face calibrate`",
        )
    return FaceChannel(chosen)


def _stratum(photo: FacePhoto, subject: Subject) -> int:
    return stratum_of(photo_age_group(photo, subject), photo.quality)


def _vectors(photos: pa.Table, curves: FaceCurves) -> NDArray[np.float32]:
    flat = np.frombuffer(b"".join(photos["vector"].to_pylist()), "<f4")
    if flat.size != photos.num_rows * curves.dim:
        raise WorkspaceError(
            f"embeddings of '{curves.model_id}' hold {flat.size} numbers in {photos.num_rows} photos, "
            f"expected {curves.dim} each",
            remedy="embed the photos again",
        )
    return flat.reshape(photos.num_rows, curves.dim)


def _age_groups(records: pa.Table, photos: pa.Table) -> NDArray[np.uint8]:
    """Return the code in `AGE_GROUPS` of each photo, as `photo_age_group` decides it, for all at once."""
    rows = photos["row"].to_numpy()
    owner = records.select(["birth_earliest", "birth_latest", "birth_estimated", "kind"]).take(photos["row"])
    event = records.select(["event_earliest", "event_latest"]).take(photos["row"])
    undated = photos["taken_earliest"].is_null().to_numpy()
    missing_report = pc.equal(owner["kind"], "missing").to_numpy()
    first = np.where(undated, days(event["event_earliest"]), days(photos["taken_earliest"]))
    first = np.where(undated & missing_report & ~np.isnan(first), -np.inf, first)
    last = np.where(undated, days(event["event_latest"]), days(photos["taken_latest"]))
    youngest, oldest = age_bounds(
        (first, last),
        (days(owner["birth_earliest"]), days(owner["birth_latest"])),
        estimated=owner["birth_estimated"].to_numpy(),
    )
    proven = np.where(oldest < CHILD_BELOW_YEARS, 1, np.where(youngest >= CHILD_BELOW_YEARS, 2, 0))
    declared = np.array([AGE_GROUPS.index(group) for group in photos["declared_age_group"].to_pylist()], np.uint8)
    return np.where(declared > 0, declared, proven).astype(np.uint8).reshape(rows.shape)


def days(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Read a nullable day column as float64, shape (n,), with NaN for null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
