"""The name channel: encoding, bounds, credence, several names, and words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from matcher.engine.columns import ManyColumn, Vocabulary
from matcher.engine.scan import exact_parts
from matcher.phonetic.channel import NameChannel, name_channel
from matcher.phonetic.compiler import CEILING, FLOOR, NameCompiler
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.population import default_model
from matcher.phonetic.written import understand
from matcher.subjects import evidence_of
from matcher.types import NameKind, Part, Subject, ToldName


def subject(record_id: str, *names: str | ToldName, accent: str | None = None) -> Subject:
    told = tuple(name if isinstance(name, ToldName) else ToldName(name) for name in names)
    return Subject(record_id, "rescue", names=told, accent=accent)


def prepared(subjects: list[Subject]) -> tuple[NameCompiler, ManyColumn, Vocabulary]:
    vocabularies = {"name": Vocabulary(), "relatives": Vocabulary()}
    codes = name_channel().encode(evidence_of(subjects), vocabularies)["name"]
    compiler = NameChannel().prepare(vocabularies)
    assert isinstance(codes, ManyColumn)
    assert isinstance(compiler, NameCompiler)
    return compiler, codes, vocabularies["name"]


def log10_lr(probe: Subject, record: Subject) -> float:
    compiler, codes, _ = prepared([record])
    plan = compiler.compile(probe)
    assert plan is not None
    return float(sum(part.log10_lr for part in exact_parts(plan, {"name": codes}, 0)))


def test_equal_evidence_has_one_code() -> None:
    rows = [subject("A", "王山江"), subject("B", "王 山 江"), subject("C", "姓名：王山江"), subject("D", "王山江(音)")]
    _, codes, vocabulary = prepared(rows)
    assert vocabulary.values == ["", "王山江", "王山江~"]
    assert codes.codes.tolist() == [1, 1, 1, 2]


def test_placeholders_are_missing_and_never_match() -> None:
    rows = [subject("A", "无名氏"), subject("B", "救助A123", "王山江")]
    compiler, codes, _ = prepared(rows)
    assert np.diff(codes.offsets).tolist() == [0, 1]
    assert compiler.compile(subject("P", "无名氏", "救助A123")) is None


def test_credence_limits_what_a_contradiction_says() -> None:
    record = subject("A", "李铁柱")
    said = {c: log10_lr(subject("P", ToldName("王山江", credence=c)), record) for c in (0.3, 0.6, 0.9)}
    for credence, value in said.items():
        assert value == pytest.approx(np.log10(1.0 - credence), abs=0.01)


def test_bounds() -> None:
    exact = subject("A", "罗珺瑶")
    assert log10_lr(subject("P", ToldName("罗珺瑶", "registered")), exact) == CEILING
    assert log10_lr(subject("P", ToldName("王山江", credence=1.0)), subject("A", "李铁柱")) == FLOOR


def test_several_names_are_averaged_not_maximised() -> None:
    record = subject("A", "王山江")
    alone = log10_lr(subject("P", "王兴江"), record)
    diluted = log10_lr(subject("P", "王兴江", "赵铁柱", "钱进来", "孙大圣"), record)
    assert diluted < alone
    assert diluted == pytest.approx(np.log10((10**alone + 3 * 0.1) / 4), abs=0.01)


def test_background_mean_is_one() -> None:
    compiler, _, _ = prepared([subject("A", "王山江")])
    probe = subject("P", "王兴江", "wang xingjiang", "老王", accent="湖南口音")
    (background,) = compiler.backgrounds(probe)
    assert background.probability.sum() == pytest.approx(1.0, abs=1e-9)
    assert float(background.probability @ 10.0**background.log10_lr) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", ["told", "registered", "former", "alias", "nickname"])
def test_every_kind_of_name_has_a_credence(kind: NameKind) -> None:
    value = log10_lr(subject("P", ToldName("王山江", kind)), subject("A", "赵铁柱"))
    assert -1.5 <= value < -0.5


NAMES = (
    "王山江",
    "欧阳洪芝",
    "无名氏",
    "王某某",
    "王山江(音)",
    "阿迪力·买买提",
    "wang shanjiang",
    "李玉□",
    "老王",
    "山江",
)


def test_kept_tables_give_the_numbers_of_a_fresh_preparation() -> None:
    rows = [subject(f"R{number}", name) for number, name in enumerate(NAMES)]
    compiler, _, vocabulary = prepared(rows)
    both = {"name": vocabulary, "relatives": Vocabulary()}
    kept = NameChannel().restore(both, NameChannel().tabulate(both))
    for name in NAMES:
        fresh, restored = compiler.compile(subject("P", name)), kept.compile(subject("P", name))
        if fresh is None or restored is None:
            assert fresh is restored
            continue
        np.testing.assert_array_equal(fresh.terms[0].table, restored.terms[0].table)  # type: ignore[union-attr]


def test_kept_tables_of_other_rules_are_not_used() -> None:
    _, _, vocabulary = prepared([subject("A", "王山江")])
    both = {"name": vocabulary, "relatives": Vocabulary()}
    tables = NameChannel().tabulate(both)
    broken = {name: np.zeros(0, np.uint8) for name in tables}
    assert NameChannel().restore(both, broken).compile(subject("P", "王山江")) is not None


def test_table_equals_the_readable_likelihood_ratios() -> None:
    rows = [subject(f"R{number}", name) for number, name in enumerate(NAMES)]
    compiler, _, _ = prepared(rows)
    for name, credence in (("王兴江", 0.9), ("wang shan", 0.75), ("艾迪力·买买提", 0.5)):
        plan = compiler.compile(subject("P", ToldName(name, credence=credence)))
        query = compile_name(understand(name), default_model())
        assert plan is not None
        assert query is not None
        oracle = np.log10(credence * likelihood_ratios(query, compiler.table) + 1.0 - credence)
        np.testing.assert_allclose(plan.terms[0].table[1:], oracle, atol=1e-12)  # type: ignore[union-attr]


def test_words() -> None:
    probe, record = subject("P", "王兴江"), subject("A", "王山江")
    compiler, codes, _ = prepared([record])
    plan = compiler.compile(probe)
    assert plan is not None
    parts = exact_parts(plan, {"name": codes}, 0)
    chinese = name_channel().describe(probe, record, parts, "zh")
    english = name_channel().describe(probe, record, parts, "en")
    assert "王: 同字" in chinese[0]
    assert "兴/山: 音形均不相近" in chinese[0]
    assert chinese[-1] == "王姓约占人口7.3%"
    assert english[-1] == "surname 王 is held by 7.3% of people"
    assert name_channel().describe(dataclasses.replace(probe, names=()), record, (), "en") == ()


def test_words_name_the_accent() -> None:
    probe, record = subject("P", "黄玲令", accent="湖南话"), subject("A", "王宁宁")
    compiler, codes, _ = prepared([record])
    plan = compiler.compile(probe)
    assert plan is not None
    words = " ".join(name_channel().describe(probe, record, exact_parts(plan, {"name": codes}, 0), "zh"))
    assert "湘语口音中易混" in words


@pytest.mark.parametrize("told", ["艾迪力·买买提", "才让卓玛", "王某某", "老王", "wang", "山□"])
@pytest.mark.parametrize("registered", ["王山江", "阿迪力·买买提", "王某某", "王山江(音)"])
def test_any_two_names_can_be_put_into_words(told: str, registered: str) -> None:
    words = name_channel().describe(
        subject("P", told, "李强"), subject("A", registered, "无名氏"), (Part("name", "name", 1.0),), "en"
    )
    assert " ~ " in words[0]
