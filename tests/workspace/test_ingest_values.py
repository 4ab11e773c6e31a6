"""Cells of forms: golden readings, and laws that hold for any text whatever."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.types import DayInterval
from matcher.workspace.ingest.ages import OLDEST, AgeReading, birth_interval, parse_age
from matcher.workspace.ingest.columns import nearest, target_of
from matcher.workspace.ingest.dates import EARLIEST_YEAR, DateReading, date_of, days_of, parse_date
from matcher.workspace.ingest.encodings import unscrambled
from matcher.workspace.ingest.quantities import SHORTEST_CM, TALLEST_CM, parse_height, parse_sex
from matcher.workspace.ingest.rejects_file import harmless, rejects_csv
from matcher.workspace.ingest.statements import parse_names, parse_places, parse_samples, split_files
from matcher.workspace.ingest.text import (
    UnreadableValueError,
    han_to_digits,
    is_text,
    plain,
    says_nothing,
    shortened,
)

TODAY = days_of(2026, 11, 21)
GOLDEN = Path(__file__).parents[1] / "golden" / "ingest_values.csv"

# Text that looks like values: digits, units, separators and the words of forms, mixed with anything else.
FORM_TEXT = st.text(
    st.sampled_from("0123456789０９年月日岁约左右米cm.-/至~、;；(音)（）农历腊初五十一二三零〇男女王不详多半个 \t")
    | st.characters(),
    max_size=40,
)
FAST = settings(max_examples=300, derandomize=True, deadline=None)


def reason_of(parse: Callable[[str], object], text: str) -> tuple[object, str | None]:
    """Parse a cell; returns the value and no reason, or no value and the reason."""
    try:
        return parse(text), None
    except UnreadableValueError as error:
        return None, error.reason if error.remedy else "no remedy"


def read_date(text: str) -> DateReading:
    return parse_date(text, today=TODAY)


def reading(parser: str, text: str) -> str:
    """Read a golden case in the form of the golden file."""
    parsers: dict[str, Callable[[str], object]] = {
        "date": read_date, "age": parse_age, "height": parse_height, "sex": parse_sex,
    }  # fmt: skip
    found, reason = reason_of(parsers[parser], text)
    if reason is not None:
        return f"!{reason}"
    if isinstance(found, DateReading):
        ends = f"{date_of(found.interval.earliest)}..{date_of(found.interval.latest)}"
        return ends + (" lunar" if found.lunar else "")
    if isinstance(found, AgeReading):
        return f"{found.youngest}..{found.oldest}" + (" estimated" if found.estimated else "")
    return str(found)


with GOLDEN.open(encoding="utf-8", newline="") as stream:
    CASES = [(row["parser"], row["text"], row["expected"]) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(("parser", "text", "expected"), CASES)
def test_golden_readings(parser: str, text: str, expected: str) -> None:
    assert reading(parser, text) == expected


@FAST
@given(FORM_TEXT)
@example("²" * 4)
@example("2019年" * 20)
@example("٢٠١٩")
def test_any_text_is_a_date_within_bounds_or_a_reason(text: str) -> None:
    found, reason = reason_of(read_date, text)
    if isinstance(found, DateReading):
        assert days_of(EARLIEST_YEAR, 1, 1) <= found.interval.earliest <= TODAY
        assert found.interval.latest - found.interval.earliest < 400 * 366
    else:
        assert reason in {"bad_date", "future_date", "date_too_early"}


@FAST
@given(FORM_TEXT)
def test_any_text_is_an_age_a_height_a_sex_or_a_reason(text: str) -> None:
    age, reason = reason_of(parse_age, text)
    assert reason in {"bad_age", "impossible_age", None}
    assert age is None or 0 <= age.youngest <= age.oldest <= OLDEST  # type: ignore[attr-defined]
    height, reason = reason_of(parse_height, text)
    assert reason in {"bad_height", "impossible_height", None}
    assert height is None or SHORTEST_CM <= height <= TALLEST_CM  # type: ignore[operator]
    sex, reason = reason_of(parse_sex, text)
    assert reason in {"bad_sex", None}
    assert sex in {"male", "female", None}


@FAST
@given(FORM_TEXT)
def test_any_text_is_names_places_samples_files(text: str) -> None:
    names, placeholders = parse_names(text, "told", is_placeholder=lambda name: name == "无名氏")
    assert placeholders >= 0
    assert all(name.text and name.text == name.text.strip() for name in names)
    assert all(place.text in plain_form(text) for place in parse_places(text, "home")[0])
    assert len(set(parse_samples(text))) == len(parse_samples(text))
    assert all(name.strip() for name in split_files(text))


def plain_form(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text).replace("　", " ")


@FAST
@given(st.text(max_size=60))
def test_text_tools_take_anything(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert len(shortened(text, 20)) <= 20
    assert is_text(shortened(text, 20))
    assert isinstance(says_nothing(text), bool)
    han_to_digits(text)
    target_of(text)
    nearest(text)
    unscrambled(text, lambda _found: False)
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_cell_of_the_rejects_file_can_act() -> None:
    from matcher.types import Reject

    reject = Reject("=a.csv", 2, "@b", '=HYPERLINK("x")', "bad_sex", "-remedy", record_lost=True)
    [_, row] = list(csv.reader(rejects_csv([reject]).splitlines()))
    assert [cell[0] for cell in (row[0], row[2], row[3], row[5])] == ["'"] * 4
    assert row[1] == "2"


@pytest.mark.parametrize("year", [1999, 2000, 2019, 2020])
@pytest.mark.parametrize("age", [0, 1, 17, 50, 119])
def test_birth_interval_against_counting_birthdays(year: int, age: int) -> None:
    """Slow oracle: somebody's age on a day is the number of birthdays gone by."""
    for month, day in ((1, 1), (2, 28), (3, 1), (12, 31)):
        on = date(year, month, day)
        found = birth_interval(AgeReading(age, age, False), DayInterval(*[on.toordinal() - 719163] * 2))
        for offset in (-1, 0, 1):
            for end in (found.earliest, found.latest):
                born = date_of(end + offset)
                years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
                assert (years == age) == (found.earliest <= end + offset <= found.latest), (on, born)


@pytest.mark.parametrize(
    ("text", "expected", "placeholders"),
    [
        ("王江山(音)", [("王江山(音)", "told", True)], 0),
        ("王江山（谐音）", [("王江山（谐音）", "told", True)], 0),
        ("王江山[音译]", [("王江山[音译]", "told", True)], 0),
        ("王江山、王兴江", [("王江山", "told", False), ("王兴江", "told", False)], 0),
        ("王江山/王兴江;李四", [("王江山", "told", False), ("王兴江", "told", False), ("李四", "told", False)], 0),
        ("王江山或王兴江", [("王江山", "told", False), ("王兴江", "told", False)], 0),
        ("王江山 王兴江", [("王江山", "told", False), ("王兴江", "told", False)], 0),
        ("王 江", [("王 江", "told", False)], 0),
        ("Wang, Jiangshan", [("Wang, Jiangshan", "told", False)], 0),
        ("王江山（小名：山子）", [("王江山", "told", False), ("山子", "nickname", False)], 0),
        ("王江山,又名王山", [("王江山", "told", False), ("王山", "alias", False)], 0),
        ("张三(化名)", [("张三", "alias", False)], 0),
        ("王小军(父亲:王大山)", [("王小军", "told", False), ("王大山", "father", False)], 0),
        ("王小军（母亲叫李秀英）", [("王小军", "told", False), ("李秀英", "mother", False)], 0),
        ("王大山(父亲)、李秀英（母亲）", [("王大山", "father", False), ("李秀英", "mother", False)], 0),
        ("王小军(父亲已故)", [("王小军(父亲已故)", "told", False)], 0),
        ("买买提·艾力", [("买买提·艾力", "told", False)], 0),
        ("无名氏/王江山", [("王江山", "told", False)], 1),
        ("不详", [], 1),
        ("王江山、王江山", [("王江山", "told", False)], 0),
    ],
)
def test_names_of_a_cell(text: str, expected: list[tuple[str, str, bool]], placeholders: int) -> None:
    names, left_out = parse_names(text, "told", is_placeholder=lambda name: name == "无名氏")
    assert [(name.text, name.kind, name.sound_only) for name in names] == expected
    assert left_out == placeholders


def test_whatever_stands_in_the_cell_of_a_relative_is_that_relatives() -> None:
    names, left_out = parse_names("王大山(小名:山子)、王江(化名)、不详", "father", is_placeholder=lambda name: False)
    assert [(name.text, name.kind) for name in names] == [("王大山", "father"), ("王江", "father"), ("山子", "father")]
    assert left_out == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("安徽六安、河南固始", ["安徽六安", "河南固始"]),
        ("金堂县；简阳", ["金堂县", "简阳"]),
        ("安徽,六安", ["安徽,六安"]),
        ("四川省或重庆市", ["四川省", "重庆市"]),
        ("无为县", ["无为县"]),
        ("不详", []),
    ],
)
def test_places_of_a_cell(text: str, expected: list[str]) -> None:
    assert [place.text for place in parse_places(text, "home")[0]] == expected
