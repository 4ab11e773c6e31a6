"""Peers see the same records as the product, and their similarities are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bench import splink_peer
from bench.peer_fields import Fields, fields_of, pinyin
from bench.peers import WEIGHTS, HandWeights, peers
from matcher.subjects import evidence_of
from matcher.types import DayInterval, FacePhoto, Subject, ToldName, ToldPlace


def _photo(*values: float) -> FacePhoto:
    vector = np.array(values, np.float32)
    return FacePhoto("p", "m", vector / np.linalg.norm(vector))


@pytest.fixture
def fields() -> Fields:
    """Three records: a probe, its like, and a stranger; the probe was found where the stranger lives."""
    probe = Subject(
        "A1", "intake", sex="male", birth=DayInterval(0, 365), names=(ToldName("王山江(音)"),),
        places=(ToldPlace("金堂"), ToldPlace("衡阳", "found")), photos=(_photo(1, 0),),
    )  # fmt: skip
    like = Subject(
        "M1", "missing", sex="male", birth=DayInterval(0, 365),
        names=(ToldName("别人"), ToldName("王三江"), ToldName("王大山", "father")),
        places=(ToldPlace("金堂"),), photos=(_photo(0, 1), _photo(1, 1)),
    )  # fmt: skip
    stranger = Subject("M2", "missing", sex="female", birth=DayInterval(-4000, -3635), places=(ToldPlace("衡阳"),))
    return fields_of(evidence_of([probe, like, stranger]))


def test_fields_leave_out_where_somebody_was_found(fields: Fields) -> None:
    assert fields.places == (("金堂",), ("金堂",), ("衡阳",))
    assert fields.names[1] == ("别人", "王三江")
    assert fields.birth_year[0] == pytest.approx(1970.5, abs=0.01)


def test_pinyin_drops_marks() -> None:
    assert pinyin("王山江（音）") == "wang shan jiang"
    assert pinyin("?") == ""


def test_hand_weights_by_hand(fields: Fields) -> None:
    scores = HandWeights(fields).scores("A1")
    # Names spell "wang shan jiang" and "wang san jiang": one letter of 29 is dropped, ratio = 2 * 14 / 29.
    expected = (
        WEIGHTS["face"] * np.sqrt(0.5) + WEIGHTS["name"] * (2 * 14 / 29) + WEIGHTS["place"] * 1.0 + WEIGHTS["age"] * 1.0
    )
    assert scores[1] == pytest.approx(expected, abs=1e-3)
    assert scores[2] < scores[1]


def test_a_field_that_is_missing_counts_nothing(fields: Fields) -> None:
    scores = HandWeights(fields).scores("M2")
    # No name and no photograph: place and age are all there is.
    assert scores[0] <= WEIGHTS["place"] + WEIGHTS["age"] + 1e-6


def test_peers_score_every_record_for_every_probe(fields: Fields, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splink_peer, "available", lambda: False)
    found = peers()
    assert set(found) == {"hand_weights"}
    assert found["hand_weights"](fields, ["A1"])("A1").shape == (3,)
