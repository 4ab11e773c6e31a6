"""What a generation keeps of the place channel, so that opening it parses no vocabulary.

The laid-out statements, and the told texts by a hash, so that the words of a probe are found in the vocabulary with
what they may mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields
from hashlib import blake2b
from importlib.resources import files
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from matcher.placenames import accents
from matcher.placenames.homes import RELIABILITY, RESOLVED, text_of
from matcher.placenames.resolve import Resolution
from matcher.placenames.statement_table import StatementTable

Array = NDArray[np.generic]

_LAYOUT = 2


def kept(table: StatementTable, values: Sequence[str]) -> dict[str, Array]:
    """Return the arrays of a table, and the index of the texts of its vocabulary, the missing value included."""
    codes: dict[str, int] = {}
    for code, value in enumerate(values):
        # One of the values that say the same text, whatever their roles and accents, tells what it may mean.
        if code and (text := text_of(value)):
            codes.setdefault(text, code)
    hashes = np.array([_hash(text) for text in codes], np.uint32)
    order = np.argsort(hashes, kind="stable")
    arrays: dict[str, Array] = {item.name: getattr(table, item.name) for item in _fields()}
    return arrays | {
        "hashes": hashes[order],
        "codes": np.array(list(codes.values()), np.uint32)[order],
        "stamp": _stamp(),
    }


def opened(tables: Mapping[str, Array]) -> StatementTable | None:
    """Return the table that was kept; None when it was made by other rules."""
    if not np.array_equal(tables["stamp"], _stamp()):
        return None
    arrays = cast(dict[str, Any], {item.name: tables[item.name] for item in _fields()})
    return StatementTable(**arrays)


class Recollection:
    """What the texts of a vocabulary may mean, read when asked for.

    Parameters
    ----------
    taken : callable
        Returns the values of some codes.
    tables : mapping of str to ndarray
        What `kept` returned.
    """

    def __init__(self, taken: Callable[[NDArray[np.uint32]], list[str]], tables: Mapping[str, Array]) -> None:
        self._taken = taken
        self._hashes = cast(NDArray[np.uint32], tables["hashes"])
        self._codes = cast(NDArray[np.uint32], tables["codes"])

    def __call__(self, text: str) -> Resolution | None:
        """Return what a text may mean; None when the vocabulary does not hold it."""
        wanted = np.uint32(_hash(text))
        low, high = (int(self._hashes.searchsorted(wanted, side)) for side in ("left", "right"))
        for value in self._taken(self._codes[low:high]):
            if text_of(value) == text:
                return Resolution.unpacked(value.rsplit(RESOLVED, 1)[1])
        return None


def _fields() -> list[Field[Any]]:
    return [item for item in fields(StatementTable) if item.init]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")


def _stamp() -> Array:
    """Identify the rules by which statements are laid out, beside the version of the encoding."""
    surveyed = files("matcher.placenames").joinpath("data/dialect_areas.csv").read_bytes()
    knobs = [accents.IN_REGION, accents.IN_NAMED, accents.REGION_ALONE, accents.NAMED_ALONE, accents.ASSUMED_POINTS]
    rules = repr((_LAYOUT, sorted(RELIABILITY.items()), knobs)).encode() + surveyed
    return np.frombuffer(blake2b(rules, digest_size=16).digest(), np.uint8)
