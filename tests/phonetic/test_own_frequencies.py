"""Frequencies of a gallery's own people: by stratum, shrunk, and the mean LR stays 1."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.gallery_file import People
from matcher.phonetic.name_model import compile_name
from matcher.phonetic.own_frequencies import Population, Stratum, own_frequencies, plain_population, population_of
from matcher.phonetic.population import NameModel
from matcher.phonetic.slot_values import population_values
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.written import understand

MEN, WOMEN = ["王建军", "李建军", "张国强"], ["陈秀英", "陈桂芳", "林秀英"]


@pytest.fixture(scope="module")
def population() -> Population:
    count = 1500
    return population_of(
        People(
            ids=list(range(6 * count)),
            names=MEN * count + WOMEN * count,
            sexes=["male"] * 3 * count + ["female"] * 3 * count,
            cohorts=(["1", "2", None] * 2) * count,
            provinces=["henan"] * 3 * count + ["fujian"] * 3 * count,
        )
    )


def test_strata_differ_as_their_people_do(population: Population) -> None:
    men = own_frequencies(population, Stratum("male"))
    women = own_frequencies(population, Stratum("female"))
    assert men.given_character("军") > 20 * women.given_character("军")
    assert women.given_character("英") > 5 * men.given_character("英")
    first = own_frequencies(population, Stratum("male", cohort="1"))
    third = own_frequencies(population, Stratum("male", cohort="2"))
    assert first.whole["建军"] > 0.1
    assert abs(first.given_character("军") - third.given_character("军")) < 0.5


def test_provinces_tell_surnames(population: Population) -> None:
    here = own_frequencies(population, Stratum(province="fujian")).surname("陈")
    there = own_frequencies(population, Stratum(province="henan")).surname("陈")
    assert here > 3 * there


def test_little_is_shrunk_to_the_general_population() -> None:
    few = plain_population(population_of(People([1], ["罗珺瑶"], [None], [None], [None])).index)
    own = own_frequencies(few)
    assert own.surname("王") == pytest.approx(cold_start().surname("王"), rel=0.01)
    assert own_frequencies(few, Stratum("male", "9", "nowhere")).surnames == pytest.approx(own.surnames, rel=0.01)


@pytest.mark.parametrize("stratum", [Stratum(), Stratum("male", "1", "fujian"), Stratum(province="henan")])
@pytest.mark.parametrize("text", ["王建军", "秀英", "老陈", "chen xiuying"])
def test_the_mean_lr_stays_one(population: Population, stratum: Stratum, text: str) -> None:
    query = compile_name(understand(text), NameModel(own_frequencies(population, stratum), WritingHabits()))
    assert query is not None
    by_surname = sum(
        population_values(query, branch) @ (branch.given_mean * query.region_weights * branch.form.prior)
        for branch in query.branches
    )
    mean = (1.0 - SHARE) * float(query.model.surname_shares @ by_surname) + SHARE * query.transcribed_evidence
    assert mean / query.evidence == pytest.approx(1.0, abs=1e-9)


def test_bearers_keep_their_ids(population: Population) -> None:
    index = population.index
    for number in range(len(index)):
        names = {(MEN * 1500 + WOMEN * 1500)[int(record_id)] for record_id in index.bearers_of(number)}
        assert names == {index.name(number)}
    assert np.unique(np.asarray(index.bearers)).size == 9000
