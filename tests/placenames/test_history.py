from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.history import Node, SuccessorTables, former_names, level_of, name_spans
from matcher.placenames.sources import ChangeEvent

CASES = list(csv.DictReader(Path("tests/golden/place_successors.csv").read_text("utf-8").splitlines()))


@pytest.fixture(scope="session")
def successors_by_name(gazetteer: Gazetteer) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for gid in range(gazetteer.current, len(gazetteer)):
        codes = {gazetteer.code(row) for row in gazetteer.successors(gid)}
        found.setdefault(gazetteer.name(gid), set()).update(codes)
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["former"] for case in CASES])
def test_well_known_changes(case: dict[str, str], successors_by_name: dict[str, set[str]]) -> None:
    assert set(case["successors"].split(";")) <= successors_by_name[case["former"]]


def test_the_union_of_both_tables_is_taken() -> None:
    current = {"110000": "甲", "110101": "新一", "110102": "新二"}
    events = [ChangeEvent(1990, "更名", "110109", "旧县", "110101", "新一区")]
    tables = SuccessorTables.of(current, events, {"110109": ("旧县", ("110102",))})
    node = Node("110109", "旧县")
    assert tables.by_events(node) == {"110101"}
    assert tables.by_table(node) == {"110102"}


def test_a_code_that_was_given_to_another_place_is_not_followed() -> None:
    tables = SuccessorTables.of({"110101": "新一"}, [], {"110109": ("另县", ("110101",))})
    assert tables.by_table(Node("110109", "旧县")) == frozenset()


def test_a_chain_with_a_loop_ends() -> None:
    events = [
        ChangeEvent(1990, "更名", "110109", "东海县", "110108", "西海县"),
        ChangeEvent(1995, "更名", "110108", "西海县", "110109", "东海县"),
    ]
    assert SuccessorTables.of({}, events, {}).by_events(Node("110109", "东海")) == frozenset()


def test_unknown_successors_stay_unknown() -> None:
    books = {198612: {"110000": "甲市", "110109": "东海县"}, 199012: {"110000": "甲市"}}
    current = {"110000": "甲市"}
    (former,) = former_names(books, current, SuccessorTables.of({"110000": "甲市"}, [], {}))
    assert (former.name, former.successors, former.how) == ("东海县", (), "unknown")
    assert (former.first_year, former.last_year) == (1986, 1986)


def test_spans_skip_placeholders() -> None:
    books = {198612: {"110101": "市辖区", "110109": "东海县"}, 199012: {"110109": "东海县"}}
    assert name_spans(books) == {("110109", "东海县"): (198612, 199012)}


def test_levels_of_codes() -> None:
    assert [level_of(code) for code in ("130000", "130700", "130702")] == [1, 2, 3]
