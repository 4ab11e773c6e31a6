"""Cut one unbroken piece of a query into segments, one per level named, in every sensible way.

Each way carries a penalty in nats; the search takes the best.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from matcher.phonetic.normalise import UNKNOWN_CHARACTER
from matcher.placenames.generic_words import generic_by_first, generic_words

MAX_CUTS = 16
TEAM = re.compile("(?:第)?[一二三四五六七八九十0-9]+(?:生产)?小?[队组]$")

_EVEN_SHORT = frozenset("县旗")
"""Words that tell the level after a single character too; 南街 and 彭州 may be any level."""
_PENALTY_STRONG, _PENALTY_WEAK, _PENALTY_KNOWN, _PENALTY_ANY = 0.0, 0.1, 0.3, 1.8
PENALTY_WHOLE = 1.0
"""Taking a generic word at the end as part of the name: 上钢新村 is called just that."""
_PENALTY_INSIDE_STRONG, _PENALTY_INSIDE_WEAK = 1.0, 0.4
"""A generic word in the middle of a segment: it should have ended one."""

_MOST_PENALTY = 4.0
_MOST_OUTER_SEGMENTS = 4


class Segment(NamedTuple):
    """One level named: elements `start:stop` of the query, without its generic word.

    Parameters
    ----------
    start, stop : int
        Range in the elements of the query.
    hints : tuple of int
        Levels that its generic word speaks of; empty = none.
    word : str
        The generic word itself.
    """

    start: int
    stop: int
    hints: tuple[int, ...]
    word: str = ""


def cut_piece(text: str, known: Callable[[str], bool]) -> list[tuple[tuple[Segment, ...], float]]:
    """List the ways to cut one unbroken piece into segments from general to specific, likelier ones first."""
    team = TEAM.search(text)
    if team and team.start() >= 2:
        text = text[: team.start()]
    ways: list[tuple[tuple[Segment, ...], float]] = []
    # Many cuts share a start, so what can follow one is worked out once.
    endings = [_endings(text, start) for start in range(len(text))]
    breaks = [_breaks(text, start, known) for start in range(len(text))]
    inside = cache(lambda start, stop: _inside(text[start:stop]))

    def extend(start: int, done: tuple[Segment, ...], penalty: float) -> None:
        for segment, cost in endings[start]:
            ways.append(((*done, segment), penalty + cost + inside(start, segment.stop)))
        for stop, core_stop, hints, cost in breaks[start]:
            after = penalty + cost + inside(start, core_stop)
            if after <= _MOST_PENALTY and len(done) < _MOST_OUTER_SEGMENTS:
                extend(stop, (*done, Segment(start, core_stop, hints)), after)

    extend(0, (), 0.0)
    ways.sort(key=lambda way: way[1])
    return ways[:MAX_CUTS]


def _inside(core: str) -> float:
    """Return the penalty for the generic words in the middle of a segment."""
    penalty = 0.0
    place = 2
    while place < len(core) - 1:
        options = generic_by_first().get(core[place], ())
        found = next((item for item in options if core.startswith(item.word, place)), None)
        if found is None:
            place += 1
            continue
        if place + len(found.word) < len(core):
            penalty += _PENALTY_INSIDE_STRONG if found.strong else _PENALTY_INSIDE_WEAK
        place += len(found.word)
    return penalty


def _endings(text: str, start: int) -> list[tuple[Segment, float]]:
    """List how the rest of a piece can be its last segment: without and with its generic word."""
    rest = text[start:]
    endings: list[tuple[Segment, float]] = []
    for generic, hints, _strong, _spelt in generic_words():
        if rest.endswith(generic) and len(rest) > len(generic):
            if len(rest) - len(generic) >= 2 or UNKNOWN_CHARACTER in rest:
                endings.append((Segment(start, len(text) - len(generic), hints, generic), 0.0))
            else:
                endings.append((Segment(start, len(text), hints if generic in _EVEN_SHORT else ()), 0.0))
            break
    if not endings:
        endings.append((Segment(start, len(text), ()), 0.0))
    elif endings[0][0].stop < len(text):
        endings.append((Segment(start, len(text), ()), PENALTY_WHOLE))
    return endings


def _breaks(text: str, start: int, known: Callable[[str], bool]) -> list[tuple[int, int, tuple[int, ...], float]]:
    """List where a segment can end before the end of the text: (next start, core end, hints, penalty)."""
    found: dict[int, tuple[int, int, tuple[int, ...], float]] = {}
    size = len(text)
    for stop in range(start + 1, size):
        core = text[start:stop]
        if len(core) >= 2 and known(core):
            found[stop] = (stop, stop, (), _PENALTY_KNOWN)
        for generic, hints, strong, _spelt in generic_by_first().get(text[stop], ()):
            after = stop + len(generic)
            if not text.startswith(generic, stop) or after >= size or (not strong and size - after < 2):
                continue
            penalty = _PENALTY_STRONG if strong else _PENALTY_WEAK
            core_stop = stop if len(core) >= 2 else after
            if after not in found or penalty < found[after][3]:
                found[after] = (after, core_stop, hints, penalty)
    for stop in range(start + 2, size - 1):
        found.setdefault(stop, (stop, stop, (), _PENALTY_ANY))
    return sorted(found.values(), key=lambda item: item[3])
