from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.calibration import FaceCurves, default_curves
from matcher.face.ceiling import FACTOR, HIGHEST, reaching, unmeasured, with_measured_ceiling
from matcher.face.channel import FaceChannel
from matcher.face.kin import CEILING, curves_for
from matcher.face.metrics import COSINES
from matcher.face.mixtures import GRID
from matcher.face.strangers import DatedFaces, StrangerCounts, count_strangers
from matcher.face.strata import stratum_of
from matcher.face.support import CONFIDENCE

BASE = default_curves()
ADULTS = (stratum_of("adult", 0.9),) * 2
CHILDREN = (stratum_of("child", 0.9),) * 2
Cells = dict[float, int]


def strangers(pairs: int, alike: Cells, ages: tuple[int, int] = ADULTS) -> StrangerCounts:
    """Count `pairs` strangers, of whom some are as alike as `alike` says (cosine to pairs), all others not at all."""
    counts = np.zeros(COSINES.cells, np.int64)
    for cosine, number in alike.items():
        counts[COSINES.cells_of(np.array([cosine]))] += number
    counts[COSINES.cells_of(np.array([0.0]))] += pairs - sum(alike.values())
    return StrangerCounts(1000, {ages: counts}, {})


def ceiling(counts: StrangerCounts) -> float:
    return with_measured_ceiling(BASE, counts).ceiling


def holds(curves: FaceCurves, counts: StrangerCounts) -> bool:
    """Say by definition, LR by LR, whether strangers reach none too often: the limit times the factor."""
    log10_lr = np.concatenate(
        [
            np.repeat(np.interp(COSINES.centres, GRID, curves.of_strata(*pair).log10_lr)[found > 0], found[found > 0])
            for pair, found in counts.cosines.items()
        ]
    )
    for threshold in np.append(np.arange(2.0, curves.ceiling - 0.3, 0.01), curves.ceiling - 0.3):
        reached = int((log10_lr >= threshold).sum())
        limit = float(stats.chi2.ppf(CONFIDENCE, 2 * (reached + 1)) / 2) / len(log10_lr)
        if FACTOR * limit > 10.0**-threshold:
            return False
    return True


alike_cells = st.dictionaries(st.sampled_from([0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7]), st.integers(0, 6), max_size=4)


@settings(max_examples=25)
@given(st.integers(40, 3_000_000), alike_cells)
def test_the_ceiling_is_the_highest_that_the_tail_supports(pairs: int, alike: Cells) -> None:
    counts = strangers(pairs, alike)
    found = with_measured_ceiling(BASE, counts)
    assert BASE.ceiling <= found.ceiling <= HIGHEST
    if found.ceiling > BASE.ceiling:
        assert holds(found, counts)
    if found.ceiling < HIGHEST:
        assert not holds(dataclasses.replace(found, ceiling=found.ceiling + 0.25, support=None), counts)


@settings(max_examples=25)
@given(st.integers(40, 10**8), st.integers(0, 10**8), alike_cells)
def test_more_strangers_that_are_not_alike_never_lower_it(pairs: int, more: int, alike: Cells) -> None:
    assert ceiling(strangers(pairs + more, alike)) >= ceiling(strangers(pairs, alike))


@settings(max_examples=25)
@given(st.integers(40, 10**7), st.integers(2, 50), alike_cells)
def test_the_same_rates_among_more_pairs_never_lower_it(pairs: int, times: int, alike: Cells) -> None:
    often = {cosine: number * times for cosine, number in alike.items()}
    assert ceiling(strangers(pairs * times, often)) >= ceiling(strangers(pairs, alike))


@settings(max_examples=25)
@given(st.integers(10**5, 10**8), alike_cells, st.sampled_from([0.5, 0.6, 0.7, 0.9]), st.integers(1, 1000))
def test_one_person_taken_for_two_never_raises_it(pairs: int, alike: Cells, cosine: float, mistaken: int) -> None:
    wrong = {**alike, cosine: alike.get(cosine, 0) + mistaken}
    assert ceiling(strangers(pairs + mistaken, wrong)) <= ceiling(strangers(pairs, alike)) + (
        0.25 if mistaken > pairs // 10 else 0.0
    )


def test_mistaken_pairs_lower_it() -> None:
    assert ceiling(strangers(30_000_000, {})) == HIGHEST
    assert ceiling(strangers(30_000_000, {0.7: 3})) == 5.75
    assert ceiling(strangers(30_000_000, {0.7: 300})) == 4.25
    assert ceiling(strangers(30_000_000, {0.7: 3000})) == BASE.ceiling


def test_what_a_number_of_pairs_can_support() -> None:
    """Nobody is alike: the limit is the rule of three, times ten, at .3 below the ceiling."""
    for pairs in (10**5, 10**6, 10**7):
        highest = 0.3 + np.log10(pairs / (FACTOR * stats.chi2.ppf(CONFIDENCE, 2) / 2))
        assert ceiling(strangers(pairs, {})) == max(BASE.ceiling, min(HIGHEST, np.floor(highest * 4) / 4))


def test_without_strangers_the_ceiling_is_the_base() -> None:
    found = with_measured_ceiling(BASE, StrangerCounts(0, {}, {}))
    assert found.ceiling == BASE.ceiling
    assert found.support is not None
    assert found.support.refused is not None
    assert (found.support.pairs, found.support.refused.pairs, found.support.contradicted) == (0, 0, None)
    assert found.pairs == BASE.pairs


def test_strangers_that_contradict_the_base_are_reported_and_the_base_stays() -> None:
    found = with_measured_ceiling(BASE, strangers(1_000_000, {0.6: 1000}))
    assert found.ceiling == BASE.ceiling
    assert found.support is not None
    assert found.support.contradicted is not None
    assert found.support.contradicted.strangers == 1000
    assert 10.0**-found.support.contradicted.log10_lr < 1000 / 1_000_000
    clean = with_measured_ceiling(BASE, strangers(1_000_000, {0.6: 5})).support
    assert clean is not None
    assert clean.contradicted is None


def test_one_pair_of_age_groups_can_refuse_what_the_pool_would_give() -> None:
    adults, children = strangers(30_000_000, {}), strangers(2_000, {0.9: 4}, CHILDREN)
    pooled = StrangerCounts(2000, {**adults.cosines, **children.cosines}, {})
    assert ceiling(StrangerCounts(2000, {ADULTS: adults.cosines[ADULTS] + children.cosines[CHILDREN]}, {})) > 5.0
    found = with_measured_ceiling(BASE, pooled)
    assert found.ceiling == BASE.ceiling
    assert found.support is not None
    assert found.support.refused is not None
    assert found.support.refused.ages == "child-child"


def test_strangers_of_one_age_can_refuse_it_and_are_told_of() -> None:
    adults = strangers(30_000_000, {0.6: 20})
    few, many = (StrangerCounts(2000, adults.cosines, strangers(3_000_000, {0.6: n}).cosines) for n in (4, 4000))
    found = with_measured_ceiling(BASE, few)
    assert found.ceiling == with_measured_ceiling(BASE, adults).ceiling == 5.25
    assert found.support is not None
    assert [(reach.strangers, reach.pairs, reach.ages) for reach in found.support.peers[:1]] == [
        (4, 3_000_000, "one age")
    ]
    refused = with_measured_ceiling(BASE, many)
    assert refused.ceiling == BASE.ceiling
    assert refused.support is not None
    assert refused.support.refused is not None
    assert refused.support.refused.ages == "one age"
    assert refused.support.contradicted is not None
    ratio = refused.support.peers[0].times_as_often(refused.support.reached[0])
    assert ratio == pytest.approx(4000 / 3e6 / (20 / 3e7))


def test_a_measured_ceiling_is_measured_afresh_from_the_unmeasured_one() -> None:
    raised = with_measured_ceiling(BASE, strangers(30_000_000, {}))
    assert raised.ceiling == HIGHEST
    assert unmeasured(raised) == BASE
    again = with_measured_ceiling(raised, strangers(100, {}))
    assert again.ceiling == BASE.ceiling
    assert unmeasured(BASE) is BASE


def test_the_law_of_the_mean_and_the_bound_hold_with_a_raised_ceiling() -> None:
    raised = with_measured_ceiling(BASE, strangers(30_000_000, {}))
    curve, before = raised.of_strata(*ADULTS), BASE.of_strata(*ADULTS)
    assert float(curve.impostor @ 10.0**curve.log10_lr) == pytest.approx(1.0, abs=1e-9)
    assert before.log10_lr.max() < curve.log10_lr.max() <= HIGHEST
    weak = before.log10_lr < 2.0
    np.testing.assert_allclose(curve.log10_lr[weak], before.log10_lr[weak], atol=0.01)


def test_an_index_stays_valid_and_kin_keep_their_own_bounds() -> None:
    raised = with_measured_ceiling(BASE, strangers(30_000_000, {}))
    assert FaceChannel(raised).version == FaceChannel(BASE).version
    for hypothesis in ("sibling", "parent_child"):
        assert curves_for(raised, hypothesis).ceiling == CEILING
        np.testing.assert_array_equal(
            curves_for(raised, hypothesis).of_strata(*ADULTS).log10_lr,
            curves_for(BASE, hypothesis).of_strata(*ADULTS).log10_lr,
        )


def test_reaching_counts_what_is_at_or_above_a_threshold() -> None:
    counts, lrs = np.array([5, 3, 2, 1]), np.array([-1.0, 0.5, 0.5, 2.0])
    assert reaching(counts, lrs, np.array([-2.0, 0.5, 0.6, 2.0, 2.1])).tolist() == [11, 6, 1, 1, 0]


def test_synthetic_strangers_support_more_than_the_base_and_a_worse_recogniser_does_not() -> None:
    rng = np.random.default_rng(21)
    space = make_face_space(rng)
    photos = [draw_photos(space, draw_latents(rng, 2000), group, rng) for group in ("adult", "child")]
    born = np.repeat([0.0, 9000.0], 2000)
    faces = DatedFaces(
        np.concatenate(photos),
        np.repeat([ADULTS[0], CHILDREN[0]], 2000).astype(np.uint8),
        np.ones(4000, np.bool_),
        np.stack([born, born], axis=1),
        np.zeros(4000, "U1"),
    )
    good = with_measured_ceiling(BASE, count_strangers(faces))
    assert good.ceiling >= 4.5
    # A recogniser that sees something of the same stranger in everybody: all are more alike than the curves say.
    blurred = faces.vectors + 0.5 * rng.normal(0, 1 / np.sqrt(128), 128).astype(np.float32)
    blurred /= np.linalg.norm(blurred, axis=1, keepdims=True)
    bad = with_measured_ceiling(BASE, count_strangers(dataclasses.replace(faces, vectors=blurred)))
    assert bad.ceiling == BASE.ceiling
    assert bad.support is not None
    assert bad.support.contradicted is not None
