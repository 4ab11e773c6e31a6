"""A channel restored from kept tables is the prepared one."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.demographics.channel import demographics_channel
from matcher.engine.channel import Compiler, KeepsTables
from matcher.engine.columns import Vocabulary
from matcher.engine.terms import Lookup
from matcher.subjects import evidence_of
from matcher.types import HYPOTHESES, DayInterval, Hypothesis, Subject

RECORDS = (
    Subject("R1", "rescue", sex="male", birth=DayInterval(-5000, -4700), event=DayInterval(17000, 17000)),
    Subject("R2", "missing", sex="female", birth=DayInterval(0, 3650), birth_estimated=True, event=DayInterval(9, 99)),
    Subject("R3", "intake", event=DayInterval(50, 60)),
    Subject("R4", "rescue"),
)


def tables_of(compiler: Compiler, probe: Subject, hypothesis: Hypothesis) -> dict[str, list[float]]:
    plan = compiler.compile(probe, hypothesis)
    terms = plan.terms if plan else ()
    assert all(isinstance(term, Lookup) for term in terms)
    return {term.column: term.table.tolist() for term in terms if isinstance(term, Lookup)}


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_the_restored_channel_says_what_the_prepared_one_says(hypothesis: Hypothesis) -> None:
    channel = demographics_channel()
    known = {column.name: Vocabulary() for column in channel.columns}
    channel.encode(evidence_of(RECORDS), known)
    assert isinstance(channel, KeepsTables)
    restored = channel.restore(known, {name: np.asarray(a) for name, a in channel.tabulate(known).items()})
    for probe in RECORDS:
        assert tables_of(restored, probe, hypothesis) == tables_of(channel.prepare(known), probe, hypothesis)
