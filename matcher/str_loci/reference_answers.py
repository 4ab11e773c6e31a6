"""Answers to a document of cases, list by list: likelihood ratios, and the tables that reference packages publish.

Every entry gets one answer or one error; an entry that cannot be read does not keep the others from being answered.
`cases` and `x_cases` give likelihood ratios; `linked_pairs` joint likelihoods of two loci; `mp_tables` the distribution
of a missing person's genotype; `exclusion_power` the probability that a false claim shows; `mutation_matrices` the
matrix of a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from matcher.errors import InputError, MatcherError
from matcher.str_loci.alleles import format_genotype, genotype_of, parse_allele, parse_genotype
from matcher.str_loci.familias import FIRST_LINE, read_familias
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.likelihood import LocusEvidence, genotype_probabilities, locus_likelihood
from matcher.str_loci.linkage import linked_likelihood
from matcher.str_loci.pedigree import FounderConvention, Pedigree
from matcher.str_loci.power import expected_exclusion
from matcher.str_loci.reference_cases import (
    REMEDY,
    Case,
    CaseReader,
    genotypes_of,
    hypothesis,
    model_of,
    mutation_of,
    named,
)

Document = Mapping[str, object]

CLAIMS: Mapping[str, tuple[Pedigree, tuple[str, ...]]] = {
    # A false parent of a child, and a false child of a typed couple (full sibling of their own).
    "duo": (Pedigree.of([("a", None, None), ("b", None, None), ("x", "a", "b")]), ("a",)),
    "sib_claim_parents_known": (Pedigree.of([("a", None, None), ("b", None, None), ("x", "a", "b")]), ("a", "b")),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one entry.

    Parameters
    ----------
    entry : str
        Its id, or its place in the document where it has none.
    document : mapping
        The answer, ready for JSON; empty when there is an error.
    log10_lr : float or None
        Total of a likelihood ratio; None for tables and errors.
    error : MatcherError or None
        Why there is no answer.
    """

    entry: str
    document: Document
    log10_lr: float | None = None
    error: MatcherError | None = None


def answers(text: str, *, source: str, founders: FounderConvention) -> Iterator[Answer]:
    """Answer every entry of a document, in its order; a Familias file has one entry for each pedigree but the last.

    Raises
    ------
    InputError
        When the text is not JSON or holds none of the lists.
    """
    if text.startswith(FIRST_LINE):
        yield from (_ratio(case, founders) for case in read_familias(text, source=source))
        return
    document = JsonField.of_text(text, source=source, remedy="give a JSON file with 'freq_tables' and 'cases'")
    lists = document.members()
    if not lists.keys() & _KINDS.keys():
        raise InputError(f"{source}: no 'cases' list", remedy=f"give an object with one of {', '.join(_KINDS)}")
    reader = CaseReader(lists.get("freq_tables"))
    for kind, solve in _KINDS.items():
        for row in lists[kind].rows() if kind in lists else []:
            placed = named(row, source)
            try:
                yield solve(reader, placed, founders)
            except MatcherError as error:
                told = error if error.message.startswith(source) else _told(error, placed)
                yield Answer(placed.where.removeprefix(f"{source}: case ").strip("'"), {}, error=told)


def _told(error: MatcherError, row: JsonField) -> MatcherError:
    return type(error)(f"{row.where}: {error.message}", remedy=error.remedy or REMEDY)


def _ratio(case: Case, founders: FounderConvention) -> Answer:
    result = case.solve(founders)
    loci = [{"locus": x.locus, "H1": x.likelihood_1, "H2": x.likelihood_2, "lr": _finite(x.lr)} for x in result.loci]
    total = result.log10_lr
    return Answer(case.case_id, {"id": case.case_id, "loci": loci, "log10_lr": _finite(total)}, total)


def _linked(reader: CaseReader, row: JsonField, founders: FounderConvention) -> Answer:
    pedigree = hypothesis(row["pedigree"]).pedigree
    people = set(pedigree.names)
    first, second = (reader.model(name, None) for name in _two(row["freq_tables"]))
    one, other = (genotypes_of(row["typed"][locus.text()], people) for locus in _two(row["loci"]))
    joint = row.located(
        lambda: linked_likelihood(pedigree, (first, second), (one, other), rho=_fraction(row["rho"]), founders=founders)
    )
    single = [
        locus_likelihood(pedigree, LocusEvidence("", model, typed), founders=founders)
        for model, typed in ((first, one), (second, other))
    ]
    name = row["id"].text()
    return Answer(name, {"id": name, "likelihood_joint": joint, "likelihood_single": single})


def _two(field: JsonField) -> list[JsonField]:
    rows = field.rows()
    if len(rows) != 2:
        raise field.error(f"holds {len(rows)}, not 2", "give two linked loci")
    return rows


def _fraction(field: JsonField) -> float:
    if not 0.0 <= field.number() <= 0.5:
        raise field.error("is outside [0, 0.5]", "give a recombination fraction")
    return field.number()


def _missing_person(_reader: CaseReader, row: JsonField, founders: FounderConvention) -> Answer:
    pedigree = hypothesis(row["pedigree"]).pedigree
    model = model_of(row, row.optional("mutation"))
    typed = genotypes_of(row["typed"], set(pedigree.names))
    missing = row["missing"].text()
    if missing not in pedigree.names or missing in typed:
        raise row["missing"].error("is typed or not in the pedigree", "name an untyped person of the pedigree")
    columns = {name: [genotype] for name, genotype in typed.items()}
    table = row.located(lambda: genotype_probabilities(pedigree, model, columns, subject=missing, founders=founders)[0])
    listed = row.optional("genotypes")
    wanted = [cell.read(parse_genotype) for cell in listed.rows()] if listed else model.genotypes()
    numbers = row["typed"].located(lambda: [model.index(genotype_of(*genotype)) for genotype in wanted])
    name = row["id"].text()
    document = {
        "id": name,
        "missing": missing,
        "genotypes": [format_genotype(genotype) for genotype in wanted],
        "prob_given_relatives": [float(table[number]) for number in numbers],
        "lr": [float(table[number] / model.hwe[number]) for number in numbers],
    }
    return Answer(name, document)


def _exclusion(reader: CaseReader, row: JsonField, _founders: FounderConvention) -> Answer:
    claim = row["case"].text()
    if claim not in CLAIMS:
        raise row["case"].error("is no claim known here", f"use one of {', '.join(CLAIMS)}")
    pedigree, typed = CLAIMS[claim]
    name = row["id"].text()
    value = expected_exclusion(reader.model(row["freq_table"], None), pedigree, typed, subject="x")
    return Answer(name, {"id": name, "EP": value})


def _matrix(_reader: CaseReader, row: JsonField, _founders: FounderConvention) -> Answer:
    parameters = row.optional("params")
    fields = {**(parameters.members() if parameters else {}), "model": row["model"]}
    model = mutation_of(JsonField({key: cell.value for key, cell in fields.items()}, f"{row.where}.params"))
    alleles = [cell.read(parse_allele) for cell in row["alleles"].rows()]
    frequencies = np.array([cell.number() for cell in row["freqs"].rows()])
    if len(alleles) != len(frequencies):
        raise row["freqs"].error(f"holds {len(frequencies)} for {len(alleles)} alleles", "give one frequency each")
    father, mother = (
        row.located(lambda: model.matrix(alleles, frequencies, parent="male")),
        row.located(lambda: model.matrix(alleles, frequencies, parent="female")),
    )
    name = row["id"].text()
    return Answer(name, {"id": name, "matrix": father.tolist(), "matrix_female": mother.tolist()})


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


_KINDS: Mapping[str, Callable[[CaseReader, JsonField, FounderConvention], Answer]] = {
    "cases": lambda reader, row, founders: _ratio(reader.case(row), founders),
    "x_cases": lambda reader, row, founders: _ratio(reader.x_case(row), founders),
    "linked_pairs": _linked,
    "mp_tables": _missing_person,
    "exclusion_power": _exclusion,
    "mutation_matrices": _matrix,
}
