"""The bench of names: ranks with ties, and a small run end to end."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench.name_peers import peers
from bench.name_report import Outcome, group_of, json_lines, macro, markdown
from bench.name_worlds import NameTask, drawn_names, grown
from bench.names import Trial, calibrate, expected_recall, measure, measure_peers
from matcher.phonetic.name_index import build_index
from matcher.phonetic.population import default_model


@pytest.mark.parametrize(
    ("scores", "own", "expected"),
    [
        ([5.0, 3.0, 1.0], 5.0, (1.0, 1.0, 1.0)),
        ([5.0, 5.0, 5.0, 5.0], 5.0, (0.25, 1.0, 1.0)),
        ([9.0] * 5 + [4.0] * 10, 4.0, (0.0, 0.5, 1.0)),
        ([9.0] * 100, 4.0, (0.0, 0.0, 0.0)),
    ],
)
def test_expected_recall_breaks_ties_at_random(
    scores: list[float], own: float, expected: tuple[float, float, float]
) -> None:
    assert expected_recall(np.array(scores), own) == pytest.approx(expected)


def test_a_small_bench() -> None:
    index = build_index(enumerate(["王山江", "王兴江", "李秀英", "张伟", "章伟", "欧阳芳"]))
    tasks = [
        NameTask("exact", "张伟", "张伟"),
        NameTask("placeholder", "无名氏", None),
        NameTask("homophone", "王三江", "王山江"),
    ]
    names = [index.name(number) for number in range(len(index))]
    bearers = dict.fromkeys(names, 1)
    trial = Trial(index, default_model(), bearers)
    outcomes = measure(trial, tasks)
    assert [outcome.recall[0] for outcome in outcomes] == [1.0, 1.0, 1.0]
    assert outcomes[0].log10_lr > 2.0
    by_peer = measure_peers(bearers, tasks)
    assert by_peer.keys() == peers(["张伟"]).keys()
    assert by_peer["exact pinyin"][0].recall[0] == 0.5
    (han,) = calibrate(trial, tasks, names)
    assert han.queries == 2
    assert 0.0 < han.mean_lr < 1e6
    assert "| exact | 1 | 1.00 / 1.00 / 1.00 |" in markdown({"this": outcomes} | by_peer, [han])
    assert json.loads(json_lines({"this": outcomes}, [han])[-1])["n"] == 2


def test_peers_score_names_of_one_spelling_alike() -> None:
    for label, peer in peers(["章伟", "张伟", "王山江", "张薇"]).items():
        (scores,) = peer(["张伟"])
        assert scores[1] == scores.max() > 0.0, label
        if "pinyin" in label:
            assert scores[0] >= scores[2], label


def test_report_means_count_kinds_not_queries() -> None:
    outcomes = [Outcome("a", (1.0, 1.0, 1.0), 1.0, 0.1)] * 3 + [Outcome("b", (0.0, 0.0, 1.0), 1.0, 0.1)]
    assert macro([*outcomes, Outcome("placeholder", (0.0, 0.0, 0.0), 0.0, 0.1)]) == [0.5, 0.5, 1.0]
    assert group_of("accent:hunan") != group_of("accent+dropped") != group_of("exact") == "exact"


def test_a_grown_world_keeps_the_surnames_and_characters_of_its_gallery() -> None:
    names = drawn_names()
    many = grown(names, 3000)
    assert len(many) == 3000
    assert {c for name in many for c in name} <= {c for name in names for c in name}
    assert grown(names, 3000) == many
