"""Arrow tables at the border between the workspace and the channels; each column defined once.

`Evidence` is a bundle of these tables for any number of records. A gallery, a partition of it and a single
probe have the same form, so encoding never needs a second path.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import pyarrow as pa

from matcher.errors import WorkspaceError


def _column(name: str, kind: pa.DataType, doc: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"doc": doc})


def _row() -> pa.Field:
    return _column("row", pa.int64(), "Position of the record in `records`", nullable=False)


RECORDS = pa.schema(
    [
        _column("record_id", pa.string(), "Case number, unique", nullable=False),
        _column("seq", pa.int64(), "Workspace sequence number of the last change", nullable=False),
        _column("kind", pa.string(), "intake | rescue | missing", nullable=False),
        _column("station", pa.string(), "Station or reporting body; null = not recorded"),
        _column("sex", pa.string(), "male | female; null = not recorded"),
        _column("birth_earliest", pa.int32(), "Days since 1970-01-01; null = unknown"),
        _column("birth_latest", pa.int32(), "Days since 1970-01-01, included; null = unknown"),
        _column("birth_estimated", pa.bool_(), "Interval comes from a guessed age", nullable=False),
        _column("event_earliest", pa.int32(), "Day rescued or gone missing, days since 1970-01-01; null = unknown"),
        _column("event_latest", pa.int32(), "As event_earliest, last possible day; null = unknown"),
        _column("height_cm", pa.int16(), "Centimetres; null = unknown"),
        _column("accent", pa.string(), "口音 as written; null = not recorded"),
    ]
)

NAMES = pa.schema(
    [
        _row(),
        _column("text", pa.string(), "As written, placeholders removed", nullable=False),
        _column(
            "kind",
            pa.string(),
            "told | registered | former | alias | nickname; of a relative: father | mother | sibling | child | spouse",
            nullable=False,
        ),
        _column("sound_only", pa.bool_(), "Marked (音)", nullable=False),
        _column("credence", pa.float32(), "Probability in (0, 1]; null = not judged"),
    ]
)

PLACES = pa.schema(
    [
        _row(),
        _column("text", pa.string(), "As written", nullable=False),
        _column("role", pa.string(), "home | household | accent | lost | found", nullable=False),
        _column("credence", pa.float32(), "Probability in (0, 1]; null = not judged"),
    ]
)

PHOTOS = pa.schema(
    [
        _row(),
        _column("photo_id", pa.string(), "Random id", nullable=False),
        _column("model_id", pa.string(), "Recogniser", nullable=False),
        _column("vector", pa.binary(), "Little-endian float32, L2-normalised", nullable=False),
        _column("quality", pa.float32(), "Detector confidence in [0, 1]; null = not measured"),
        _column("taken_earliest", pa.int32(), "Days since 1970-01-01; null = unknown"),
        _column("taken_latest", pa.int32(), "Days since 1970-01-01; null = unknown"),
        _column("declared_age_group", pa.string(), "unknown | child | adult", nullable=False),
    ]
)

MEMBERS = pa.schema(
    [
        _row(),
        _column("member", pa.string(), "Name in the pedigree; `subject` is the record's own", nullable=False),
        _column("father", pa.string(), "Member name; null = founder"),
        _column("mother", pa.string(), "Member name; null = founder"),
        _column("sex", pa.string(), "male | female; null = unknown"),
        _column("sample_id", pa.string(), "Laboratory sample; null = untyped"),
    ]
)

GENOTYPES = pa.schema(
    [
        _row(),
        _column(
            "member",
            pa.string(),
            "Member of the record's pedigree; `subject` for its own profile",
            nullable=False,
        ),
        _column("locus", pa.string(), "Canonical locus name", nullable=False),
        _column("allele_1", pa.int16(), "Tenths of a repeat, the smaller", nullable=False),
        _column("allele_2", pa.int16(), "Tenths of a repeat, the larger", nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of N records as Arrow tables that share the record position `row`.

    Parameters
    ----------
    records : pyarrow.Table
        `RECORDS`, N rows; `row` in the other tables counts from 0 here.
    names, places, photos, members, genotypes : pyarrow.Table
        Child tables, sorted by `row`; a record may have none, one or many rows in each.

    Raises
    ------
    WorkspaceError
        When a table does not have its schema.
    """

    records: pa.Table
    names: pa.Table
    places: pa.Table
    photos: pa.Table
    members: pa.Table
    genotypes: pa.Table

    def __post_init__(self) -> None:
        """Check every table against its schema."""
        for item in fields(self):
            expected = EVIDENCE_SCHEMAS[item.name]
            found = getattr(self, item.name).schema
            if not found.equals(expected):
                raise WorkspaceError(
                    f"evidence table '{item.name}' has columns {found.names}, expected {expected.names}",
                    remedy="this is a defect; please report it",
                )

    def __len__(self) -> int:
        """Count the records."""
        return int(self.records.num_rows)


EVIDENCE_SCHEMAS: dict[str, pa.Schema] = {
    "records": RECORDS,
    "names": NAMES,
    "places": PLACES,
    "photos": PHOTOS,
    "members": MEMBERS,
    "genotypes": GENOTYPES,
}
