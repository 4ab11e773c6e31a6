"""Renderers of candidate lists: JSON lines, a workbook for the analyst, an offline HTML report, one pair as text.

They read leads and subjects and never compute a likelihood ratio, a posterior or a rank of their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.report.batch import CaseView, ReportBatch
    from matcher.report.explanation import explanation_lines
    from matcher.report.html.render import render_html
    from matcher.report.jsonl import CandidateFile, read_candidates, write_candidates
    from matcher.report.workbook import write_workbook

__all__ = [
    "CandidateFile",
    "CaseView",
    "ReportBatch",
    "explanation_lines",
    "read_candidates",
    "render_html",
    "write_candidates",
    "write_workbook",
]

_HOME = {
    "CandidateFile": "matcher.report.jsonl",
    "CaseView": "matcher.report.batch",
    "ReportBatch": "matcher.report.batch",
    "explanation_lines": "matcher.report.explanation",
    "read_candidates": "matcher.report.jsonl",
    "render_html": "matcher.report.html.render",
    "write_candidates": "matcher.report.jsonl",
    "write_workbook": "matcher.report.workbook",
}


def __getattr__(name: str) -> object:
    """Load a renderer on first use: Excel and template engines are no part of the others' start."""
    if name not in _HOME:
        raise AttributeError(f"module 'matcher.report' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
