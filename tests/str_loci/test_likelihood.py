"""Pedigree likelihoods against two forensic packages, closed forms, a brute-force oracle, and their laws."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import InputError, LimitError, MatcherError
from matcher.str_loci import coancestry
from matcher.str_loci.alleles import parse_allele, parse_genotype
from matcher.str_loci.coancestry import joint_with_theta
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.likelihood import (
    LocusEvidence,
    genotype_probabilities,
    locus_likelihood,
    pedigree_ratio,
)
from matcher.str_loci.locus_model import LocusModel, locus_model, lumped
from matcher.str_loci.loops import cut_into_forest
from matcher.str_loci.mutation import MutationModel, SexRates
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import States, likelihood
from matcher.str_loci.reference_cases import mutation_of, read_cases
from matcher.str_loci.relations import relation_pedigree, unrelated
from tests.str_loci.conftest import brute_force

GOLDEN = Path(__file__).parents[1] / "golden"
CASES_TEXT = (GOLDEN / "str_pedigree_cases.json").read_text("utf-8")
CASES = {case["id"]: case for case in json.loads(CASES_TEXT)["cases"]}
CONVENTIONS: dict[str, FounderConvention] = {"forrel": "explicit", "familias": "pruned"}

NONE = MutationModel()
STEPS = MutationModel("stepwise", SexRates(0.03, 0.01), SexRates(0.2, 0.2), SexRates(0.002, 0.001))
P = (0.1, 0.2, 0.25, 0.3, 0.15)
ALLELES = (80, 90, 93, 100, 110)


def close(value: float, expected: float, rel: float = 1e-12) -> bool:
    return math.isclose(value, expected, rel_tol=rel, abs_tol=1e-300)


@pytest.mark.parametrize("package", ["forrel", "familias"])
def test_packages_agree_on_every_likelihood(package: str) -> None:
    compared = 0
    for case in read_cases(CASES_TEXT, source="golden"):
        expected = CASES[case.case_id]["expected"].get(package)
        if expected is None:
            continue
        found = case.solve(CONVENTIONS[package])
        for locus, (h1, h2) in zip(found.loci, expected, strict=True):
            assert close(locus.likelihood_1, h1), (case.case_id, locus.locus)
            assert close(locus.likelihood_2, h2), (case.case_id, locus.locus)
            compared += 1
    assert compared > 100


def test_the_two_conventions_do_differ() -> None:
    duo = next(case for case in read_cases(CASES_TEXT, source="golden") if case.case_id == "duo-004")
    pruned, explicit = duo.solve("pruned"), duo.solve("explicit")
    assert abs(pruned.log10_lr - explicit.log10_lr) > 1e-4


def test_mutation_matrices_equal_pedmut() -> None:
    for item in json.loads((GOLDEN / "str_mutation_matrices.json").read_text("utf-8"))["matrices"]:
        model = mutation_of(JsonField({"model": item["model"], **item["params"]}, item["id"]))
        alleles = [parse_allele(text) for text in item["alleles"]]
        matrix = model.matrix(alleles, np.array(item["freqs"]), parent="female")
        np.testing.assert_allclose(matrix, item["matrix"], rtol=1e-10, atol=1e-13, err_msg=item["id"])


def test_tables_of_a_missing_person_equal_pedprobr() -> None:
    for item in json.loads((GOLDEN / "str_missing_person_tables.json").read_text("utf-8"))["tables"]:
        model = locus_model(
            [parse_allele(a) for a in item["alleles"]],
            item["freqs"],
            mutation_of(JsonField(item["mutation"], "mutation")),
        )
        pedigree = Pedigree.of((row[0], row[1], row[2]) for row in item["pedigree"])
        typed = {name: [parse_genotype(text)] for name, text in item["typed"].items()}
        table = genotype_probabilities(pedigree, model, typed, subject=item["missing"], founders="explicit")[0]
        for text, expected in zip(item["genotypes"], item["prob_given_relatives"], strict=True):
            assert close(float(table[model.index(parse_genotype(text))]), expected, 1e-11), (item["id"], text)


# Closed forms of Hardy-Weinberg kinship without mutation; p = P(8), q = P(9), r = P(9.3).
# Source: Evett & Weir, Interpreting DNA Evidence (1998) tables 6.1 to 6.5; Brenner (1997) for siblings.
P8, P9, P93 = 0.1, 0.2, 0.25
CLOSED = [
    ("parent-child", "8/8", "8/8", 1 / P8),
    ("parent-child", "8/9", "8/8", 1 / (2 * P8)),
    ("parent-child", "8/9", "8/9", (P8 + P9) / (4 * P8 * P9)),
    ("parent-child", "8/9", "8/9.3", 1 / (4 * P8)),
    ("parent-child", "8/9", "9.3/10", 0.0),
    ("full-sibling", "8/8", "8/8", (1 + P8) ** 2 / (4 * P8**2)),
    ("full-sibling", "8/9", "8/9", (1 + P8 + P9 + 2 * P8 * P9) / (8 * P8 * P9)),
    ("full-sibling", "8/9", "8/9.3", (1 + 2 * P8) / (8 * P8)),
    ("full-sibling", "8/8", "9/9", 0.25),
    ("half-sibling", "8/8", "8/8", (1 + P8) / (2 * P8)),
    ("half-sibling", "8/9", "8/9", (P8 + P9 + 4 * P8 * P9) / (8 * P8 * P9)),
    ("grandparent", "8/9", "9.3/10", 0.5),
    ("avuncular", "8/8", "8/8", (1 + P8) / (2 * P8)),
    ("first-cousin", "8/8", "8/8", (1 + 3 * P8) / (4 * P8)),
]


@pytest.mark.parametrize(("relation", "subject", "kin", "expected"), CLOSED)
def test_closed_forms(relation: str, subject: str, kin: str, expected: float) -> None:
    pedigree = relation_pedigree(relation)
    evidence = LocusEvidence(
        "L", locus_model(ALLELES, P, NONE), {"subject": parse_genotype(subject), "kin": parse_genotype(kin)}
    )
    result = pedigree_ratio(pedigree, unrelated(pedigree), [evidence])
    assert close(result.loci[0].lr, expected)


# Published tables of the paternity index in a trio: alleged father, mother, child.
# Source: AABB Parentage Testing Accreditation, Guidance for Standards (2010), appendix; p = P(9), q = P(10).
TRIO = [
    ("9/9", "9/10", "9/9", 1 / 0.2),
    ("9/11", "9/10", "9/9", 1 / (2 * 0.2)),
    ("9/10", "9/10", "9/10", 1 / (0.2 + 0.3)),
    ("9/11", "9/10", "9/10", 1 / (2 * (0.2 + 0.3))),
    ("9/11", "8/8", "8/9", 1 / (2 * 0.2)),
]


@pytest.mark.parametrize(("father", "mother", "child", "expected"), TRIO)
def test_closed_forms_of_the_trio(father: str, mother: str, child: str, expected: float) -> None:
    h1 = Pedigree.of([("f", None, None), ("m", None, None), ("c", "f", "m")])
    h2 = Pedigree.of([("f", None, None), ("m", None, None), ("x", None, None), ("c", "x", "m")])
    typed = {"f": parse_genotype(father), "m": parse_genotype(mother), "c": parse_genotype(child)}
    result = pedigree_ratio(h1, h2, [LocusEvidence("L", locus_model(ALLELES, P, NONE), typed)])
    assert close(result.loci[0].lr, expected)


@pytest.mark.parametrize(
    ("genotype", "theta", "expected"), [("a/a", 0.0, 0.04), ("a/a", 0.01, 0.0416), ("a/b", 0.0, 0.12)]
)
def test_genotype_probability_with_theta(genotype: str, theta: float, expected: float) -> None:
    """p(a) = .2, p(b) = .3. Source: README of GENis (fundacion-sadosky/genis), worked example."""
    model = locus_model((100, 110, 120), (0.2, 0.3, 0.5), NONE)
    typed = {"x": {"a/a": (100, 100), "a/b": (100, 110)}[genotype]}
    alone = Pedigree.of([("x", None, None)])
    assert close(locus_likelihood(alone, LocusEvidence("L", model, typed), theta=theta), expected)


def test_match_probability_is_balding_nichols() -> None:
    """Source: NRC (1996) formula 4.10."""
    p, q, theta = 0.2, 0.3, 0.03
    model = locus_model((100, 110, 120), (p, q, 0.5), NONE)
    pair = Pedigree.of([("a", None, None), ("b", None, None)])
    one = Pedigree.of([("a", None, None)])
    both = LocusEvidence("L", model, {"a": (100, 110), "b": (100, 110)})
    match = locus_likelihood(pair, both, theta=theta) / locus_likelihood(one, both, theta=theta)
    expected = 2 * (theta + (1 - theta) * p) * (theta + (1 - theta) * q) / ((1 + theta) * (1 + 2 * theta))
    assert close(match, expected)


@st.composite
def pedigrees(draw: st.DrawFn) -> Pedigree:
    """Draw up to seven persons; inbreeding and half sibs are common because there are few parents to choose from."""
    rows: list[tuple[str, str | None, str | None]] = [("m0", None, None), ("f0", None, None)]
    males, females = ["m0"], ["f0"]
    for number in range(draw(st.integers(1, 4))):
        parents = draw(st.booleans()) or number == 0
        father = draw(st.sampled_from(males)) if parents else None
        mother = draw(st.sampled_from(females)) if parents else None
        male = draw(st.booleans())
        name = f"{'m' if male else 'f'}{number + 1}"
        rows.append((name, father, mother))
        (males if male else females).append(name)
    return Pedigree.of(rows)


def _typings(data: st.DataObject, pedigree: Pedigree, model: LocusModel) -> dict[str, tuple[int, int]]:
    typed = data.draw(st.lists(st.sampled_from(pedigree.names), min_size=1, max_size=3, unique=True))
    return {name: data.draw(st.sampled_from(model.genotypes())) for name in typed}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pedigrees(), st.sampled_from([NONE, STEPS]), st.data())
def test_peeling_equals_brute_force(pedigree: Pedigree, mutation: MutationModel, data: st.DataObject) -> None:
    model = locus_model((90, 100, 103), (0.2, 0.5, 0.3), mutation)
    typed = _typings(data, pedigree, model)
    found = locus_likelihood(pedigree, LocusEvidence("L", model, typed), founders="explicit")
    assert close(found, brute_force(pedigree, model, typed), 1e-11)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pedigrees(), st.floats(0.005, 0.2), st.data())
def test_theta_equals_brute_force(pedigree: Pedigree, theta: float, data: st.DataObject) -> None:
    model = locus_model((90, 100), (0.3, 0.7), STEPS)
    typed = _typings(data, pedigree, model)
    found = locus_likelihood(pedigree, LocusEvidence("L", model, typed), theta=theta)
    assert close(found, brute_force(pedigree, model, typed, theta), 1e-10)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pedigrees(), st.data())
def test_order_of_persons_does_not_matter(pedigree: Pedigree, data: st.DataObject) -> None:
    model = locus_model(ALLELES, P, STEPS)
    typed = _typings(data, pedigree, model)
    rows = [
        (
            name,
            None if pedigree.fathers[i] < 0 else pedigree.names[pedigree.fathers[i]],
            None if pedigree.mothers[i] < 0 else pedigree.names[pedigree.mothers[i]],
        )
        for i, name in enumerate(pedigree.names)
    ]
    shuffled = Pedigree.of(data.draw(st.permutations(rows)))
    first, second = (locus_likelihood(p, LocusEvidence("L", model, typed)) for p in (pedigree, shuffled))
    assert close(first, second, 1e-11)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pedigrees(), st.data())
def test_probabilities_of_a_genotype_sum_to_one(pedigree: Pedigree, data: st.DataObject) -> None:
    model = locus_model(ALLELES, P, STEPS)
    subject = data.draw(st.sampled_from(pedigree.names))
    typed = {name: [g] for name, g in _typings(data, pedigree, model).items() if name != subject}
    table = genotype_probabilities(pedigree, model, typed, subject=subject)
    lr = table / model.hwe
    assert table.sum() == pytest.approx(1.0, abs=1e-12)
    assert float((model.hwe * lr).sum()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("relation", ["parent-child", "full-sibling", "half-sibling", "avuncular", "first-cousin"])
def test_table_equals_peeling_of_each_genotype(relation: str) -> None:
    model = locus_model(ALLELES, P, STEPS)
    pedigree = relation_pedigree(relation)
    table = genotype_probabilities(pedigree, model, {"kin": [(80, 93)]}, subject="subject")[0]
    singles = [
        locus_likelihood(pedigree, LocusEvidence("L", model, {"kin": (80, 93), "subject": genotype}))
        for genotype in model.genotypes()
    ]
    np.testing.assert_allclose(table, np.array(singles) / sum(singles), rtol=1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from(["none", "equal", "proportional"]), pedigrees(), st.data())
def test_pooling_unseen_alleles_is_exact(kind: str, pedigree: Pedigree, data: st.DataObject) -> None:
    model = locus_model(ALLELES, P, mutation_of(JsonField({"model": kind, "rate": 0.02}, "")))
    typed = _typings(data, pedigree, model)
    pooled = lumped(model, {allele for g in typed.values() for allele in g})
    assert len(pooled.alleles) < len(model.alleles) or len({a for g in typed.values() for a in g}) >= 4
    found = locus_likelihood(pedigree, LocusEvidence("L", model, typed), founders="explicit")
    assert close(found, _unpooled(pedigree, model, typed), 1e-11)


def _unpooled(pedigree: Pedigree, model: LocusModel, typed: dict[str, tuple[int, int]]) -> float:
    states = {name: States.known(np.array([model.index(g)])) for name, g in typed.items()}
    return float(likelihood(pedigree, model, states)[0])


def test_stepwise_is_never_pooled() -> None:
    model = locus_model(ALLELES, P, STEPS)
    assert lumped(model, {80}) is model


def test_double_first_cousins_need_a_breaker_and_are_exact() -> None:
    rows: list[tuple[str, str | None, str | None]] = [(n, None, None) for n in ("g1", "g2", "h1", "h2")]
    rows += [
        ("a", "g1", "g2"),
        ("b", "g1", "g2"),
        ("c", "h1", "h2"),
        ("d", "h1", "h2"),
        ("x", "a", "c"),
        ("y", "b", "d"),
    ]
    pedigree = Pedigree.of(rows)
    model = locus_model((90, 100), (0.3, 0.7), STEPS)
    states = tuple(1 if name in ("x", "y") else model.genotype_count for name in pedigree.names)
    assert len(cut_into_forest(pedigree, states).breakers) == 1
    typed = {"x": (90, 100), "y": (90, 90)}
    found = locus_likelihood(pedigree, LocusEvidence("L", model, typed), founders="explicit")
    assert close(found, brute_force(pedigree, model, typed), 1e-11)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", None, None), ("a", None, None)], "stand twice"),
        ([("a", "b", None)], "one parent"),
        ([("a", "b", "c")], "no row"),
        ([("a", "b", "c"), ("b", "a", "c"), ("c", None, None)], "cycle"),
        ([("a", None, None), ("b", None, None), ("c", "a", "b"), ("d", "b", "a")], "both a father and a mother"),
    ],
)
def test_impossible_pedigrees_are_refused(rows: list[tuple[str, str | None, str | None]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Pedigree.of(rows)


def test_too_many_untyped_founders_with_theta_are_refused() -> None:
    rows: list[tuple[str, str | None, str | None]] = [("m", None, None)]
    for number in range(9):
        rows += [(f"f{number}", None, None), (f"a{number}", f"f{number}", "m"), (f"b{number}", f"f{number}", "m")]
    typed = {f"{side}{number}": (90, 100) for side in "ab" for number in range(9)}
    evidence = LocusEvidence("L", locus_model(ALLELES, P, STEPS), typed)
    with pytest.raises(LimitError, match="untyped founders"):
        locus_likelihood(Pedigree.of(rows), evidence, theta=0.01)


def test_theta_over_many_untyped_founders_goes_by_inheritance_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where founders are too many to enumerate the sum over identity groupings gives the same."""
    rows = [(name, None, None) for name in ("a", "b", "c", "d")]
    rows += [("e", "a", "b"), ("f", "c", "d"), ("x", "e", "f"), ("y", "e", "f")]  # type: ignore[list-item]
    pedigree = Pedigree.of(rows)
    evidence = LocusEvidence("L", locus_model(ALLELES, P, STEPS), {"x": (90, 100), "y": (93, 100)})
    enumerated = locus_likelihood(pedigree, evidence, theta=0.03)
    monkeypatch.setattr(coancestry, "LARGEST_ENUMERATION", 10)
    assert close(locus_likelihood(pedigree, evidence, theta=0.03), enumerated, 1e-10)
    model = evidence.model
    states = {"x": States.known(np.array([model.index((90, 100))]))}
    by_vectors = joint_with_theta(pedigree, model, states, theta=0.03, subject="y")
    monkeypatch.undo()
    np.testing.assert_allclose(
        by_vectors, joint_with_theta(pedigree, model, states, theta=0.03, subject="y"), rtol=1e-9
    )


@settings(max_examples=20, deadline=None, derandomize=True)
@given(pedigrees(), st.floats(0.005, 0.2), st.data())
def test_joint_table_with_theta_equals_single_likelihoods(
    pedigree: Pedigree, theta: float, data: st.DataObject
) -> None:
    model = locus_model((90, 100), (0.3, 0.7), STEPS)
    subject = data.draw(st.sampled_from(pedigree.names))
    typed = {name: g for name, g in _typings(data, pedigree, model).items() if name != subject}
    states = {name: States.known(np.array([model.index(g)])) for name, g in typed.items()}
    kept = reduced(pedigree, typed.keys() | {subject}, "explicit")
    table = joint_with_theta(kept, model, states, theta=theta, subject=subject)
    for value, genotype in zip(table, model.genotypes(), strict=True):
        assert close(float(value), brute_force(pedigree, model, typed | {subject: genotype}, theta), 1e-10)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"cases": [{"id": "x"}]}', '{"cases": [3]}', '{"cases": [{"id": "x", "pedigrees": {"H1": [["a"]]}}]}'],
)
def test_malformed_cases_are_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="golden"):
        list(read_cases(text, source="golden"))


def _damaged(rng: np.random.Generator, value: object) -> object:
    """Replace, drop or double something somewhere in a JSON document."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = list(value)[int(rng.integers(len(value)))]
        return (
            {**value, key: _damaged(rng, value[key])}
            if rng.random() < 0.9
            else {k: v for k, v in value.items() if k != key}
        )
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = int(rng.integers(len(value)))
        if rng.random() < 0.2:
            return [*value, value[place]]
        return [*value[:place], _damaged(rng, value[place]), *value[place + 1 :]]
    junk: list[object] = [None, -1, 0, 1e308, "", "x", "9.3", [], {}, True, ["a", "b"], float("nan")]
    return junk[int(rng.integers(len(junk)))]


def test_damaged_cases_are_solved_or_refused_but_never_crash() -> None:
    document = json.loads(CASES_TEXT)
    small = [case for case in document["cases"] if case["id"] in {"duo-004", "trio-027", "silent-013", "inbred-022"}]
    base = {"freq_tables": document["freq_tables"], "cases": [{**c, "loci": c["loci"][:1]} for c in small]}
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(600):
        try:
            for case in read_cases(json.dumps({**base, "cases": _damaged(rng, base["cases"])}), source="damaged"):
                case.solve("pruned")
        except MatcherError:
            refused += 1
    assert 200 < refused < 600


def test_a_pedigree_of_a_whole_county_is_refused() -> None:
    with pytest.raises(LimitError, match="pedigree has 201 persons"):
        Pedigree.of((str(number), None, None) for number in range(201))
