"""The laws of `matcher.engine.channel`, one test each, on every channel."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from matcher.engine.channel import Channel, Plan
from matcher.engine.scan import exact_parts, scan, scan_tolerance
from matcher.types import HYPOTHESES, Hypothesis, Subject
from tests.contract.conftest import Encoded, encode, full_subject, world

FIELDS_OF = {
    "face": {"photos": ()},
    "name": {"names": ()},
    "place": {"places": (), "accent": None},
    "dna": {"profile": None, "pedigree": ()},
    "demographics": {"sex": None, "birth": None, "height_cm": None, "event": None},
}


@pytest.fixture(params=HYPOTHESES)
def hypothesis(request: pytest.FixtureRequest) -> Hypothesis:
    """Each hypothesis in turn; a channel has a model of "same person", and may have none of the others."""
    name: Hypothesis = request.param
    return name


def compiled(encoded: Encoded, probe: Subject, hypothesis: Hypothesis = "self") -> Plan:
    plan = encoded.compiler.compile(probe, hypothesis)
    if plan is None and hypothesis != "self":
        pytest.skip(f"{encoded.channel.name} has no model of '{hypothesis}'")
    assert plan is not None
    return plan


def without(subject: Subject, channel: Channel) -> Subject:
    return dataclasses.replace(subject, **FIELDS_OF[channel.name])


def test_columns_are_encoded_as_declared(encoded: Encoded) -> None:
    kinds = {"SingleColumn": "single", "ManyColumn": "many", "DenseColumn": "dense"}
    found = {name: kinds[type(codes).__name__] for name, codes in encoded.gallery.codes[encoded.channel.name].items()}
    assert found == {column.name: column.kind for column in encoded.channel.columns}


def test_law_1_missing_evidence_contributes_exactly_zero(
    encoded: Encoded, probe: Subject, hypothesis: Hypothesis
) -> None:
    empty = [without(subject, encoded.channel) for subject in encoded.subjects[:10]]
    blank = encode(encoded.channel, empty)
    plan = blank.compiler.compile(probe, hypothesis)
    assert plan is None or (scan(blank.gallery, [plan]) == 0.0).all()
    assert encoded.compiler.compile(without(probe, encoded.channel), hypothesis) is None


def test_some_evidence_is_compared(encoded: Encoded, probe: Subject, hypothesis: Hypothesis) -> None:
    scores = scan(encoded.gallery, [compiled(encoded, probe, hypothesis)])
    assert (scores != 0.0).sum() > 10


def test_law_2_mean_lr_of_others_is_one(encoded: Encoded, probe: Subject, hypothesis: Hypothesis) -> None:
    backgrounds = encoded.compiler.backgrounds(probe, hypothesis)
    assert {b.column for b in backgrounds} >= {t.column for t in compiled(encoded, probe, hypothesis).terms}
    for background in backgrounds:
        assert background.probability.sum() == pytest.approx(1.0, abs=1e-9)
        mean = float(background.probability @ 10.0**background.log10_lr)
        assert mean == pytest.approx(1.0, abs=1e-9), background.column


def test_law_3_parts_add_up_to_the_scan(encoded: Encoded, probe: Subject, hypothesis: Hypothesis) -> None:
    plan = compiled(encoded, probe, hypothesis)
    scores = scan(encoded.gallery, [plan])
    for row, score in enumerate(scores):
        parts = exact_parts(plan, encoded.gallery.codes[encoded.channel.name], row)
        assert sum(part.log10_lr for part in parts) == pytest.approx(float(score), abs=scan_tolerance([plan]))


@pytest.mark.parametrize(("block", "threads"), [(1, 1), (7, 1), (1 << 16, 1), (7, 2)])
def test_law_4_blocks_and_threads_do_not_matter(encoded: Encoded, probe: Subject, block: int, threads: int) -> None:
    plan = compiled(encoded, probe)
    reference = scan(encoded.gallery, [plan])
    np.testing.assert_allclose(scan(encoded.gallery, [plan], block=block, threads=threads), reference, atol=1e-4)


def test_law_4_partitions_and_vocabulary_order_do_not_matter(
    encoded: Encoded, probe: Subject, hypothesis: Hypothesis
) -> None:
    expected = exact_by_id(encoded, probe, hypothesis)
    halves = [encode(encoded.channel, encoded.subjects[30:]), encode(encoded.channel, encoded.subjects[:30])]
    found = {key: value for half in halves for key, value in exact_by_id(half, probe, hypothesis).items()}
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=1e-9)


def test_law_5_finite_and_bounded(encoded: Encoded, probe: Subject, hypothesis: Hypothesis) -> None:
    plan = compiled(encoded, probe, hypothesis)
    scores = scan(encoded.gallery, [plan])
    assert np.isfinite(scores).all()
    assert scores.min() >= np.float32(plan.floor)
    assert scores.max() <= np.float32(plan.ceiling)


def test_law_6_unrelated_records_change_nothing(encoded: Encoded, probe: Subject, hypothesis: Hypothesis) -> None:
    strangers = [dataclasses.replace(s, record_id=f"Z{s.record_id}") for s in world(20, seed=99)]
    larger = encode(encoded.channel, [*encoded.subjects, *strangers])
    expected = exact_by_id(encoded, probe, hypothesis)
    found = exact_by_id(larger, probe, hypothesis)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=1e-9)


def test_a_record_equal_to_the_probe_is_not_evidence_against(encoded: Encoded) -> None:
    for seed in range(8):
        probe = full_subject("P0002", np.random.default_rng(seed))
        twin = encode(encoded.channel, [dataclasses.replace(probe, record_id="T0001", kind="rescue")])
        plan = compiled(twin, probe)
        assert scan(twin.gallery, [plan])[0] >= 0.0


def test_compiling_twice_gives_the_same_tables(encoded: Encoded, probe: Subject) -> None:
    first, second = compiled(encoded, probe), compiled(encoded, probe)
    assert (scan(encoded.gallery, [first]) == scan(encoded.gallery, [second])).all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_are_given_for_whatever_was_compared(encoded: Encoded, probe: Subject, language: str) -> None:
    plan = compiled(encoded, probe)
    columns = encoded.gallery.codes[encoded.channel.name]
    spoken = 0
    for row, record in enumerate(encoded.subjects):
        parts = exact_parts(plan, columns, row)
        words = encoded.channel.describe(probe, record, parts, language)
        assert bool(words) == bool(parts)
        assert all(word.strip() for word in words)
        spoken += bool(words)
    assert spoken > 10


def exact_by_id(encoded: Encoded, probe: Subject, hypothesis: Hypothesis = "self") -> dict[str, float]:
    plan = compiled(encoded, probe, hypothesis)
    columns = encoded.gallery.codes[encoded.channel.name]
    return {
        subject.record_id: sum(part.log10_lr for part in exact_parts(plan, columns, row))
        for row, subject in enumerate(encoded.subjects)
    }
