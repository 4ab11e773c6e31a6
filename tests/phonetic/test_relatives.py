"""Relatives' names: the mean LR of others is one within each surname, and what agrees speaks for one person."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matcher.engine import storage
from matcher.engine.columns import ColumnCodes, Vocabulary
from matcher.engine.scan import exact_parts
from matcher.phonetic.channel import NameChannel, name_channel
from matcher.phonetic.compiler import NameCompiler
from matcher.phonetic.emission import WritingHabits
from matcher.phonetic.frequencies import NameFrequencies
from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import TrueName, build_name_table, name_table_of
from matcher.phonetic.population import NameModel, default_model
from matcher.phonetic.relatives import SHARE_THE_SURNAME, relative_ratios
from matcher.phonetic.written import understand
from matcher.subjects import evidence_of, subjects_of
from matcher.types import RELATIONS, NameKind, Part, Sex, Subject, ToldName

TOLD = ("王兴江", "欧阳江芳", "兴江", "王□江", "王某某", "wang xing jiang", "王重江(音)")
Enumerate = Callable[[NameFrequencies], tuple[list[TrueName], np.ndarray]]
Prepared = tuple[NameCompiler, dict[str, ColumnCodes], dict[str, Vocabulary]]


SEXES: tuple[Sex | None, ...] = ("male", None, "female")


def told(text: str, kind: str = "told", credence: float | None = None) -> ToldName:
    return ToldName(text, kind, credence=credence)  # type: ignore[arg-type]


def subject(record_id: str, *names: ToldName, sex: Sex | None = None) -> Subject:
    return Subject(record_id, "missing", sex=sex, names=names)


def prepared(*subjects: Subject) -> Prepared:
    vocabularies = {"name": Vocabulary(), "relatives": Vocabulary()}
    codes = name_channel().encode(evidence_of(subjects), vocabularies)
    compiler = name_channel().prepare(vocabularies)
    assert isinstance(compiler, NameCompiler)
    return compiler, codes, vocabularies


def parts_of(probe: Subject, record: Subject) -> dict[str, float]:
    compiler, codes, _ = prepared(record)
    plan = compiler.compile(probe)
    assert plan is not None
    return {part.column: part.log10_lr for part in exact_parts(plan, codes, 0)}


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("text", TOLD)
def test_mean_lr_over_the_names_of_a_surname_is_one(
    text: str, relation: NameKind, everybody: Enumerate, tiny_population: NameFrequencies
) -> None:
    names, shares = everybody(dataclasses.replace(tiny_population, whole={"兴江": 0.2, "芳芳": 0.1}))
    model = NameModel(dataclasses.replace(tiny_population, whole={"兴江": 0.2, "芳芳": 0.1}), WritingHabits())
    query = compile_name(understand(text), model)
    assert query is not None
    ratios = relative_ratios(query, build_name_table(names), relation)
    for surname in {name.surname for name in names}:
        mine = np.array([name.surname == surname for name in names])
        mean = float(shares[mine] @ ratios[mine] / shares[mine].sum())
        if relation in SHARE_THE_SURNAME:
            assert mean == pytest.approx(1.0, abs=1e-9)
    if relation not in SHARE_THE_SURNAME:
        np.testing.assert_array_equal(ratios, likelihood_ratios(query, build_name_table(names)))


def test_surname_counts_once_whatever_the_own_names_say() -> None:
    """Mean over the fathers of one surname of the product of both parts is the part of the own names alone."""
    query = compile_name(understand("王大山"), default_model())
    assert query is not None
    same, other, unlike = relative_ratios(query, name_table_of(["王大山", "李大山", "王志强"]), "father")
    assert same == pytest.approx(other, rel=0.5)  # the surname says hardly anything further
    assert same > 1e3
    assert unlike < 0.1
    full = relative_ratios(query, name_table_of(["王大山", "李大山"]), "spouse")
    assert full[0] > 5.0 * same
    assert full[1] < 0.2 * full[0]


def test_names_that_cannot_be_compared_say_nothing() -> None:
    for text in ("王大山", "阿迪力·买买提"):
        query = compile_name(understand(text), default_model())
        assert query is not None
        for relation in RELATIONS:
            ratios = relative_ratios(query, name_table_of(["王大山", "阿卜杜拉·买买提", "不详", "王某某"]), relation)
            assert (ratios >= 0.0).all()
            assert np.isfinite(ratios).all()
            assert ratios[2] == 1.0
            if relation == "father":
                assert ratios[3] == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["王大三", "wang dashan", "艾迪力·买买提", "大山"])
def test_table_equals_the_readable_likelihood_ratios(text: str) -> None:
    names = ("王大山", "欧阳德明", "阿迪力·买买提", "王某某", "王大山(音)", "大山")
    every = [told(name, relation) for relation in RELATIONS for name in names]
    compiler, _, _ = prepared(*(subject(f"R{n:02d}", name) for n, name in enumerate(every)))
    query = compile_name(understand(text), default_model())
    assert query is not None
    for relation in RELATIONS:
        plan = compiler.compile(subject("P", told("王小军"), told(text, relation, 0.6)))
        assert plan is not None
        mine = np.array([name.kind == relation for name in every])
        ratios = relative_ratios(query, compiler.relatives.table, relation)
        oracle = np.where(mine, np.log10(0.6 * ratios + 0.4), 0.0)
        np.testing.assert_allclose(plan.terms[1].table[1:], oracle, atol=1e-9)  # type: ignore[union-attr]


def test_only_the_same_relation_is_compared() -> None:
    probe = subject("P", told("王大山", "father"))
    assert parts_of(probe, subject("A", told("王大山", "father")))["relatives"] > 2.5
    assert "relatives" not in parts_of(probe, subject("A", told("王大山", "sibling")))
    assert parts_of(probe, subject("A", told("赵铁柱", "father")))["relatives"] < -0.5


def test_relatives_names_are_never_the_subjects_own() -> None:
    record = subject("A", told("王大山", "father"), told("赵小军"))
    _, _, vocabularies = prepared(record)
    assert vocabularies["name"].values == ["", "赵小军"]
    assert vocabularies["relatives"].values == ["", "father:王大山"]
    own = parts_of(subject("P", told("王大山")), record)
    assert own == parts_of(subject("P", told("王大山")), subject("A", told("赵小军")))


def test_missing_relatives_contribute_nothing() -> None:
    own = subject("P", told("王小军"))
    both = subject("P", told("王小军"), told("王大山", "father"))
    record = subject("A", told("王晓军"))
    assert parts_of(both, record) == parts_of(own, record)
    assert parts_of(own, subject("A", told("王晓军"), told("王大山", "father"))) == parts_of(own, record)
    nothing = subject("P", told("不详", "father"), told("无名氏"))
    assert prepared(record)[0].compile(nothing) is None


def test_own_names_and_relatives_add_up() -> None:
    probe = subject("P", told("王小军"), told("李秀珍", "mother"))
    record = subject("A", told("王晓军"), told("李秀珍", "mother"))
    alone = parts_of(subject("P", told("王小军")), record)
    found = parts_of(probe, record)
    assert found["name"] == alone["name"]
    assert found["relatives"] > 2.0


def test_several_relatives_are_averaged() -> None:
    record = subject("A", told("王大山", "father"))
    alone = parts_of(subject("P", told("王大山", "father", 0.8)), record)["relatives"]
    two = parts_of(subject("P", told("王大山", "father", 0.8), told("赵铁柱", "father", 0.8)), record)["relatives"]
    assert two == pytest.approx(math.log10((10**alone + 0.2) / 2), abs=0.01)


def test_without_a_name_of_its_own_a_fathers_surname_stands_in() -> None:
    probe = subject("P", told("覃大山", "father"))
    assert parts_of(probe, subject("A", told("覃小军")))["name"] > 1.5
    assert parts_of(probe, subject("A", told("覃小军"))) == pytest.approx(
        parts_of(probe, subject("A", told("覃志强"))), abs=1e-9
    )
    assert parts_of(probe, subject("A", told("赵小军")))["name"] < -0.4
    for silent in ("mother", "spouse"):
        assert "name" not in parts_of(subject("P", told("覃大山", silent)), subject("A", told("覃小军")))


def test_a_sons_surname_is_his_fathers_and_rarely_his_mothers() -> None:
    record = subject("A", told("覃小军"))
    son = told("覃志强", "child")
    man, nobody, woman = (parts_of(subject("P", son, sex=sex), record)["name"] for sex in SEXES)
    assert man > nobody > woman > 0.0


@pytest.mark.parametrize("own", [(), (told("王小军"),)])
@pytest.mark.parametrize("relations", [*[(r,) for r in RELATIONS], RELATIONS, ("father", "father", "mother")])
def test_background_mean_is_one(own: tuple[ToldName, ...], relations: tuple[str, ...]) -> None:
    compiler, _, _ = prepared(subject("A", told("王大山", "father")))
    names = zip(("王大山", "李桂兰", "wang qiang", "阿迪力·买买提", "老王"), relations, strict=False)
    probe = subject("P", *own, *(told(text, relation) for text, relation in names))
    plan = compiler.compile(probe)
    assert plan is not None
    backgrounds = compiler.backgrounds(probe)
    assert [b.column for b in backgrounds] == [term.column for term in plan.terms]
    for background in backgrounds:
        assert background.probability.sum() == pytest.approx(1.0, abs=1e-9)
        assert float(background.probability @ 10.0**background.log10_lr) == pytest.approx(1.0, abs=1e-9)


def test_relatives_say_nothing_of_other_hypotheses() -> None:
    compiler, _, _ = prepared(subject("A", told("王大山", "father")))
    probe = subject("P", told("王大山", "father"))
    assert compiler.compile(probe, "sibling") is None
    assert compiler.backgrounds(probe, "parent_child") == ()


@pytest.mark.parametrize("texts", [("王大山", "阿迪力·买买提", "王某某", "王大山(音)"), ()])
def test_kept_tables_give_the_numbers_of_a_fresh_preparation(texts: tuple[str, ...], tmp_path: Path) -> None:
    rows = [subject(f"R{n}", told("王小军"), told(text, RELATIONS[n])) for n, text in enumerate(texts)]
    compiler, _, vocabularies = prepared(*rows, subject("S", told("李强")))
    storage.write_tables(tmp_path, "name", NameChannel().tabulate(vocabularies))
    kept = NameChannel().restore(vocabularies, storage.read_tables(tmp_path, "name"))
    probe = subject("P", told("王小君"), *(told("王大三", relation) for relation in RELATIONS))
    fresh, restored = compiler.compile(probe), kept.compile(probe)
    assert fresh is not None
    assert restored is not None
    for one, other in zip(fresh.terms, restored.terms, strict=True):
        np.testing.assert_array_equal(one.table, other.table)  # type: ignore[union-attr]


def test_evidence_keeps_relatives() -> None:
    before = subject("A", told("王小军"), told("王大山", "father", 0.5), told("李桂兰(音)", "mother"))
    (after,) = subjects_of(evidence_of([before]))
    assert after.own_names == (told("王小军"),)
    assert after.relatives == before.names[1:]


def test_words() -> None:
    probe = subject("P", told("王小军"), told("王大山", "father"), told("李桂兰", "mother"))
    record = subject("A", told("王晓军"), told("王大三", "father"))
    parts = (Part("name", "name", 3.0), Part("name", "relatives", 2.0))
    chinese = name_channel().describe(probe, record, parts, "zh")
    english = name_channel().describe(probe, record, parts, "en")
    assert chinese[0].startswith("王小军 ~ 王晓军: ")
    assert chinese[-1].startswith("父亲姓名 王大山 ~ 王大三: ")
    assert english[-1].startswith("father's name 王大山 ~ 王大三: ")
    assert sum("姓名" in sentence for sentence in chinese) == 1
    orphan = subject("P", told("王大山", "father"))
    assert name_channel().describe(orphan, record, parts[:1], "zh") == ("未述本人姓名，以父亲姓名 王大山 比对姓氏",)
    assert name_channel().describe(orphan, record, parts[:1], "en") == (
        "no own name was told; the surname is compared with that of the father 王大山",
    )
