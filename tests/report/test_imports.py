"""What a renderer brings in: Excel and template engines are no part of the others' start."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("jsonl", ("jinja2", "xlsxwriter", "PIL")), ("html.render", ("xlsxwriter", "PIL", "pyarrow"))],
)
def test_a_renderer_loads_only_what_it_uses(module: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys\nimport matcher.report.{module}\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(unwanted).isdisjoint(loaded)
