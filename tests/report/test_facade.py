from __future__ import annotations

import subprocess
import sys

import pytest

import matcher.report


def test_every_name_leads_somewhere() -> None:
    assert set(matcher.report.__all__) == set(matcher.report._HOME)
    for name in matcher.report.__all__:
        assert getattr(matcher.report, name).__module__ == matcher.report._HOME[name]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'render_pdf'"):
        _ = matcher.report.render_pdf


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [("write_candidates", ("jinja2", "xlsxwriter", "PIL")), ("render_html", ("xlsxwriter", "PIL", "pyarrow"))],
)
def test_a_renderer_loads_only_what_it_uses(name: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys\nfrom matcher.report import {name}\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(unwanted).isdisjoint(loaded)
