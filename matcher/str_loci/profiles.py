"""Reading STR tables: rows of text to profiles, and a reject with a reason for whatever is not a genotype.

The long layout has one row per sample and locus: sample, locus, allele 1, allele 2, in Chinese or English headers. A
homozygote may be written once. Nothing is guessed: an unreadable locus is left out and named, a locus given twice
with different genotypes is left out for both, and the rest of the profile stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from matcher.errors import InputError
from matcher.str_loci.alleles import SILENT, format_genotype, genotype_of, parse_allele
from matcher.str_loci.loci import find_locus
from matcher.types import Genotype, Reject, StrProfile

Column = Literal["sample", "locus", "allele_1", "allele_2", "allele_3"]

HEADERS: Mapping[Column, tuple[str, ...]] = {
    "sample": ("sample", "sample name", "sample id", "sample_id", "样本", "样本编号", "样品编号", "样品名称",
               "样本名称", "检材编号", "编号", "血样编号", "dna编号"),
    "locus": ("locus", "marker", "基因座", "位点", "座位", "标记"),
    "allele_1": ("allele 1", "allele_1", "allele1", "等位基因1", "等位基因 1", "基因型1", "allele a"),
    "allele_2": ("allele 2", "allele_2", "allele2", "等位基因2", "等位基因 2", "基因型2", "allele b"),
    "allele_3": ("allele 3", "allele_3", "allele3", "等位基因3", "等位基因 3"),
}  # fmt: skip

_ABSENT = {"", "-", "--", "—", "/", "na", "n/a", "nan", "none", "null", "无", "未检出", "nr", "0"}
_LONGEST_SAMPLE_ID = 80


@dataclass(frozen=True, slots=True)
class _Cell:
    """One genotype as written, with where it stands."""

    row: int
    sample: str
    locus: str
    alleles: tuple[str, ...]


@dataclass(slots=True)
class _Sample:
    genotypes: dict[str, Genotype] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)


def read_profiles(rows: Iterable[Mapping[str, str]], *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    """Read a table in long layout.

    Parameters
    ----------
    rows : iterable of mapping
        Header to text, in file order; the header is row 1.
    source : str
        File name for messages.

    Returns
    -------
    profiles : list of StrProfile
        In order of first appearance; a sample none of whose loci could be read is left out and named in the rejects.
    rejects : list of Reject
        One per value that was not stored.

    Raises
    ------
    InputError
        When the table lacks one of the columns sample, locus and allele 1.
    """
    samples: dict[str, _Sample] = {}
    rejects: list[Reject] = []
    columns: dict[Column, str] | None = None
    for number, row in enumerate(rows, 2):
        if columns is None:
            columns = find_columns(row.keys(), source=source)
        cell = _cell(row, columns, number)
        if cell is not None:
            _store(cell, samples, rejects, source)
    profiles = [StrProfile(name, dict(sample.genotypes)) for name, sample in samples.items() if sample.genotypes]
    for name, sample in samples.items():
        if not sample.genotypes:
            rejects.append(
                Reject(source, None, None, name[:80], "empty_profile", "no locus of it can be used", record_lost=True)
            )
    return profiles, rejects


def find_columns(headers: Iterable[str], *, source: str) -> dict[Column, str]:
    """Match headers with what they mean.

    Raises
    ------
    InputError
        When sample, locus or allele 1 is missing.
    """
    found: dict[Column, str] = {}
    for header in headers:
        clean = unicodedata.normalize("NFKC", header or "").strip().lower()
        for column, spellings in HEADERS.items():
            if clean in spellings and column not in found:
                found[column] = header
    missing = [column for column in ("sample", "locus", "allele_1") if column not in found]
    if missing:
        raise InputError(
            f"{source}: no column for {', '.join(missing)}",
            remedy="use the headers sample, locus, allele 1, allele 2 (样本编号, 基因座, 等位基因1, 等位基因2)",
        )
    return found


def _cell(row: Mapping[str, str], columns: Mapping[Column, str], number: int) -> _Cell | None:
    """Pick the fields of one row; None for a blank row."""
    text = {
        column: unicodedata.normalize("NFKC", str(row.get(header) or "")).strip() for column, header in columns.items()
    }
    if not any(text.values()):
        return None
    alleles = tuple(
        value
        for column in ("allele_1", "allele_2", "allele_3")
        if (value := text.get(column, "")).lower() not in _ABSENT
    )
    return _Cell(number, text["sample"][:_LONGEST_SAMPLE_ID], text["locus"], alleles)


def _store(cell: _Cell, samples: dict[str, _Sample], rejects: list[Reject], source: str) -> None:
    genotype = _genotype(cell, source)
    if isinstance(genotype, Reject):
        rejects.append(genotype)
        if cell.sample:
            samples.setdefault(cell.sample, _Sample())
        return
    sample = samples.setdefault(cell.sample, _Sample())
    locus = find_locus(cell.locus)
    assert locus is not None
    earlier = sample.genotypes.get(locus.name)
    if locus.name in sample.contradicted or (earlier is not None and earlier != genotype):
        sample.genotypes.pop(locus.name, None)
        sample.contradicted.add(locus.name)
        shown = format_genotype(genotype)
        remedy = "the sample has another genotype at this locus in an earlier row; both were left out: check the typing"
        rejects.append(
            Reject(source, cell.row, cell.locus, shown, "contradicting_genotypes", remedy, record_lost=False)
        )
        return
    sample.genotypes[locus.name] = genotype


def _genotype(cell: _Cell, source: str) -> Genotype | Reject:
    """Read the alleles of one row, or say why they cannot be used."""

    def reject(reason: str, remedy: str, value: str | None = None) -> Reject:
        shown = "/".join(cell.alleles) if value is None else value
        return Reject(source, cell.row, cell.locus or None, shown[:80], reason, remedy, record_lost=False)

    if not cell.sample:
        return reject("no_sample", "every row needs the sample it belongs to")
    locus = find_locus(cell.locus)
    if locus is None:
        return reject("unknown_locus", "use the locus name of the kit, such as D3S1358 or Penta E", cell.locus)
    if locus.kind == "sex":
        return reject("sex_marker", "the sex marker tells sex, not kinship; give sex in the form")
    if locus.kind == "y":
        return reject("y_str", "Y-STR haplotypes are not compared here; autosomal loci are")
    if len(cell.alleles) > 2:
        return reject("more_than_two_alleles", "a mixture or a tri-allelic pattern: have the laboratory re-type it")
    if not cell.alleles:
        return reject("no_result", "the locus gave no result; it is treated as not typed")
    try:
        alleles = [parse_allele(text) for text in cell.alleles]
    except InputError as error:
        off_ladder = any(text.upper().startswith(("OL", "<", ">", "?")) for text in cell.alleles)
        return reject("off_ladder" if off_ladder else "bad_allele", error.remedy)
    if SILENT in alleles:
        return reject("bad_allele", "write the alleles that the laboratory reported")
    return genotype_of(alleles[0], alleles[-1])
