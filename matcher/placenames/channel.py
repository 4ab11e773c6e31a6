"""The place channel: what probe and record tell about the home, as evidence that they are one person.

Column `home` holds what was told as home or as household registration (户籍地), each with the accent (口音) that is
recorded beside it. Where neither was told, the place of getting lost (走失地) speaks weakly for it, and where there is
none of these, the accent alone. Places of being found are left out: they say where a station is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.engine.channel import Background, Column, Plan
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.engine.terms import AnyOf
from matcher.llr import Language
from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.lifetimes import in_lifetime
from matcher.placenames.nearby import somewhere_near
from matcher.placenames.overlap import Float64, HomeDensity, Statement, StatementTable, density_of
from matcher.placenames.resolve import NOTHING, Resolution, Resolver
from matcher.placenames.resolving import ALONE, Workers, resolve_all
from matcher.placenames.told import CREDENCE_STEPS, Entry, ToldWords, birth_step, entries_of, entries_of_subject
from matcher.placenames.wording import sentences
from matcher.schema import Evidence
from matcher.types import ChannelName, Hypothesis, Part, Subject

HOME = "home"
RELIABILITY = {"home": 0.90, "household": 0.95, "lost": 1.0, "accent": 0.0}
"""Probability that a statement of each role is about the home area. A knob: station reports name false leads (a
postmark, an invented home) without counting them; one in ten is taken, half of that for a registration in papers. What
a place of getting lost says is in `somewhere_near`; an accent alone names no place."""
SAME_HOME: dict[Hypothesis, float] = {"self": 1.0, "sibling": 0.9, "parent_child": 0.83}
"""Probability that the two persons tell of one home. Parents and children: 16.5 % of the population lived away from
the county or city of their registration in the census of 2010 (221.4 of 1,339.7 million). Siblings tell of the home
they grew up in; one in ten is taken to have moved before the other could remember. Judgements, with that anchor."""
FLOOR, CEILING = -2.0, 5.0
"""Two unreliable statements (0.1 * 0.1) explain any disagreement. Above, one listed village of 620,000 stands for about
five natural ones that are in no list (3.17 million in the Third Agricultural Census of 2016): at most 1 : 100,000."""
RESOLVED = "|="


@dataclass(frozen=True, slots=True)
class PlaceChannel:
    """Told homes against a gazetteer.

    Parameters
    ----------
    resolver : Resolver
        Resolves told places, and keeps what it found.
    accents : AccentMap
        Where accents are at home.
    workers : Workers
        Who resolves the places that `encode` finds for the first time.
    """

    resolver: Resolver
    accents: AccentMap
    workers: Workers = ALONE

    @property
    def name(self) -> ChannelName:
        """Name of the channel."""
        return "place"

    @property
    def version(self) -> str:
        """Version of the encoding and identity of the gazetteer whose rows the resolutions name."""
        return f"place-3:{self.resolver.gazetteer.manifest.generation}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of codes."""
        doc = "what tells of the home: role, credence in tenths, accent, birth, words, resolution"
        return (Column(HOME, "many", doc),)

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Resolve and encode what tells of the home; a place told twice in one record counts once.

        The resolution, found by a search of milliseconds, is part of the vocabulary value: each distinct told place is
        resolved once in the life of an index.
        """
        told = list(_told(evidence, self.accents))
        self._resolve({entry.text for entries in told for entry in entries if entry.text}, vocabularies[HOME])
        rows: list[int] = []
        values: list[str] = []
        for row, entries in enumerate(told):
            distinct = dict.fromkeys(map(self._value, entries))
            rows += [row] * len(distinct)
            values += distinct
        return {HOME: many_from_rows(rows, vocabularies[HOME].intern_all(values), len(evidence))}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> PlaceCompiler:
        """Lay out the resolutions of all distinct entries."""
        statements = [self._recalled(value) for value in vocabularies[HOME].values[1:]]
        return PlaceCompiler(self, StatementTable.of(self.resolver.gazetteer, statements, self.accents))

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say what tells of one home, and how."""
        if not any(part.column == HOME for part in parts):
            return ()
        told, recorded = (self.told(subject) for subject in (probe, record))
        return sentences(self.resolver, self.accents, told, recorded, language) if told and recorded else ()

    def told(self, subject: Subject) -> list[tuple[Entry, Statement]]:
        """List what a subject tells of the home."""
        return [(entry, self._statement(entry)) for entry in entries_of_subject(subject, self.accents)]

    def density(self, probe: Subject) -> HomeDensity | None:
        """Return what the probe tells about the home; None when it tells nothing."""
        statements = [statement for _, statement in self.told(probe)]
        return density_of(self.resolver.gazetteer, statements, self.accents) if statements else None

    def _resolve(self, texts: set[str], known: Vocabulary) -> None:
        """Bring the resolutions of texts into memory: those of an earlier generation first, then new ones."""
        pending = {text for text in texts if not self.resolver.knows(text)}
        for value in known.values[1:] if pending else ():
            if value.rsplit(RESOLVED, 1)[0].split("|", 4)[4] in pending:
                self._recalled(value)
        resolve_all(self.resolver, (text for text in pending if not self.resolver.knows(text)), self.workers)

    def _statement(self, entry: Entry) -> Statement:
        gazetteer = self.resolver.gazetteer
        found = self.resolver.resolve(entry.text) if entry.text else NOTHING
        found = in_lifetime(gazetteer, found, entry.born)
        if entry.role == "lost":
            found = somewhere_near(gazetteer, found)
        return Statement(found, _reliability(entry), entry.accent)

    def _value(self, entry: Entry) -> str:
        """Write an entry with its resolution; the birth only where it changes what the words may mean."""
        if entry.born is not None:
            found = self.resolver.resolve(entry.text)
            if in_lifetime(self.resolver.gazetteer, found, entry.born) is found:
                entry = entry._replace(born=None)
        return f"{entry.canonical()}{RESOLVED}{self._statement(entry).resolution.packed()}"

    def _recalled(self, value: str) -> Statement:
        """Read a vocabulary value, so that its words need no second search."""
        canonical, line = value.rsplit(RESOLVED, 1)
        entry, found = Entry.parse(canonical), Resolution.unpacked(line)
        if entry.role != "lost" and entry.born is None:
            self.resolver.keep(entry.text, found)
        return Statement(found, _reliability(entry), entry.accent)


@dataclass(frozen=True, slots=True)
class PlaceCompiler:
    """The channel with the distinct entries of one gallery laid out."""

    channel: PlaceChannel
    table: StatementTable

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Tabulate the LR of every distinct entry; None when the probe tells nothing of a home."""
        density = self.channel.density(probe)
        if density is None:
            return None
        ratios = _one_home(self.table.likelihood_ratios(density), hypothesis)
        return Plan("place", (AnyOf(HOME, np.concatenate([[0.0], np.log10(ratios)])),), FLOOR, CEILING)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate the homes of everybody else: the steps of the probe's density."""
        density = self.channel.density(probe)
        if density is None:
            return ()
        return (Background(HOME, density.prior, np.log10(_one_home(density.height, hypothesis))),)


def place_channel(gazetteer: Gazetteer) -> PlaceChannel:
    """Make the place channel on an opened gazetteer."""
    return PlaceChannel(Resolver(gazetteer), AccentMap(gazetteer))


def _one_home(ratios: Float64, hypothesis: Hypothesis) -> Float64:
    """Return the LR of two persons so related: with some probability they share a home, else home says nothing."""
    share = SAME_HOME[hypothesis]
    return ratios if share == 1.0 else 1.0 - share + share * ratios


def _reliability(entry: Entry) -> float:
    return RELIABILITY[entry.role] * entry.credence / CREDENCE_STEPS


def _told(evidence: Evidence, accents: AccentMap) -> Iterator[list[Entry]]:
    """Yield the entries of each record in turn."""
    table = evidence.places
    told: dict[int, list[ToldWords]] = {}
    columns = (table.column(name).to_pylist() for name in ("row", "text", "role", "credence"))
    for row, text, role, credence in zip(*columns, strict=True):
        told.setdefault(row, []).append(ToldWords(text, role, credence))
    records = (evidence.records.column(name).to_pylist() for name in ("accent", "birth_earliest", "birth_latest"))
    for row, (accent, earliest, latest) in enumerate(zip(*records, strict=True)):
        yield entries_of(told.get(row, ()), accent, birth_step(earliest, latest), accents)
