"""Means over the population: the kept tables and compiled loops agree with what is spelt out in full."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import NameFrequencies
from matcher.phonetic.name_model import compile_name
from matcher.phonetic.name_query import LENGTHS
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.slot_values import mean_of_length, population_values
from matcher.phonetic.written import understand

TOLD = (
    "王兴江",
    "欧阳江芳",
    "江",
    "小芳",
    "芳芳",
    "王□江",
    "王某某",
    "wang xing jiang",
    "王重江(音)",
    "王江/汪小江",
    "王建国强",
)


@pytest.fixture(scope="module", params=["general", "tiny", "without whole names"])
def model(request: pytest.FixtureRequest, tiny_population: NameFrequencies) -> NameModel:
    if request.param == "general":
        return default_model()
    whole = {"兴江": 0.2, "芳芳": 0.1} if request.param == "tiny" else {}
    return NameModel(dataclasses.replace(tiny_population, whole=whole), WritingHabits())


@pytest.mark.parametrize("told", TOLD)
def test_means_equal_their_readable_twins(told: str, model: NameModel) -> None:
    query = compile_name(understand(told), model)
    assert query is not None
    for branch in query.branches:
        surnames = model.surname_shares @ population_values(query, branch)
        np.testing.assert_allclose(branch.surname_mean, surnames, rtol=1e-12)
        givens = [mean_of_length(query, branch, length) for length in LENGTHS]
        np.testing.assert_allclose(branch.length_means, givens, rtol=1e-12)
        np.testing.assert_allclose(branch.given_mean, model.frequencies.given_lengths @ np.array(givens), rtol=1e-12)
