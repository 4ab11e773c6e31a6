"""Families as a database, the store on disk, and all against all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InputError, StaleIndexError
from matcher.str_loci.blind import blind_search, pair_tables
from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.compiled import compile_query
from matcher.str_loci.database import encode_observations
from matcher.str_loci.families import FamilyDatabase, families_of_relatives, family_database
from matcher.str_loci.family_store import FamilyStore
from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.observations import observation_code
from matcher.str_loci.query import Query
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.scan_kernel import scan
from matcher.str_loci.search import exact_sum
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.types import SUBJECT, Genotype, PedigreeMember, StrProfile

KIT = ("CSF1PO", "D12S391", "D13S317", "D3S1358", "D8S1179", "TH01", "TPOX", "vWA")
MODELS = locus_models(default_frequencies(), DEFAULT_MUTATION, KIT)
OPTIONS = KinshipOptions()
RELATIONS = ("parent-child", "both-parents", "full-sibling", "child", "avuncular")


def members(relation: str, world: dict[str, dict[str, Genotype]]) -> tuple[PedigreeMember, ...]:
    pedigree = relation_pedigree(relation)
    names = (*pedigree.names, None)
    return tuple(
        PedigreeMember(
            name,
            names[pedigree.fathers[i]],
            names[pedigree.mothers[i]],
            None,
            StrProfile(name, world[name]) if name.startswith("kin") else None,
        )
        for i, name in enumerate(pedigree.names)
    )


@pytest.fixture(scope="module")
def world() -> tuple[FamilyDatabase, list[dict[str, dict[str, Genotype]]]]:
    rng = np.random.default_rng(5)
    people = [draw_pedigree(rng, MODELS, relation_pedigree(RELATIONS[i % 5])) for i in range(120)]
    families = [(f"F{i:03d}", members(RELATIONS[i % 5], person)) for i, person in enumerate(people)]
    return family_database(families, OPTIONS), people


def test_the_missing_child_of_a_couple_finds_his_family(
    world: tuple[FamilyDatabase, list[dict[str, dict[str, Genotype]]]],
) -> None:
    database, people = world
    for number in range(1, 120, 20):
        found = database.search(people[number]["subject"], top=5)
        assert found[0][0] == f"F{number:03d}"
        assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)


def test_transpose_equals_the_question_the_other_way_round(
    world: tuple[FamilyDatabase, list[dict[str, dict[str, Genotype]]]],
) -> None:
    database, people = world
    profile = people[0][SUBJECT]
    found = dict(database.search(profile, top=120))
    for number in range(0, 120, 13):
        relation = RELATIONS[number % 5]
        typed = {
            name: {locus: observation_code(g) for locus, g in people[number][name].items()}
            for name in ("kin", "kin2")
            if name in relation_pedigree(relation).names
        }
        entries = [["", observation_code(profile[locus])] for locus in KIT]
        tables = compile_query(Query(relation_pedigree(relation), typed), KIT, entries, OPTIONS)
        expected = sum(table.log10_lr[1] for table in tables.tables)
        expected += tables.linked.log10_lr[1, 1] if tables.linked else 0.0
        assert found[f"F{number:03d}"] == pytest.approx(expected, abs=1e-4)


def test_the_store_holds_the_same_numbers(
    tmp_path: Path, world: tuple[FamilyDatabase, list[dict[str, dict[str, Genotype]]]]
) -> None:
    database, people = world
    store = FamilyStore.write(tmp_path / "store", database)
    again = FamilyStore.open(tmp_path / "store")
    for number in (3, 44):
        profile = {locus: genotype for locus, genotype in people[number][SUBJECT].items() if locus != "vWA"}
        expected = dict(database.search(profile, top=120))
        np.testing.assert_array_equal(store.scores(profile), again.scores(profile))
        for name, value in zip(again.family_ids, again.scores(profile), strict=True):
            assert float(value) == pytest.approx(expected[str(name)], abs=0.0006 * len(KIT))
    profile = {locus: genotype for locus, genotype in people[3][SUBJECT].items() if locus != "vWA"}
    whole = dict(zip(store.family_ids, store.scores(people[3][SUBJECT]) - store.scores(profile), strict=True))
    assert whole["F000"] != 0.0  # one parent: vWA counts
    assert whole["F002"] == 0.0  # a full sibling typed at both linked loci: only D12S391 does


def test_a_store_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StaleIndexError, match="no complete family store"):
        FamilyStore.open(tmp_path)


@pytest.mark.parametrize("relation", ["parent-child", "full-sibling", "grandparent"])
def test_lone_relatives_as_a_database_equal_families(relation: str) -> None:
    rng = np.random.default_rng(9)
    people = [draw_pedigree(rng, MODELS, relation_pedigree(relation)) for _ in range(60)]
    relatives = encode_observations(
        {f"F{i:03d}": {k: observation_code(g) for k, g in one["kin"].items()} for i, one in enumerate(people)}
    )
    lone = families_of_relatives(relatives, relation, OPTIONS)
    stated = family_database([(f"F{i:03d}", members(relation, one)) for i, one in enumerate(people)], OPTIONS)
    for number in (0, 30):
        found, expected = (dict(db.search(people[number][SUBJECT], top=60)) for db in (lone, stated))
        assert found == pytest.approx(expected, abs=1e-5)


def test_expected_false_families_equal_a_count() -> None:
    """A stranger's profile against 4,000 lone parents and siblings drawn at random."""
    rng = np.random.default_rng(10)
    samples = {f"F{i}": {k: observation_code(g) for k, g in draw_profile(rng, MODELS).items()} for i in range(4000)}
    for relation in ("parent-child", "full-sibling"):
        database = families_of_relatives(encode_observations(samples), relation, OPTIONS)
        expected, found = np.zeros(3), np.zeros(3)
        for _ in range(12):
            tables = database.tables(draw_profile(rng, MODELS))
            null = database.null(tables)
            scores = scan(database.patterns.codes, tables)[:, 0]
            for number, threshold in enumerate((0.0, 1.0, 2.0)):
                expected[number] += null.expected_above(threshold)
                found[number] += (scores >= threshold).sum()
        assert (np.abs(found - expected) < 5 * np.sqrt(expected) + 2).all(), (found, expected)


def test_families_without_typed_relatives_are_refused() -> None:
    with pytest.raises(InputError, match="no family has a typed relative"):
        family_database([("F", [PedigreeMember(SUBJECT, None, None, None)])], OPTIONS)


def test_all_against_all_finds_the_duplicate_and_the_brothers() -> None:
    rng = np.random.default_rng(6)
    samples = {f"S{i:03d}": draw_profile(rng, MODELS) for i in range(300)}
    samples["S111"] = samples["S222"]
    coded = {name: {k: observation_code(g) for k, g in genotypes.items()} for name, genotypes in samples.items()}
    database = encode_observations(coded)
    tables = pair_tables(database, "direct", OPTIONS)
    pairs = list(blind_search(database, tables, range(len(database)), threshold=3.0))
    assert [(pair.first, pair.second) for pair in pairs] == [("S111", "S222")]
    new_only = list(blind_search(database, tables, [111], threshold=3.0))
    assert new_only == pairs
    kin = pair_tables(database, "full-sibling", OPTIONS)
    found = {(p.first, p.second): p.log10_lr for p in blind_search(database, kin, range(40), threshold=0.0)}
    assert found
    for (first, second), value in list(found.items())[:5]:
        query = Query(relation_pedigree("full-sibling"), {"kin": coded[first]})
        compiled = compile_query(query, database.loci, database.observations, OPTIONS)
        row = list(database.sample_ids).index(second)
        expected = exact_sum(database, compiled, row)
        assert value == pytest.approx(expected, abs=1e-4)
