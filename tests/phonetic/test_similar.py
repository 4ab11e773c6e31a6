"""Look-alikes: one component more or less, a component in common; what is written for one character sums to one."""

from __future__ import annotations

import pytest

from matcher.phonetic.similar import MOST_ALIKE, _share, similar_characters


@pytest.mark.parametrize(
    ("written", "true"),
    [("旺", "王"), ("陈", "东"), ("碉", "周"), ("晴", "静"), ("未", "妹"), ("付", "傅"), ("拴", "全")],
)
def test_common_confusions(written: str, true: str) -> None:
    assert true in {other for other, _, _ in similar_characters(written)}


@pytest.mark.parametrize("true", ["王", "李", "静", "孚"])
def test_what_is_written_for_one_character_sums_to_one(true: str) -> None:
    total = sum(_share(written, true) for written in (chr(code) for code in range(0x3400, 0xA000)) if written != true)
    assert total == pytest.approx(1.0, abs=0.02)  # a few components are no characters of these blocks


def test_a_radical_of_hundreds_does_not_cost_hundreds() -> None:
    assert len(similar_characters("江")) <= MOST_ALIKE + 2
    assert similar_characters("王") == similar_characters("王")
    assert similar_characters("") == similar_characters("x") == ()
