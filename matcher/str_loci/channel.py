"""The DNA channel: one column a locus, holding the subject's own genotype or what its typed relatives show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.engine.channel import Background, Channel, Column, Compiler, Plan
from matcher.engine.columns import ColumnCodes, SingleColumn, Vocabulary
from matcher.engine.terms import Lookup
from matcher.llr import Language
from matcher.schema import Evidence
from matcher.str_loci.frequencies import FrequencySet, default_frequencies
from matcher.str_loci.linkage import LINKED_LOCI
from matcher.str_loci.locus_compiler import LINKED_MARK, LocusCompiler, LocusRules
from matcher.str_loci.mutation import DEFAULT_MUTATION, MutationModel
from matcher.str_loci.patterns import own_entry, parse_relatives, relatives_entry
from matcher.str_loci.pedigree import FounderConvention
from matcher.str_loci.typing_errors import DEFAULT_ERRORS, TypingErrors
from matcher.str_loci.words import describe_comparison
from matcher.subjects import subjects_of
from matcher.types import SUBJECT, ChannelName, Hypothesis, Part, Subject

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
    version: str = "1"

    @property
    def columns(self) -> tuple[Column, ...]:
        """One column a locus that has frequencies."""
        return tuple(Column(locus, "single", f"Genotypes at {locus}") for locus in sorted(self.frequencies))

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode own genotypes, and relatives where the subject itself is not typed at the locus."""
        codes = {column.name: np.zeros(len(evidence), np.uint32) for column in self.columns}
        _encode_own(evidence, vocabularies, codes)
        for row, subject in _families(evidence):
            for locus, entry in family_entries(subject, self.frequencies).items():
                if codes[locus][row] == 0:
                    codes[locus][row] = vocabularies[locus].intern(entry)
        return {locus: SingleColumn(column) for locus, column in codes.items()}

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Parse each distinct entry of each locus."""
        return DnaCompiler(
            self.options,
            {
                locus: LocusCompiler.of(self._rules(locus), vocabularies[locus].values)
                for locus in sorted(self.frequencies)
            },
        )

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Say who was compared with whom, over how many loci, and which loci disagree by how many steps."""
        return describe_comparison(probe, record, parts, language)

    def _rules(self, locus: str) -> LocusRules:
        options = self.options
        return LocusRules(self.frequencies[locus], options.mutation, options.errors, options.founders, options.theta)


@dataclass(frozen=True, slots=True)
class DnaCompiler:
    """The channel made ready for one gallery.

    Parameters
    ----------
    options : DnaOptions
        Parameters.
    loci : mapping of str to LocusCompiler
        By locus.
    """

    options: DnaOptions
    loci: Mapping[str, LocusCompiler] = field(repr=False)

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Tabulate every locus that the probe or its relatives are typed at."""
        if hypothesis != "self":
            return None
        own = probe.profile.genotypes if probe.profile is not None else {}
        terms = [
            Lookup(locus, self.loci[locus].table_for_profile(own[locus], partner_typed=LINKED_LOCI.get(locus) in own))
            for locus in self.loci
            if locus in own
        ]
        for locus, entry in self._family(probe).items():
            pattern = parse_relatives(entry.removesuffix(LINKED_MARK))
            terms.append(Lookup(locus, self.loci[locus].table_for_relatives(pattern)))
        if not terms:
            return None
        return Plan(NAME, tuple(terms), self.options.floor, self.options.ceiling)

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate what each genotype of an unrelated record would give."""
        if hypothesis != "self":
            return ()
        own = probe.profile.genotypes if probe.profile is not None else {}
        found = []
        for locus, compiler in self.loci.items():
            if locus not in own:
                continue
            model = compiler.rules.model(compiler.rules.unknown([own[locus]]))
            logs, stranger = compiler.rules.own_logs(model, model.index(own[locus]))
            found.append(Background(locus, stranger, logs))
        for locus, entry in self._family(probe).items():
            _, logs, stranger = self.loci[locus].family_logs(parse_relatives(entry.removesuffix(LINKED_MARK)))
            found.append(Background(locus, stranger, logs))
        return tuple(found)

    def _family(self, probe: Subject) -> dict[str, str]:
        """Return the relatives' entries of the loci at which the probe itself is not typed and that count."""
        own = probe.profile.genotypes if probe.profile is not None else {}
        entries = family_entries(probe, self.loci)
        return {
            locus: entry
            for locus, entry in entries.items()
            if locus not in own and not (entry.endswith(LINKED_MARK) and _linked(entry))
        }


def dna_channel(options: DnaOptions | None = None, frequencies: FrequencySet | None = None) -> Channel:
    """Make the DNA channel, by default on the Chinese Han table with the default parameters."""
    return DnaChannel(frequencies or default_frequencies(), options or DnaOptions())


def family_entries(subject: Subject, loci: Mapping[str, object]) -> dict[str, str]:
    """Return what a subject's typed relatives show at each locus; a locus linked to another shown one is marked."""
    typed = {locus for member in subject.pedigree if member.profile for locus in member.profile.genotypes}
    entries = {locus: relatives_entry(subject.pedigree, locus) for locus in sorted(typed & loci.keys())}
    return {
        locus: entry + LINKED_MARK if entries.get(LINKED_LOCI.get(locus, "")) else entry
        for locus, entry in entries.items()
        if entry
    }


def _linked(entry: str) -> bool:
    return parse_relatives(entry.removesuffix(LINKED_MARK)).linkage_matters


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
