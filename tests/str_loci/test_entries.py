"""Entries as arrays: what is kept opens as what was parsed, and shapes worked out together equal entries one by one."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.engine.channel import KeepsTables
from matcher.engine.columns import Vocabulary
from matcher.str_loci.channel import DnaOptions, dna_channel
from matcher.str_loci.entries import Entries, entries_of, laid_out, read_back
from matcher.str_loci.frequencies import default_frequencies
from matcher.str_loci.gene_trees import given_vectors
from matcher.str_loci.linkage import RECOMBINATION, InheritanceVectors
from matcher.str_loci.locus_compiler import LocusRules
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.patterns import own_entry, parse_entry, parse_relatives
from matcher.str_loci.peeling import typed_states
from matcher.str_loci.relations import relation_pedigree
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.str_loci.typing_errors import DEFAULT_ERRORS
from matcher.subjects import evidence_of
from matcher.types import HYPOTHESES, StrProfile, Subject
from tests.str_loci.conftest import missing_report

KIT = ("D12S391", "FGA", "TH01", "vWA")
MODELS = locus_models(default_frequencies(), DEFAULT_MUTATION, KIT)
RELATIONS = ("parent-child", "full-sibling", "half-sibling", "avuncular")
ENTRIES = (
    "",
    "140/150",
    "~1,2,;,,140/150;,,",
    "~1,2,;,,160/160;,,",
    "~1,2,;,,140/150;,,150/150",
    "~,,;0,2,140/150;,,",
    "150/999",
    "~1,2,;,,140/999;,,",
)


def records(count: int) -> list[Subject]:
    """Typed subjects, and missing reports with a typed relative of several degrees."""
    rng = np.random.default_rng(7)
    found = [Subject(f"A{n}", "rescue", profile=StrProfile(f"A{n}", draw_profile(rng, MODELS))) for n in range(count)]
    for number in range(4 * count):
        relation = RELATIONS[number % len(RELATIONS)]
        world = draw_pedigree(rng, MODELS, relation_pedigree(relation))
        found.append(missing_report(f"M{number:03d}", relation, StrProfile(f"K{number}", world["kin"])))
    return found


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_the_restored_channel_says_what_the_prepared_one_says(hypothesis: str) -> None:
    channel = dna_channel()
    assert isinstance(channel, KeepsTables)
    vocabularies = {column.name: Vocabulary() for column in channel.columns}
    channel.encode(evidence_of(records(3)), vocabularies)
    restored = channel.restore(vocabularies, channel.tabulate(vocabularies))
    prepared = channel.prepare(vocabularies)
    for probe in (records(3)[0], records(3)[5], records(3)[6]):
        first, second = (compiler.compile(probe, hypothesis) for compiler in (restored, prepared))  # type: ignore[arg-type]
        assert first is not None
        assert second is not None
        assert len(first.terms) == len(second.terms) >= len(KIT)
        for one, other in zip(first.terms, second.terms, strict=True):
            np.testing.assert_array_equal(one.table, other.table)  # type: ignore[union-attr]


def test_entries_are_read_back_as_they_were_laid_out() -> None:
    linked = ("", "140/150|160/170", "~1,2,;,,140/150;,,|x|~1,2,,;,,140/150,160/160;,,,170/170")
    columns = [entries_of(ENTRIES), entries_of([""]), entries_of(linked, 2)]
    again = read_back(laid_out(columns), [1, 1, 2])
    for one, other in zip(again, columns, strict=True):
        assert _plain(one) == _plain(other)
    assert again[0].own_codes.tolist() == [1, 6]
    assert again[0].own.tolist() == [[[140, 150]], [[150, 999]]]
    assert [pattern.typed for pattern in again[2].kindreds[0].patterns] == [{"1": (0, 0)}, {"1": (1, 1), "2": (2, 2)}]


def _plain(entries: Entries) -> object:
    kin = [(kindred.shape, kindred.codes.tolist(), kindred.shown.tolist()) for kindred in entries.kindreds]
    return entries.size, entries.own_codes.tolist(), entries.own.tolist(), kin


def test_an_entry_of_a_shape_is_the_entry_that_was_written() -> None:
    for kindred in entries_of(ENTRIES).kindreds:
        (shape,) = kindred.patterns
        assert list(kindred.each(shape)) == [parse_relatives(ENTRIES[code]) for code in kindred.codes]


@pytest.mark.parametrize("theta", [0.0, 0.02])
@pytest.mark.parametrize("hypothesis", ["self", *HYPOTHESES])
def test_entries_of_one_shape_worked_out_together_equal_them_one_by_one(hypothesis: str, theta: float) -> None:
    options = DnaOptions(theta=theta)
    frequencies = default_frequencies()["TH01"]
    rules = LocusRules(frequencies, options.mutation, DEFAULT_ERRORS, options.founders, theta)
    model, rng = rules.model(), np.random.default_rng(2)
    shown = rng.choice(model.alleles, (40, 3, 2))
    shown.sort(axis=2)
    texts = [[own_entry((int(low), int(high))) for low, high in row] for row in shown]
    entries = ["", *(f"~1,2,;,,{a};,,;1,2,{b}" for a, b, _ in texts), *(f"~1,2,;,,{a};,,{c}" for a, _, c in texts)]
    for kindred in entries_of(entries).kindreds:
        together = rules.kindred_table(model, [kindred], hypothesis)  # type: ignore[arg-type]
        patterns = [parse_relatives(entries[code]) for code in kindred.codes]
        for row, pattern in enumerate(patterns):
            alone = rules.hypothesis_table(model, [pattern], hypothesis)  # type: ignore[arg-type]
            np.testing.assert_allclose(together[row], alone[0], rtol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.02])
def test_inheritance_vectors_of_many_families_equal_those_of_each(theta: float) -> None:
    model = MODELS["vWA"]
    (pattern,) = parse_entry("~1,2,;,,0/0;,,;1,2,1/1;,,2/2;4,2,3/3")
    vectors = InheritanceVectors.of(pattern.pedigree, RECOMBINATION)
    shown = np.sort(np.random.default_rng(1).choice(model.alleles, (5, 4, 2)), axis=2)
    shown[0] = model.alleles[3]
    names = list(pattern.typed)

    def tables(rows: np.ndarray) -> np.ndarray:
        states = {name: typed_states(model, rows[:, at]) for at, name in enumerate(names)}
        return given_vectors(
            pattern.pedigree, model, states, vectors.meioses, vectors.vectors, subject="0", theta=theta
        )

    together = tables(shown)
    assert together.shape == (5, len(vectors.vectors), model.genotype_count)
    for row in range(5):
        np.testing.assert_allclose(together[row], tables(shown[row : row + 1])[0], rtol=1e-12)
