"""Cases in the exchange form of `matcher dna lr`: frequency tables, two pedigrees, typings, mutation and theta.

The form is plain JSON: `freq_tables` {name: {alleles, freqs}} and `cases` [{id, theta, pedigrees {H1, H2}: rows of
[id, father|null, mother|null, sex], loci [{locus, freq_table, mutation, genotypes {id: [a, b] | null}}]}]. A locus with
`"chromosome": "X"` needs everybody's sex; a man has one allele there. The order of persons, loci and alleles does not
matter, fields of other names are left unread, an absent or null genotype is "not typed".

Further lists of the same document: `x_cases` (one X-chromosomal locus, one pedigree against everybody unrelated) here,
and the tables of `reference_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, get_args

from matcher.errors import InputError
from matcher.str_loci.alleles import SILENT, genotype_of, parse_allele
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.likelihood import LocusEvidence, LocusRatio, PedigreeRatio, locus_ratio
from matcher.str_loci.locus_model import LocusModel, locus_model
from matcher.str_loci.mutation import MutationKind, MutationModel, SexRates
from matcher.str_loci.pedigree import FounderConvention, Pedigree
from matcher.str_loci.x_chromosome import x_likelihood
from matcher.types import Genotype, Sex

REMEDY = "see `matcher dna lr --help` for the form"
SUM_TOLERANCE = 0.01
"""Frequencies of a table may miss 1 by rounding, not by an allele; they are normalised."""

Chromosome = Literal["autosome", "X"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One explanation: the pedigree, and the sexes that it states."""

    pedigree: Pedigree
    sexes: Mapping[str, Sex]


@dataclass(frozen=True, slots=True)
class Case:
    """One forensic question.

    Parameters
    ----------
    case_id : str
        Name of the case.
    h1, h2 : Hypothesis
        The hypotheses.
    loci : tuple of (Chromosome, LocusEvidence)
        Typings.
    theta : float
        Coancestry.
    """

    case_id: str
    h1: Hypothesis
    h2: Hypothesis
    loci: tuple[tuple[Chromosome, LocusEvidence], ...]
    theta: float

    def solve(self, founders: FounderConvention) -> PedigreeRatio:
        """Compute the LR of H1 against H2."""
        ratios = []
        for chromosome, item in self.loci:
            if chromosome == "X":
                ratios.append(self._x_ratio(item, founders))
            else:
                sides = self.h1.pedigree, self.h2.pedigree
                ratios.append(locus_ratio(*sides, item, theta=self.theta, founders=founders))
        return PedigreeRatio(tuple(ratios), "explicit" if self.theta > 0.0 else founders)

    def _x_ratio(self, item: LocusEvidence, founders: FounderConvention) -> LocusRatio:
        if self.theta > 0.0:
            raise InputError(f"{item.locus}: theta is not known for the X chromosome", remedy="set theta to 0")
        ones, twos = (
            x_likelihood(side.pedigree, item.model, item.genotypes, side.sexes, founders=founders)
            for side in (self.h1, self.h2)
        )
        return LocusRatio(item.locus, ones, twos)


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads cases of one document; models of equal tables are built once.

    Parameters
    ----------
    tables : JsonField or None
        The document's `freq_tables`.
    """

    tables: JsonField | None
    _models: dict[tuple[str, MutationModel], LocusModel] = field(default_factory=dict, repr=False)

    def case(self, row: JsonField) -> Case:
        """Read one entry of `cases`."""
        sides = row["pedigrees"]
        h1, h2 = (sides[side].located(partial(hypothesis, sides[side])) for side in ("H1", "H2"))
        theta = row.optional("theta")
        value = theta.number() if theta else 0.0
        if not 0.0 <= value < 1.0:
            raise row["theta"].error("is outside [0, 1)", "usual values are 0 to 0.03")
        people = {*h1.pedigree.names, *h2.pedigree.names}
        loci = tuple(self._locus(item, people) for item in row["loci"].rows())
        return Case(row["id"].text(), h1, h2, loci, value)

    def x_case(self, row: JsonField) -> Case:
        """Read one entry of `x_cases`; H2 is that all typed persons are unrelated."""
        h1 = row["pedigree"].located(partial(hypothesis, row["pedigree"]))
        typed = genotypes_of(row["typed"], set(h1.pedigree.names))
        apart = Pedigree.of((name, None, None) for name in sorted(typed))
        evidence = LocusEvidence("X", model_of(row, row.optional("mutation")), typed)
        return Case(row["id"].text(), h1, Hypothesis(apart, h1.sexes), (("X", evidence),), 0.0)

    def _locus(self, item: JsonField, people: set[str]) -> tuple[Chromosome, LocusEvidence]:
        chromosome = item.optional("chromosome")
        model = self.model(item["freq_table"], item.optional("mutation"))
        genotypes = genotypes_of(item["genotypes"], people)
        known = set(model.alleles)
        for person, genotype in genotypes.items():
            if not known.issuperset(genotype):
                raise item["genotypes"][person].error(
                    f"has an allele that {item['freq_table'].text()} lacks", "add it to the frequency table"
                )
        kind: Chromosome = "X" if chromosome and chromosome.text().upper() == "X" else "autosome"
        return kind, LocusEvidence(item["locus"].text(), model, genotypes)

    def model(self, name: JsonField, mutation: JsonField | None) -> LocusModel:
        """Return the model of a named table under a mutation model."""
        tables = self.tables.members() if self.tables else {}
        if name.text() not in tables:
            raise name.error("is not in 'freq_tables'", f"tables there: {', '.join(sorted(tables)[:8])}")
        key = name.text(), mutation_of(mutation)
        if key not in self._models:
            self._models[key] = model_of(tables[name.text()], mutation)
        return self._models[key]


def read_cases(text: str, *, source: str) -> Iterator[Case]:
    """Read all `cases` of a JSON document; see `reference_answers.answers` for one that goes on after an error.

    Raises
    ------
    InputError
        For text that is not JSON or a case that lacks something; the message names the case and the field.
    """
    document = JsonField.of_text(text, source=source, remedy="give a JSON file with 'freq_tables' and 'cases'")
    reader = CaseReader(document.optional("freq_tables"))
    for row in document["cases"].rows():
        yield reader.case(named(row, source))


def named(row: JsonField, source: str) -> JsonField:
    """Let errors of one case begin with its id, where it has one."""
    found = row.value.get("id") if isinstance(row.value, dict) else None
    return JsonField(row.value, f"{source}: case '{found}'") if isinstance(found, str | int) else row


def hypothesis(rows: JsonField) -> Hypothesis:
    """Read a pedigree of rows [id, father|null, mother|null, sex]; sex 1 or male, 2 or female, else unknown.

    Raises
    ------
    InputError
        When a father is a woman or a mother a man, and as `Pedigree.of`.
    """
    people: list[tuple[str, str | None, str | None]] = []
    sexes: dict[str, Sex] = {}
    for row in rows.rows():
        cells = row.rows()
        if len(cells) < 3:
            raise row.error("has too few fields", "give [id, father, mother, sex], null for a parent not in it")
        name = cells[0].text()
        father, mother = (None if cell.value is None else cell.text() for cell in cells[1:3])
        people.append((name, father, mother))
        if len(cells) > 3 and (sex := SEXES.get(str(cells[3].value).lower())):
            sexes[name] = sex
    pedigree = Pedigree.of(people)
    for name, father, mother in people:
        for parent, wrong in ((father, "female"), (mother, "male")):
            if parent is not None and sexes.get(parent) == wrong:
                raise InputError(
                    f"parent '{parent}' of '{name}' is {wrong}", remedy="rows are [id, father, mother, sex]"
                )
    return Hypothesis(pedigree, sexes)


SEXES: Mapping[str, Sex] = {"1": "male", "male": "male", "m": "male", "2": "female", "female": "female", "f": "female"}


def genotypes_of(field_: JsonField, people: set[str]) -> dict[str, Genotype]:
    """Read {person: [a, b] or "a/b" or null}; one allele of a man's X is written alone."""
    found = {}
    for person, pair in field_.members().items():
        if pair.value is None:
            continue
        if person not in people:
            raise pair.error("belongs to nobody in the pedigrees", f"give '{person}' a row in H1 or H2")
        texts = pair.value.split("/") if isinstance(pair.value, str) else [cell.text() for cell in pair.rows()]
        if not 1 <= len(texts) <= 2:
            raise pair.error(f"has {len(texts)} alleles", "give two alleles such as ['12', '13'], or null")
        alleles = pair.located(partial(_alleles, texts))
        found[person] = genotype_of(alleles[0], alleles[-1])
    return found


def _alleles(texts: Sequence[str]) -> list[int]:
    return [parse_allele(text) for text in texts]


def model_of(table: JsonField, mutation: JsonField | None) -> LocusModel:
    """Build a locus model from a frequency table {alleles, freqs} and a mutation object {model, rate, ...}."""
    alleles = [cell.read(parse_allele) for cell in table["alleles"].rows()]
    frequencies = [cell.number() for cell in table["freqs"].rows()]
    if len(alleles) != len(frequencies) or not alleles:
        raise table["freqs"].error(f"holds {len(frequencies)} for {len(alleles)} alleles", "give one frequency each")
    if abs(sum(frequencies) - 1.0) > SUM_TOLERANCE:
        raise table["freqs"].error(f"sums to {sum(frequencies):.4f}, not 1", "check for missing alleles")
    pairs = sorted(zip(alleles, frequencies, strict=True), key=lambda pair: (pair[0] == SILENT, pair))
    return table.located(lambda: locus_model((a for a, _ in pairs), (p for _, p in pairs), mutation_of(mutation)))


def mutation_of(fields: JsonField | None) -> MutationModel:
    """Build a mutation model from {model, rate, range, rate2, transform}; parameters are numbers or {male, female}.

    Raises
    ------
    InputError
        For an unknown model name or transformation.
    """
    if fields is None:
        return MutationModel()
    name, transform = (fields.optional(key) for key in ("model", "transform"))
    kind = next((kind for kind in get_args(MutationKind) if kind == (name.text() if name else "none")), None)
    if kind is None:
        raise fields["model"].error("is no mutation model", f"use one of {', '.join(get_args(MutationKind))}")
    if transform is not None and transform.value != "PM":
        raise transform.error("is no transformation known here", "use PM, or none")
    rate, step, rate2 = (
        SexRates(default, default) if (cell := fields.optional(key)) is None else _rates(cell)
        for key, default in (("rate", 0.0), ("range", 0.1), ("rate2", 0.0))
    )
    return MutationModel(kind, rate, step, rate2, stationary=transform is not None)


def _rates(cell: JsonField) -> SexRates:
    if isinstance(cell.value, dict):
        male, female = cell["male"].number(), cell["female"].number()
    else:
        male = female = cell.number()
    return cell.located(lambda: SexRates(male, female))
