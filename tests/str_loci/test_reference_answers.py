"""Every kind of entry of a case document, and what becomes of entries that cannot be read."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InputError
from matcher.str_loci.alleles import parse_allele
from matcher.str_loci.json_fields import JsonField
from matcher.str_loci.locus_model import LocusModel, locus_model
from matcher.str_loci.mutation import MutationModel, SexRates
from matcher.str_loci.pedigree import NOBODY, Pedigree
from matcher.str_loci.questions import members_of_family, read_family
from matcher.str_loci.reference_answers import Answer, answers
from matcher.str_loci.x_chromosome import x_likelihood
from matcher.types import Genotype, Sex

GOLDEN = Path(__file__).parents[1] / "golden"
X_CASES = json.loads((GOLDEN / "str_x_cases.json").read_text("utf-8"))["x_cases"]
TABLE = {"alleles": ["8", "9", "9.3"], "freqs": [0.2, 0.5, 0.3]}
TRIO = [["F", None, None, 1], ["M", None, None, 2], ["C", "F", "M", 1]]
APART = [["F", None, None, 1], ["M", None, None, 2], ["C", None, None, 1]]
LOCUS = {"locus": "TH01", "freq_table": "t", "mutation": {"model": "equal", "rate": 0.01},
         "genotypes": {"F": ["8", "9"], "C": ["9", "9.3"], "M": None}}  # fmt: skip
CASE = {"id": "a", "theta": 0, "pedigrees": {"H1": TRIO, "H2": APART}, "loci": [LOCUS]}


def solve(document: dict[str, object], founders: str = "pruned") -> list[Answer]:
    return list(answers(json.dumps({"freq_tables": {"t": TABLE}, **document}), source="f.json", founders=founders))  # type: ignore[arg-type]


def ratio(case: dict[str, object]) -> float:
    (answer,) = solve({"cases": [case]})
    assert answer.error is None, answer.error
    assert answer.log10_lr is not None
    return answer.log10_lr


@pytest.mark.parametrize("case", X_CASES, ids=lambda case: case["id"])
def test_x_chromosomal_cases_equal_pedprobr(case: dict[str, object]) -> None:
    """Source: pedprobr 1.1.0, likelihood with Xchrom = TRUE."""
    (answer,) = solve({"x_cases": [case]}, "explicit")
    (locus,) = answer.document["loci"]  # type: ignore[misc, attr-defined]
    assert locus["H1"] == pytest.approx(case["H1"], rel=1e-12)
    assert locus["H2"] == pytest.approx(case["H2"], rel=1e-12)


STEPS = MutationModel("stepwise", SexRates(0.03, 0.01), SexRates(0.2, 0.2), SexRates(0.002, 0.001))
MODEL = locus_model([parse_allele(a) for a in ("8", "9", "9.3")], (0.2, 0.5, 0.3), STEPS)
FAMILY = Pedigree.of(
    [("gf", None, None), ("gm", None, None), ("f", "gf", "gm"), ("aunt", "gf", "gm"), ("m", None, None),
     ("son", "f", "m"), ("girl", "f", "m")]
)  # fmt: skip
SEXES: dict[str, Sex] = {"gf": "male", "gm": "female", "f": "male", "aunt": "female", "m": "female", "son": "male",
                         "girl": "female"}  # fmt: skip


def enumerated(pedigree: Pedigree, model: LocusModel, typed: dict[str, Genotype]) -> float:
    """Sum over the X chromosomes of everybody: the definition, without any cleverness."""
    n = len(model.alleles)
    choices: list[list[tuple[int, ...]]] = []
    for name in pedigree.names:
        male = SEXES[name] == "male"
        all_of = [(a,) for a in range(n)] if male else list(product(range(n), repeat=2))
        shown = (
            sorted(model.position(a) for a in (set(typed[name]) if male else typed[name])) if name in typed else None
        )
        choices.append([one for one in all_of if shown is None or sorted(one) == shown])
    total = 0.0
    for world in product(*choices):
        chance = 1.0
        for person, genes in enumerate(world):
            father, mother = pedigree.fathers[person], pedigree.mothers[person]
            if father == NOBODY:
                for gene in genes:
                    chance *= float(model.frequencies[gene])
                continue
            chance *= sum(float(model.female[gene, genes[-1]]) / 2 for gene in world[mother])
            if len(genes) == 2:
                chance *= float(model.male[world[father][0], genes[0]])
        total += chance
    return total


@pytest.mark.parametrize(
    "typed",
    [
        {"gm": (80, 90), "girl": (90, 93)},
        {"gf": (80, 80), "aunt": (80, 93), "girl": (80, 93), "son": (90, 90)},
        {"aunt": (80, 93), "girl": (93, 93)},
        {"f": (90, 90), "son": (80, 80), "girl": (80, 80)},
    ],
)
def test_x_peeling_equals_enumeration(typed: dict[str, Genotype]) -> None:
    found = x_likelihood(FAMILY, MODEL, typed, SEXES, founders="explicit")
    assert found == pytest.approx(enumerated(FAMILY, MODEL, typed), rel=1e-12)


def test_x_and_autosomal_loci_stand_in_one_case() -> None:
    x = {**LOCUS, "locus": "DXS8378", "chromosome": "X", "genotypes": {"F": ["8"], "M": ["8", "9"], "C": ["9"]}}
    both = ratio({**CASE, "loci": [LOCUS, x]})
    assert both == pytest.approx(ratio(CASE) + ratio({**CASE, "loci": [x]}), abs=1e-12)
    (answer,) = solve({"cases": [{**CASE, "theta": 0.01, "loci": [x]}]})
    assert "theta is not known for the X chromosome" in str(answer.error)


def test_order_and_unknown_fields_do_not_matter() -> None:
    shuffled = {
        "remark": "x",
        "loci": [{**LOCUS, "note": 1, "genotypes": {"C": ["9.3", "9"], "F": ["9", "8"]}}],
        "pedigrees": {"H2": APART[::-1], "H1": TRIO[::-1], "H3": 5},
        "id": "a",
    }
    assert ratio(shuffled) == pytest.approx(ratio(CASE), abs=1e-14)
    turned = {"alleles": TABLE["alleles"][::-1], "freqs": TABLE["freqs"][::-1]}
    (answer,) = answers(json.dumps({"freq_tables": {"t": turned}, "cases": [CASE]}), source="f", founders="pruned")
    assert answer.log10_lr == pytest.approx(ratio(CASE), abs=1e-14)


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"loci": [{**LOCUS, "freq_table": "u"}]}, "loci[0].freq_table", "not in 'freq_tables'"),
        ({"loci": [{**LOCUS, "genotypes": {"F": ["8", "x"]}}]}, "loci[0].genotypes.F", "not a repeat number"),
        ({"loci": [{**LOCUS, "genotypes": {"F": ["8", "12"]}}]}, "loci[0].genotypes.F", "allele that t lacks"),
        ({"loci": [{**LOCUS, "genotypes": {"Z": ["8", "9"]}}]}, "loci[0].genotypes.Z", "belongs to nobody"),
        ({"loci": [{**LOCUS, "genotypes": {"F": ["8", "9", "9"]}}]}, "loci[0].genotypes.F", "3 alleles"),
        ({"loci": [{**LOCUS, "mutation": {"model": "magic"}}]}, "mutation.model", "no mutation model"),
        ({"loci": [{**LOCUS, "mutation": {"model": "equal", "rate": 2}}]}, "mutation.rate", "outside [0, 1]"),
        ({"loci": [{"locus": "TH01"}]}, "loci[0]", "'freq_table' is missing"),
        ({"theta": "much"}, "theta", "not a number"),
        ({"theta": 1.5}, "theta", "outside [0, 1)"),
        ({"pedigrees": {"H1": TRIO}}, "pedigrees", "'H2' is missing"),
        ({"pedigrees": {"H1": [["C", "F", "M", 1]], "H2": APART}}, "pedigrees.H1", "has no row"),
        ({"pedigrees": {"H1": [["F", None, None, 2], *TRIO[1:]], "H2": APART}}, "pedigrees.H1", "is female"),
    ],
)  # fmt: skip
def test_a_bad_case_is_named_and_the_others_are_answered(change: dict[str, object], place: str, message: str) -> None:
    bad, good = solve({"cases": [{**CASE, **change, "id": "bad"}, CASE]})
    assert good.log10_lr == pytest.approx(ratio(CASE))
    assert bad.entry == "bad"
    text = str(bad.error)
    assert text.startswith("f.json: case 'bad'")
    assert place in text
    assert message in text


def test_a_case_without_id_is_named_by_its_place() -> None:
    bad, good = solve({"cases": [{}, CASE]})
    assert str(bad.error).startswith("f.json.cases[0]: ")
    assert good.error is None


def test_tables_of_frequencies_are_checked() -> None:
    document = {"freq_tables": {"t": {"alleles": ["8", "9"], "freqs": [0.2, 0.3]}}, "cases": [CASE]}
    (answer,) = solve(document)
    assert "freq_tables.t.freqs" in str(answer.error)
    assert "sums to 0.5000" in str(answer.error)


def test_tables_that_packages_publish() -> None:
    matrices = json.loads((GOLDEN / "str_mutation_matrices.json").read_text("utf-8"))["matrices"]
    tables = json.loads((GOLDEN / "str_missing_person_tables.json").read_text("utf-8"))["tables"]
    pairs = json.loads((GOLDEN / "str_linked_pairs.json").read_text("utf-8"))
    document = {"mutation_matrices": matrices, "mp_tables": tables, "linked_pairs": pairs["pairs"],
                "freq_tables": pairs["freq_tables"]}  # fmt: skip
    found = {answer.entry: answer for answer in solve(document, "explicit")}
    assert not [answer.error for answer in found.values() if answer.error]
    for item in tables:
        assert found[item["id"]].document["prob_given_relatives"] == pytest.approx(item["prob_given_relatives"])
    for item in pairs["pairs"]:
        assert found[item["id"]].document["likelihood_joint"] == pytest.approx(item["likelihood_joint"], rel=1e-12)
    assert len(found) == len(matrices) + len(tables) + len(pairs["pairs"])


def test_exclusion_power_of_a_claim_has_a_closed_form() -> None:
    """Two alleles: a parent a/a is excluded by a child b/b and the reverse, 2 p^2 q^2 (Jamieson & Taylor 1997)."""
    document = {"freq_tables": {"t": {"alleles": ["8", "9"], "freqs": [0.2, 0.8]}},
                "exclusion_power": [{"id": "e", "case": "duo", "freq_table": "t"},
                                    {"id": "s", "case": "sib_claim_parents_known", "freq_table": "t"}]}  # fmt: skip
    duo, sibling = solve(document)
    assert duo.document["EP"] == pytest.approx(2 * 0.2**2 * 0.8**2)
    p, q = 0.2, 0.8
    couples = {"aa aa": p**4, "bb bb": q**4, "aa ab": 4 * p**3 * q, "ab bb": 4 * p * q**3, "aa bb": 2 * p**2 * q**2}
    excluded = {"aa aa": 1 - p**2, "bb bb": 1 - q**2, "aa ab": q**2, "ab bb": p**2, "aa bb": 1 - 2 * p * q}
    assert sibling.document["EP"] == pytest.approx(sum(couples[pair] * excluded[pair] for pair in couples))


def test_documents_without_any_list_are_refused() -> None:
    with pytest.raises(InputError, match="no 'cases' list"):
        solve({})
    with pytest.raises(InputError, match="is not a list"):
        solve({"cases": {"id": "a"}})


def test_json_fields_say_where_they_stand() -> None:
    field = JsonField({"a": [1, {"b": "x"}]}, "file")
    with pytest.raises(InputError, match=r"file\.a\[1\]\.b: \"x\" is not a number"):
        field["a"].rows()[1]["b"].number()


def test_a_stationary_model_without_mutation_is_no_mutation_and_an_immutable_allele_is_refused() -> None:
    still = {"model": "equal", "rate": 0, "transform": "PM"}
    assert ratio(
        {**CASE, "loci": [{**LOCUS, "mutation": still, "genotypes": {"F": ["8", "9"], "C": ["9", "9.3"]}}]}
    ) == (pytest.approx(ratio({**CASE, "loci": [{**LOCUS, "mutation": {"model": "none"}}]}), abs=1e-12))
    alone = {"model": "stepwise", "rate": 0.002, "range": 0.1, "transform": "PM"}  # 9.3 has no neighbour to step to
    (answer,) = solve({"cases": [{**CASE, "loci": [{**LOCUS, "mutation": alone}]}]})
    assert "never mutates" in str(answer.error)


def _damaged(rng: np.random.Generator, value: object) -> object:
    """Replace, drop or double something somewhere in a JSON document."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = list(value)[int(rng.integers(len(value)))]
        if rng.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _damaged(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = int(rng.integers(len(value)))
        if rng.random() < 0.2:
            return [*value, value[place]]
        return [*value[:place], _damaged(rng, value[place]), *value[place + 1 :]]
    junk: list[object] = [None, -1, 0, 1e308, "", "x", "9.3", "8/9", [], {}, True, ["a", "b"], float("nan"), 3, "PM"]
    return junk[int(rng.integers(len(junk)))]


def test_damaged_entries_of_every_kind_are_answered_or_refused_but_never_crash() -> None:
    pairs = json.loads((GOLDEN / "str_linked_pairs.json").read_text("utf-8"))
    base: dict[str, object] = {
        "freq_tables": {"t": TABLE, **pairs["freq_tables"]},
        "cases": [{**CASE, "loci": [LOCUS, {**LOCUS, "chromosome": "X", "genotypes": {"F": ["8"], "C": ["9"]}}]}],
        "x_cases": X_CASES[:2],
        "linked_pairs": [pair for pair in pairs["pairs"] if "2sibs" not in pair["id"]][:1],
        "mp_tables": json.loads((GOLDEN / "str_missing_person_tables.json").read_text("utf-8"))["tables"][:1],
        "mutation_matrices": json.loads((GOLDEN / "str_mutation_matrices.json").read_text("utf-8"))["matrices"][:1],
    }
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(250):
        try:
            found = list(answers(json.dumps(_damaged(rng, base)), source="d.json", founders="pruned"))
        except InputError:
            refused += 1
            continue
        refused += any(answer.error is not None for answer in found)
        for answer in found:
            json.dumps(answer.document, allow_nan=False)
    assert 60 < refused < 250


def test_damaged_families_are_read_or_refused_but_never_crash() -> None:
    family: dict[str, object] = {
        "id": "f",
        "pedigree": [["F", None, None, 1], ["M", None, None, 2], ["S", "F", "M", 2], ["MP", "F", "M", 1]],
        "missing": "MP",
        "typed": {"S": {"TH01": ["6", "9.3"], "vWA": "14/17"}, "F": {"FGA": ["20", "?"]}},
    }
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(1500):
        damaged = _damaged(rng, family)
        try:
            read_family(json.dumps(damaged), source="f.json")
            if isinstance(damaged, dict):
                members_of_family(damaged, source="f.json")
        except InputError:
            refused += 1
    assert 300 < refused < 1500
