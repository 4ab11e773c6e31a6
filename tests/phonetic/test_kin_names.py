"""Names of relatives: the mean LR over unrelated people is one, and what agrees speaks for kinship."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import NameFrequencies
from matcher.phonetic.grouped import grouped
from matcher.phonetic.kin_factors import kin_ratios_compiled
from matcher.phonetic.kin_names import Inheritance, inheritance, kin_likelihood_ratios, kin_ratio_by_surname
from matcher.phonetic.name_model import compile_name
from matcher.phonetic.name_table import TrueName, build_name_table, name_table_of
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.written import understand
from matcher.types import Hypothesis

TOLD = ("王兴江", "王江", "欧阳江芳", "兴江", "小芳", "王□江", "王某某", "wang xing jiang", "王重江(音)")
Enumerate = Callable[[NameFrequencies], tuple[list[TrueName], np.ndarray]]
KIN: tuple[Hypothesis, ...] = ("sibling", "parent_child")


def kin_lrs(told: str, names: list[str], shared: Inheritance) -> dict[str, float]:
    query = compile_name(understand(told), default_model())
    assert query is not None
    found = np.log10(kin_likelihood_ratios(query, name_table_of(names), shared))
    return dict(zip(names, found.tolist(), strict=True))


@pytest.mark.parametrize("hypothesis", KIN)
@pytest.mark.parametrize("told", TOLD)
def test_mean_lr_over_everybody_is_one(
    told: str, hypothesis: Hypothesis, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    men = {"江": 0.5, "兴": 0.35, "芳": 0.05, "重": 0.1}
    women = {c: 2.0 * share - men[c] for c, share in tiny_population.given.items()}
    population = dataclasses.replace(
        tiny_population, whole={"兴江": 0.2, "芳芳": 0.1}, given_strata=((0.5, men), (0.5, women))
    )
    names, shares = everybody(population)
    query = compile_name(understand(told), NameModel(population, WritingHabits()))
    assert query is not None
    ratios = kin_likelihood_ratios(query, build_name_table(names), inheritance(hypothesis))
    others = query.transcribed_evidence / query.evidence
    assert (1.0 - SHARE) * float(shares @ ratios) + SHARE * others == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("hypothesis", KIN)
@pytest.mark.parametrize("told", TOLD)
def test_law_holds_for_the_general_population_by_surname(told: str, hypothesis: Hypothesis) -> None:
    model = default_model()
    query = compile_name(understand(told), model)
    assert query is not None
    probability = np.append(model.surname_shares * (1.0 - SHARE), SHARE)
    assert probability @ kin_ratio_by_surname(query, inheritance(hypothesis)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("shared", [*map(inheritance, KIN), Inheritance(0.9, first=0.2), Inheritance(0.9, last=0.2)])
@pytest.mark.parametrize("told", [*TOLD, "阿迪力·买买提", "王江/汪小江"])
def test_compiled_loops_equal_the_readable_twin(told: str, shared: Inheritance) -> None:
    names = [
        "王兴江",
        "秀英",
        "欧阳婷婷",
        "王某某",
        "李江",
        "司马江小芳",
        "王兴江(音)",
        "王□江",
        "无名氏",
        "阿迪力·买买提",
    ]
    query, table = compile_name(understand(told), default_model()), name_table_of(names)
    assert query is not None
    fast = kin_ratios_compiled(query, table, grouped(table), shared)
    np.testing.assert_allclose(fast, kin_likelihood_ratios(query, table, shared), rtol=1e-12)


def test_what_siblings_share() -> None:
    shared = inheritance("sibling")
    found = kin_lrs("王兴江", ["王兴国", "王江", "王大江", "王铁柱", "李兴国", "李铁柱"], shared)
    assert found["王兴国"] > found["王大江"] > found["王铁柱"] > 0.5
    assert found["王铁柱"] > found["李兴国"] > found["李铁柱"]
    assert found["李铁柱"] < -0.5


def test_the_same_name_speaks_for_the_same_person_more_than_for_a_sibling() -> None:
    shared = inheritance("sibling")
    assert kin_lrs("王兴江", ["王兴江"], shared)["王兴江"] < 4.0


def test_fathers_hand_on_their_surname_and_mothers_seldom() -> None:
    by_sex = {sex: inheritance("parent_child", sex).surname for sex in ("male", "female", None)}
    assert by_sex["male"] > by_sex[None] > by_sex["female"]
    found = kin_lrs("王兴江", ["王铁柱", "李铁柱"], inheritance("parent_child", "male"))
    assert found["王铁柱"] > 0.5 > 0.0 > found["李铁柱"] > -1.0


def test_a_name_that_cannot_be_compared_says_nothing() -> None:
    assert kin_lrs("王兴江", ["无名氏"], inheritance("sibling"))["无名氏"] == 0.0
