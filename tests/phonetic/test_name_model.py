"""The name model: exact laws by brute force over a tiny population, and the order of textbook cases."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.phonetic.elements import MAX_SYLLABLES
from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import NameFrequencies, cold_start, estimate
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import TrueName, build_name_table, name_table_of, true_name_of
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.regions import REGION_IDS
from matcher.phonetic.slot_values import population_values
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.written import understand

Enumerate = Callable[[NameFrequencies], tuple[list[TrueName], np.ndarray]]

QUERIES = (
    *(
        "王兴江",
        "江兴王",
        "欧阳芳",
        "欧芳",
        "兴江",
        "小芳",
        "芳芳",
        "王□江",
        "王某某",
        "老王",
        "王大爷",
        "王",
        "欧阳江芳",
    ),
    *("wangxingjiang", "wángjiāng", "王重江(音)"),
)


@pytest.fixture(scope="module")
def tiny(tiny_population: NameFrequencies) -> NameModel:
    return NameModel(tiny_population, WritingHabits())


@pytest.mark.parametrize("region", [None, "xiang"])
@pytest.mark.parametrize("text", QUERIES)
def test_mean_lr_over_everybody_is_one(
    tiny: NameModel, text: str, region: str | None, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    names, shares = everybody(tiny_population)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    query = compile_name(understand(text), tiny, region)
    assert query is not None
    ratios = likelihood_ratios(query, build_name_table(names))
    others = query.transcribed_evidence / query.evidence
    assert (1.0 - SHARE) * float(shares @ ratios) + SHARE * others == pytest.approx(1.0, abs=1e-9)
    assert (ratios >= 0).all()


@pytest.mark.parametrize("text", QUERIES)
def test_mean_lr_is_one_with_names_chosen_as_a_whole(
    text: str, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    population = dataclasses.replace(tiny_population, whole={"兴江": 0.2, "芳芳": 0.1})
    names, shares = everybody(population)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    query = compile_name(understand(text), NameModel(population, WritingHabits()))
    assert query is not None
    mean = float(shares @ likelihood_ratios(query, build_name_table(names)))
    others = query.transcribed_evidence / query.evidence
    assert (1.0 - SHARE) * mean + SHARE * others == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("text", QUERIES)
def test_mean_lr_is_one_when_the_sexes_have_names_of_their_own(
    text: str, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    men = {c: share * (1.4 if c in "兴江" else 0.5) for c, share in tiny_population.given.items()}
    men = {c: share / sum(men.values()) * (1.0 - tiny_population.reserved_characters) for c, share in men.items()}
    women = {c: 2.0 * share - men[c] for c, share in tiny_population.given.items()}
    assert min(women.values()) > 0.0
    population = dataclasses.replace(tiny_population, given_strata=((0.5, men), (0.5, women)), whole={"芳芳": 0.1})
    names, shares = everybody(population)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    query = compile_name(understand(text), NameModel(population, WritingHabits()))
    assert query is not None
    mean = float(shares @ likelihood_ratios(query, build_name_table(names)))
    others = query.transcribed_evidence / query.evidence
    assert (1.0 - SHARE) * mean + SHARE * others == pytest.approx(1.0, abs=1e-9)


def test_a_common_pair_counts_less_once_the_gallery_tells_its_frequency() -> None:
    people = [("王", "秀英")] * 60 + [(s, g) for s in "李张刘陈" for g in ("建国", "秀英", "山江", "伟")] * 40
    own = NameModel(estimate(people, cold_start()), WritingHabits())
    values = []
    for model in (default_model(), own):
        query = compile_name(understand("王秀英"), model)
        assert query is not None
        values.append(float(np.log10(likelihood_ratios(query, name_table_of(["王秀英"]))[0])))
    assert values[1] < values[0] - 0.5
    assert sum(own.frequencies.surnames.values()) == pytest.approx(1.0 - own.frequencies.reserved_surnames)
    assert sum(own.frequencies.given.values()) == pytest.approx(1.0 - own.frequencies.reserved_characters)


@pytest.mark.parametrize("text", ["王兴江", "兴江", "wang xing jiang", "王江(音)"])
def test_partly_known_names_are_the_mean_of_what_they_may_be(
    tiny: NameModel, text: str, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    names, shares = everybody(tiny_population)
    query = compile_name(understand(text), tiny)
    assert query is not None
    full = likelihood_ratios(query, build_name_table(names))
    cases = {
        TrueName(("王",), ()): [n.surname == ("王",) for n in names],
        TrueName((), ("兴", "江")): [n.given == ("兴", "江") for n in names],
        TrueName(("王",), ("兴", "□")): [
            n.surname == ("王",) and n.given[0] == "兴" and len(n.given) == 2 for n in names
        ],
        TrueName(("~huang",), ("~fang",)): [n == TrueName(("黄",), ("芳",)) for n in names],
    }
    for partial, members in cases.items():
        expected = float(shares[members] @ full[members] / shares[members].sum())
        found = float(likelihood_ratios(query, build_name_table([partial]))[0])
        assert found == pytest.approx(expected, rel=1e-9), partial


def test_law_holds_for_the_general_population_by_factors() -> None:
    model = default_model()
    for text in ("王山江", "欧阳芳", "wang shanjiang", "小芳", "曾国强(音)"):
        query = compile_name(understand(text), model, "chuanyu")
        assert query is not None
        total = 0.0
        for branch in query.branches:
            given_part = branch.given_mean * query.region_weights * branch.form.prior
            total += float(model.surname_shares @ population_values(query, branch) @ given_part)
        mean = (1.0 - SHARE) * total + SHARE * query.transcribed_evidence
        assert mean / query.evidence == pytest.approx(1.0, abs=1e-9)
        assert model.surname_shares.sum() == pytest.approx(1.0, abs=1e-9)


def lrs(query_text: str, names: list[str], region: str | None = None) -> dict[str, float]:
    query = compile_name(understand(query_text), default_model(), region)
    assert query is not None
    ratios = likelihood_ratios(query, name_table_of(names))
    return dict(zip(names, np.log10(ratios).tolist(), strict=True))


def test_order_of_likeness() -> None:
    found = lrs("王山江", ["王山江", "汪山江", "王江山", "王三江", "赵铁柱"])
    assert list(found) == sorted(found, key=lambda name: -found[name])
    assert found["赵铁柱"] < -3.0 < 5.0 < found["王山江"]


def test_term_frequency_is_built_in() -> None:
    common, rare = lrs("张伟", ["张伟"])["张伟"], lrs("罗珺瑶", ["罗珺瑶"])["罗珺瑶"]
    assert 2.5 < common < 4.5
    assert rare > common + 3.0


def test_accent_explains_a_merger() -> None:
    told, true = "黄玲", "王林"
    unknown, known = lrs(told, [true])[true], lrs(told, [true], "yue")[true]
    assert lrs(told, [true], "yue")[true] > lrs(told, [true], "dongbei")[true]
    assert known > unknown - 0.05


def test_surname_reading_is_used() -> None:
    assert lrs("谢江", ["解江"])["解江"] > lrs("街江", ["解江"])["解江"] > 0
    assert lrs("仇和", ["邱和"])["邱和"] > 2.0


def test_withheld_names_are_surname_evidence_only() -> None:
    found = lrs("王某某", ["王山江", "王伟", "李伟"])
    assert found["王山江"] == pytest.approx(found["王伟"], abs=0.02)
    assert 0.9 < found["王伟"] < 1.3
    assert found["李伟"] < -1.0


def test_compound_surname_cut_short() -> None:
    found = lrs("欧洪芝", ["欧阳洪芝", "欧洪芝", "李洪芝"])
    assert found["欧洪芝"] > found["欧阳洪芝"] > found["李洪芝"]
    assert found["欧阳洪芝"] > 2.0


def test_alternatives_in_one_field_share_its_weight() -> None:
    both, alone, stranger = (lrs(text, ["王山江"])["王山江"] for text in ("李建国/王山江", "王山江", "李建国"))
    other = lrs("李建国", ["王山江"])["王山江"]
    assert stranger == other
    assert other < 0 < both < alone
    assert both == pytest.approx(math.log10((10.0**alone + 10.0**other) / 2.0), abs=1e-3)


def test_an_underscore_stands_for_a_character() -> None:
    found = lrs("王建_", ["王建军", "王建", "张建军"])
    assert found == pytest.approx(lrs("王建□", ["王建军", "王建", "张建军"]))
    assert found["王建军"] > 2.0


def test_old_wang_is_somebody_called_wang() -> None:
    assert true_name_of("老王") == TrueName(("王",), ())
    assert lrs("王山江", ["老王"])["老王"] == pytest.approx(lrs("王山江", ["王某某"])["王某某"])


@pytest.mark.parametrize("text", ["无名氏", "救助A123", "", "???", "!!!", "\ud800", "😀", "Иван", "不详"])
def test_no_evidence_no_query(text: str) -> None:
    assert compile_name(understand(text), default_model()) is None


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=12) | st.text("王山江欧阳某□·小老 wang(音)", max_size=14))
def test_any_text_gives_finite_ratios(text: str) -> None:
    query = compile_name(understand(text), default_model())
    table = name_table_of(["王山江", "欧阳芳", text])
    if query is not None:
        ratios = likelihood_ratios(query, table)
        assert np.isfinite(ratios).all()
        assert (ratios >= 0).all()


def test_very_long_text_is_cheap() -> None:
    query = compile_name(understand("王" * 10_000), default_model())
    assert query is not None
    assert not query.branches
    assert len(query.syllables) <= MAX_SYLLABLES
    assert all(compile_name(understand("王兴"), default_model(), region) is not None for region in REGION_IDS)
