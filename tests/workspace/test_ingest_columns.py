"""The alias table, and matching it with headers."""

import pytest

from matcher.errors import InputError
from matcher.workspace.ingest.columns import meanings, nearest, plan_columns, target_of
from matcher.workspace.ingest.entries import covered_fields
from matcher.workspace.ingest.pedigrees import RELATIONS, pedigree_of
from matcher.workspace.rows import unknown_fields


def test_no_header_means_two_things() -> None:
    seen: dict[str, str] = {}
    for meaning in meanings():
        assert meaning.doc
        assert meaning.doc_zh
        for header in meaning.headers:
            assert target_of(header) == meaning.target, header
            assert seen.setdefault(header, meaning.target) == meaning.target


def test_every_target_is_understood_downstream() -> None:
    targets = {meaning.target for meaning in meanings()}
    assert {target[7:] for target in targets if target.startswith("sample.")} == set(RELATIONS)
    assert {target[6:] for target in targets if target.startswith("place.")} == {
        "home", "household", "accent", "lost", "found",
    }  # fmt: skip
    assert {target[5:] for target in targets if target.startswith("name.")} == {
        "told", "registered", "former", "alias", "nickname", "father", "mother", "spouse", "child", "sibling",
    }  # fmt: skip
    for meaning in meanings():
        plan = plan_columns("x", ["编号", meaning.headers[0]] if meaning.target != "case_number" else ["编号"])
        assert not unknown_fields(covered_fields(plan, "站"))


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("姓　名", "name"), ("姓名(必填)", "name"), ("*姓名", "name"), ("【姓名】", "name"), ("編號", "case_number"),
        ("年齡", "age"), ("年龄（目测）", "age_guessed"), ("身高(cm)", "height"), ("Case No.", "case_number"),
        ("CASE_NUMBER", "case_number"), ("ＤＮＡ编号", "sample.own"), ("父亲DNA编号", "sample.father"),
        ("鞋码", None), ("", None),
    ],
)  # fmt: skip
def test_headers_as_people_write_them(header: str, target: str | None) -> None:
    assert target_of(header) == target


def test_a_near_miss_is_proposed_and_a_stranger_is_not() -> None:
    assert nearest("自报姓明") == "自报姓名"
    assert nearest("admision date") == "admission date"
    assert nearest("鞋码") is None
    assert plan_columns("x", ["编号", "自报姓明"]).proposals == (("自报姓明", "自报姓名"),)


def test_unknown_and_doubled_and_empty_headers_become_notes_of_their_own() -> None:
    plan = plan_columns("x", ["编号", "备注", "备注", "", "鞋码"])
    assert [column.header for column in plan.columns] == ["编号", "备注", "备注 (2)", "第4列", "鞋码"]
    assert "鞋码" in plan.unknown
    assert "备注" not in plan.unknown


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (["姓名", "性别"], "no column for the case number; headers found: 姓名, 性别"),
        (["编 号 码", "性别"], "is '编 号 码' the case number?"),
        (["濮撳悕", "缂栧彿"], "is '姓名' read in a wrong encoding"),
        (["编号", "性别", "性别"], "the header '性别' stands in columns 2 and 3"),
        (["编号", "编 号"], "stands in columns 1 and 2"),
        ([], "headers found: none"),
    ],
)
def test_a_header_that_cannot_be_used_is_one_clear_error(headers: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        plan_columns("intake.csv", headers)
    assert words in str(caught.value)
    assert str(caught.value).startswith("intake.csv: ")


@pytest.mark.parametrize("sex", ["male", "female", None])
def test_pedigrees_are_sound_for_every_set_of_relatives(sex: str | None) -> None:
    for number in range(1 << len(RELATIONS)):
        samples = {
            relation: (f"{relation}-1", f"{relation}-2")
            for place, relation in enumerate(RELATIONS)
            if number >> place & 1
        }
        own, members = pedigree_of(samples, sex)  # type: ignore[arg-type]
        assert (own is not None) == ("own" in samples)
        names = [member.member for member in members]
        assert len(set(names)) == len(names)
        assert all((m.father is None) == (m.mother is None) for m in members)
        fathers, mothers = ({getattr(m, side) for m in members} - {None} for side in ("father", "mother"))
        assert not fathers & mothers
        assert fathers | mothers <= set(names)
        typed = {m.profile.sample_id for m in members if m.profile} | ({own.sample_id} if own else set())
        lost = {"spouse"} if "child" not in samples else set()
        expected = {s for relation, two in samples.items() if relation not in lost for s in two}
        single = {"own-2", "father-2", "mother-2", "spouse-2"}
        assert typed == expected - single
