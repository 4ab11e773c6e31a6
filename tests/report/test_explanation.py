from __future__ import annotations

import re

import pytest

from matcher.llr import Language
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.explanation import bar_text, explanation_lines
from matcher.report.text import columns_wide
from matcher.types import Adjustment, ChannelEvidence, Lead, Part, Subject, ToldName

NUMBER = re.compile(r"([+-]\d+\.\d\d|(?<![\d.])0\.00)")


@pytest.fixture
def case(batch: ReportBatch) -> CaseView:
    return next(case for case in batch.cases if case.probe.record_id == "A0012")


def lines_of(case: CaseView, lead: Lead, language: Language = "zh", width: int = 100) -> list[str]:
    record = case.records[lead.record_id]
    return explanation_lines(case.probe, record, lead.channels, log10_lr=lead.log10_lr, language=language, width=width)


def test_the_printed_channels_add_up_to_the_printed_total(case: CaseView) -> None:
    for lead in case.candidates.leads[:2]:
        barred = [line for line in lines_of(case, lead) if "|" in line[:40] and NUMBER.search(line)]
        *channels, total = [float(NUMBER.findall(line)[0]) for line in barred]
        assert len(channels) == sum(item.comparison == "compared" for item in lead.channels)
        assert sum(channels) == pytest.approx(total, abs=0.005 * (len(channels) + 1))
        assert total == pytest.approx(lead.log10_lr, abs=0.005)


def test_parts_and_words_stand_below_their_channel(case: CaseView) -> None:
    lines = lines_of(case, case.candidates.leads[0])
    name = next(i for i, line in enumerate(lines) if line.startswith("姓名"))
    assert lines[name + 1].strip() == "sound +2.31  tone -0.42"
    assert lines[name + 2].strip().startswith("“王兴江”与登记名“王山江”")
    assert any("性别 +0.29  出生 +0.58  身高 0.00  上下限调整 -0.10" in line for line in lines)


def test_a_missing_side_is_named_instead_of_a_zero(case: CaseView) -> None:
    (dna,) = [line for line in lines_of(case, case.candidates.leads[1]) if line.startswith("DNA")]
    assert dna.endswith("—  记录无 DNA 分型，未比较")
    assert "0.00" not in dna


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_no_line_is_wider_than_the_terminal(case: CaseView, language: Language, width: int) -> None:
    for lead in case.candidates.leads[:2]:
        lines = lines_of(case, lead, language, width)
        tables = [line for line in lines if "|" in line[:40]]
        assert all(columns_wide(line) <= max(width, 60) for line in lines if line not in tables)
        assert len({line.index("|") + columns_wide(line[: line.index("|")]) for line in tables}) >= 1
        assert {columns_wide(line[: line.index("|")]) for line in tables} == {24}


def test_it_says_that_a_lead_is_no_identification(case: CaseView) -> None:
    assert any(line.startswith("线索不是身份认定") for line in lines_of(case, case.candidates.leads[0]))


def test_no_record_can_command_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\r\nA0099 \x9b31m"
    probe = Subject(evil, "intake", station=evil, names=(ToldName(evil),))
    evidence = (ChannelEvidence("name", 1.0, "compared", (Part("name", evil, 0.4), Part("name", "b", 0.6)), (evil,)),)
    lines = explanation_lines(probe, Subject("R", "rescue"), evidence, log10_lr=1.0, language="zh")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join(lines))


@pytest.mark.parametrize(
    ("log10_lr", "bar"),
    [
        (0.0, "            |            "),
        (0.001, "            |            "),
        (0.01, "            |#           "),
        (-0.01, "           #|            "),
        (6.0, "            |############"),
        (6.01, "            |###########>"),
        (-40.0, "<###########|            "),
    ],
)
def test_bars(log10_lr: float, bar: str) -> None:
    assert bar_text(log10_lr) == bar


def test_adjustments_and_other_relations_are_lines_of_their_own(case: CaseView) -> None:
    lead = case.candidates.leads[0]
    lines = explanation_lines(
        case.probe,
        case.records[lead.record_id],
        lead.channels,
        log10_lr=lead.log10_lr - 0.5,
        language="en",
        adjustments=(Adjustment("discounted", ("name",), -0.5),),
        others={"sibling": 3.5, "parent_child": -1.0},
    )
    assert any("-0.50" in line and line.endswith("Name, discounted") for line in lines)
    assert any("a sibling +3.50" in line for line in lines)
    assert any("a parent or child -1.00" in line for line in lines)
