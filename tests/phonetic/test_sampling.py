"""Sampling names: frequencies are respected, mishearing follows the region, everything repeats from a seed."""

from __future__ import annotations

import numpy as np

from matcher.phonetic.name_model import compile_name, likelihood_ratios
from matcher.phonetic.name_table import name_table_of
from matcher.phonetic.population import default_model
from matcher.phonetic.sampling import draw_given_name, draw_name, draw_surname, mishear
from matcher.phonetic.written import understand


def test_surnames_follow_their_frequency() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_surname(rng) for _ in range(4000)]
    assert 0.05 < drawn.count("王") / 4000 < 0.10
    assert 0.03 < drawn.count("陈") / 4000 < 0.065


def test_given_names_differ_by_sex() -> None:
    rng = np.random.default_rng(2)
    men = "".join(draw_given_name(rng, "male") for _ in range(2000))
    women = "".join(draw_given_name(rng, "female") for _ in range(2000))
    assert men.count("军") > 5 * women.count("军")
    assert women.count("芳") > 5 * men.count("芳")


def test_same_seed_same_names() -> None:
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    assert [draw_name(first) for _ in range(50)] == [draw_name(second) for _ in range(50)]
    assert [mishear(first, "王山江") for _ in range(50)] == [mishear(second, "王山江") for _ in range(50)]


def test_cantonese_speakers_merge_huang_and_wang() -> None:
    rng = np.random.default_rng(4)
    heard = {region: [mishear(rng, "黄芳", region)[0] for _ in range(600)] for region in ("yue", "dongbei")}
    shares = {region: sum(c in "王汪" for c in written) / 600 for region, written in heard.items()}
    assert shares["yue"] > 3 * max(shares["dongbei"], 0.005)


def test_misheard_names_are_still_evidence_for_their_owner() -> None:
    rng = np.random.default_rng(5)
    gains = []
    for _ in range(40):
        name = draw_name(rng)
        query = compile_name(understand(mishear(rng, name)), default_model())
        assert query is not None
        gains.append(float(np.log10(likelihood_ratios(query, name_table_of([name]))[0])))
    assert np.median(gains) > 3.0
