from __future__ import annotations

import pytest

from matcher.report.json_schema import Json, faults

TREE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "children": {"type": "array", "items": {"$ref": "#/$defs/n"}},
    },
    "$defs": {"n": {"type": "number", "minimum": 0, "maximum": 1}},
}


def all_faults(value: Json) -> list[str]:
    return list(faults(value, TREE, root=TREE))


def test_a_value_that_keeps_the_schema_has_no_faults() -> None:
    assert all_faults({"name": "x", "children": [0, 0.5, 1]}) == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, "None is not of type object"),
        ([], "[] is not of type object"),
        ({}, "field 'name' is missing"),
        ({"name": ""}, "name: '' is shorter than 1"),
        ({"name": 3}, "name: 3 is not of type string"),
        ({"name": "x", "age": 3}, "unknown field 'age'"),
        ({"name": "x", "children": {}}, "children: {} is not of type array"),
        ({"name": "x", "children": [0, 2]}, "children[1]: 2 is above 1"),
        ({"name": "x", "children": [-1]}, "children[0]: -1 is below 0"),
        ({"name": "x", "children": [True]}, "children[0]: True is not of type number"),
    ],
)
def test_a_fault_names_its_place(value: Json, fault: str) -> None:
    assert all_faults(value) == [fault]


def test_one_of_several_types_is_enough() -> None:
    schema = {"type": ["number", "null"]}
    assert list(faults(None, schema, root={})) == list(faults(1.5, schema, root={})) == []
    assert list(faults("x", schema, root={})) == ["'x' is not of type number or null"]


def test_a_constant_is_compared_with_its_type() -> None:
    assert list(faults(True, {"const": 1}, root={})) == ["True is not 1"]
    assert list(faults(1, {"const": 1}, root={})) == []


def test_a_keyword_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="'pattern' is not supported"):
        list(faults("x", {"pattern": "y"}, root={}))
