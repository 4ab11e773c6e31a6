"""Two linked loci of many families: tables given each inheritance vector, one a distinct typing of each locus.

The joint probability of a pair of genotypes is then a small product, `first @ kernel @ second`, for all families of one
shape at once, however many pairs of typings there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
from matcher.str_loci.entries import Kindred
from matcher.str_loci.gene_trees import given_vectors
from matcher.str_loci.hypotheses import alternatives, apart
from matcher.str_loci.linkage import RECOMBINATION, InheritanceVectors, LinkedTable
from matcher.str_loci.linked_ratio import LinkedQuestion
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.patterns import RelativePattern
from matcher.str_loci.pedigree import FounderConvention, Pedigree, reduced
from matcher.str_loci.peeling import typed_states
from matcher.types import Genotype, Hypothesis

Float64 = NDArray[np.float64]
Patterns = tuple[RelativePattern, RelativePattern]
Typing = tuple[tuple[str, Genotype], ...]


KEPT_TABLES = 4096
"""Tables of one typing of one locus kept; the typings of many probes repeat."""


@dataclass(frozen=True, slots=True)
class VectorTables:
    """Tables given each inheritance vector, computed once for each distinct typing.

    Parameters
    ----------
    rules : pair of LocusRules
        How each locus is evaluated.
    models : pair of LocusModel
        The loci.
    """

    rules: tuple[LocusRules, LocusRules]
    models: tuple[LocusModel, LocusModel]
    _vectors: dict[Pedigree, InheritanceVectors] = field(default_factory=dict, repr=False)
    _tables: dict[tuple[int, Pedigree, Typing], Float64] = field(default_factory=dict, repr=False)

    def kept(self, patterns: Patterns) -> Pedigree:
        """Reduce the pedigree of two patterns as the founder convention asks."""
        convention: FounderConvention = "explicit" if self.rules[0].theta > 0.0 else self.rules[0].founders
        return reduced(patterns[0].pedigree, patterns[0].typed.keys() | patterns[1].typed.keys() | {"0"}, convention)

    def vectors(self, pedigree: Pedigree) -> InheritanceVectors:
        """List the inheritance vectors of a reduced pedigree; errors as `InheritanceVectors.of`."""
        if pedigree not in self._vectors:
            self._vectors[pedigree] = InheritanceVectors.of(pedigree, RECOMBINATION)
        return self._vectors[pedigree]

    def table(self, number: int, pedigree: Pedigree, pattern: RelativePattern) -> Float64:
        """Return P(typings, genotype of person "0" | vector) at one of the loci, shape (R, G)."""
        key = number, pedigree, tuple(sorted(pattern.typed.items()))
        if key not in self._tables:
            if len(self._tables) >= KEPT_TABLES:
                del self._tables[next(iter(self._tables))]
            typed = {name: np.array([genotype]) for name, genotype in pattern.typed.items()}
            self._tables[key] = self.tables_of(number, pedigree, typed)[0]
        return self._tables[key]

    def tables_of(self, number: int, pedigree: Pedigree, typed: Mapping[str, NDArray[np.integer]]) -> Float64:
        """Return `table` of many typings of one pedigree at once, (B, 2) genotypes a person; shape (B, R, G)."""
        model, vectors, theta = self.models[number], self.vectors(pedigree), self.rules[number].theta
        states = {name: typed_states(model, genotypes) for name, genotypes in typed.items()}
        return given_vectors(pedigree, model, states, vectors.meioses, vectors.vectors, subject="0", theta=theta)

    def linked_table(self, patterns: Patterns) -> LinkedTable:
        """Tabulate both loci of one family."""
        pedigree = self.kept(patterns)
        first, second = (self.table(number, pedigree, pattern) for number, pattern in enumerate(patterns))
        return LinkedTable(first, second, self.vectors(pedigree).kernel)

    def question(self, patterns: Patterns, hypothesis: Hypothesis) -> LinkedQuestion:
        """Compile a family; errors as `InheritanceVectors.of`."""
        related = tuple((weight, self.linked_table(pair)) for weight, pair in _joint_alternatives(patterns, hypothesis))
        strangers = None
        if self.rules[0].theta > 0.0:
            strangers = self.linked_table((apart(patterns[0], hypothesis), apart(patterns[1], hypothesis)))
        return LinkedQuestion(self.models, related, strangers)


@dataclass(frozen=True, slots=True)
class FamilyShape:
    """Families that differ by their genotypes only, with the tables of each distinct typing of each locus.

    Parameters
    ----------
    codes : ndarray of intp, shape (P,)
        Their codes.
    samples : pair of int
        Genotypes that a comparison involves at each locus.
    related : tuple of (float, _Side)
        Weight of each alternative of the hypothesis, with its tables.
    apart : _Side or None
        With theta, the tables of an unrelated subject.
    """

    codes: NDArray[np.intp]
    samples: tuple[int, int]
    related: tuple[tuple[float, _Side], ...]
    apart: _Side | None

    @classmethod
    def of(cls, tables: VectorTables, kindred: Kindred, hypothesis: Hypothesis) -> FamilyShape | None:
        """Tabulate the families of one shape; None where the pedigree is too large."""
        first, second = kindred.patterns
        try:
            expanded = _joint_alternatives((first, second), hypothesis)
            related = tuple((weight, _Side.of(tables, kindred, pair)) for weight, pair in expanded)
            strangers = None
            if tables.rules[0].theta > 0.0:
                strangers = _Side.of(tables, kindred, (apart(first, hypothesis), apart(second, hypothesis)))
        except LimitError:
            return None
        samples = 1 + len(first.typed), 1 + len(second.typed)
        return cls(kindred.codes.astype(np.intp), samples, related, strangers)

    def seen(self, genotypes: tuple[int, int], strangers: tuple[float, float]) -> tuple[Float64, Float64, Float64]:
        """Return the LR of two shown genotypes together, and of each alone, for each family, shape (P,) each.

        Parameters
        ----------
        genotypes : pair of int
            Shown at the two loci.
        strangers : pair of float
            Probability that a stranger shows each; not used with theta.
        """
        joint, one, other = (
            sum(weight * part for (weight, _), part in zip(self.related, parts, strict=True))
            for parts in zip(*(side.seen(genotypes) for _, side in self.related), strict=True)
        )
        if self.apart is not None:
            both, first, second = self.apart.seen(genotypes)
            return joint / both, one / first, other / second
        p, q = strangers
        return joint / (p * q), one / p, other / q


def _joint_alternatives(patterns: Patterns, hypothesis: Hypothesis) -> list[tuple[float, Patterns]]:
    """Return the weighted pedigrees of both loci together.

    Raises
    ------
    LimitError
        When other persons are typed at one locus than at the other, and the hypothesis has another pedigree for each.
    """
    first, second = (alternatives(pattern, hypothesis) for pattern in patterns)
    pedigrees = [[pattern.pedigree for _, pattern in found] for found in (first, second)]
    if pedigrees[0] != pedigrees[1]:
        raise LimitError(
            f"linked loci typed in different persons have no joint pedigree for '{hypothesis}'",
            remedy="type the same persons at both loci",
        )
    return [(weight, (one, other)) for (weight, one), (_, other) in zip(first, second, strict=True)]


@dataclass(frozen=True, slots=True)
class _Side:
    """One place of the subject in P families of one shape: tables of the distinct typings, and whose is which.

    `tables` are of shape (G, T, R) as shown, one genotype after the other, and `which` (P,), one of each a locus.
    `weights` (P, R) are what the other locus says when its genotype is summed out, over the families' probability, and
    `kernel` joins the two loci.
    """

    kernel: Float64
    tables: tuple[Float64, Float64]
    weights: tuple[Float64, Float64]
    total: Float64
    which: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, source: VectorTables, kindred: Kindred, pair: Patterns) -> _Side:
        kept = source.kept(pair)
        tables, sums, which = [], [], []
        for number, (model, pattern) in enumerate(zip(source.models, pair, strict=True)):
            typings = kindred.typings(pattern)
            shown = np.stack(list(typings.values()), axis=1)
            distinct, places = np.unique(shown.reshape(len(shown), -1), axis=0, return_inverse=True)
            columns = distinct.reshape(len(distinct), -1, 2)
            raw = source.tables_of(number, kept, {name: columns[:, at] for at, name in enumerate(typings)})
            seen = source.rules[number].errors.observed(model, raw)
            tables.append(np.ascontiguousarray(np.moveaxis(seen, 2, 0)))
            sums.append(raw.sum(axis=2)[places])
            which.append(places.astype(np.intp))
        kernel = source.vectors(kept).kernel
        left, right = sums
        total = np.einsum("pr,pr->p", left @ kernel, right)
        weights = (right @ kernel.T) / total[:, None], (left @ kernel) / total[:, None]
        return cls(kernel, (tables[0], tables[1]), weights, total, (which[0], which[1]))

    def seen(self, genotypes: tuple[int, int]) -> tuple[Float64, Float64, Float64]:
        """Return the probability of both genotypes, and of each alone, given each family, shape (P,) each."""
        one, other = (table[g][rows] for table, g, rows in zip(self.tables, genotypes, self.which, strict=True))
        joint = np.einsum("pr,pr->p", one @ self.kernel, other) / self.total
        return joint, np.einsum("pr,pr->p", one, self.weights[0]), np.einsum("pr,pr->p", other, self.weights[1])
