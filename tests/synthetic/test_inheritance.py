"""Faces and profiles run through the pedigrees as quantitative and Mendelian genetics say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from matcher.str_loci.loci import kits
from matcher.synthetic.genomes import Genomes, choose_references, kinship, type_sample
from matcher.synthetic.kinfaces import KinFaces
from matcher.synthetic.people import Person, grow_clans, relation
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.streams import Streams


@pytest.fixture(scope="module")
def people(recipe: Recipe, sources: Sources) -> Mapping[int, Person]:
    many_twins = replace(recipe.pedigree, identical_twins=0.1)
    clans = islice(grow_clans(many_twins, sources, Streams(7), last_birth_year=2025), 120)
    return {person.person: person for clan in clans for person in clan}


def _pairs(people: Mapping[int, Person], kind: str) -> list[tuple[int, int]]:
    by_clan: dict[int, list[int]] = {}
    for person in people.values():
        by_clan.setdefault(person.clan, []).append(person.person)
    found = []
    for members in by_clan.values():
        found += [(a, b) for a in members for b in members if a < b and relation(people, a, b) == kind]
    return found


@pytest.mark.parametrize(
    ("kind", "expected"), [("parent_child", 0.25), ("sibling", 0.30), ("identical_twin", 0.95), ("grandparent", 0.125)]
)
def test_faces_of_kin_correlate_as_the_recipe_says(
    people: Mapping[int, Person], recipe: Recipe, sources: Sources, kind: str, expected: float
) -> None:
    faces = KinFaces(people, recipe.faces, sources, Streams(5))
    pairs = _pairs(people, kind)[:1500]
    one = np.concatenate([faces.latent(a, 18.0) for a, _ in pairs])
    other = np.concatenate([faces.latent(b, 18.0) for _, b in pairs])
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(expected, abs=0.06)
    assert np.var(one) == pytest.approx(1.0, abs=0.1)


def test_strangers_faces_do_not_correlate(people: Mapping[int, Person], recipe: Recipe, sources: Sources) -> None:
    faces = KinFaces(people, recipe.faces, sources, Streams(5))
    founders = [p.person for p in people.values() if p.generation == 0][::2]
    latent = np.stack([faces.latent(p, 18.0) for p in founders])
    cosines = np.corrcoef(latent[:-1].ravel(), latent[1:].ravel())
    assert abs(cosines[0, 1]) < 0.12


def test_faces_drift_with_the_decades_and_keep_their_variance(
    people: Mapping[int, Person], recipe: Recipe, sources: Sources
) -> None:
    faces = KinFaces(people, replace(recipe.faces, drift_per_decade=0.1), sources, Streams(5))
    young = np.concatenate([faces.latent(p, 20.0) for p in list(people)[:600]])
    old = np.concatenate([faces.latent(p, 71.0) for p in list(people)[:600]])
    assert np.corrcoef(young, old)[0, 1] == pytest.approx(0.9**5, abs=0.04)
    assert np.var(old) == pytest.approx(1.0, abs=0.1)


def test_a_childs_profile_comes_from_its_genetic_parents(people: Mapping[int, Person], sources: Sources) -> None:
    genomes = Genomes(people, sources, Streams(5))
    outsiders = 0
    for child in people.values():
        if child.mother is None:
            continue
        mother, own = genomes.of(child.mother), genomes.of(child.person)
        assert all(set(own[locus]) & set(mother[locus]) for locus in own)
        if child.genetic_father is None:
            outsiders += 1
            continue
        father = genomes.of(child.genetic_father)
        for locus in own:
            low, high = own[locus]
            fits = (low in father[locus] and high in mother[locus]) or (high in father[locus] and low in mother[locus])
            assert fits
    assert outsiders


def test_twins_share_their_profile_and_siblings_do_not(people: Mapping[int, Person], sources: Sources) -> None:
    genomes = Genomes(people, sources, Streams(5))
    for one, other in _pairs(people, "identical_twin"):
        assert genomes.of(one) == genomes.of(other)
    differing = [genomes.of(a) != genomes.of(b) for a, b in _pairs(people, "sibling")[:100]]
    assert np.mean(differing) > 0.9


def test_profiles_do_not_depend_on_the_order_of_asking(people: Mapping[int, Person], sources: Sources) -> None:
    some = sorted(people)[40:80]
    first = Genomes(people, sources, Streams(5))
    forwards = [first.of(n) for n in some]
    genomes = Genomes(people, sources, Streams(5))
    assert [genomes.of(n) for n in reversed(some)] == forwards[::-1]


def test_typing_drops_out_at_the_rates_of_the_recipe(recipe: Recipe) -> None:
    lossy = replace(recipe.dna, locus_drop_out=0.2, allele_drop_out=0.1)
    lossy = replace(lossy, kit_share={"Goldeneye 20A": 1.0})
    truth = dict.fromkeys(kits()["Goldeneye 20A"], (100, 110))
    typed = [type_sample(np.random.default_rng(i), lossy, truth) for i in range(400)]
    assert np.mean([len(t.dropped_loci) for t in typed]) == pytest.approx(0.2 * len(truth), rel=0.1)
    shown = [genotype for t in typed for genotype in t.genotypes.values()]
    assert np.mean([low == high for low, high in shown]) == pytest.approx(0.1, abs=0.015)
    for t in typed:
        assert set(t.genotypes).isdisjoint(t.dropped_loci)


def test_references_are_relatives_and_parents_are_asked_once(people: Mapping[int, Person], recipe: Recipe) -> None:
    many = replace(recipe.dna, references={"3": 1.0})
    chosen = 0
    for person in list(people.values())[:400]:
        members = [p.person for p in people.values() if p.clan == person.clan]
        donors = choose_references(np.random.default_rng(person.person), many, people, members, person.person)
        chosen += len(donors)
        assert len(set(donors)) == len(donors) <= 3
        kinds = [kinship(people, person.person, donor) for donor in donors]
        assert set(kinds) <= {"father", "mother", "child", "sibling", "grandparent", "maternal_grandparent"}
        assert kinds.count("father") <= 1
    assert chosen > 300
