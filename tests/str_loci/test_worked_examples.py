"""Numbers that books, courses and programs print, one row each in `tests/golden/str_worked_examples.csv`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.frequencies import LocusFrequencies, default_frequencies
from matcher.str_loci.gbt37223 import locus_index
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood, pedigree_ratio
from matcher.str_loci.locus_model import locus_model
from matcher.str_loci.mutation import DEFAULT_MUTATION, NO_MUTATION
from matcher.str_loci.observations import observation_code
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.power import exclusion_probability
from matcher.str_loci.query import Query
from matcher.str_loci.relations import relation_pedigree, unrelated
from matcher.types import Genotype

GOLDEN = Path(__file__).parents[1] / "golden" / "str_worked_examples.csv"
ROWS = list(csv.DictReader(GOLDEN.read_text("utf-8").splitlines()))


def frequency_of(genotype: Genotype, theta: float) -> float:
    model = locus_model((100, 110, 120), (0.2, 0.3, 0.5), NO_MUTATION)
    return locus_likelihood(Pedigree.of([("x", None, None)]), LocusEvidence("", model, {"x": genotype}), theta=theta)


def duo(model_frequencies: tuple[float, ...], child: Genotype, parent: Genotype) -> float:
    model = locus_model((100, 110, 120), model_frequencies, NO_MUTATION)
    pedigree = relation_pedigree("parent-child")
    evidence = LocusEvidence("", model, {"subject": child, "kin": parent})
    return pedigree_ratio(pedigree, unrelated(pedigree), [evidence]).loci[0].lr


def identity_probability() -> float:
    model = default_frequencies()["PentaE"].model(NO_MUTATION, floored=False)
    return float((model.hwe**2).sum())


def duo_exclusion() -> float:
    table = default_frequencies()["PentaE"]
    unfloored = LocusFrequencies("PentaE", table.alleles, table.frequencies, 10**12)
    options = KinshipOptions(frequencies={"PentaE": unfloored})
    model = unfloored.model(NO_MUTATION)
    return sum(
        weight
        * exclusion_probability(
            Query(relation_pedigree("parent-child"), {"kin": {"PentaE": observation_code(genotype)}}),
            ["PentaE"],
            options,
        )["PentaE"]
        for genotype, weight in zip(model.genotypes(), model.hwe, strict=True)
    )


def practice(p16: float) -> float:
    table = LocusFrequencies("D3S1358", (150, 160), (1 - p16, p16), 1000)
    index = locus_index("D3S1358", ((160, 160), (150, 150), None), table).index
    assert index is not None
    return index


def practice_over_stepwise() -> float:
    """The alleles of the table on both sides of 15 decide how stepwise shares its rate; 12 to 20 as in kit ladders."""
    alleles = tuple(range(120, 210, 10))
    model = locus_model(alleles, [0.1] * 9, DEFAULT_MUTATION)
    pedigree = relation_pedigree("parent-child")
    evidence = LocusEvidence("", model, {"subject": (160, 160), "kin": (150, 150)})
    full = pedigree_ratio(pedigree, unrelated(pedigree), [evidence]).loci[0].lr
    return practice(1 / 9) / full


COMPUTED: dict[str, Callable[[], float]] = {
    "ghep-2024-iii-2": lambda: duo((0.01, 0.3, 0.69), (100, 120), (100, 110)),
    "dna-book-hom": lambda: frequency_of((100, 100), 0.0),
    "dna-book-hom-theta": lambda: frequency_of((100, 100), 0.01),
    "dna-book-het": lambda: frequency_of((100, 110), 0.0),
    "penta-e-pm": identity_probability,
    "penta-e-pe-duo": duo_exclusion,
    "gbt-d3s1358": lambda: practice(0.3277),
    "gbt-stepwise-ratio": practice_over_stepwise,
}


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_printed_numbers(row: dict[str, str]) -> None:
    assert row["source"]
    assert COMPUTED[row["id"]]() == pytest.approx(float(row["value"]), rel=10.0 ** -int(row["digits"]))


def test_every_example_is_computed() -> None:
    assert {row["id"] for row in ROWS} == COMPUTED.keys()
