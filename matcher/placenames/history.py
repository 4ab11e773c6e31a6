"""What counties and prefectures were called since 1980, and which places took their place.

A code may carry several names over time and a name several codes, so a former name is the pair (code, core name).
Successors come from two independent tables, united; a successor that neither knows stays unknown.

Measured in public comparisons of the two tables with a third list: alone they cover 87 % and 95 % of abolished county
codes, together 97.5 % (`METHOD.md`, "History").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from matcher.placenames.nameparts import COUNTY, PREFECTURE, PROVINCE, split_name
from matcher.placenames.sources import ChangeEvent

_PLACEHOLDERS = ("市辖区", "县", "市", "省直辖县级行政区划", "省直辖行政单位", "省直辖县级行政单位")
_NOISE_BEFORE = 1985
"""Codes were renumbered nationwide until 1984: a code that changed its name then is not evidence of a renaming."""


class Node(NamedTuple):
    """A place at a time: its code and core name."""

    code: str
    core: str


class FormerName(NamedTuple):
    """A name that is no longer in the current list.

    Parameters
    ----------
    code, name, level
        As they were.
    first_year, last_year : int
        Years of the first and last code book with this name under this code.
    successors : tuple of str
        Current codes; empty = unknown.
    how : str
        How the successors are known: `same-code`, `events`, `table`, `events+table`, `same-name` or `unknown`.
    """

    code: str
    name: str
    level: int
    first_year: int
    last_year: int
    successors: tuple[str, ...]
    how: str


class Span(NamedTuple):
    """First and last code book (year * 100 + month) that has a name under a code."""

    first: int
    last: int


def level_of(code: str) -> int:
    """Return the level of a six-digit code.

    >>> level_of("420000"), level_of("420600"), level_of("420606")
    (1, 2, 3)
    """
    if code.endswith("0000"):
        return PROVINCE
    return PREFECTURE if code.endswith("00") else COUNTY


def name_spans(books: Mapping[int, Mapping[str, str]]) -> dict[tuple[str, str], Span]:
    """Return when each (code, name) was valid, from the code books in order of time."""
    spans: dict[tuple[str, str], Span] = {}
    for stamp in sorted(books):
        for code, name in books[stamp].items():
            if name in _PLACEHOLDERS or "直辖县" in name or name.endswith("市辖区"):
                continue
            known = spans.get((code, name))
            spans[code, name] = Span(known.first if known else stamp, stamp)
    return spans


@dataclass(frozen=True, slots=True)
class SuccessorTables:
    """The tables that say what became of a place, indexed for chasing chains.

    Parameters
    ----------
    current : mapping of str to str
        Current code to core name, levels 1-3.
    renamings : mapping
        (code, core) to the (code, core) pairs that followed, from the change events.
    replaced : mapping
        Abolished code to (core of its last name, successor codes), from the second table.
    """

    current: Mapping[str, str]
    renamings: Mapping[Node, tuple[Node, ...]]
    replaced: Mapping[str, tuple[str, tuple[str, ...]]]

    @classmethod
    def of(
        cls,
        current: Mapping[str, str],
        events: Sequence[ChangeEvent],
        table: Mapping[str, tuple[str, tuple[str, ...]]],
    ) -> SuccessorTables:
        """Index events and table by code and core name."""
        renamings: dict[Node, list[Node]] = {}
        for event in events:
            before = Node(event.old_code, core_of(event.old_name, event.old_code))
            after = Node(event.new_code, core_of(event.new_name, event.new_code))
            if before != after:
                renamings.setdefault(before, []).append(after)
        replaced = {code: (core_of(name, code), new) for code, (name, new) in table.items()}
        return cls(current, {node: tuple(dict.fromkeys(after)) for node, after in renamings.items()}, replaced)

    def by_events(self, node: Node, seen: frozenset[Node] = frozenset()) -> frozenset[str]:
        """Follow the change events from a place to current codes."""
        if self.current.get(node.code) == node.core:
            return frozenset([node.code])
        if node in seen:
            return frozenset()
        found: set[str] = set()
        for after in self.renamings.get(node, ()):
            found |= self.by_events(after, seen | {node}) or self.by_table(after)
        return frozenset(found)

    def by_table(self, node: Node, seen: frozenset[Node] = frozenset()) -> frozenset[str]:
        """Follow the second table from a place to current codes, by events where it ends in an abolished one."""
        if self.current.get(node.code) == node.core:
            return frozenset([node.code])
        last_core, successors = self.replaced.get(node.code, ("", ()))
        if node in seen or last_core != node.core:
            return frozenset()
        found: set[str] = set()
        for code in successors:
            if code in self.current:
                found.add(code)
                continue
            onward = Node(code, self.replaced.get(code, ("", ()))[0])
            found |= self.by_table(onward, seen | {node}) or self.by_events(onward)
        return frozenset(found)


def core_of(name: str, code: str) -> str:
    """Return the core of a division name under a six-digit code."""
    return split_name(name, level_of(code)).core


def former_names(
    books: Mapping[int, Mapping[str, str]], current: Mapping[str, str], tables: SuccessorTables
) -> list[FormerName]:
    """List every name of the code books that is not current under its code, with its successors.

    Parameters
    ----------
    books : mapping
        Code books by year and month.
    current : mapping of str to str
        Current code to full name, levels 1-3.
    tables : SuccessorTables
        What became of whom.
    """
    spans = name_spans(books)
    next_name = _following_names(spans)
    namesakes: dict[tuple[str, str], set[str]] = {}
    for code, core in tables.current.items():
        namesakes.setdefault((code[:2], core), set()).add(code)
    formers: list[FormerName] = []
    for (code, name), span in sorted(spans.items()):
        if current.get(code) == name:
            continue
        node = Node(code, core_of(name, code))
        found, how = _successors(node, span, tables, namesakes, next_name)
        if level_of(code) == COUNTY:
            found |= _districts_founded(found, span.last, books, tables)
        formers.append(
            FormerName(code, name, level_of(code), span.first // 100, span.last // 100, tuple(sorted(found)), how)
        )
    return _shared_among_namesakes(formers)


def _shared_among_namesakes(formers: Sequence[FormerName]) -> list[FormerName]:
    """Give a name without known successors those of the same name of the same province under another code."""
    known: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for former in formers:
        if former.successors:
            known.setdefault((former.code[:2], former.name), set()).add(former.successors)
    shared: list[FormerName] = []
    for former in formers:
        choices = known.get((former.code[:2], former.name), set())
        if not former.successors and len(choices) == 1:
            former = former._replace(successors=next(iter(choices)), how="same-name")
        shared.append(former)
    return shared


def _districts_founded(
    successors: frozenset[str], last: int, books: Mapping[int, Mapping[str, str]], tables: SuccessorTables
) -> frozenset[str]:
    """Add the districts into which a county became divided when it rose to a prefecture-level city.

    Both tables then name the city, which is larger than the county was; its land is the districts that the next code
    book has and the last one has not.
    """
    cities = [code for code in successors if level_of(code) == PREFECTURE]
    later = [stamp for stamp in books if stamp > last]
    if not cities or not later:
        return frozenset()
    before, after = books[last], books[min(later)]
    # A name whose code vanished is a district that was only renumbered.
    known = {name for code, name in before.items() if code not in after and level_of(code) == COUNTY}
    found: set[str] = set()
    for code in after.keys() - before.keys():
        name = after[code]
        if any(code.startswith(city[:4]) for city in cities) and name.endswith("区") and name not in known:
            node = Node(code, core_of(name, code))
            found |= tables.by_events(node) or tables.by_table(node)
    return frozenset(found)


def _successors(
    node: Node,
    span: Span,
    tables: SuccessorTables,
    namesakes: Mapping[tuple[str, str], set[str]],
    next_name: Mapping[tuple[str, int], str],
) -> tuple[frozenset[str], str]:
    if tables.current.get(node.code) == node.core:
        return frozenset([node.code]), "same-code"
    events, table = tables.by_events(node), tables.by_table(node)
    if events or table:
        how = "events+table" if events and table else ("events" if events else "table")
        return events | table, how
    follower = next_name.get((node.code, span.last), "")
    if span.last // 100 >= _NOISE_BEFORE and follower and tables.current.get(node.code) == follower:
        return frozenset([node.code]), "same-code"
    same_name = namesakes.get((node.code[:2], node.core), set())
    same_level = {code for code in same_name if level_of(code) == level_of(node.code)}
    chosen = same_level or same_name
    return (frozenset(chosen), "same-name") if len(chosen) == 1 else (frozenset(), "unknown")


def _following_names(spans: Mapping[tuple[str, str], Span]) -> dict[tuple[str, int], str]:
    """Map (code, last stamp of a name) to the core of the name that followed under the same code."""
    by_code: dict[str, list[tuple[int, int, str]]] = {}
    for (code, name), span in spans.items():
        by_code.setdefault(code, []).append((span.first, span.last, name))
    following: dict[tuple[str, int], str] = {}
    for code, names in by_code.items():
        names.sort()
        for before, after in pairwise(names):
            following[code, before[1]] = core_of(after[2], code)
    return following
