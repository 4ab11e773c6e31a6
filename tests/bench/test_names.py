"""The bench of names: ranks with ties, and a small run end to end."""

from __future__ import annotations

import numpy as np
import pytest

from bench.name_peers import peers
from bench.names import NameTask, expected_recall, measure, measure_peers
from matcher.phonetic.name_index import build_index


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
    outcomes = measure(index, tasks, with_region=False)
    assert [outcome.recall[0] for outcome in outcomes] == [1.0, 1.0, 1.0]
    assert outcomes[0].log10_lr > 2.0
    by_peer = measure_peers(index, tasks)
    assert by_peer.keys() == peers(["张伟"]).keys()
    assert by_peer["exact pinyin"][0].recall[0] == 0.5
