"""Cut one unbroken piece of a query into segments, one per level named, in every sensible way.

Each way carries a penalty in nats; the search takes the best.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from matcher.phonetic.normalise import UNKNOWN_CHARACTER
from matcher.placenames.generic_words import GenericWord, generic_by_first, generic_words

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
    marks = [_marks(text, start) for start in range(len(text))]
    tails = [item for item in generic_words() if text.endswith(item.word)]
    breaks = cache(lambda start: _breaks(text, start, marks, known))
    inside = cache(lambda start, stop: _inside(marks, start, stop))

    def extend(start: int, done: tuple[Segment, ...], penalty: float) -> None:
        for segment, cost in _endings(text, start, tails):
            insort(ways, ((*done, segment), penalty + cost + inside(start, segment.stop)), key=_penalty)
        del ways[MAX_CUTS:]
        for stop, core_stop, hints, cost in breaks(start) if len(done) < _MOST_OUTER_SEGMENTS else ():
            after = penalty + cost + inside(start, core_stop)
            # Penalties only grow, and of equal ways the one found first is listed.
            if after <= _MOST_PENALTY and (len(ways) < MAX_CUTS or after < ways[-1][1]):
                extend(stop, (*done, Segment(start, core_stop, hints)), after)

    extend(0, (), 0.0)
    return ways


_penalty = itemgetter(1)


def _marks(text: str, start: int) -> list[GenericWord]:
    """List the generic words that stand at one place of a text."""
    return [item for item in generic_by_first().get(text[start], ()) if text.startswith(item.word, start)]


def _inside(marks: Sequence[Sequence[GenericWord]], start: int, stop: int) -> float:
    """Return the penalty for the generic words in the middle of a segment."""
    penalty = 0.0
    place = start + 2
    while place < stop - 1:
        found = next((item for item in marks[place] if place + len(item.word) <= stop), None)
        if found is None:
            place += 1
            continue
        place += len(found.word)
        if place < stop:
            penalty += _PENALTY_INSIDE_STRONG if found.strong else _PENALTY_INSIDE_WEAK
    return penalty


def _endings(text: str, start: int, tails: Sequence[GenericWord]) -> list[tuple[Segment, float]]:
    """List how the rest of a piece can be its last segment: without and with its generic word."""
    size = len(text)
    tail = next((item for item in tails if len(item.word) < size - start), None)
    if tail is None:
        return [(Segment(start, size, ()), 0.0)]
    core_stop = size - len(tail.word)
    if core_stop - start >= 2 or UNKNOWN_CHARACTER in text[start:]:
        whole = Segment(start, size, ())
        return [(Segment(start, core_stop, tail.levels, tail.word), 0.0), (whole, PENALTY_WHOLE)]
    return [(Segment(start, size, tail.levels if tail.word in _EVEN_SHORT else ()), 0.0)]


def _breaks(
    text: str, start: int, marks: Sequence[Sequence[GenericWord]], known: Callable[[str], bool]
) -> list[tuple[int, int, tuple[int, ...], float]]:
    """List where a segment can end before the end of the text: (next start, core end, hints, penalty)."""
    found: dict[int, tuple[int, int, tuple[int, ...], float]] = {}
    size = len(text)
    for stop in range(start + 1, size):
        if stop - start >= 2 and known(text[start:stop]):
            found[stop] = (stop, stop, (), _PENALTY_KNOWN)
        for generic, hints, strong, _spelt in marks[stop]:
            after = stop + len(generic)
            if after >= size or (not strong and size - after < 2):
                continue
            penalty = _PENALTY_STRONG if strong else _PENALTY_WEAK
            if after not in found or penalty < found[after][3]:
                found[after] = (after, stop if stop - start >= 2 else after, hints, penalty)
    for stop in range(start + 2, size - 1):
        found.setdefault(stop, (stop, stop, (), _PENALTY_ANY))
    return sorted(found.values(), key=lambda item: item[3])
