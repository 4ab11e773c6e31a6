"""Profiles from typed cells: every cell becomes a genotype or a reject with its reason.

Nothing is guessed: an unreadable locus is left out and named, a locus given twice with different genotypes is left out
for both, and the rest of the profile stays. The layouts of laboratories' tables are in `layouts`, CODIS files in
`codis`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.errors import InputError
from matcher.outputs import harmless
from matcher.str_loci.alleles import SILENT, format_allele, format_genotype, genotype_of, parse_allele
from matcher.str_loci.layouts import Cell, cells_of_table
from matcher.str_loci.loci import find_locus
from matcher.types import Genotype, Reject, StrProfile

MIXTURE_LOCI = 2
"""Loci with three or more alleles at which a sample is taken for a mixture; a single one may be a tri-allelic pattern.
Source: SWGDAM Interpretation Guidelines (2010), section 3.5."""


@dataclass(slots=True)
class _Sample:
    genotypes: dict[str, Genotype] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)
    crowded: set[str] = field(default_factory=set)


def read_profiles(rows: Iterable[Mapping[str, str]], *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    """Read a table: long (one row a sample and locus, or a row an allele), GeneMapper, or wide (one row a sample).

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
        When the table has no sample column or no column that can hold alleles.
    """
    return collect(cells_of_table(rows, source=source), source=source)


def collect(cells: Iterable[Cell], *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    """Turn cells into profiles and rejects; see `read_profiles`."""
    samples: dict[str, _Sample] = {}
    rejects: list[Reject] = []
    for cell in cells:
        _store(cell, samples, rejects, source)
    for name in _mixtures(samples):
        samples[name].genotypes.clear()
        remedy = f"{MIXTURE_LOCI} or more loci show more than two alleles: have the laboratory separate and re-type it"
        rejects.append(Reject(source, None, None, name[:80], "mixture", remedy, record_lost=True))
    profiles = [StrProfile(name, dict(sample.genotypes)) for name, sample in samples.items() if sample.genotypes]
    for name, sample in samples.items():
        if not sample.genotypes and len(sample.crowded) < MIXTURE_LOCI:
            remedy = "no locus of it can be used"
            rejects.append(Reject(source, None, None, name[:80], "empty_profile", remedy, record_lost=True))
    return profiles, rejects


def write_table(profiles: Iterable[StrProfile]) -> str:
    """Write profiles as a long CSV table that `read_profiles` reads back.

    A sample id that a spreadsheet would take for a formula is written with an apostrophe in front.

    >>> print(write_table([StrProfile("S1", {"TH01": (60, 93)})]).strip())
    sample,locus,allele 1,allele 2
    S1,TH01,6,9.3
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["sample", "locus", "allele 1", "allele 2"])
    for profile in profiles:
        for locus, pair in sorted(profile.genotypes.items()):
            writer.writerow([harmless(profile.sample_id), locus, *map(format_allele, pair)])
    return target.getvalue()


def _mixtures(samples: Mapping[str, _Sample]) -> list[str]:
    """Name the samples with too many loci of more than two alleles."""
    return [name for name, sample in samples.items() if len(sample.crowded) >= MIXTURE_LOCI]


def _store(cell: Cell, samples: dict[str, _Sample], rejects: list[Reject], source: str) -> None:
    genotype = _genotype(cell, source)
    if isinstance(genotype, Reject):
        rejects.append(genotype)
        if cell.sample:
            sample = samples.setdefault(cell.sample, _Sample())
            sample.crowded |= {cell.locus} if genotype.reason == "more_than_two_alleles" else set()
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


def _genotype(cell: Cell, source: str) -> Genotype | Reject:
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
