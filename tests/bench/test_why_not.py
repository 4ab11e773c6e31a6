"""Does a finding name what was done? The judge of the bench, by hand."""

from __future__ import annotations

import pytest

from bench.why_not import Answer, TrueCause, names, summary, text
from matcher.leads.why_not import WhyNot
from matcher.leads.why_not_findings import Cause, Finding, Topic
from matcher.leads.why_not_findings import Side as FindingSide


def finding(topic: Topic, cause: Cause, side: FindingSide) -> Finding:
    return Finding(topic, cause, side, 0.0, 3.0, "words", "remedy")


@pytest.mark.parametrize(
    ("said", "done", "named"),
    [
        (("name", "missing", "case"), ("case", "name", {"not_told"}), True),
        (("name", "missing", "both"), ("case", "name", {"not_told"}), True),
        (("name", "missing", "record"), ("case", "name", {"not_told"}), False),
        (("name", "contradicts", "both"), ("case", "name", {"not_told"}), False),
        (("name", "contradicts", "both"), ("case", "name", {"not_told", "station_given"}), True),
        (("place", "contradicts", "both"), ("case", "name", {"lie"}), False),
        (("place", "weak", "record"), ("record", "home", {"fragment"}), True),
        (("name", "missing", "case"), ("case", "name", {"lie"}), False),
        (("birth", "rejected", "case"), ("case", "event", {"omitted"}), True),
        (("birth", "missing", "record"), ("record", "age", {"omitted"}), True),
        (("sex", "contradicts", "both"), ("record", "sex", {"wrong_sex"}), True),
        (("name", "unusable", "case"), ("case", "name", {"swapped_columns"}), True),
    ],
)
def test_a_finding_names_a_cause_on_its_side_and_of_its_sort(
    said: tuple[Topic, Cause, FindingSide], done: tuple[str, str, set[str]], named: bool
) -> None:
    side, field, causes = done
    cause = TrueCause("case" if side == "case" else "record", field, frozenset(causes), 3.0)
    assert names(finding(*said), cause) is named


def answer(cause: TrueCause | None, *found: Finding) -> Answer:
    return Answer(WhyNot("A1", "M1", "below_list", 99, 500, 10, 0.5, None, (), found), "fresh", cause)


def test_shares_count_only_misses_with_a_cause_that_matters() -> None:
    lie = TrueCause("case", "name", frozenset({"lie"}), 5.0)
    first, other = finding("name", "contradicts", "both"), finding("face", "missing", "case")
    answers = [answer(lie, first), answer(lie, other, first), answer(lie, other), answer(None, other)]
    assert [item.place for item in answers] == [1, 2, None, None]
    lines = list(summary(answers))
    assert lines[0] == "misses: 4; with an injected cause that matters: 3"
    assert "first finding: 0.333" in lines[1]
    assert "first 3 findings: 0.667" in lines[2]
    table = text(answers, markdown=True)
    assert "case name lie" in table
    assert "+5.00" in table
