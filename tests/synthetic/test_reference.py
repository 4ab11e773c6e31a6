"""Sources of real worlds: the packaged gazetteer sample, names by frequency, loci of the kits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import ReferenceDataError
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.regions import REGION_IDS, STANDARD
from matcher.placenames.gazetteer import Gazetteer
from matcher.settings import Settings
from matcher.str_loci.simulate import draw_profile, transmit
from matcher.synthetic.homes import GazetteerHomes
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.reference import kit_loci, open_sources, population_names
from matcher.synthetic.sources import Sources


@pytest.fixture(scope="module")
def homes() -> GazetteerHomes:
    return GazetteerHomes(Gazetteer.sample())


@pytest.fixture(scope="module")
def real(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return open_sources(recipe, Settings(tmp_path_factory.mktemp("home")), seed=7)


def test_homes_are_innermost_places_with_their_superiors(homes: GazetteerHomes) -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        home = homes.draw(rng)
        assert 1 < len(home.levels) <= 5
        assert len(home.former) == len(home.levels)
        assert home.region in {*REGION_IDS, STANDARD}
        assert not home.levels[-1].endswith(("委员会", "居委会", "村委会"))


@pytest.mark.parametrize("shared", [0, 1, 2, 3])
def test_a_home_nearby_shares_the_levels_asked_for(homes: GazetteerHomes, shared: int) -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        home = homes.draw(rng)
        near = homes.draw_near(rng, home, shared)
        common = min(shared, len(home.levels) - 1, 2)
        assert near.levels[:common] == home.levels[:common]


def test_former_names_are_other_names(homes: GazetteerHomes) -> None:
    rng = np.random.default_rng(3)
    pairs = {
        (old, new)
        for home in (homes.draw(rng) for _ in range(3000))
        for old, new in zip(home.former, home.levels, strict=True)
        if old
    }
    assert pairs
    assert all(old != new for old, new in pairs)


def test_homes_of_chosen_provinces_only(homes: GazetteerHomes) -> None:
    south = GazetteerHomes(homes.gazetteer, ("广东", "福建"))
    rng = np.random.default_rng(4)
    assert {south.draw(rng).levels[0] for _ in range(100)} == {"广东省", "福建省"}


def test_names_follow_their_frequencies() -> None:
    names = population_names()
    rng = np.random.default_rng(5)
    drawn = Counter(names.surname(rng) for _ in range(20_000))
    shares = cold_start().surnames
    total = sum(shares.values())
    for surname, _ in sorted(shares.items(), key=lambda item: -item[1])[:5]:
        expected = shares[surname] / total
        assert drawn[surname] / 20_000 == pytest.approx(expected, rel=0.15)
    given = [names.given(rng, "female") for _ in range(3000)]
    assert {len(name) for name in given} == {1, 2}
    assert np.mean([len(name) == 2 for name in given]) == pytest.approx(names.two_characters, abs=0.03)


def test_mishearing_keeps_the_length_and_sometimes_the_name(real: Sources) -> None:
    rng = np.random.default_rng(6)
    heard = [real.names.misheard(rng, "王山江", "chuanyu") for _ in range(300)]
    assert {len(name) for name in heard} == {3}
    assert 0.02 < np.mean([name == "王山江" for name in heard]) < 0.9
    assert len({real.places.misheard(rng, "金堂", "chuanyu") for _ in range(50)}) > 3


def test_a_child_shares_an_allele_with_each_parent_but_for_mutations(real: Sources) -> None:
    rng = np.random.default_rng(7)
    shared = total = 0
    for _ in range(200):
        father, mother = real.loci.founder(rng), real.loci.founder(rng)
        child = real.loci.child(rng, father, mother)
        for locus, alleles in child.items():
            total += 1
            shared += bool(set(alleles) & set(father[locus])) and bool(set(alleles) & set(mother[locus]))
    assert 0.99 < shared / total <= 1.0


def test_traditional_characters(real: Sources) -> None:
    assert real.names.traditional("张国强") == "張國強"


def test_a_missing_gazetteer_is_named_with_the_remedy(recipe: Recipe, tmp_path: Path) -> None:
    built = replace(recipe, world=replace(recipe.world, gazetteer="built"))
    with pytest.raises(ReferenceDataError, match="matcher gazetteer build"):
        open_sources(built, Settings(tmp_path), seed=1)


def test_profiles_are_those_of_the_dna_channels_own_simulation(recipe: Recipe) -> None:
    loci = kit_loci(recipe)
    for seed in range(40):
        ours, theirs = (np.random.default_rng(seed) for _ in range(2))
        father, mother = loci.founder(ours), loci.founder(ours)
        assert (father, mother) == (draw_profile(theirs, loci.models), draw_profile(theirs, loci.models))
        for _ in range(5):
            assert loci.child(ours, father, mother) == transmit(theirs, loci.models, father, mother)
