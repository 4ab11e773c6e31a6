"""Cases in the exchange form of `matcher dna lr`: frequency tables, two pedigrees, typings, mutation and theta.

The form is plain JSON: `freq_tables` {name: {alleles, freqs}} and `cases` [{id, theta, pedigrees {H1, H2}: rows of
[id, father|null, mother|null, sex], typed, loci [{locus, freq_table, mutation, genotypes {id: [a, b] | null}}]}].
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from matcher.errors import InputError
from matcher.str_loci.alleles import genotype_of, parse_allele
from matcher.str_loci.likelihood import LocusEvidence, PedigreeRatio, pedigree_ratio
from matcher.str_loci.locus_model import LocusModel, locus_model
from matcher.str_loci.mutation import MutationKind, MutationModel, SexRates
from matcher.str_loci.pedigree import FounderConvention, Pedigree


@dataclass(frozen=True, slots=True)
class Case:
    """One forensic question.

    Parameters
    ----------
    case_id : str
        Name of the case.
    h1, h2 : Pedigree
        The hypotheses.
    loci : tuple of LocusEvidence
        Typings.
    theta : float
        Coancestry.
    """

    case_id: str
    h1: Pedigree
    h2: Pedigree
    loci: tuple[LocusEvidence, ...]
    theta: float

    def solve(self, founders: FounderConvention) -> PedigreeRatio:
        """Compute the LR of H1 against H2."""
        return pedigree_ratio(self.h1, self.h2, self.loci, theta=self.theta, founders=founders)


def read_cases(text: str, *, source: str) -> Iterator[Case]:
    """Read all cases of a JSON document.

    Raises
    ------
    InputError
        For text that is not JSON or a case that lacks something; the message names the case.
    """
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            f"{source}: not JSON ({error})", remedy="give a JSON file with 'freq_tables' and 'cases'"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("cases"), list):
        raise InputError(f"{source}: no 'cases' list", remedy="give a JSON object with 'freq_tables' and 'cases'")
    tables = document.get("freq_tables", {})
    models: dict[tuple[str, str], LocusModel] = {}
    for number, case in enumerate(document["cases"]):
        name = case.get("id", f"cases[{number}]") if isinstance(case, dict) else f"cases[{number}]"
        try:
            yield _case(str(name), case, tables, models)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise InputError(
                f"{source}: case '{name}' lacks or misuses {error}", remedy="see `matcher dna lr --help` for the form"
            ) from None
        except InputError as error:
            raise InputError(f"{source}: case '{name}': {error.message}", remedy=error.remedy) from None


def _case(
    name: str, case: Mapping[str, Any], tables: Mapping[str, Any], models: dict[tuple[str, str], LocusModel]
) -> Case:
    h1, h2 = (Pedigree.of((row[0], row[1], row[2]) for row in case["pedigrees"][side]) for side in ("H1", "H2"))
    loci = []
    for item in case["loci"]:
        key = (item["freq_table"], json.dumps(item.get("mutation"), sort_keys=True))
        if key not in models:
            models[key] = model_of(tables[item["freq_table"]], item.get("mutation"))
        genotypes = {
            person: genotype_of(*(parse_allele(allele) for allele in pair))
            for person, pair in item["genotypes"].items()
            if pair is not None
        }
        loci.append(LocusEvidence(item["locus"], models[key], genotypes))
    return Case(name, h1, h2, tuple(loci), float(case.get("theta", 0.0)))


def model_of(table: Mapping[str, Any], mutation: Mapping[str, Any] | None) -> LocusModel:
    """Build a locus model from a frequency table {alleles, freqs} and a mutation object {model, rate, ...}."""
    return locus_model((parse_allele(a) for a in table["alleles"]), table["freqs"], mutation_of(mutation or {}))


def mutation_of(fields: Mapping[str, Any]) -> MutationModel:
    """Build a mutation model from {model, rate, range, rate2, transform}; parameters are numbers or {male, female}.

    Raises
    ------
    InputError
        For an unknown model name.
    """
    kind = fields.get("model", "none")
    if kind not in get_args(MutationKind):
        raise InputError(
            f"mutation model '{kind}' is unknown", remedy=f"use one of {', '.join(get_args(MutationKind))}"
        )
    return MutationModel(
        cast("MutationKind", kind),
        _rates(fields.get("rate", 0.0)),
        _rates(fields.get("range", 0.1)),
        _rates(fields.get("rate2", 0.0)),
        stationary=fields.get("transform") == "PM",
    )


def _rates(value: object) -> SexRates:
    if isinstance(value, Mapping):
        return SexRates(float(value["male"]), float(value["female"]))
    if isinstance(value, int | float):
        return SexRates(float(value), float(value))
    raise InputError(f"mutation parameter {value!r} is not a number", remedy="give a number or {male, female}")
