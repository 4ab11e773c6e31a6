"""Checks a JSON value against the part of JSON Schema that our own schema file uses.

The schema file is the contract for writer, reader and consumers alike; this keeps the reader from having a second
opinion. A keyword that is not understood is refused, never skipped.

Source: JSON Schema draft 2020-12, core and validation vocabularies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_REMARKS = frozenset({"$schema", "$defs", "title", "description"})


def faults(value: Json, schema: Schema, *, root: Schema, where: str = "") -> Iterator[str]:
    """Yield each way in which a value breaks a schema, with the place inside the value.

    Parameters
    ----------
    value : Json
        Parsed JSON.
    schema, root : Mapping
        The schema that applies here, and the document that `$ref` points into.
    where : str
        Path of `value`, such as `leads[0].rank`.

    >>> schema = {"type": "object", "required": ["rank"], "properties": {"rank": {"type": "integer"}}}
    >>> list(faults({"rank": "first"}, schema, root=schema))
    ["rank: 'first' is not of type integer"]
    """
    reference = schema.get("$ref")
    if reference is not None:
        yield from faults(value, root["$defs"][reference.removeprefix("#/$defs/")], root=root, where=where)
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else kind
    if kinds is not None and not any(_is(value, one) for one in kinds):
        yield _say(where, f"{_short(value)} is not of type {' or '.join(kinds)}")
        return
    for keyword, rule in schema.items():
        if keyword not in _REMARKS and keyword not in {"$ref", "type"}:
            yield from _keyword_faults(value, keyword, rule, where)
    if isinstance(value, dict):
        for name, item in value.items():
            if name in schema.get("properties", {}):
                yield from faults(item, schema["properties"][name], root=root, where=f"{where}.{name}".lstrip("."))
            elif schema.get("additionalProperties", True) is False:
                yield _say(where, f"unknown field {_short(name)}")
    if isinstance(value, list) and "items" in schema:
        for position, item in enumerate(value):
            yield from faults(item, schema["items"], root=root, where=f"{where}[{position}]")


def _keyword_faults(value: Json, keyword: str, rule: Any, where: str) -> Iterator[str]:
    """Apply one assertion that is about this value alone."""
    match keyword:
        case "const":
            if type(value) is not type(rule) or value != rule:
                yield _say(where, f"{_short(value)} is not {_short(rule)}")
        case "enum":
            if value not in rule:
                yield _say(where, f"{_short(value)} is none of {', '.join(map(str, rule))}")
        case "minimum":
            if isinstance(value, (int, float)) and value < rule:
                yield _say(where, f"{_short(value)} is below {rule}")
        case "maximum":
            if isinstance(value, (int, float)) and value > rule:
                yield _say(where, f"{_short(value)} is above {rule}")
        case "minLength":
            if isinstance(value, str) and len(value) < rule:
                yield _say(where, f"{_short(value)} is shorter than {rule}")
        case "required":
            for name in rule:
                if isinstance(value, dict) and name not in value:
                    yield _say(where, f"field '{name}' is missing")
        case "properties" | "additionalProperties" | "items":
            pass
        case _:
            raise ValueError(f"schema keyword '{keyword}' is not supported")


def _is(value: Json, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _say(where: str, what: str) -> str:
    return f"{where}: {what}" if where else what
