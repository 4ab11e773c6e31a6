"""What subjects tell of their home, resolved: kept from one question to the next."""

from __future__ import annotations

from functools import lru_cache

from matcher.placenames.accents import AccentMap
from matcher.placenames.lifetimes import in_lifetime
from matcher.placenames.nearby import somewhere_near
from matcher.placenames.overlap import HomeDensity, Statement, density_of
from matcher.placenames.resolve import NOTHING, Resolution, Resolver
from matcher.placenames.told import CREDENCE_STEPS, Entry, ToldWords, birth_step, entries_of
from matcher.types import DayInterval, Subject, ToldPlace

RELIABILITY = {"home": 0.90, "household": 0.95, "lost": 1.0, "accent": 0.0}
"""Probability that a statement of each role is about the home area. A knob: station reports name false leads (a
postmark, an invented home) without counting them; one in ten is taken, half of that for a registration in papers. What
a place of getting lost says is in `somewhere_near`; an accent alone names no place."""
RESOLVED = "|="
_KEPT = 1 << 12
"""Statements in memory: those of the leads of some fifty lists."""

Entries = tuple[Entry, ...]


class ToldHomes:
    """What is told of homes, against one gazetteer; threads may share it.

    Attributes
    ----------
    resolver : Resolver
        Resolves told places, and keeps what it found.
    accents : AccentMap
        Where accents are at home.
    """

    def __init__(self, resolver: Resolver, accents: AccentMap) -> None:
        self.resolver = resolver
        self.accents = accents
        self.statement = lru_cache(_KEPT)(self._statement)
        self.recalled = lru_cache(_KEPT)(self._recalled)
        self.density = lru_cache(_KEPT)(self._density)
        self._entries = lru_cache(_KEPT)(self._entries_of)

    def entries(self, subject: Subject) -> Entries:
        """List what a subject tells of the home, in the order told."""
        return self._entries(subject.places, subject.accent, subject.birth)

    def likelihood_ratio(self, one: Entry, other: Entry) -> float:
        """Return the LR of two entries, by the readable way."""
        return self.density((one,)).mean_product(self.density((other,)))

    def value(self, entry: Entry) -> str:
        """Write an entry with its resolution; the birth only where it changes what the words may mean."""
        if entry.born is not None:
            found = self.resolver.resolve(entry.text)
            if in_lifetime(self.resolver.gazetteer, found, entry.born) is found:
                entry = entry._replace(born=None)
        return f"{entry.canonical()}{RESOLVED}{self._statement(entry).resolution.packed()}"

    def _entries_of(self, places: tuple[ToldPlace, ...], accent: str | None, birth: DayInterval | None) -> Entries:
        told = (ToldWords(place.text, place.role, place.credence) for place in places)
        born = birth_step(birth.earliest, birth.latest) if birth else None
        return tuple(entries_of(told, accent, born, self.accents))

    def _statement(self, entry: Entry) -> Statement:
        """Return what an entry says."""
        gazetteer = self.resolver.gazetteer
        found = self.resolver.resolve(entry.text) if entry.text else NOTHING
        found = in_lifetime(gazetteer, found, entry.born)
        if entry.role == "lost":
            found = somewhere_near(gazetteer, found)
        return Statement(found, _reliability(entry), entry.accent)

    def _recalled(self, value: str) -> Statement:
        """Read what `value` wrote, so that its words need no second search."""
        canonical, line = value.rsplit(RESOLVED, 1)
        entry, found = Entry.parse(canonical), Resolution.unpacked(line)
        if _plain(entry):
            self.resolver.keep(entry.text, found)
        return Statement(found, _reliability(entry), entry.accent)

    def _density(self, entries: Entries) -> HomeDensity:
        """Join the statements of one person into one density."""
        statements = [self.statement(entry) for entry in entries]
        return density_of(self.resolver.gazetteer, statements, self.accents)


def text_of(value: str) -> str:
    """Return the words that a value resolves by themselves; empty where it holds anything else."""
    entry = Entry.parse(value.rsplit(RESOLVED, 1)[0])
    return entry.text if _plain(entry) else ""


def _plain(entry: Entry) -> bool:
    """Tell whether the resolution of an entry is that of its words alone."""
    return bool(entry.text) and entry.role != "lost" and entry.born is None


def _reliability(entry: Entry) -> float:
    return RELIABILITY[entry.role] * entry.credence / CREDENCE_STEPS
