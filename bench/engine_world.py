"""A synthetic gallery straight in codes, and probes straight in tables: what the engine sees, without any channel.

Shapes follow a national register of rescue records: one record in ten has DNA, names and places come in 0 to 3 codes
from large vocabularies, a record has 1.05 photographs on average. Nothing here says anything about accuracy: tables and
vectors are drawn so that a probe's mate stands out as an identified person would, and the rest as strangers do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.engine.channel import Plan
from matcher.engine.columns import ColumnCodes, DenseColumn, ManyColumn, SingleColumn, Vocabulary
from matcher.engine.combination import Combination, Tie
from matcher.engine.curves import Curve, CurveGrid
from matcher.engine.gallery import Gallery
from matcher.engine.shortlist import ScanProbe
from matcher.engine.terms import AnyOf, Dense, Lookup, Term
from matcher.engine.vectors import PackedVectors, pack
from matcher.types import ChannelName

Form = Literal["packed", "float32"]

LOCI = 24
GENOTYPES = 150
STRATA = 12
DNA_SHARE = 0.1
VALUES_A_RECORD = (0.25, 0.5, 0.15, 0.1)
"""Shares of records with 0, 1, 2, 3 names (or places); 1.1 on average."""

PHOTOS_A_RECORD = (0.35, 0.35, 0.2, 0.1)
"""Shares of records with 0, 1, 2, 3 photographs; 1.05 on average."""

DEMOGRAPHICS = {"sex": 2, "birth": 230, "height": 150, "event": 20_000}
BASE_TABLES = 8
"""Distinct tables that probes' tables are made from; drawing half a million numbers for each would take longer than
the scan."""

_REPEATED = 1 << 20
"""Vectors drawn; a larger gallery repeats them, which costs the scan as much and memory less."""


COMBINATION = Combination({"name": 0.9, "place": 0.8}, (Tie("name", "place", 0.3), Tie("face", "dna", 0.1)))
"""Every kind of work that fusion can ask of the scan; its numbers do not matter here."""


@dataclass(frozen=True, slots=True)
class World:
    """A gallery, and what is needed to draw probes.

    Parameters
    ----------
    gallery : Gallery
        N encoded records.
    vocabularies : dict of str to int
        Codes of each column, the missing code included.
    curves : tuple of tuple of CurveGrid
        Curves of each probe stratum against each record stratum.
    """

    gallery: Gallery
    vocabularies: dict[str, int]
    curves: tuple[tuple[CurveGrid, ...], ...]


def world(records: int, *, length: int = 128, seed: int = 1, form: Form = "packed") -> World:
    """Draw a gallery.

    Parameters
    ----------
    records : int
        N.
    length : int
        Components of a face vector.
    seed : int
        Of everything.
    form : {"packed", "float32"}
        How the face vectors are held.
    """
    rng = np.random.default_rng(seed)
    vocabularies = {name: _vocabulary(records, size) for name, size in (("name", 600_000), ("place", 100_000))}
    codes: dict[ChannelName, dict[str, ColumnCodes]] = {
        "face": {"photo": _photos(rng, records, length, form)},
        "name": {"name": _many(rng, records, vocabularies["name"])},
        "place": {"place": _many(rng, records, vocabularies["place"])},
        "dna": _dna(rng, records),
        "demographics": {},
    }
    for column, values in DEMOGRAPHICS.items():
        missing = rng.random(records) < 0.1
        drawn = rng.integers(1, values + 1, records, dtype=np.uint32)
        codes["demographics"][column] = SingleColumn(np.where(missing, np.uint32(0), drawn))
        vocabularies[column] = values + 1
    ids = np.char.add("R", np.char.zfill(np.arange(records).astype(np.str_), 9))
    return World(Gallery(ids, codes), vocabularies, _curves(rng))


def probes(drawn: World, count: int, *, seed: int = 2, photos: int = 1) -> Iterator[ScanProbe]:
    """Draw probes, each with every kind of evidence and a mate in the gallery that it does not exclude.

    Parameters
    ----------
    drawn : World
        The gallery.
    count : int
        Number of probes.
    seed : int
        Of the probes.
    photos : int
        Photographs of each probe.
    """
    rng = np.random.default_rng(seed)
    bases = {
        column: [_strangers(rng, drawn.vocabularies[column]) for _ in range(BASE_TABLES)]
        for column in ("name", "place", *DEMOGRAPHICS)
    }
    for number in range(count):
        mate = int(rng.integers(len(drawn.gallery)))
        plans = [_face(rng, drawn, mate, photos), _dna_plan(rng, drawn, mate)]
        for channel, floor, ceiling in (("name", -2.0, 5.0), ("place", -1.5, 4.0)):
            table = bases[channel][number % BASE_TABLES].copy()
            column = drawn.gallery.codes[channel][channel]  # type: ignore[index]  # both are channel names
            table[_codes_of(column, mate)] = ceiling - 0.5
            plans.append(Plan(channel, (AnyOf(channel, table),), floor, ceiling))  # type: ignore[arg-type]
        terms = tuple(Lookup(column, bases[column][number % BASE_TABLES] / 3) for column in DEMOGRAPHICS)
        plans.append(Plan("demographics", terms, -4.0, 2.5))
        yield ScanProbe(plans, combination=COMBINATION)


def vocabularies(drawn: World) -> dict[ChannelName, dict[str, Vocabulary]]:
    """Invent values as long as real ones are: names of two or three characters, places of eight, genotypes of five."""
    lengths = {"name": 3, "place": 8}
    found: dict[ChannelName, dict[str, Vocabulary]] = {"face": {}}
    for channel, columns in drawn.gallery.codes.items():
        if channel != "face":
            found[channel] = {
                column: Vocabulary(
                    ["", *_values(lengths.get(column, 5), drawn.vocabularies.get(column, GENOTYPES + 1))]
                )
                for column in columns
            }
    return found


def _values(length: int, size: int) -> list[str]:
    """Write numbers in Han digits, base 1000."""
    digits = [chr(0x4E00 + number) for number in range(1000)]
    return ["".join(digits[code // 1000**place % 1000] for place in range(length)) for code in range(1, size)]


def _photos(rng: np.random.Generator, records: int, length: int, form: Form) -> DenseColumn:
    counts = rng.choice(4, records, p=PHOTOS_A_RECORD)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    total = int(offsets[-1])
    strata = rng.integers(0, STRATA, total).astype(np.uint8)
    vectors = rng.standard_normal((min(total, _REPEATED), length), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if form == "float32":
        return DenseColumn(offsets, np.resize(vectors, (total, length)), strata)
    packed = pack(vectors)
    if total <= _REPEATED:
        return DenseColumn(offsets, packed, strata)
    # The fine plane is repeated without copies: the scan never reads it.
    fine = np.broadcast_to(np.int16(0), (total, length))
    coarse = np.resize(packed.coarse, (total, length))
    scales, errors = np.resize(packed.scales, total), np.resize(packed.errors, total)
    return DenseColumn(offsets, PackedVectors(coarse, fine, scales, errors), strata)


def _vocabulary(records: int, per_million: int) -> int:
    """Let distinct values grow more slowly than records beyond a million, as the distinct names of a language do."""
    millions = records / 1e6
    return max(50, int(per_million * (millions if millions < 1.0 else millions**0.6)))


def _many(rng: np.random.Generator, records: int, vocabulary: int) -> ManyColumn:
    counts = rng.choice(4, records, p=VALUES_A_RECORD)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ManyColumn(offsets, rng.integers(1, vocabulary, int(offsets[-1]), dtype=np.uint32))


def _dna(rng: np.random.Generator, records: int) -> dict[str, ColumnCodes]:
    typed = rng.random(records) < DNA_SHARE
    columns: dict[str, ColumnCodes] = {}
    for locus in range(LOCI):
        codes = np.zeros(records, np.uint8)
        codes[typed] = rng.integers(1, GENOTYPES + 1, int(typed.sum()), dtype=np.uint8)
        columns[f"L{locus:02d}"] = SingleColumn(codes)
    return columns


def _curves(rng: np.random.Generator) -> tuple[tuple[CurveGrid, ...], ...]:
    """Draw curves that rise from -1.5 to 4 around a cosine of 0.35, as calibrated ones do."""
    knots = np.linspace(-1.0, 1.0, 201)

    def curve() -> CurveGrid:
        middle, slope = rng.normal(0.35, 0.03), rng.uniform(9.0, 14.0)
        values = -1.5 + 5.5 / (1.0 + np.exp(-slope * (knots - middle)))
        return CurveGrid.of(Curve(tuple(knots.tolist()), tuple(values.tolist())))

    return tuple(tuple(curve() for _ in range(STRATA)) for _ in range(STRATA))


def _strangers(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    table = rng.normal(-0.8, 0.3, size)
    similar = rng.random(size) < 0.002
    table[similar] = rng.uniform(0.5, 3.0, int(similar.sum()))
    table[0] = 0.0
    return table


def _face(rng: np.random.Generator, drawn: World, mate: int, photos: int) -> Plan:
    column = drawn.gallery.codes["face"]["photo"]
    assert isinstance(column, DenseColumn)
    own = column.vectors[column.offsets[mate] : column.offsets[mate + 1]]
    length = column.vectors.shape[1]
    query = rng.standard_normal((photos, length)) / np.sqrt(length)
    if own.shape[0]:
        cosine = rng.normal(0.52, 0.09, (photos, 1))
        query = cosine * own[:1] + np.sqrt(1.0 - cosine**2) * query
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    curves = tuple(drawn.curves[int(stratum)] for stratum in rng.integers(0, STRATA, photos))
    return Plan("face", (Dense("photo", query.astype(np.float32), curves),), -1.5, 4.0)


def _dna_plan(rng: np.random.Generator, drawn: World, mate: int) -> Plan:
    terms: list[Term] = []
    for locus, column in drawn.gallery.codes["dna"].items():
        table = rng.normal(-2.5, 0.5, GENOTYPES + 1)
        table[_codes_of(column, mate)] = 1.2
        table[0] = 0.0
        terms.append(Lookup(locus, table))
    return Plan("dna", tuple(terms), -2.0, 9.0)


def _codes_of(column: ColumnCodes, row: int) -> NDArray[np.int64]:
    if isinstance(column, ManyColumn):
        return column.codes[column.offsets[row] : column.offsets[row + 1]].astype(np.int64)
    assert isinstance(column, SingleColumn)
    code = int(column.codes[row])
    return np.array([code] if code else [], np.int64)
