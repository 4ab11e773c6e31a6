"""The place channel: what probe and record tell about the home, as evidence that they are one person.

Column `home` holds what was told as home or as household registration (户籍地), each with the accent (口音) that is
recorded beside it. Where neither was told, the place of getting lost (走失地) speaks weakly for it, and where there is
none of these, the accent alone. Places of being found are left out: they say where a station is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from matcher.engine.channel import Background, Column, Plan
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.engine.terms import AnyOf
from matcher.llr import Language
from matcher.placenames.accents import AccentMap
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.homes import Entries, ToldHomes, text_of
from matcher.placenames.kept_tables import Array, Recollection, kept, opened
from matcher.placenames.overlap import Float64
from matcher.placenames.resolve import Resolver
from matcher.placenames.resolving import ALONE, Workers, resolve_all
from matcher.placenames.statement_table import StatementTable
from matcher.placenames.told import Entry, ToldWords, birth_step, entries_of
from matcher.placenames.wording import sentences
from matcher.schema import Evidence
from matcher.types import ChannelName, Hypothesis, Part, Subject

HOME = "home"
SAME_HOME: dict[Hypothesis, float] = {"self": 1.0, "sibling": 0.9, "parent_child": 0.83}
"""Probability that the two persons tell of one home. Parents and children: 16.5 % of the population lived away from
the county or city of their registration in the census of 2010 (221.4 of 1,339.7 million). Siblings tell of the home
they grew up in; one in ten is taken to have moved before the other could remember. Judgements, with that anchor."""
FLOOR, CEILING = -2.0, 5.0
"""Two unreliable statements (0.1 * 0.1) explain any disagreement. Above, one listed village of 620,000 stands for about
five natural ones that are in no list (3.17 million in the Third Agricultural Census of 2016): at most 1 : 100,000."""
_RATIOS_KEPT = 4
"""Probes whose ratios a compiler keeps: the hypotheses of one probe follow each other."""


@dataclass(frozen=True, slots=True)
class PlaceChannel:
    """Told homes against a gazetteer.

    Parameters
    ----------
    homes : ToldHomes
        Resolves what is told, and keeps what it found.
    workers : Workers
        Who resolves the places that `encode` finds for the first time.
    """

    homes: ToldHomes
    workers: Workers = ALONE

    @property
    def name(self) -> ChannelName:
        """Name of the channel."""
        return "place"

    @property
    def version(self) -> str:
        """Version of the encoding and identity of the gazetteer whose rows the resolutions name."""
        return f"place-4:{self.homes.resolver.gazetteer.manifest.generation}"

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
        told = list(_told(evidence, self.homes.accents))
        self._resolve({entry.text for entries in told for entry in entries if entry.text}, vocabularies[HOME])
        value = cache(self.homes.value)
        rows: list[int] = []
        values: list[str] = []
        for row, entries in enumerate(told):
            distinct = dict.fromkeys(map(value, entries))
            rows += [row] * len(distinct)
            values += distinct
        return {HOME: many_from_rows(rows, vocabularies[HOME].intern_all(values), len(evidence))}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> PlaceCompiler:
        """Lay out the resolutions of all distinct entries."""
        return PlaceCompiler(self.homes, self._table(vocabularies[HOME]))

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, Array]:
        """Lay out the resolutions of all distinct entries, as arrays to be kept with the codes."""
        return kept(self._table(vocabularies[HOME]), vocabularies[HOME].values)

    def restore(self, vocabularies: Mapping[str, Vocabulary], tables: Mapping[str, Array]) -> PlaceCompiler:
        """Do as `prepare` from what `tabulate` made of the same vocabularies; tables of other versions are not used."""
        table = opened(tables)
        if table is None:
            return self.prepare(vocabularies)
        self.homes.resolver.consult(Recollection(vocabularies[HOME].taken, tables))
        return PlaceCompiler(self.homes, table)

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say what tells of one home, and how."""
        if not any(part.column == HOME for part in parts):
            return ()
        told, recorded = (self.homes.entries(subject) for subject in (probe, record))
        return sentences(self.homes, told, recorded, language) if told and recorded else ()

    def _table(self, vocabulary: Vocabulary) -> StatementTable:
        statements = [self.homes.recalled(value) for value in vocabulary.values[1:]]
        return StatementTable.of(self.homes.resolver.gazetteer, statements, self.homes.accents)

    def _resolve(self, texts: set[str], known: Vocabulary) -> None:
        """Bring the resolutions of texts into memory: those of an earlier generation first, then new ones."""
        resolver = self.homes.resolver
        pending = {text for text in texts if not resolver.knows(text)}
        for value in known.values[1:] if pending else ():
            if text_of(value) in pending:
                self.homes.recalled(value)
        resolve_all(resolver, (text for text in pending if not resolver.knows(text)), self.workers)


class PlaceCompiler:
    """The channel with the distinct entries of one gallery laid out; threads may share it."""

    def __init__(self, homes: ToldHomes, table: StatementTable) -> None:
        self._homes = homes
        self.table = table
        self._ratios = lru_cache(_RATIOS_KEPT)(self._ratios_of)

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Tabulate the LR of every distinct entry; None when the probe tells nothing of a home."""
        entries = self._homes.entries(probe)
        if not entries:
            return None
        ratios = _one_home(self._ratios(entries), hypothesis)
        return Plan("place", (AnyOf(HOME, np.concatenate([[0.0], np.log10(ratios)])),), FLOOR, CEILING)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate the homes of everybody else: the steps of the probe's density."""
        entries = self._homes.entries(probe)
        if not entries:
            return ()
        density = self._homes.density(entries)
        return (Background(HOME, density.prior, np.log10(_one_home(density.height, hypothesis))),)

    def _ratios_of(self, entries: Entries) -> Float64:
        return self.table.likelihood_ratios(self._homes.density(entries))


def place_channel(gazetteer: Gazetteer) -> PlaceChannel:
    """Make the place channel on an opened gazetteer."""
    return PlaceChannel(ToldHomes(Resolver(gazetteer), AccentMap(gazetteer)))


def _one_home(ratios: Float64, hypothesis: Hypothesis) -> Float64:
    """Return the LR of two persons so related: with some probability they share a home, else home says nothing."""
    share = SAME_HOME[hypothesis]
    return ratios if share == 1.0 else 1.0 - share + share * ratios


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
