"""Two linked loci of many families: tables given each inheritance vector, one a distinct typing of each locus.

The joint probability of a pair of genotypes is then a small product, `first @ kernel @ second`, for all families of one
shape at once, however many pairs of typings there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.errors import LimitError
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
            model, vectors = self.models[number], self.vectors(pedigree)
            states = {name: typed_states(model, [genotype]) for name, genotype in pattern.typed.items()}
            self._tables[key] = given_vectors(
                pedigree, model, states, vectors.meioses, vectors.vectors, subject="0", theta=self.rules[number].theta
            )
        return self._tables[key]

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
    def of(
        cls, tables: VectorTables, group: Sequence[tuple[int, Patterns]], hypothesis: Hypothesis
    ) -> FamilyShape | None:
        """Tabulate a group of codes with their patterns; None where the pedigree is too large."""
        families = [patterns for _, patterns in group]
        try:
            expanded = [_joint_alternatives(patterns, hypothesis) for patterns in families]
            related = tuple(
                (weight, _Side.of(tables, [family[number][1] for family in expanded]))
                for number, (weight, _) in enumerate(expanded[0])
            )
            strangers = None
            if tables.rules[0].theta > 0.0:
                strangers = _Side.of(tables, [(apart(a, hypothesis), apart(b, hypothesis)) for a, b in families])
        except LimitError:
            return None
        samples = 1 + len(families[0][0].typed), 1 + len(families[0][1].typed)
        return cls(np.array([code for code, _ in group], np.intp), samples, related, strangers)

    def logs(self, genotypes: tuple[int, int], tables: VectorTables) -> Float64:
        """Return log10 LR of two shown genotypes together for each family, shape (P,)."""
        errors = tables.rules[0].errors
        joint, one, other = (
            sum(weight * part for (weight, _), part in zip(self.related, parts, strict=True))
            for parts in zip(*(side.seen(genotypes) for _, side in self.related), strict=True)
        )
        if self.apart is not None:
            below: Sequence[Float64] = self.apart.seen(genotypes)
        else:
            p, q = (errors.observed(m, m.hwe)[g] for m, g in zip(tables.models, genotypes, strict=True))
            below = p * q, p, q
        whole, single = joint / below[0], (one / below[1], other / below[2])
        mixed = errors.mixed_pair(whole[:, None, None], (single[0][:, None], single[1][:, None]), samples=self.samples)
        return mixed[:, 0, 0]


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
    """One place of the subject in the families of one shape: tables of the distinct typings, and whose is which.

    `tables` are of shape (T, R, G) as shown, `sums` (T, R), `which` (P,); one of each a locus.
    """

    kernel: Float64
    tables: tuple[Float64, Float64]
    sums: tuple[Float64, Float64]
    which: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, source: VectorTables, pairs: Sequence[Patterns]) -> _Side:
        kept = source.kept(pairs[0])
        tables, sums, which = [], [], []
        for number, model in enumerate(source.models):
            distinct = {pair[number].genotypes: pair[number] for pair in pairs}
            raw = np.stack([source.table(number, kept, pattern) for pattern in distinct.values()])
            position = {genotypes: row for row, genotypes in enumerate(distinct)}
            tables.append(source.rules[number].errors.observed(model, raw))
            sums.append(raw.sum(axis=2))
            which.append(np.array([position[pair[number].genotypes] for pair in pairs], np.intp))
        kernel = source.vectors(kept).kernel
        return cls(kernel, (tables[0], tables[1]), (sums[0], sums[1]), (which[0], which[1]))

    def seen(self, genotypes: tuple[int, int]) -> tuple[Float64, Float64, Float64]:
        """Return the probability of both genotypes, and of each alone, given each family, shape (P,) each."""
        one, other = (table[:, :, g][rows] for table, g, rows in zip(self.tables, genotypes, self.which, strict=True))
        left, right = (total[rows] for total, rows in zip(self.sums, self.which, strict=True))
        total = _through(left, self.kernel, right)
        return (
            _through(one, self.kernel, other) / total,
            _through(one, self.kernel, right) / total,
            _through(left, self.kernel, other) / total,
        )


def _through(first: Float64, kernel: Float64, second: Float64) -> Float64:
    result: Float64 = np.einsum("pr,pr->p", first @ kernel, second)
    return result
