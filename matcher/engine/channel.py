"""The one seam: what every kind of evidence must offer, and nothing more.

A channel encodes records into codes, prepares what depends on the gallery alone, compiles one probe into terms, and
lends words to an explanation. It never scans, never fuses, never reads the workspace. Hypotheses live in the probe:
the same codes serve "is this person", "is a sibling" and "is parent or child"; only `compile` changes.

Laws that the contract suite (`tests/contract`) holds every channel to:

1. missing evidence contributes exactly 0;
2. under the background distribution of each term the mean LR before bounding is 1, computed exactly;
3. the parts of an explanation add up to the log10 LR of the scan;
4. results do not depend on block size, threads, partitioning, row order or the order of a vocabulary;
5. every value is finite and within the declared bounds;
6. an unrelated record changes no LR, and dropping a field of the probe removes exactly its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matcher.engine.columns import ColumnCodes, Vocabulary
from matcher.engine.terms import Term
from matcher.llr import Language
from matcher.schema import Evidence
from matcher.types import ChannelName, Hypothesis, Part, Subject

ColumnKind = Literal["single", "many", "dense"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of codes that a channel keeps.

    Parameters
    ----------
    name : str
        Unique within the channel; also the file name of its codes.
    kind : {"single", "many", "dense"}
        Form of its codes.
    doc : str
        What is encoded, in one line.
    """

    name: str
    kind: ColumnKind
    doc: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One probe compiled for one channel.

    Parameters
    ----------
    channel : ChannelName
        The channel.
    terms : tuple of Term
        Their sum is the unbounded log10 LR; a channel without evidence from the probe makes no plan.
    floor, ceiling : float
        Bounds in log10 LR that the channel's validation data support; floor <= 0 <= ceiling.
    """

    channel: ChannelName
    terms: tuple[Term, ...]
    floor: float
    ceiling: float

    def __post_init__(self) -> None:
        """Refuse bounds that would turn missing evidence into evidence."""
        if not self.floor <= 0.0 <= self.ceiling:
            raise ValueError(f"{self.channel}: bounds must enclose 0, got [{self.floor}, {self.ceiling}]")


@dataclass(frozen=True, slots=True)
class Background:
    """What one term would say about everybody else, enumerated in full: the material of law 2.

    Parameters
    ----------
    column : str
        Column of the term.
    probability : ndarray of float64, shape (B,)
        Background probability of each possible record value (or class of values with the same LR); sums to 1.
    log10_lr : ndarray of float64, shape (B,)
        Unbounded log10 LR of each.
    """

    column: str
    probability: NDArray[np.float64]
    log10_lr: NDArray[np.float64]


class Compiler(Protocol):
    """A channel made ready for one gallery: holds only what can be computed from the vocabularies."""

    def compile(self, probe: Subject, hypothesis: Hypothesis = "self") -> Plan | None:
        """Compile a probe; None when the channel has nothing to say: no evidence, or no model of the hypothesis."""

    def backgrounds(self, probe: Subject, hypothesis: Hypothesis = "self") -> tuple[Background, ...]:
        """Enumerate, for each term of `compile(probe, hypothesis)`, the background distribution of its LR."""


class Channel(Protocol):
    """One kind of evidence."""

    @property
    def name(self) -> ChannelName:
        """Name of the channel."""

    @property
    def version(self) -> str:
        """Changes whenever the same record would encode differently; part of the index manifest."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of codes that the channel keeps."""

    def encode(self, evidence: Evidence, vocabularies: Mapping[str, Vocabulary]) -> dict[str, ColumnCodes]:
        """Encode every record, one entry per column; new values are interned in the column's vocabulary."""

    def prepare(self, vocabularies: Mapping[str, Vocabulary]) -> Compiler:
        """Do once what depends on the gallery alone (parse each distinct name, tabulate each genotype)."""

    def describe(self, probe: Subject, record: Subject, parts: Sequence[Part], language: Language) -> tuple[str, ...]:
        """Put the comparison into words, one sentence each; the numbers come from `parts`."""


@runtime_checkable
class KeepsTables(Protocol):
    """A channel whose preparation is dear enough to be kept with the codes of a generation."""

    def tabulate(self, vocabularies: Mapping[str, Vocabulary]) -> Mapping[str, NDArray[np.generic]]:
        """Do the dear part of `prepare`, as arrays by file name."""

    def restore(self, vocabularies: Mapping[str, Vocabulary], tables: Mapping[str, NDArray[np.generic]]) -> Compiler:
        """Return what `prepare` would, from what `tabulate` made of the same vocabularies."""
