"""Candidate lists against brute force: every record in float64, sorted by value and then by record id."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from matcher.engine import search
from matcher.engine.combination import Combination, Tie
from matcher.leads.fusion_model import FusionModel
from matcher.leads.fusion_prior import prior_of_hypothesis
from matcher.leads.matching import ListRequest, candidate_lists, candidates
from matcher.leads.pairs import compare_pair, pair_evidence
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.leads.reviewing import worded
from matcher.types import HYPOTHESES, ChannelName, DayInterval, Hypothesis, Lead, StrProfile, Subject
from tests.contract.conftest import full_subject, world
from tests.leads.conftest import prepared_gallery

SUBJECTS = world(80)
BY_ID = {subject.record_id: subject for subject in SUBJECTS}


@pytest.fixture(scope="module")
def prepared() -> PreparedGallery:
    return prepared_gallery(SUBJECTS)


@pytest.fixture(scope="module")
def probe() -> Subject:
    return full_subject("P0001", np.random.default_rng(5))


def brute_force(probe: Subject, prepared: PreparedGallery, hypothesis: Hypothesis = "self") -> list[tuple[float, str]]:
    totals = [
        (math.fsum(e.log10_lr for e in pair_evidence(probe, s, prepared, "en", hypothesis)), s.record_id)
        for s in SUBJECTS
        if s.record_id != probe.record_id
    ]
    return sorted(totals, key=lambda item: (-item[0], item[1]))


@pytest.mark.parametrize("top", [1, 5, 40, 500])
def test_the_list_is_the_brute_force_list(probe: Subject, prepared: PreparedGallery, top: int) -> None:
    for hypothesis in HYPOTHESES:
        found = candidates(probe, prepared, ListRequest(top, 0.3, hypothesis=hypothesis))
        expected = {record_id: value for value, record_id in brute_force(probe, prepared, hypothesis)[:top]}
        assert found.hypothesis == hypothesis
        assert {lead.record_id for lead in found.leads} == expected.keys()
        for lead in found.leads:
            assert lead.log10_lr == pytest.approx(expected[lead.record_id], abs=1e-9)


def test_the_order_is_that_of_worth(probe: Subject, prepared: PreparedGallery) -> None:
    found = candidates(probe, prepared, ListRequest(500, 0.3))
    count, worths = found.gallery_size, []
    for lead in found.leads:
        of = {share.hypothesis: share.log10_lr for share in lead.hypotheses}
        kin = [prior_of_hypothesis(name, 0.3) / count * 10.0 ** of[name] for name in HYPOTHESES[1:]]
        unrelated = 1.0 - sum(prior_of_hypothesis(name, 0.3) / count for name in HYPOTHESES[1:])
        odds = 0.3 / 0.7 / count * 10.0 ** of["self"] / (unrelated + sum(kin))
        alone = odds / (1.0 + odds)
        worths.append(alone + 0.5 * (1.0 - alone) * sum(kin) / (unrelated + sum(kin)))
    assert worths == sorted(worths, reverse=True)


def test_fusion_is_a_part_of_the_explanation(probe: Subject) -> None:
    model = FusionModel("test", Combination({"name": 0.7, "place": 0.8}, (Tie("name", "place", 0.4),)))
    fused = prepared_gallery(SUBJECTS, model)
    found = candidates(probe, fused, ListRequest(500, 0.3, alert_fpir=0.01))
    assert (found.calibrated, found.fusion) == (True, "test")
    assert any(item.kind == "tied" for lead in found.leads for item in lead.adjustments)
    for lead in found.leads:
        parts = [part.log10_lr for channel in lead.channels for part in channel.parts]
        adjusted = [item.log10_lr for item in lead.adjustments]
        assert math.fsum([*parts, *adjusted]) == pytest.approx(lead.log10_lr, abs=1e-9)
        same = compare_pair(probe, BY_ID[lead.record_id], fused, "zh")
        assert same.log10_lr == pytest.approx(lead.log10_lr, abs=1e-9)
        assert same.adjustments == lead.adjustments
        shares = {share.hypothesis: share.log10_lr for share in lead.hypotheses if share.hypothesis != "self"}
        assert shares == pytest.approx(dict(same.others), abs=1e-9)
    plain = {
        lead.record_id: lead.log10_lr for lead in candidates(probe, prepared_gallery(SUBJECTS), ListRequest(500)).leads
    }
    assert any(abs(plain[lead.record_id] - lead.log10_lr) > 0.1 for lead in found.leads)
    assert found.alert_log10_lr == pytest.approx(math.log10(found.gallery_size) + 2.0)
    assert [lead.record_id for lead in found.alerts] == [
        lead.record_id for lead in found.leads if lead.log10_lr >= (found.alert_log10_lr or 0.0)
    ]


def test_the_prior_follows_the_stay_unless_it_is_given(probe: Subject) -> None:
    dated = dataclasses.replace(prepared_gallery(SUBJECTS), as_of_day=20_000)
    for days, stratum, prior in ((3, "fresh", 0.9), (4000, "long_stayer", 0.35)):
        arrived = dataclasses.replace(probe, event=DayInterval(20_000 - days, 20_000 - days))
        found = candidates(arrived, dated, ListRequest(5))
        assert (found.stratum, found.prior_in_database) == (stratum, prior)
        given = candidates(arrived, dated, ListRequest(5, 0.5))
        assert (given.stratum, given.prior_in_database) == (None, 0.5)


def siblings() -> tuple[Subject, Subject]:
    """Two brothers by their DNA: every locus shares an allele, two do not share both."""
    base = full_subject("B0001", np.random.default_rng(21), "rescue")
    assert base.profile is not None
    crossed = {
        locus: (a - 10, b) if place % 3 == 0 else (a, b)
        for place, (locus, (a, b)) in enumerate(base.profile.genotypes.items())
    }
    nothing = {"names": (), "places": (), "photos": (), "pedigree": (), "accent": None}
    brother = dataclasses.replace(base, **nothing)
    own = dataclasses.replace(brother, record_id="P0009", kind="intake", profile=StrProfile("P0009-S", crossed))
    return own, brother


def test_a_brother_is_found_when_asked_for_and_named_where_he_is_listed() -> None:
    own, brother = siblings()
    gallery = prepared_gallery(sorted([*SUBJECTS, brother], key=lambda subject: subject.record_id))
    asked = candidates(own, gallery, ListRequest(3, hypothesis="sibling"))
    assert asked.leads[0].record_id == "B0001"
    listed = next(x for x in candidates(own, gallery, ListRequest(500)).leads if x.record_id == "B0001")
    shares = {share.hypothesis: share for share in listed.hypotheses}
    assert shares["sibling"].log10_lr == pytest.approx(asked.leads[0].log10_lr, abs=1e-9)
    assert shares["sibling"].log10_lr > shares["self"].log10_lr + 2
    assert listed.likeliest in {"sibling", "parent_child"}


def test_parts_words_and_posteriors_are_consistent(probe: Subject, prepared: PreparedGallery) -> None:
    found = worded(candidates(probe, prepared, ListRequest(20, 0.3)), probe, BY_ID, prepared, "en")
    assert not found.calibrated
    assert found.expected_wrong == pytest.approx(20 - sum(lead.posterior for lead in found.leads))
    for rank, lead in enumerate(found.leads, 1):
        assert lead.rank == rank
        assert math.fsum(p.log10_lr for c in lead.channels for p in c.parts) == pytest.approx(lead.log10_lr, abs=1e-9)
        for evidence in lead.channels:
            assert (evidence.comparison == "compared") == bool(evidence.parts) == bool(evidence.words)
            assert evidence.parts or evidence.log10_lr == 0.0


def test_all_posteriors_and_nobody_sum_to_one(probe: Subject, prepared: PreparedGallery) -> None:
    found = candidates(probe, prepared, ListRequest(500, 0.3))
    assert found.nobody + found.kin + sum(lead.posterior for lead in found.leads) == pytest.approx(1.0, abs=1e-6)
    for lead in found.leads:
        assert sum(share.posterior for share in lead.hypotheses) <= 1.0 + 1e-9


def test_a_probe_never_leads_to_itself(prepared: PreparedGallery) -> None:
    found = candidates(SUBJECTS[3], prepared, ListRequest(500, 0.3))
    assert SUBJECTS[3].record_id not in {lead.record_id for lead in found.leads}
    assert found.gallery_size == len(SUBJECTS) - 1


def test_ties_are_in_order_of_record_id(prepared: PreparedGallery) -> None:
    blank = Subject("P", "intake")
    found = candidates(blank, prepared, ListRequest(5, 0.3))
    assert [lead.record_id for lead in found.leads] == [s.record_id for s in SUBJECTS[:5]]
    assert {lead.log10_lr for lead in found.leads} == {0.0}


def test_an_unrelated_record_changes_no_log10_lr(probe: Subject, prepared: PreparedGallery) -> None:
    stranger = dataclasses.replace(full_subject("Z1", np.random.default_rng(8)), kind="rescue")
    larger = prepared_gallery([*SUBJECTS, stranger])
    before = {x.record_id: x.log10_lr for x in candidates(probe, prepared, ListRequest(500, 0.3)).leads}
    after = {x.record_id: x.log10_lr for x in candidates(probe, larger, ListRequest(500, 0.3)).leads}
    for record_id, value in before.items():
        assert after[record_id] == pytest.approx(value, abs=1e-9)


def test_which_side_lacks_evidence_is_said(prepared: PreparedGallery) -> None:
    record = next(s for s in SUBJECTS if s.sex and s.birth and s.event)
    nothing = pair_evidence(Subject("P", "intake"), record, prepared, "en")
    channels: dict[ChannelName, str] = {item.channel: item.comparison for item in nothing}
    assert channels["demographics"] == "probe_missing"


def without_posteriors(lead: Lead) -> Lead:
    shares = tuple(dataclasses.replace(share, posterior=0.0) for share in lead.hypotheses)
    return dataclasses.replace(lead, posterior=0.0, hypotheses=shares)


@pytest.mark.parametrize("compiled", [False, True])
def test_lists_of_a_batch_are_the_lists_of_single_probes(
    prepared: PreparedGallery, probe: Subject, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    if compiled:
        monkeypatch.setattr(search, "MANY_PAIRS", 1)
    batch_gallery = prepared_gallery(SUBJECTS)
    probes = [*SUBJECTS[:8], probe, Subject("Q", "intake")]
    request = ListRequest(7, 0.3, threads=2)
    batch = list(candidate_lists(iter(probes), batch_gallery, request, expected=len(probes)))
    assert batch_gallery.search.is_compiled == compiled
    for one, found in zip(probes, batch, strict=True):
        alone = candidates(one, prepared, request)
        assert found.probe_id == one.record_id
        assert found.gallery_size == alone.gallery_size
        assert found.nobody == pytest.approx(alone.nobody, rel=1e-2)
        # Everything but the share of the records that are not listed is exact.
        assert [without_posteriors(lead) for lead in found.leads] == [without_posteriors(lead) for lead in alone.leads]
        for lead, other in zip(found.leads, alone.leads, strict=True):
            assert lead.posterior == pytest.approx(other.posterior, rel=1e-2)
