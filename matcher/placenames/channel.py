"""The place channel: what probe and record tell about the home, as evidence that they are one person.

Column `home` holds what was told as home or household registration (户籍地). Places of getting lost and of being found
are left out: they are where a person was, and how they bear on the home is a different model. The accent is left out
where a home is told: it agrees with that home anyway and would be counted twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matcher.engine.channel import Background, Column, Plan
from matcher.engine.columns import ColumnCodes, Vocabulary, many_from_rows
from matcher.engine.terms import AnyOf
from matcher.llr import Language
from matcher.phonetic.normalise import normalise
from matcher.placenames.answers import agreement, former_words
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.overlap import HomeDensity, Statement, StatementTable, density_of, likelihood_ratio
from matcher.placenames.resolve import Resolution, Resolver
from matcher.schema import Evidence
from matcher.types import ChannelName, Hypothesis, Part, Subject, ToldPlace

HOME = "home"
RELIABILITY = {"home": 0.90, "household": 0.95}
"""Probability that a statement of each role is about the home area. A knob: station reports name false leads (a
postmark, an invented home) without counting them; one in ten is taken, half of that for a registration in papers."""
FLOOR, CEILING = -2.0, 5.0
"""Two unreliable statements (0.1 * 0.1) explain any disagreement. Above, one listed village of 620,000 stands for about
five natural ones that are in no list (3.17 million in the Third Agricultural Census of 2016): at most 1 : 100,000."""
CREDENCE_STEPS = 10
RESOLVED = "|="


class Entry(NamedTuple):
    """One told place as the vocabulary holds it: role, credence in tenths, normalised words."""

    role: str
    credence: int
    text: str

    def canonical(self) -> str:
        """Return the vocabulary value."""
        return f"{self.role}|{self.credence}|{self.text}"

    @classmethod
    def parse(cls, value: str) -> Entry:
        """Read a vocabulary value."""
        role, credence, text = value.split("|", 2)
        return cls(role, int(credence), text)


def entry_of(text: str, role: str, credence: float | None) -> Entry | None:
    """Return the entry of a told place; None when the role is not about the home or nothing readable was told."""
    plain = normalise(text)
    if role not in RELIABILITY or not plain:
        return None
    tenths = CREDENCE_STEPS if credence is None else max(1, round(credence * CREDENCE_STEPS))
    return Entry(role, tenths, plain)


@dataclass(frozen=True, slots=True)
class PlaceChannel:
    """Told homes against a gazetteer."""

    resolver: Resolver

    @property
    def name(self) -> ChannelName:
        """Name of the channel."""
        return "place"

    @property
    def version(self) -> str:
        """Version of the encoding and identity of the gazetteer whose rows the resolutions name."""
        return f"place-2:{self.resolver.gazetteer.manifest.generation}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of codes."""
        return (Column(HOME, "many", "told home and household places: role, credence in tenths, words, resolution"),)

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Resolve and encode told places; a place told twice in one record counts once.

        The resolution, found by a search of tens of milliseconds, is part of the vocabulary value: each distinct told
        place is resolved once in the life of an index.
        """
        table = evidence.places
        columns = [table.column(name).to_pylist() for name in ("row", "text", "role", "credence")]
        values: dict[tuple[int, str], None] = {}
        for row, text, role, credence in zip(*columns, strict=True):
            entry = entry_of(text, role, credence)
            if entry is not None:
                values.setdefault((row, self._value(entry)))
        codes = vocabularies[HOME].intern_all(value for _, value in values)
        return {HOME: many_from_rows([row for row, _ in values], codes, len(evidence))}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> PlaceCompiler:
        """Lay out the resolutions of all distinct told places."""
        entries = [self._recalled(value) for value in vocabularies[HOME].values[1:]]
        table = StatementTable.of([self._statement(entry) for entry in entries])
        return PlaceCompiler(self, table)

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say which told places agree, and how."""
        if not any(part.column == HOME for part in parts):
            return ()
        return _sentences(self, _entries(probe.places), _entries(record.places), language)

    def density(self, probe: Subject) -> HomeDensity | None:
        """Return what the probe's statements say about the home; None when it told none."""
        entries = _entries(probe.places)
        if not entries:
            return None
        return density_of(self.resolver.gazetteer, [self._statement(entry) for entry in entries])

    def _value(self, entry: Entry) -> str:
        return f"{entry.canonical()}{RESOLVED}{self.resolver.resolve(entry.text).packed()}"

    def _recalled(self, value: str) -> Entry:
        """Read a vocabulary value, so that its words need no second search."""
        canonical, line = value.rsplit(RESOLVED, 1)
        entry = Entry.parse(canonical)
        self.resolver.keep(entry.text, Resolution.unpacked(line))
        return entry

    def _statement(self, entry: Entry) -> Statement:
        reliability = RELIABILITY[entry.role] * entry.credence / CREDENCE_STEPS
        return Statement(self.resolver.resolve(entry.text), reliability)


@dataclass(frozen=True, slots=True)
class PlaceCompiler:
    """The channel with the distinct told places of one gallery resolved."""

    channel: PlaceChannel
    table: StatementTable

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Tabulate the LR of every distinct told place; None when the probe told no home."""
        if hypothesis != "self":
            return None
        density = self.channel.density(probe)
        if density is None:
            return None
        ratios = self.table.likelihood_ratios(self.channel.resolver.gazetteer, density)
        return Plan("place", (AnyOf(HOME, np.concatenate([[0.0], np.log10(ratios)])),), FLOOR, CEILING)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate the homes of everybody else: the steps of the probe's density."""
        if hypothesis != "self":
            return ()
        density = self.channel.density(probe)
        return () if density is None else (Background(HOME, density.prior, np.log10(density.height)),)


def place_channel(gazetteer: Gazetteer) -> PlaceChannel:
    """Make the place channel on an opened gazetteer."""
    return PlaceChannel(Resolver(gazetteer))


def _entries(places: Sequence[ToldPlace]) -> list[Entry]:
    """List the distinct entries of a subject in the order told."""
    found = (entry_of(place.text, place.role, place.credence) for place in places)
    return list(dict.fromkeys(entry for entry in found if entry is not None))


def _sentences(
    channel: PlaceChannel, told: Sequence[Entry], recorded: Sequence[Entry], language: Language
) -> tuple[str, ...]:
    """Word the pair of statements that agrees best, and count those that contradict."""
    gazetteer = channel.resolver.gazetteer
    pairs: list[tuple[float, Entry, Entry]] = []
    for one in told:
        density = density_of(gazetteer, [channel._statement(one)])
        pairs += [(likelihood_ratio(gazetteer, density, channel._statement(other)), one, other) for other in recorded]
    best, one, other = max(pairs, key=lambda pair: pair[0])
    if best <= 1.0:
        return (_disagreement(channel, one, other, language),)
    words = [_common_ground(channel, one, other, language)]
    against = sum(1 for ratio, _, _ in pairs if ratio < 1.0)
    if against:
        words.append(
            f"另有{against}对地点说法互不相合" if language == "zh" else f"{against} other pairs of statements disagree"
        )
    return tuple(words)


def _common_ground(channel: PlaceChannel, one: Entry, other: Entry, language: Language) -> str:
    """Name the place that both statements may mean and how each agrees with its name."""
    gazetteer = channel.resolver.gazetteer
    first, second = channel.resolver.resolve(one.text), channel.resolver.resolve(other.text)
    inner, via, weight = -1, -1, -math.inf
    for place, bearer, share in zip(first.nodes.tolist(), first.via.tolist(), first.weights.tolist(), strict=True):
        inside = (second.nodes >= place) & (second.nodes < gazetteer.end[place])
        around = (second.nodes < place) & (gazetteer.end[second.nodes] > place)
        joint = share * float(second.weights[inside | around].sum())
        if joint > weight:
            deepest = int(second.nodes[inside][np.argmax(second.weights[inside])]) if inside.any() else place
            inner, via, weight = deepest, bearer, joint
    path = "".join(gazetteer.path(inner))
    kind = agreement(one.text, other.text, language) if one.text != other.text else ""
    former = f";{former_words(gazetteer, via, language)}" if via != inner and gazetteer.how(via) else ""
    if language == "zh":
        return f"自述“{one.text}”与记录“{other.text}”可同指{path}{f'({kind})' if kind else ''}{former}"
    return f"told '{one.text}' and recorded '{other.text}' can both mean {path}{f' ({kind})' if kind else ''}{former}"


def _disagreement(channel: PlaceChannel, one: Entry, other: Entry, language: Language) -> str:
    nothing = [item.text for item in (one, other) if channel.resolver.resolve(item.text).unlisted > 0.5]
    if nothing:
        listed = "、".join(nothing)
        return f"“{listed}”不在地名库中:未知" if language == "zh" else f"'{listed}' is in no list: unknown"
    if language == "zh":
        return f"自述“{one.text}”与记录“{other.text}”不在一处"
    return f"told '{one.text}' and recorded '{other.text}' are different places"
