"""The order of events with many records at once, against one at a time."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.demographics.timeline import Moment, Moments, consistent, log10_lr, log10_lrs
from matcher.types import DayInterval, RecordKind

KINDS: tuple[RecordKind, ...] = ("intake", "rescue", "missing")
intervals = st.tuples(st.integers(0, 9), st.integers(0, 4)).map(lambda item: DayInterval(item[0], sum(item)))
moments = st.builds(Moment, st.sampled_from(KINDS), intervals)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(probe=moments, birth=st.none() | intervals, records=st.lists(moments, max_size=12))
def test_many_records_at_once_get_what_each_gets_alone(
    probe: Moment, birth: DayInterval | None, records: list[Moment]
) -> None:
    alone = [log10_lr(order=consistent(probe, birth, item)) for item in records]
    assert log10_lrs(probe, birth, Moments.of(records)).tolist() == alone


def test_every_order_of_two_days_is_told_apart() -> None:
    days = [DayInterval(a, b) for a, b in itertools.combinations_with_replacement(range(3), 2)]
    records = Moments.of([Moment("missing", day) for day in days])
    found = log10_lrs(Moment("rescue", DayInterval(1, 1)), None, records)
    assert (np.unique(np.sign(found)) == [-1.0, 0.0, 1.0]).all()
