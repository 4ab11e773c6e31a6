"""Renders a batch as one HTML file that needs nothing else: no script, no request, nothing outside itself.

The content security policy allows exactly two things: pictures from data URIs, and the one style sheet whose SHA-256
it names. Bars are SVG with presentation attributes, because a policy with a style hash forbids `style` attributes.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matcher.report.batch import ReportBatch
from matcher.report.figures import count
from matcher.report.html.photos import PhotoSheet
from matcher.report.html.view import CasePage, case_pages
from matcher.report.phrases import glossary, phrases
from matcher.report.text import printable


def render_html(batch: ReportBatch) -> str:
    """Return the whole report as one HTML document, to be written as UTF-8.

    Cases are shown most promising first (posterior of the first lead, then case number).

    Raises
    ------
    InputError
        When a thumbnail is not a JPEG.
    """
    text = phrases(batch.language)
    sheet = PhotoSheet(batch.photos)
    cases = case_pages(batch, sheet)
    style = _style(batch, cases)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            batch=batch,
            created=batch.created_text,
            lang="zh-Hans" if batch.language == "zh" else "en",
            policy=content_security_policy(style),
            style=Markup(style),  # noqa: S704 - our own sheet; case numbers in it are CSS-escaped
            t=text,
            cases=cases,
            glossary=glossary(batch.language),
            totals=text["page.totals"].format(
                cases=count(len(cases)),
                with_leads=count(sum(bool(case.leads) for case in cases)),
                leads=count(sum(len(case.leads) for case in cases)),
            ),
            photos=sheet.uris(),
        )
    )


def content_security_policy(style: str) -> str:
    """Return the policy that allows data-URI pictures and this one style sheet, nothing else.

    Source: W3C Content Security Policy Level 3, sections 6.1 and 8.3 (hash sources).
    """
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def css_string(text: str) -> str:
    r"""Quote any text as a CSS string; everything but letters, digits and blanks becomes a code point escape.

    >>> css_string("A 1")
    '"A 1"'
    >>> css_string("</style>")
    '"\\3c \\2f style\\3e "'
    """
    plain = printable(text)
    return '"' + "".join(c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in plain) + '"'


def _style(batch: ReportBatch, cases: tuple[CasePage, ...]) -> str:
    """Return the style sheet with what is printed in the page margins, where no element can stand."""
    text = phrases(batch.language)
    caveat = text["page.lead_only"]
    if not batch.calibrated:
        caveat += f" · {text['page.uncalibrated']}"
    margins = (
        f"@page{{@top-left{{content:{css_string(text['page.index'])}}}"
        f"@top-right{{content:{css_string(batch.title[:60])}}}"
        f"@bottom-left{{content:{css_string(caveat)}}}"
        '@bottom-right{content:counter(page) " / " counter(pages)}}'
    )
    named = "".join(
        f".c{case.number}{{page:c{case.number}}}@page c{case.number}{{@top-left{{content:"
        f"{css_string(text['case.case'] + ' ' + case.record_id[:60])}}}}}"
        for case in cases
    )
    sheet = (resources.files("matcher.report.html") / "report.css").read_text("utf-8")
    return f"{sheet}\n@media print{{{margins}{named}}}\n"


def _printable(value: object) -> object:
    """Show what HTML may not hold as U+FFFD instead of passing it on."""
    return printable(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("matcher.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
