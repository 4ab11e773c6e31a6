"""How common names are in a gallery's own population, shrunk toward the general one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from matcher.phonetic.emission import ANY
from matcher.phonetic.frequencies import NameFrequencies, cold_start, estimate
from matcher.phonetic.name_index import NameIndex


def own_frequencies(index: NameIndex) -> NameFrequencies:
    """Estimate the frequencies of a gallery's own population, shrunk toward the general one.

    Every bearer counts; names known in part or by sound, and transcribed names, are left out.
    """
    return estimate(_people(index), cold_start())


def _people(index: NameIndex) -> Iterator[tuple[str, str]]:
    table = index.table
    bearers = np.diff(index.bearer_ends)
    for number, (surname, given) in enumerate(zip(table.surname_of, table.given_of, strict=True)):
        parts = [table.surname_slot.elements[code] for code in table.surnames[surname] if code >= 0]
        rest = [table.given_slot.elements[code] for code in table.givens[given] if code >= 0]
        if surname > 0 and given > 0 and all(len(element) == 1 and element != ANY for element in (*parts, *rest)):
            for _ in range(int(bearers[number])):
                yield "".join(parts), "".join(rest)
