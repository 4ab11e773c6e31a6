"""What a generation keeps of the place channel, so that opening it parses no vocabulary.

The laid-out statements, and the told texts by a hash, so that the words of a probe are found in the vocabulary with
what they may mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from hashlib import blake2b
from importlib.resources import files
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from matcher.placenames import accents
from matcher.placenames.homes import RELIABILITY, RESOLVED, text_of
from matcher.placenames.overlap import StatementTable
from matcher.placenames.resolve import Resolution

Array = NDArray[np.generic]

_LAYOUT = 1


def kept(table: StatementTable, values: Sequence[str]) -> dict[str, Array]:
    """Return the arrays of a table, and the index of the texts of its vocabulary; the missing value is left out."""
    texts = [text_of(value) for value in values]
    codes = np.array([code for code, text in enumerate(texts) if text], np.int32)
    hashes = np.array([_hash(texts[code]) for code in codes.tolist()], np.uint64)
    order = np.argsort(hashes, kind="stable")
    arrays: dict[str, Array] = {item.name: getattr(table, item.name) for item in fields(table)}
    return arrays | {"hashes": hashes[order], "codes": codes[order], "stamp": _stamp()}


def opened(tables: Mapping[str, Array]) -> StatementTable | None:
    """Return the table that was kept; None when it was made by other rules."""
    if not np.array_equal(tables["stamp"], _stamp()):
        return None
    arrays = cast(dict[str, Any], {item.name: tables[item.name] for item in fields(StatementTable)})
    return StatementTable(**arrays)


class Recollection:
    """What the texts of a vocabulary may mean, read when asked for."""

    def __init__(self, values: Sequence[str], tables: Mapping[str, Array]) -> None:
        self._values = values
        self._hashes = cast(NDArray[np.uint64], tables["hashes"])
        self._codes = cast(NDArray[np.int32], tables["codes"])

    def __call__(self, text: str) -> Resolution | None:
        """Return what a text may mean; None when the vocabulary does not hold it."""
        wanted = np.uint64(_hash(text))
        at = int(np.searchsorted(self._hashes, wanted))
        while at < self._hashes.size and self._hashes[at] == wanted:
            value = self._values[self._codes[at]]
            if text_of(value) == text:
                return Resolution.unpacked(value.rsplit(RESOLVED, 1)[1])
            at += 1
        return None


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _stamp() -> Array:
    """Identify the rules by which statements are laid out, beside the version of the encoding."""
    surveyed = files("matcher.placenames").joinpath("data/dialect_areas.csv").read_bytes()
    knobs = [accents.IN_REGION, accents.IN_NAMED, accents.REGION_ALONE, accents.NAMED_ALONE, accents.ASSUMED_POINTS]
    rules = repr((_LAYOUT, sorted(RELIABILITY.items()), knobs)).encode() + surveyed
    return np.frombuffer(blake2b(rules, digest_size=16).digest(), np.uint8)
