from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.llr import Language
from matcher.report.batch import CaseView, ReportBatch
from matcher.report.html.render import css_string, render_html
from matcher.report.text import printable
from matcher.types import Adjustment, HypothesisShare

Parse = Callable[[str], Any]
Saying = Callable[[str], ReportBatch]

ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def page(batch: ReportBatch, parse: Parse) -> Any:
    return parse(render_html(batch))


def test_the_document_is_well_formed(page: Any) -> None:
    assert page.unclosed == []
    assert page.tags[:2] == ["html", "head"]


def test_every_anchor_that_is_linked_exists_once(page: Any) -> None:
    ids = [value for _, name, value in page.attributes if name == "id"]
    targets = {value[1:] for _, name, value in page.attributes if name == "href" and value.startswith("#")}
    assert len(ids) == len(set(ids))
    assert targets <= set(ids)
    described = {value for _, name, value in page.attributes if name == "aria-labelledby"}
    assert described <= set(ids)


def test_nothing_is_fetched_and_nothing_runs(page: Any) -> None:
    assert {"script", "iframe", "object", "embed", "form", "img", "base"}.isdisjoint(page.tags)
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] in {"style", "src", "srcset"}]
    hrefs = [value for _, name, value in page.attributes if name == "href"]
    assert all(value.startswith(("#", "data:image/jpeg;base64,")) or value == "data:," for value in hrefs)
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_policy_names_exactly_this_style_sheet(page: Any) -> None:
    (policy,) = [value for tag, name, value in page.attributes if (tag, name) == ("meta", "content") and "src" in value]
    digest = base64.b64encode(hashlib.sha256(page.style.encode("utf-8")).digest()).decode("ascii")
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "\r" not in page.style


def test_equal_input_gives_equal_output(make_batch: Callable[[Language], ReportBatch]) -> None:
    assert render_html(make_batch("zh")) == render_html(make_batch("zh"))


def test_the_most_promising_case_comes_first_and_those_without_leads_last(page: Any) -> None:
    order = re.findall(r"案件 (A\d{4})待查人员", re.sub(r"\s*\n\s*", "", page.text))
    assert order == ["A0012", "A0015", "A0020"]


def test_a_case_shows_its_numbers_its_words_and_what_is_missing(page: Any) -> None:
    for expected in (
        "+11.47", "极强支持系同一人", "94.2%", "2.03%", "名单 3 条，预计约 2.0 条不是此人", "检索 12,841 条记录",
        "检索前设定此人在库的概率 30.0%", "“六安 西河口”与户籍地“裕安区西河口乡”为同一乡镇。",
        "记录无 DNA 分型，未比较", "本案无地名，未比较", "此记录已不在工作区中", "没有线索", "−8.00",
    ):  # fmt: skip
        assert expected in page.text, expected


def test_every_probability_of_a_lead_says_that_it_is_not_calibrated(batch: ReportBatch, page: Any) -> None:
    leads = sum(len(case.candidates.leads) for case in batch.cases)
    flags = [a for a in page.attributes if a == ("span", "class", "flag")]
    assert len(flags) == leads + len(batch.cases)
    assert "未校准" in page.text
    assert "线索不是身份认定" in page.text


def test_a_calibrated_batch_keeps_only_the_reminder(batch: ReportBatch, parse: Parse) -> None:
    cases = tuple(
        dataclasses.replace(case, candidates=dataclasses.replace(case.candidates, calibrated=True))
        for case in batch.cases
    )
    page = parse(render_html(dataclasses.replace(batch, cases=cases)))
    assert not [a for a in page.attributes if a == ("span", "class", "flag")]
    assert "线索不是身份认定" in page.text


def test_english_by_flag(make_batch: Callable[[Language], ReportBatch], parse: Parse) -> None:
    page = parse(render_html(make_batch("en")))
    assert ("html", "lang", "en") in page.attributes
    for expected in ("Uncalibrated", "A lead is never an identification", "Nobody in this database", "Against"):
        assert expected in page.text


def test_a_picture_is_embedded_once_however_often_it_is_shown(page: Any) -> None:
    embedded = [value for tag, name, value in page.attributes if (tag, name) == ("image", "href")]
    assert len(embedded) == len(set(embedded)) == 3
    uses = [value for tag, name, value in page.attributes if (tag, name) == ("use", "href") and value.startswith("#p")]
    assert len(uses) > 3


def test_every_picture_and_placeholder_has_its_text(page: Any) -> None:
    labels = [value for _, name, value in page.attributes if name == "aria-label"]
    assert "A0012 的照片" in labels
    assert "A0020 没有照片" in labels


def test_hostile_text_stays_text(hostile_text: str, make_saying: Saying, parse: Parse) -> None:
    plain = parse(render_html(make_saying("x" * len(hostile_text))))
    page = parse(render_html(make_saying(hostile_text)))
    assert page.tags == plain.tags
    assert [a[:2] for a in page.attributes] == [a[:2] for a in plain.attributes]
    assert page.unclosed == []
    assert printable(hostile_text).strip() in page.text


@given(text=ANY_TEXT)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_no_text_changes_the_structure(text: str, make_saying: Saying, parse: Parse) -> None:
    page = parse(render_html(make_saying(text)))
    assert page.tags == parse(render_html(make_saying("x" * len(text)))).tags
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]", page.text)


def test_no_text_turns_its_direction_around(make_saying: Saying) -> None:
    html = render_html(make_saying("\u202eabc\u2067"))
    assert "\u202e" not in html
    # Isolates stay: a field of its own direction is legitimate, and ends where its <bdi> ends.
    bare = re.sub(
        r'<bdi>.*?</bdi>|aria-label="[^"]*"|<caption.*?</caption>', "", html[html.index("<body>") :], flags=re.S
    )
    assert "\u2067" not in bare


def test_a_long_note_is_folded_and_a_very_long_one_is_not_printed(make_saying: Saying) -> None:
    html = render_html(make_saying("字" * 3))
    assert "<dd><bdi>字字字</bdi></dd>" in html
    assert html.count("<details><summary>") == 1
    assert '<details class="long">' in render_html(make_saying("字" * 7))


@given(ANY_TEXT)
@settings(derandomize=True, deadline=None)
def test_a_css_string_cannot_be_left(text: str) -> None:
    quoted = css_string(text)
    assert re.fullmatch(r'"(?:[A-Za-z0-9 ]|\\[0-9a-f]{1,6} )*"', quoted)
    decoded = re.sub(r"\\([0-9a-f]{1,6}) ", lambda match: chr(int(match[1], 16)), quoted[1:-1])
    assert decoded == printable(text)


def test_further_leads_are_lines_that_open_and_lose_nothing(batch: ReportBatch, parse: Parse) -> None:
    (base,) = [case for case in batch.cases if case.probe.record_id == "A0012"]
    template = base.candidates.leads[0]
    posteriors = (0.5, 0.001, 0.001, 0.02, 0.0099)
    leads = tuple(
        dataclasses.replace(template, rank=rank, record_id=f"R{rank}", posterior=posterior)
        for rank, posterior in enumerate(posteriors, 1)
    )
    case = dataclasses.replace(base, candidates=dataclasses.replace(base.candidates, leads=leads))
    page = parse(render_html(dataclasses.replace(batch, cases=(case,))))
    kinds = [value for tag, name, value in page.attributes if name == "class" and value.startswith("lead ")]
    assert kinds == ["lead whole"] * 4 + ["lead brief"]
    assert page.text.count("“六安 西河口”与户籍地“裕安区西河口乡”为同一乡镇。") == 5
    assert page.unclosed == []


def test_a_photograph_that_is_not_at_hand_is_not_called_missing(batch: ReportBatch, parse: Parse) -> None:
    page = parse(render_html(dataclasses.replace(batch, photos={})))
    labels = {value for _, name, value in page.attributes if name == "aria-label"}
    assert {"A0012 的照片未附在报告中", "R2015-0402 没有照片", "R2021-1187 的照片未附在报告中"} <= labels


def test_an_empty_batch_is_a_page(parse: Parse) -> None:
    page = parse(render_html(ReportBatch("空", "2026-03-05", "zh", ())))
    assert "本批没有案件。" in page.text
    assert page.unclosed == []


def test_a_thousand_cases_share_their_pictures(make_portrait: Callable[[int], bytes], batch: ReportBatch) -> None:
    """1,000 cases that list the same repeat wanderer cost a few kilobytes each, not a picture each."""
    (base,) = [case for case in batch.cases if case.probe.record_id == "A0012"]
    cases = tuple(
        CaseView(
            dataclasses.replace(base.probe, record_id=f"A{n:04d}"),
            dataclasses.replace(base.candidates, probe_id=f"A{n:04d}"),
            base.records,
        )
        for n in range(1000)
    )
    photos = {"X-20114": make_portrait(2), "R2019-0311": make_portrait(1)}
    html = render_html(ReportBatch("大批", "2026-03-05", "zh", cases, photos))
    assert html.count("data:image/jpeg") == 2
    assert len(html.encode("utf-8")) / 1000 < 16_000


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ink", ["ink", "ink2", "ink3", "for", "for-deep", "against", "against-deep"])
@pytest.mark.parametrize("ground", ["card", "paper"])
def test_text_has_enough_contrast(ink: str, ground: str, page: Any) -> None:
    """4.5 to 1 for text. Source: WCAG 2.2, success criterion 1.4.3."""
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", page.style))
    light, dark = _luminance(colours[ground]), _luminance(colours[ink])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_caution_has_enough_contrast(page: Any) -> None:
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", page.style))
    ratio = (_luminance(colours["caution"]) + 0.05) / (_luminance(colours["caution-ink"]) + 0.05)
    assert ratio >= 7


def fused_batch(batch: ReportBatch) -> ReportBatch:
    """The same batch as a fitted model would leave it: adjustments, kin among the leads, an alert threshold."""
    cases = []
    for case in batch.cases:
        leads = tuple(
            dataclasses.replace(
                lead,
                log10_lr=lead.log10_lr - 0.75,
                adjustments=(Adjustment("discounted", ("name",), -0.5), Adjustment("tied", ("name", "place"), -0.25)),
                hypotheses=(
                    HypothesisShare("self", lead.log10_lr - 0.75, lead.posterior),
                    HypothesisShare("sibling", 4.25, 0.6 if lead.rank == 2 else 0.0),
                ),
            )
            for lead in case.candidates.leads
        )
        changed = dataclasses.replace(
            case.candidates,
            leads=leads,
            calibrated=True,
            fusion="s-8-0a1b2c3d",
            kin=0.25,
            stratum="long_stayer",
            alert_log10_lr=4.41,
        )
        cases.append(dataclasses.replace(case, candidates=changed))
    return dataclasses.replace(batch, cases=tuple(cases))


def test_what_fusion_takes_off_is_a_row_and_adds_up(batch: ReportBatch, parse: Parse) -> None:
    page = parse(render_html(fused_batch(batch)))
    rows = [value for tag, name, value in page.attributes if (tag, name) == ("tr", "class") and "adjusted" in value]
    assert len(rows) == 2 * sum(len(case.candidates.leads) for case in batch.cases)
    assert "姓名与地名重复" in page.text
    assert "姓名折减" in page.text


def test_a_record_that_is_likelier_a_sibling_says_so_in_words_and_numbers(batch: ReportBatch, parse: Parse) -> None:
    page = parse(render_html(fused_batch(batch)))
    assert "更可能是兄弟姐妹（60.0%），而不是本人（10.0%）" in page.text
    assert page.text.count("更可能是") == sum(len(case.candidates.leads) > 1 for case in batch.cases)
    assert "兄弟姐妹 +4.25" in page.text
    assert "库中无本人，但有其近亲" in page.text


def test_the_model_the_stratum_and_the_alerts_are_named(batch: ReportBatch, parse: Parse) -> None:
    page = parse(render_html(fused_batch(batch)))
    assert "概率由融合模型 s-8-0a1b2c3d 给出" in page.text
    assert "按长期滞留人员" in page.text
    assert "警报线 log₁₀ LR +4.41：1 条达到" in page.text
    assert "未校准" not in page.text.replace("未校准概率", "").split("怎样读这份报告")[0]


def test_a_list_of_siblings_says_what_it_asks_for(batch: ReportBatch, parse: Parse) -> None:
    cases = tuple(
        dataclasses.replace(case, candidates=dataclasses.replace(case.candidates, hypothesis="sibling"))
        for case in batch.cases
    )
    page = parse(render_html(dataclasses.replace(batch, cases=cases)))
    assert "本名单查找的是兄弟姐妹" in page.text
    assert "支持系兄弟姐妹" in page.text
    assert "系同一人" not in page.text
