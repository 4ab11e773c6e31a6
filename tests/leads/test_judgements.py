"""What judgements come to: states by hand, suppression until new evidence, and lists that keep summing to 1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.leads.judgements import has_new_evidence, judged_pairs, pair_of, suppressions, without
from matcher.types import Suppression
from matcher.workspace.values import Decision, Judgement
from tests.leads.conftest import plain_list


def said(*spoken: tuple[str, Judgement], pair: tuple[str, str] = ("A1", "B1")) -> list[Decision]:
    return [
        Decision(*pair, judgement, reviewer, "", f"2026-01-0{n}", probe_seq=5, record_seq=7)
        for n, (reviewer, judgement) in enumerate(spoken, 1)
    ]


@pytest.mark.parametrize(
    ("spoken", "state"),
    [
        ([("李", "confirm")], "awaiting_second"),
        ([("李", "confirm"), ("李", "confirm")], "awaiting_second"),
        ([("李", "confirm"), ("王", "confirm")], "confirmed"),
        ([("李", "confirm"), ("王", "confirm"), ("赵", "reject")], "conflict"),
        ([("李", "confirm"), ("李", "reject")], "rejected"),
        ([("李", "reject"), ("王", "confirm")], "conflict"),
        ([("李", "reject"), ("李", "withdraw")], "open"),
        ([("李", "reject"), ("王", "withdraw")], "rejected"),
        ([("李", "defer")], "deferred"),
        ([("李", "defer"), ("王", "need_dna")], "need_dna"),
        ([("李", "need_dna"), ("王", "reject")], "rejected"),
        ([("李", "confirm"), ("王", "confirm"), ("王", "withdraw")], "awaiting_second"),
    ],
)
def test_states(spoken: list[tuple[str, Judgement]], state: str) -> None:
    assert judged_pairs(said(*spoken))["A1", "B1"].state == state


def test_a_pair_is_the_same_whoever_was_the_case() -> None:
    decisions = [*said(("李", "confirm")), *said(("王", "confirm"), pair=("B1", "A1"))]
    assert judged_pairs(decisions)["A1", "B1"].state == "confirmed"
    assert pair_of("B1", "A1") == ("A1", "B1")


def test_only_ground_truth_of_the_judgement_that_counts_is_ground_truth() -> None:
    one, other = said(("李", "confirm"), ("王", "confirm"))
    assert judged_pairs([one, other])["A1", "B1"].ground is None
    sure = Decision("A1", "B1", "confirm", "王", "", "2026-01-03", ground="dna")
    assert judged_pairs([one, sure])["A1", "B1"].ground == "dna"
    against = Decision("A1", "B1", "reject", "赵", "", "2026-01-04", ground="dna")
    assert judged_pairs([one, sure, against])["A1", "B1"].ground is None


@pytest.mark.parametrize(
    ("seqs", "left_out"),
    [
        ({"A1": 5, "B1": 7}, True),
        ({"A1": 6, "B1": 7}, False),
        ({"A1": 5, "B1": 8}, False),
        ({"A1": 5}, False),
        ({}, False),
    ],
)
def test_a_rejected_record_stays_out_until_either_side_has_new_evidence(seqs: dict[str, int], left_out: bool) -> None:
    judged = judged_pairs(said(("李", "reject")))
    assert has_new_evidence(judged["A1", "B1"], seqs) is not left_out
    for record, other in (("A1", "B1"), ("B1", "A1")):
        assert set(suppressions(record, judged, seqs)) == ({other} if left_out else set())
    assert suppressions("C1", judged, seqs) == {}


def test_a_judgement_of_old_that_knows_no_numbers_hides_nothing() -> None:
    judged = judged_pairs([Decision("A1", "B1", "reject", "李", "", "2026-01-01")])
    assert suppressions("A1", judged, {"A1": 1, "B1": 1}) == {}


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6), st.sets(st.integers(0, 5)))
@settings(derandomize=True, deadline=None)
def test_leaving_records_out_is_bayes_theorem(weights: list[float], out: set[int]) -> None:
    shares = [weight / (sum(weights) + 1.0) for weight in weights]
    before = plain_list(shares)
    hidden = {f"R{n}": Suppression(f"R{n}", "李", "", "") for n in out}
    after = without(before, hidden)
    kept = [lead for lead in before.leads if lead.record_id not in hidden]
    rest = 1.0 - sum(lead.posterior for lead in before.leads if lead.record_id in hidden)
    assert [lead.record_id for lead in after.leads] == [lead.record_id for lead in kept]
    assert [lead.rank for lead in after.leads] == list(range(1, len(kept) + 1))
    for lead, was in zip(after.leads, kept, strict=True):
        assert lead.posterior == pytest.approx(was.posterior / rest)
        assert lead.log10_lr == was.log10_lr
    assert after.nobody + sum(lead.posterior for lead in after.leads) == pytest.approx(1.0)
    assert {item.record_id for item in after.suppressed} == set(hidden) & {lead.record_id for lead in before.leads}
