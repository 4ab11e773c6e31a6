"""Linked loci against a second engine and against their own limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.errors import LimitError
from matcher.str_loci.alleles import parse_genotype
from matcher.str_loci.compare import KinshipOptions, compare_profiles, hypotheses
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood
from matcher.str_loci.linkage import RECOMBINATION, linkage_matters, linked_likelihood
from matcher.str_loci.locus_model import locus_model
from matcher.str_loci.mutation import DEFAULT_MUTATION, MutationModel, SexRates
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.reference_cases import model_of
from matcher.str_loci.relations import relation_pedigree, unrelated
from matcher.types import SUBJECT, StrProfile

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "str_linked_pairs.json").read_text("utf-8"))
STEPS = MutationModel("stepwise", SexRates(0.03, 0.01), SexRates(0.2, 0.2))


@pytest.mark.parametrize("case", GOLDEN["pairs"], ids=[case["id"] for case in GOLDEN["pairs"]])
def test_joint_likelihood_equals_pedprobr(case: dict) -> None:  # type: ignore[type-arg]
    pedigree = Pedigree.of((row[0], row[1], row[2]) for row in case["pedigree"])
    first, second = (model_of(JsonField(GOLDEN["freq_tables"][name], name), None) for name in case["freq_tables"])
    typed = [{name: parse_genotype(text) for name, text in case["typed"][locus].items()} for locus in case["loci"]]
    found = linked_likelihood(pedigree, (first, second), (typed[0], typed[1]), rho=case["rho"], founders="explicit")
    assert found == pytest.approx(case["likelihood_joint"], rel=1e-12)


@pytest.mark.parametrize("relation", ["full-sibling", "half-sibling", "avuncular", "grandparent", "first-cousin"])
def test_without_linkage_the_loci_multiply(relation: str) -> None:
    models = locus_model((80, 90, 100), (0.2, 0.5, 0.3), STEPS), locus_model((110, 120), (0.4, 0.6), STEPS)
    typed = {"kin": (80, 90), SUBJECT: (90, 100)}, {"kin": (110, 110), SUBJECT: (110, 120)}
    pedigree = relation_pedigree(relation)
    product = 1.0
    for model, genotypes in zip(models, typed, strict=True):
        product *= locus_likelihood(pedigree, LocusEvidence("", model, genotypes))
    assert linked_likelihood(pedigree, models, typed, rho=0.5) == pytest.approx(product, rel=1e-12)
    assert linked_likelihood(pedigree, models, typed, rho=0.1) != pytest.approx(product, rel=1e-3)


@pytest.mark.parametrize("question", ["parent-child", "trio"])
def test_parents_with_one_child_are_not_affected(question: str) -> None:
    pedigree = hypotheses(question)[0]  # type: ignore[arg-type]
    typed_names = {SUBJECT, "kin", "kin2"} & set(pedigree.names)
    assert not linkage_matters(pedigree, typed_names)
    models = locus_model((80, 90, 100), (0.2, 0.5, 0.3), STEPS), locus_model((110, 120), (0.4, 0.6), STEPS)
    typed = (
        {name: g for name, g in (("kin", (80, 90)), ("kin2", (90, 100)), (SUBJECT, (80, 90))) if name in typed_names},
        {
            name: g
            for name, g in (("kin", (110, 120)), ("kin2", (110, 110)), (SUBJECT, (110, 120)))
            if name in typed_names
        },
    )
    tight, free = (linked_likelihood(pedigree, models, typed, rho=rho) for rho in (0.0, 0.5))
    assert tight == pytest.approx(free, rel=1e-12)


def test_compare_adds_the_pair_once() -> None:
    options = KinshipOptions()
    typed = {"vWA": (140, 180), "D12S391": (190, 210)}
    result = compare_profiles("full-sibling", [StrProfile("a", typed), StrProfile("b", typed)], options)
    rows = {row.locus: row for row in result.loci}
    assert rows["vWA"].linked
    assert not rows["D12S391"].linked
    h1 = relation_pedigree("full-sibling")
    models = tuple(options.frequencies[locus].model(DEFAULT_MUTATION) for locus in ("vWA", "D12S391"))
    genotypes = tuple({"kin": typed[locus], SUBJECT: typed[locus]} for locus in ("vWA", "D12S391"))
    above, below = (
        linked_likelihood(side, models, genotypes, rho=RECOMBINATION)  # type: ignore[arg-type]
        for side in (h1, unrelated(h1))
    )
    assert 10**result.log10_lr == pytest.approx(above / below, rel=1e-9)
    alone = compare_profiles("full-sibling", [StrProfile(s, {"vWA": (140, 180)}) for s in "ab"], options)
    assert rows["vWA"].log10_lr > alone.log10_lr


def test_too_many_meioses_are_refused() -> None:
    rows: list[tuple[str, str | None, str | None]] = [("f", None, None), ("m", None, None)]
    rows += [(f"c{number}", "f", "m") for number in range(8)]
    model = locus_model((80, 90), (0.4, 0.6), STEPS)
    typed = {f"c{number}": (80, 90) for number in range(8)}
    with pytest.raises(LimitError, match="16 meioses"):
        linked_likelihood(Pedigree.of(rows), (model, model), (typed, typed), rho=0.1)
