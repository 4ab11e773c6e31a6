"""A reading of a report as a browser's parser would make it, and batches that say one text everywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from matcher.report.batch import CaseView, ReportBatch
from matcher.types import CandidateList, ChannelEvidence, Lead, Part, Subject, ToldName, ToldPlace

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "]]><img src=http://tracker.invalid/x onerror=alert(1)>",
    "\"'><b onmouseover=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u202d",
    "a\x00b\x1b[31m\ud800",
    '\\3c "; } body { display: none } /*',
    "<!-- ",
    "\r\n\f",
)
VOID = frozenset({"meta", "link", "br", "col", "img", "input"})


@dataclass
class Page:
    """What a report consists of."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    style: str = ""
    unclosed: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append(tag)
        self.page.attributes.extend((tag, name, value or "") for name, value in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append(tag)
        self.page.attributes.extend((tag, name, value or "") for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.page.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.page.style += data
        else:
            self.page.texts.append(data)


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.unclosed += reader.open
    return reader.page


@pytest.fixture(scope="session")
def parse() -> Callable[[str], Page]:
    return read_page


def batch_saying(text: str) -> ReportBatch:
    """One case in which every field that comes from a record holds the same text."""
    probe = Subject(
        f"A{text}", "intake", station=text, sex="male", accent=text, names=(ToldName(text),),
        places=(ToldPlace(text, "found"),), notes=((text, text), ("long", text * 200)),
    )  # fmt: skip
    record = dataclasses.replace(probe, record_id=f"R{text}", kind="rescue")
    parts = (Part("name", text, 1.0), Part("name", "b", 0.5))
    channels = (ChannelEvidence("name", 1.5, "compared", parts, (text, text)),)
    leads = (Lead(probe.record_id, record.record_id, 1, 1.5, 0.4, channels),)
    candidates = CandidateList(probe.record_id, 9, 0.3, 0.5, 0.6, False, leads)
    case = CaseView(probe, candidates, {record.record_id: record})
    return ReportBatch(f"T{text}", "2026-03-05", "zh", (case,))


@pytest.fixture(scope="session")
def make_saying() -> Callable[[str], ReportBatch]:
    return batch_saying


@pytest.fixture(scope="session")
def hostile_batch() -> ReportBatch:
    cases = [batch_saying(text).cases[0] for text in HOSTILE]
    return ReportBatch("".join(HOSTILE), "2026-03-05", "zh", tuple(cases))


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile_text(request: pytest.FixtureRequest) -> str:
    return str(request.param)
