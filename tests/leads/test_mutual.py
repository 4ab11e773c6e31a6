"""Whether two records are one person: screened pairs are those that a full comparison would not be sure of either."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from matcher.engine.combination import Combination, Tie
from matcher.engine.exact import exact_totals
from matcher.leads import mutual
from matcher.leads.fusion_model import PLAIN_MODEL, FusionModel
from matcher.leads.judgements import Pair
from matcher.leads.mutual import AGAINST, BODILY, Pairs, different, listed_of, opposed, possible, sure_log10_lr
from matcher.leads.pairs import compile_plans, totals_by_hypothesis
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.types import HYPOTHESES, Subject
from tests.contract.conftest import world
from tests.leads.conftest import prepared_gallery, wanderer

SUBJECTS = sorted(
    [*world(24), *(wanderer(n) for n in range(4)), wanderer(0, seed=9), replace(wanderer(5), photos=())],
    key=lambda subject: subject.record_id,
)
TIED = replace(
    PLAIN_MODEL,
    combination=Combination({"name": 0.8, "place": 0.9}, (Tie("name", "place", 0.3), Tie("face", "dna", 0.5))),
)
EVERY_PAIR: list[Pair] = list(combinations([subject.record_id for subject in SUBJECTS], 2))


def by_hand(pair: Pair, prepared: PreparedGallery, known: dict[str, Subject]) -> float:
    """Compare two records against the whole gallery, every channel, every hypothesis."""
    probe, size = known[pair[0]], len(prepared.gallery)
    row = np.array([prepared.gallery.position(pair[1])])
    plans = compile_plans(probe, prepared)
    for plan in (plan for name in BODILY for plan in plans if plan.channel == name):
        against = float(exact_totals([plan], prepared.gallery, row)[0])
        if against <= AGAINST:
            return against
    own = float(exact_totals(plans, prepared.gallery, row, prepared.fusion.combination)[0])
    if own < sure_log10_lr(size):
        return own
    kin = totals_by_hypothesis(probe, prepared, row, HYPOTHESES[1:])
    return max(0.0, own - math.log10(1 + sum(0.03 / size * (10 ** float(value[0]) - 1) for value in kin.values())))


@pytest.mark.parametrize("model", [PLAIN_MODEL, TIED], ids=["sum", "tied"])
def test_what_is_settled_early_is_what_a_full_comparison_says(model: FusionModel) -> None:
    prepared, known = prepared_gallery(SUBJECTS, model), {s.record_id: s for s in SUBJECTS}
    expected = {pair: by_hand(pair, prepared, known) for pair in EVERY_PAIR}
    least, pairs = sure_log10_lr(len(SUBJECTS)), Pairs(prepared)
    found = possible(EVERY_PAIR, pairs, listed_of(known, pairs))
    assert found == pytest.approx({pair: expected[pair] for pair in found}, abs=1e-9)
    assert pairs.settled["sure"] == set(EVERY_PAIR) - found.keys()
    assert pairs.settled["sure"], "some were settled without names and profiles"
    assert all(expected[pair] < least for pair in pairs.settled["sure"])
    assert any(value >= least for value in found.values())
    fresh, against = Pairs(prepared), {pair for pair, value in expected.items() if value < 0.0}
    assert opposed(EVERY_PAIR, pairs, listed_of(known, pairs)) == against, "whatever is known already"
    assert opposed(EVERY_PAIR, fresh, listed_of(known, fresh)) == against
    assert fresh.settled["against"], "some were settled without names and profiles"
    assert fresh.known == pytest.approx({pair: expected[pair] for pair in fresh.known}, abs=1e-9)


def test_what_is_known_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, known = prepared_gallery(SUBJECTS), {s.record_id: s for s in SUBJECTS}
    pairs = Pairs(prepared)
    against, found = (
        opposed(EVERY_PAIR, pairs, listed_of(known, pairs)),
        possible(EVERY_PAIR, pairs, listed_of(known, pairs)),
    )

    def nothing(asked: Sequence[Pair], *_: object) -> None:
        raise AssertionError(asked)

    monkeypatch.setattr(mutual, "_compare", nothing)
    assert opposed(EVERY_PAIR, pairs, listed_of(known, pairs)) == against
    assert possible(EVERY_PAIR, pairs, listed_of(known, pairs)) == found


def test_memory_is_emptied_between_questions_never_within_one(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, known = prepared_gallery(SUBJECTS), {s.record_id: s for s in SUBJECTS}
    monkeypatch.setattr(mutual, "MOST_KNOWN", 3)
    pairs = Pairs(prepared)
    found = possible(EVERY_PAIR, pairs, listed_of(known, pairs))
    assert len(found) + len(pairs.settled["sure"]) == len(EVERY_PAIR)
    few = sorted(found)[:2]
    assert possible(few, pairs, listed_of(known, pairs)) == {pair: found[pair] for pair in few}
    assert pairs.known.keys() == set(few)
    assert not pairs.settled["sure"]


def test_the_prior_of_a_pair_is_one_in_the_gallery() -> None:
    assert different(3.0, 1000) == pytest.approx(0.5)
    assert different(sure_log10_lr(10**6), 10**6) == pytest.approx(0.05)
    assert different(300.0, 1) == pytest.approx(0.0)
