"""The DNA channel: one column a locus, holding the subject's own genotype or what its typed relatives show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.engine.channel import Background, Channel, Column, Compiler, Plan
from matcher.engine.columns import ColumnCodes, SingleColumn, Vocabulary
from matcher.engine.terms import Lookup
from matcher.llr import Language
from matcher.schema import Evidence
from matcher.str_loci.entries import Array
from matcher.str_loci.frequencies import FrequencySet, default_frequencies
from matcher.str_loci.gallery_tables import (
    FamilyEvidence,
    GalleryTables,
    arrays_of,
    family_entries,
    linked_columns,
)
from matcher.str_loci.linked_compiler import linked_own_entry
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.mutation import DEFAULT_MUTATION, MutationModel
from matcher.str_loci.patterns import own_entry, own_pattern
from matcher.str_loci.pedigree import FounderConvention
from matcher.str_loci.typing_errors import DEFAULT_ERRORS, TypingErrors
from matcher.str_loci.words import describe_comparison
from matcher.subjects import subjects_of
from matcher.types import SUBJECT, ChannelName, Genotype, Hypothesis, Part, Subject

Profile = Mapping[str, Genotype]
NAME: ChannelName = "dna"


@dataclass(frozen=True, slots=True)
class DnaOptions:
    """Parameters of the DNA channel.

    Parameters
    ----------
    mutation : MutationModel
        Model and rates.
    errors : TypingErrors
        Error rates of genotypes.
    founders : FounderConvention
        Treatment of untyped founders.
    theta : float
        Coancestry of the population, 0.01 to 0.03 where kin marry.
    sample_error : float
        Probability that a whole sample belongs to somebody else (mix-up at collection or in the laboratory).
    pedigree_error : float
        Probability that a stated relation is not the biological one.
    ceiling : float
        Largest log10 LR that is claimed.
    """

    mutation: MutationModel = DEFAULT_MUTATION
    errors: TypingErrors = DEFAULT_ERRORS
    founders: FounderConvention = "pruned"
    theta: float = 0.0
    # No rate is published for the stations; half a percent each is a working assumption stated in METHOD.md. Together
    # they are the probability that the comparison says nothing at all, hence the floor of the LR.
    sample_error: float = 0.005
    pedigree_error: float = 0.005
    # Beyond one in a thousand million (China has 1.4 thousand million people) the population model itself, twins and
    # relatives decide, not the number of matching alleles.
    ceiling: float = 9.0

    @property
    def floor(self) -> float:
        """Lowest log10 LR: the comparison may be void."""
        return float(np.log10(self.sample_error + self.pedigree_error))


@dataclass(frozen=True, slots=True)
class DnaChannel:
    """STR evidence; see METHOD.md for the model.

    Parameters
    ----------
    frequencies : FrequencySet
        Population tables; a locus without one is not compared.
    options : DnaOptions
        Parameters.
    """

    frequencies: FrequencySet
    options: DnaOptions = DnaOptions()
    name: ChannelName = NAME
    version: str = "2"
    _rules: Mapping[str, LocusRules] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the rules once: they keep what they worked out, for every gallery that is prepared."""
        options = self.options
        rules = {
            locus: LocusRules(frequencies, options.mutation, options.errors, options.founders, options.theta)
            for locus, frequencies in self.frequencies.items()
        }
        object.__setattr__(self, "_rules", rules)

    @property
    def columns(self) -> tuple[Column, ...]:
        """One column a locus that has frequencies, and one for each two of them that are linked."""
        joint = (
            Column(name, "single", f"{one} and {other} together: linked loci")
            for name, (one, other) in linked_columns(self.frequencies).items()
        )
        return (*(Column(locus, "single", f"Genotypes at {locus}") for locus in sorted(self.frequencies)), *joint)

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode own genotypes, and relatives where the subject itself is not typed at the locus."""
        codes = {column.name: np.zeros(len(evidence), np.uint32) for column in self.columns}
        _encode_own(evidence, vocabularies, {locus: codes[locus] for locus in self.frequencies})
        for name, (one, other) in linked_columns(self.frequencies).items():
            _encode_linked_own(vocabularies, codes, name, (one, other))
        for row, subject in _families(evidence):
            own = {column for column, of_column in codes.items() if of_column[row]}
            for column, entry in family_entries(subject.pedigree, self.frequencies).items():
                if not own & {column, *column.split("+")}:
                    codes[column][row] = vocabularies[column].intern(entry)
        return {column: SingleColumn(of_column) for column, of_column in codes.items()}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Parse each distinct entry of each column."""
        return DnaCompiler(self.options, GalleryTables.of(self._rules, self._values(vocabularies)))

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, NDArray[np.generic]]:
        """Parse each distinct entry of each column, as arrays to be kept with the codes."""
        return dict(arrays_of(self._values(vocabularies)))

    def _values(self, vocabularies: Mapping[str, Vocabulary]) -> dict[str, list[str]]:
        return {column.name: vocabularies[column.name].values for column in self.columns}

    def restore(self, vocabularies: Mapping[str, Vocabulary], tables: Mapping[str, NDArray[np.generic]]) -> Compiler:
        """Do as `prepare` from what `tabulate` made of the same vocabularies; nothing in them depends on options."""
        arrays = cast(Mapping[str, Array], tables)
        return DnaCompiler(self.options, GalleryTables.restored(self._rules, list(vocabularies), arrays))

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say who was compared with whom, over how many loci, and which loci disagree by how many steps."""
        return describe_comparison(probe, record, parts, language)


@dataclass(frozen=True, slots=True)
class DnaCompiler:
    """The channel made ready for one gallery.

    Parameters
    ----------
    options : DnaOptions
        Parameters.
    gallery : GalleryTables
        Columns of the gallery.
    """

    options: DnaOptions
    gallery: GalleryTables = field(repr=False)

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Tabulate every locus that the probe or, where it is not typed itself, its relatives are typed at.

        The three hypotheses differ by who the probe is in the pedigree (`hypotheses`); records and codes are the same.
        """
        own, family = self._evidence(probe)
        tables = self.gallery.of_profile(own, hypothesis) | self.gallery.of_relatives(family, hypothesis)
        if not tables:
            return None
        terms = tuple(Lookup(column, table) for column, table in tables.items())
        return Plan(NAME, terms, self.options.floor, self.options.ceiling)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate what each genotype of an unrelated record would give.

        Two linked loci are given twice: each alone, as it counts in a record that shows only one of them, and under the
        joint column's name both together, that is the sum of the three terms over the pairs of genotypes.
        """
        own, family = self._evidence(probe)
        found: dict[str, Background] = {}
        for locus, genotype in own.items():
            rules = self.gallery.loci[locus].rules
            if hypothesis == "self":
                model = rules.model(rules.unknown([genotype]))
                logs, stranger = rules.own_logs(model, model.index(genotype))
            else:
                _, logs, stranger = self.gallery.loci[locus].family_logs(own_pattern(genotype), hypothesis)
            found[locus] = Background(locus, stranger, logs)
        for locus, pattern in family.single.items():
            _, logs, stranger = self.gallery.loci[locus].family_logs(pattern, hypothesis)
            found[locus] = Background(locus, stranger, logs)
        return (*found.values(), *self._joint_backgrounds(found, own, family, hypothesis))

    def _joint_backgrounds(
        self, found: Mapping[str, Background], own: Profile, family: FamilyEvidence, hypothesis: Hypothesis
    ) -> Iterator[Background]:
        for name, pair in linked_columns(found).items():
            patterns = family.linked.get(name)
            if own.keys() >= set(pair) and hypothesis != "self":
                patterns = own_pattern(own[pair[0]]), own_pattern(own[pair[1]])
            if patterns is None and not own.keys() >= set(pair):
                continue
            joint = self.gallery.linked[name].family_logs(patterns, hypothesis) if patterns else None
            one, other = (found[locus] for locus in pair)
            if joint is None:
                logs = one.log10_lr[:, None] + other.log10_lr[None, :]
                stranger = one.probability[:, None] * other.probability[None, :]
            else:
                logs, stranger = joint
            yield Background(name, stranger.ravel(), logs.ravel())

    def _evidence(self, probe: Subject) -> tuple[Profile, FamilyEvidence]:
        """Return the probe's own genotypes, and what its relatives show where it has none."""
        genotypes = probe.profile.genotypes if probe.profile is not None else {}
        own = {locus: genotypes[locus] for locus in self.gallery.loci if locus in genotypes}
        return own, FamilyEvidence.of(probe.pedigree, self.gallery.loci, without=set(own))


def dna_channel() -> Channel:
    """Make the DNA channel on the Chinese Han table with the default parameters."""
    return DnaChannel(default_frequencies(), DnaOptions())


def _encode_own(
    evidence: Evidence, vocabularies: Mapping[str, Vocabulary], codes: Mapping[str, NDArray[np.uint32]]
) -> None:
    """Intern the distinct own genotypes of each locus once and spread their codes over the rows."""
    table = evidence.genotypes
    members, loci = (np.asarray(table.column(name).to_pylist(), np.str_) for name in ("member", "locus"))
    rows, low, high = (np.asarray(table.column(name).to_numpy(), np.int64) for name in ("row", "allele_1", "allele_2"))
    for locus, column in codes.items():
        chosen = (members == SUBJECT) & (loci == locus)
        pairs = low[chosen] * 10_000 + high[chosen]
        distinct, inverse = np.unique(pairs, return_inverse=True)
        entries = [own_entry((int(pair) // 10_000, int(pair) % 10_000)) for pair in distinct]
        column[rows[chosen]] = vocabularies[locus].intern_all(entries)[inverse]


def _encode_linked_own(
    vocabularies: Mapping[str, Vocabulary], codes: Mapping[str, NDArray[np.uint32]], name: str, pair: tuple[str, str]
) -> None:
    """Intern the distinct pairs of own genotypes of two linked loci."""
    first, second = (codes[locus].astype(np.uint64) for locus in pair)
    both = np.flatnonzero((first > 0) & (second > 0))
    distinct, inverse = np.unique(first[both] << np.uint64(32) | second[both], return_inverse=True)
    one, other = (vocabularies[locus].values for locus in pair)
    entries = [linked_own_entry(one[int(key) >> 32], other[int(key) & 0xFFFFFFFF]) for key in distinct]
    codes[name][both] = vocabularies[name].intern_all(entries)[inverse]


def _families(evidence: Evidence) -> list[tuple[int, Subject]]:
    """Read the subjects that have typed relatives."""
    members = evidence.members
    samples = members.column("sample_id").is_valid().to_numpy(zero_copy_only=False)
    names = np.asarray(members.column("member").to_pylist(), np.str_)
    rows = np.unique(members.column("row").to_numpy()[samples & (names != SUBJECT)])
    if not rows.shape[0]:
        return []
    subjects = subjects_of(_pedigrees_of(evidence, rows))
    return [(int(row), subject) for row, subject in zip(rows, subjects, strict=True)]


def _pedigrees_of(evidence: Evidence, rows: NDArray[np.int64]) -> Evidence:
    """Select some records with their pedigrees and genotypes; nothing else is read back."""
    return Evidence(
        evidence.records.take(rows),
        evidence.names.slice(0, 0),
        evidence.places.slice(0, 0),
        evidence.photos.slice(0, 0),
        _renumbered(evidence.members, rows),
        _renumbered(evidence.genotypes, rows),
    )


def _renumbered(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Keep the rows of some records and number the records from 0."""
    owners = table.column("row").to_numpy()
    kept = np.isin(owners, rows)
    numbers = np.searchsorted(rows, owners[kept])
    position = table.column_names.index("row")
    return table.filter(kept).set_column(position, table.schema.field("row"), [numbers])
