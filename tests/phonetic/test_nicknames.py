"""Nicknames of a gallery: the law over everybody who has one, and what two nicknames are worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from matcher.engine.columns import Vocabulary
from matcher.engine.scan import exact_parts
from matcher.phonetic.affixes import SHARES, heard_affixes
from matcher.phonetic.channel import NameChannel, name_channel
from matcher.phonetic.compiler import NameCompiler
from matcher.phonetic.emission import Token, WritingHabits
from matcher.phonetic.factors import likelihood_ratios_compiled
from matcher.phonetic.frequencies import NameFrequencies, cold_start
from matcher.phonetic.grouped import Grouped, grouped
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import GalleryName, NameTable, TrueName, build_name_table, true_name_of
from matcher.phonetic.nicknames import Nicknames, kept_nicknames, with_nicknames
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.productions import AFFIXES, PREFIXES, SUFFIXES, affixed_alone
from matcher.phonetic.transcribed import SHARE
from matcher.phonetic.written import understand
from matcher.subjects import evidence_of
from matcher.types import Hypothesis, Part, Subject, ToldName


def makes() -> dict[str, float]:
    """Every make of nickname with its probability."""
    shares = {f"{affix}%s": share for affix, share in PREFIXES.items()}
    shares |= {f"%s{affix}": share for affix, share in SUFFIXES.items()}
    found = {make: share * affixed_alone() for make, share in shares.items()} | {"%s%s": affixed_alone(doubled=True)}
    return {make: share / sum(found.values()) for make, share in found.items()}


def found(
    written: list[str], population: NameFrequencies, parse: Callable[[str], GalleryName | None] = true_name_of
) -> tuple[NameTable, Nicknames]:
    own = build_name_table(parse(text) for text in written)
    (table, groups), nicknames = with_nicknames(written, (own, grouped(own)), population)
    assert_same_layout(table, groups)
    return table, nicknames


def assert_same_layout(table: NameTable, laid_out: Grouped) -> None:
    """What was put behind a lay-out scores as if everything had been laid out at once."""
    query = compile_name(understand("王小芳"), default_model())
    assert query is not None
    groups, rows = laid_out
    if len(groups):
        np.testing.assert_allclose(
            likelihood_ratios_compiled(query, table, groups, rows),
            likelihood_ratios_compiled(query, table, *grouped(table)),
            rtol=1e-12,
        )


@pytest.mark.parametrize("region", [None, "xiang"])
@pytest.mark.parametrize(
    "text", ["小芳", "芳芳", "芳娃", "晓方", "兴江", "王兴江", "老王", "王某某", "江", "xiao fang"]
)
def test_mean_lr_over_everybodys_nickname_is_one(
    text: str, region: str | None, tiny_population: NameFrequencies
) -> None:
    query = compile_name(understand(text), NameModel(tiny_population, WritingHabits()), region)
    assert query is not None
    people = [
        (make.replace("%s", told), share * chance)
        for make, share in makes().items()
        for told, chance in tiny_population.given.items()
    ]
    written = [name for name, _ in people]
    table, nicknames = found(written, tiny_population, lambda text: TrueName((), tuple(text)))
    assert nicknames.rows.tolist() == list(range(len(written)))
    ratios = likelihood_ratios(query, table)
    dataclasses.replace(nicknames, as_written=np.zeros(len(nicknames))).put_right(
        ratios, kept_nicknames(query, table, nicknames)
    )
    mean = float(np.array([share for _, share in people]) @ ratios[: len(people)])
    others = query.transcribed_evidence / query.evidence
    assert (1.0 - SHARE) * mean + SHARE * others == pytest.approx(1.0, abs=1e-9)


def log10_lr(told: str, written: str, hypothesis: Hypothesis = "self") -> float:
    vocabularies = {"name": Vocabulary(), "relatives": Vocabulary()}
    record = Subject("A", "rescue", names=(ToldName(written),))
    codes = name_channel().encode(evidence_of([record]), vocabularies)
    compiler = NameChannel().prepare(vocabularies)
    assert isinstance(compiler, NameCompiler)
    plan = compiler.compile(Subject("P", "intake", names=(ToldName(told),)), hypothesis)
    assert plan is not None
    return sum(part.log10_lr for part in exact_parts(plan, codes, 0))


@pytest.mark.parametrize("nickname", ["平子", "小峰", "阿军", "云娃", "林子", "华华", "阿生(音)"])
def test_one_nickname_told_twice_is_no_rare_name(nickname: str) -> None:
    assert 1.0 < log10_lr(nickname, nickname) < 4.0
    assert log10_lr("阿刚", nickname) < 0.1


def test_the_same_nickname_says_more_than_the_same_character() -> None:
    assert log10_lr("平子", "平子") > log10_lr("平子", "刘真平") + 0.5
    assert log10_lr("平子", "平子") > log10_lr("平子", "平娃") + 0.5 > 1.0
    assert log10_lr("刘真平", "平子") > 1.0
    assert log10_lr("刘真平", "平子") > log10_lr("平山江", "平子")


def test_an_affix_is_heard_like_any_other_sound() -> None:
    assert log10_lr("茂挖", "茂娃") > log10_lr("茂挖", "茂仔") + 0.5
    heard = heard_affixes(default_model(), Token("挖"), np.full(17, 1.0 / 17.0), sound_only=False)
    assert AFFIXES[int(np.argmax(heard / SHARES))] == "娃"


def test_a_nickname_may_be_made_of_a_surname() -> None:
    assert log10_lr("王山江", "小王") > 0.5 > log10_lr("李山江", "小王")


def test_a_nickname_does_not_lend_its_character_as_a_surname_to_kin() -> None:
    assert log10_lr("平大山", "平子", "sibling") < log10_lr("平大山", "平志军", "sibling") - 1.5


@pytest.mark.parametrize("written", ["小妹", "王江", "老王", "王子强", "小王子", "老李头", "阿迪力", "无名", "ping zi"])
def test_other_names_are_taken_as_before(written: str) -> None:
    table, nicknames = found([written], cold_start())
    assert len(nicknames) == (written == "小妹")
    assert (len(table) > 1) == (written == "小妹")


def test_no_names_no_nicknames() -> None:
    assert len(found([], cold_start())[1]) == 0


def test_words_call_it_a_nickname() -> None:
    probe, record = (Subject(name, "rescue", names=(ToldName(name),)) for name in ("小平", "平子"))
    chinese, english = (
        name_channel().describe(probe, record, (Part("name", "name", 1.0),), language) for language in ("zh", "en")
    )
    assert chinese == ("小平 ~ 平子: 平: 同字", "当作小名，只知名中一字")
    assert english == ("小平 ~ 平子: 平: same character", "a nickname, which tells one character")
