"""Shared work: results in the order of the pieces, opened once per process, taken up no faster than they are read."""

from __future__ import annotations

import operator
import os
import time
from collections.abc import Iterator
from functools import partial

import pytest

from matcher.errors import MatcherError
from matcher.spawned import Crew

CREW = Crew(2, time.sleep, (0.0,))


def test_results_come_in_the_order_of_the_pieces() -> None:
    assert list(CREW.results(partial(operator.mul, 3), range(20))) == [3 * number for number in range(20)]


def test_pieces_are_taken_up_as_results_are_read() -> None:
    taken: list[int] = []

    def pieces() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = CREW.results(operator.neg, pieces())
    assert next(results) == 0
    assert len(taken) < 10


def test_an_error_of_the_work_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(CREW.results(partial(operator.floordiv, 1), [1, 0]))


def test_a_process_that_dies_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MatcherError, match=r"died at its work.* -> repeat with --processes 1"):
        list(CREW.results(os._exit, [1] * 8))
    assert capfd.readouterr().err == "", "nothing is said by the pool itself"
