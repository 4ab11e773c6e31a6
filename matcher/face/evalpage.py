"""The result of an evaluation as one offline HTML page with plots drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment

from matcher.face.evaluation import Evaluation

_COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#7d3c98", "#b9770e", "#424949", "#117a65")
_WIDTH, _HEIGHT, _MARGIN = 460, 320, 48
_LOW = 1e-4
"""Smallest error rate on the logarithmic axes."""


@dataclass(frozen=True, slots=True)
class EvaluationHead:
    """What was evaluated: persons, photos, photos with a face, recogniser."""

    identities: int
    images: int
    detected: int
    model_id: str


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    colour: str
    points: str
    label_y: int


@dataclass(frozen=True, slots=True)
class _Plot:
    title: str
    x_label: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    lines: tuple[_Line, ...]


def evaluation_page(
    head: EvaluationHead,
    overall: Evaluation,
    by_age: Mapping[str, Evaluation],
    *,
    unusable: Sequence[tuple[str, str]] = (),
) -> str:
    """Render an evaluation; values are escaped, nothing is loaded from anywhere."""
    rows = [("all", overall), *by_age.items()]
    text = files("matcher.face").joinpath("templates/evaluation.html.j2").read_text("utf-8")
    template = Environment(autoescape=True).from_string(text)
    return template.render(
        head=head,
        rows=rows,
        fars=list(overall.tar_at_far),
        ranks=list(overall.rank),
        fpirs=list(overall.fnir_at_fpir),
        plots=[_trade_off(rows), _by_threshold(overall)],
        unusable=unusable,
        width=_WIDTH,
        height=_HEIGHT,
        margin=_MARGIN,
        percent=lambda value: "-" if value is None else f"{100 * value:.1f} %",
        number=lambda value: "-" if value is None else f"{value:.3f}",
    )


def _trade_off(rows: Sequence[tuple[str, Evaluation]]) -> _Plot:
    lines = []
    for place, (name, found) in enumerate(row for row in rows if row[1].curve):
        points = [(_log_x(fmr), _log_y(fnmr)) for _, fmr, fnmr in found.curve]
        lines.append(_line(name, place, points))
    decades = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    return _Plot(
        "Share of genuine pairs refused (FNMR) against share of impostor pairs accepted (FMR)",
        "FMR",
        tuple((_log_x(value), f"{value:g}") for value in decades),
        tuple((_log_y(value), f"{value:g}") for value in decades),
        tuple(lines),
    )


def _by_threshold(overall: Evaluation) -> _Plot:
    def across(threshold: float) -> float:
        return _MARGIN + (_WIDTH - _MARGIN - 10) * (threshold + 0.4) / 1.4

    inside = [point for point in overall.curve if -0.4 <= point[0] <= 1.0]
    lines = (
        _line("FMR", 0, [(across(threshold), _log_y(fmr)) for threshold, fmr, _ in inside]),
        _line("FNMR", 1, [(across(threshold), _log_y(fnmr)) for threshold, _, fnmr in inside]),
    )
    return _Plot(
        "Both error rates by threshold, all pairs",
        "cosine",
        tuple((across(value), f"{value:g}") for value in (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        tuple((_log_y(value), f"{value:g}") for value in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
        lines,
    )


def _line(name: str, place: int, points: Sequence[tuple[float, float]]) -> _Line:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return _Line(name, _COLOURS[place % len(_COLOURS)], drawn, _HEIGHT - _MARGIN - 10 - 14 * place)


def _share(rate: float) -> float:
    """Return the place of an error rate on a logarithmic axis, 0 at `_LOW` and below, 1 at 1."""
    return 1.0 - math.log10(max(rate, _LOW)) / math.log10(_LOW)


def _log_x(rate: float) -> float:
    return _MARGIN + (_WIDTH - _MARGIN - 10) * _share(rate)


def _log_y(rate: float) -> float:
    return 10 + (_HEIGHT - _MARGIN - 10) * (1.0 - _share(rate))
