"""Candidate lists against brute force: every record in float64, sorted by value and then by record id."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from matcher.engine import search
from matcher.engine.columns import Vocabulary
from matcher.engine.gallery import Gallery
from matcher.leads.matching import ListRequest, PreparedGallery, candidate_lists, candidates, pair_evidence
from matcher.subjects import evidence_of
from matcher.types import ChannelName, Subject
from tests.contract.conftest import contract_channels, full_subject, world


def prepare(subjects: Sequence[Subject]) -> PreparedGallery:
    channels = contract_channels()
    codes, compilers = {}, {}
    evidence = evidence_of(subjects)
    for channel in channels:
        vocabularies = {column.name: Vocabulary() for column in channel.columns if column.kind != "dense"}
        codes[channel.name] = channel.encode(evidence, vocabularies)
        compilers[channel.name] = channel.prepare(vocabularies)
    ids = np.array([subject.record_id for subject in subjects], np.str_)
    return PreparedGallery(Gallery(ids, codes), channels, compilers)


SUBJECTS = world(80)
BY_ID = {subject.record_id: subject for subject in SUBJECTS}


@pytest.fixture(scope="module")
def prepared() -> PreparedGallery:
    return prepare(SUBJECTS)


@pytest.fixture(scope="module")
def probe() -> Subject:
    return full_subject("P0001", np.random.default_rng(5))


def read(ids: Sequence[str]) -> dict[str, Subject]:
    return {record_id: BY_ID[record_id] for record_id in ids}


def brute_force(probe: Subject, prepared: PreparedGallery) -> list[tuple[float, str]]:
    totals = [
        (math.fsum(e.log10_lr for e in pair_evidence(probe, s, prepared, "en")), s.record_id)
        for s in SUBJECTS
        if s.record_id != probe.record_id
    ]
    return sorted(totals, key=lambda item: (-item[0], item[1]))


@pytest.mark.parametrize("top", [1, 5, 40, 500])
def test_the_list_is_the_brute_force_list(probe: Subject, prepared: PreparedGallery, top: int) -> None:
    found = candidates(probe, prepared, ListRequest(top, 0.3), read)
    expected = brute_force(probe, prepared)[:top]
    assert [lead.record_id for lead in found.leads] == [record_id for _, record_id in expected]
    for lead, (log10_lr, _) in zip(found.leads, expected, strict=True):
        assert lead.log10_lr == pytest.approx(log10_lr, abs=1e-9)


def test_parts_words_and_posteriors_are_consistent(probe: Subject, prepared: PreparedGallery) -> None:
    found = candidates(probe, prepared, ListRequest(20, 0.3, "en"), read)
    assert not found.calibrated
    assert found.expected_wrong == pytest.approx(20 - sum(lead.posterior for lead in found.leads))
    for rank, lead in enumerate(found.leads, 1):
        assert lead.rank == rank
        assert math.fsum(p.log10_lr for c in lead.channels for p in c.parts) == pytest.approx(lead.log10_lr, abs=1e-9)
        for evidence in lead.channels:
            assert (evidence.comparison == "compared") == bool(evidence.parts) == bool(evidence.words)
            assert evidence.parts or evidence.log10_lr == 0.0


def test_all_posteriors_and_nobody_sum_to_one(probe: Subject, prepared: PreparedGallery) -> None:
    found = candidates(probe, prepared, ListRequest(500, 0.3), read)
    assert found.nobody + sum(lead.posterior for lead in found.leads) == pytest.approx(1.0, abs=1e-6)


def test_a_probe_never_leads_to_itself(prepared: PreparedGallery) -> None:
    found = candidates(SUBJECTS[3], prepared, ListRequest(500, 0.3), read)
    assert SUBJECTS[3].record_id not in {lead.record_id for lead in found.leads}
    assert found.gallery_size == len(SUBJECTS) - 1


def test_ties_are_in_order_of_record_id(prepared: PreparedGallery) -> None:
    blank = Subject("P", "intake")
    found = candidates(blank, prepared, ListRequest(5, 0.3), read)
    assert [lead.record_id for lead in found.leads] == [s.record_id for s in SUBJECTS[:5]]
    assert {lead.log10_lr for lead in found.leads} == {0.0}


def test_an_unrelated_record_changes_no_log10_lr(probe: Subject, prepared: PreparedGallery) -> None:
    stranger = dataclasses.replace(full_subject("Z1", np.random.default_rng(8)), kind="rescue")
    BY_ID["Z1"] = stranger
    larger = prepare([*SUBJECTS, stranger])
    before = {x.record_id: x.log10_lr for x in candidates(probe, prepared, ListRequest(500, 0.3), read).leads}
    after = {x.record_id: x.log10_lr for x in candidates(probe, larger, ListRequest(500, 0.3), read).leads}
    for record_id, value in before.items():
        assert after[record_id] == pytest.approx(value, abs=1e-9)


def test_which_side_lacks_evidence_is_said(prepared: PreparedGallery) -> None:
    record = next(s for s in SUBJECTS if s.sex and s.birth and s.event)
    nothing = pair_evidence(Subject("P", "intake"), record, prepared, "en")
    channels: dict[ChannelName, str] = {item.channel: item.comparison for item in nothing}
    assert channels["demographics"] == "probe_missing"


@pytest.mark.parametrize("compiled", [False, True])
def test_lists_of_a_batch_are_the_lists_of_single_probes(
    prepared: PreparedGallery, probe: Subject, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    if compiled:
        monkeypatch.setattr(search, "BATCH_PAIRS", 1)
    batch_gallery = prepare(SUBJECTS)
    probes = [*SUBJECTS[:8], probe, Subject("Q", "intake")]
    request = ListRequest(7, 0.3, "en", threads=2)
    batch = list(candidate_lists(iter(probes), batch_gallery, request, read, expected=len(probes)))
    assert batch_gallery.search.is_compiled == compiled
    for one, found in zip(probes, batch, strict=True):
        alone = candidates(one, prepared, request, read)
        assert found.probe_id == one.record_id
        assert found.gallery_size == alone.gallery_size
        assert found.nobody == pytest.approx(alone.nobody, rel=1e-2)
        # Everything but the share of the records that are not listed is exact.
        plain = [dataclasses.replace(lead, posterior=0.0) for lead in found.leads]
        assert plain == [dataclasses.replace(lead, posterior=0.0) for lead in alone.leads]
        for lead, other in zip(found.leads, alone.leads, strict=True):
            assert lead.posterior == pytest.approx(other.posterior, rel=1e-2)
