"""Reliability diagrams as SVG, drawn by hand: no plotting library, no script, readable in any browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.lines import STRATA
from bench.metrics import ReliabilityBin, reliability, wilson
from bench.tasks import RawResults
from matcher.report.reliability import UnitSquare

_SQUARE = UnitSquare(side=320, margin=44)


def reliability_diagrams(results: RawResults) -> Iterator[tuple[str, str]]:
    """Yield (stratum, SVG) of the top lead's promised probability against the share that was right.

    Bars stand for 95 % Wilson intervals; the area of a dot grows with the number of cases.
    """
    rows = [row for row in results.probes.to_pylist() if not row["designed"]]
    for stratum in STRATA:
        mine = [row for row in rows if row["stratum"] == stratum]
        if mine:
            bins = reliability([row["top_posterior"] for row in mine], [row["top_is_mate"] for row in mine])
            yield stratum, diagram(bins, f"{stratum}: first lead, {len(mine)} cases")


def diagram(bins: Sequence[ReliabilityBin], title: str) -> str:
    """Draw one reliability diagram."""
    size = _SQUARE.side + 2 * _SQUARE.margin
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<text x="{size / 2}" y="18" text-anchor="middle" font-size="13">{title}</text>',
        _SQUARE.line((0, 0), (1, 1), 'stroke="#999" stroke-dasharray="4 3"'),
        _SQUARE.line((0, 0), (1, 0), 'stroke="black"'),
        _SQUARE.line((0, 0), (0, 1), 'stroke="black"'),
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_SQUARE.text(tick, 0.0, f"{tick:g}", 'dy="16" text-anchor="middle"'))
        parts.append(_SQUARE.text(0.0, tick, f"{tick:g}", 'dx="-6" dy="4" text-anchor="end"'))
    parts.append(_SQUARE.text(0.5, 0.0, "promised probability", 'dy="34" text-anchor="middle"'))
    parts.append(_SQUARE.text(0.0, 1.0, "share that was right", 'dx="-34" dy="-8"'))
    most = max((item.count for item in bins), default=1)
    for item in bins:
        interval = wilson(round(item.true * item.count), item.count)
        parts.append(_SQUARE.line((item.promised, interval.low), (item.promised, interval.high), 'stroke="#3465a4"'))
        x, y = _SQUARE.place(item.promised, item.true)
        radius = 3.0 + 6.0 * (item.count / most) ** 0.5
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#3465a4" fill-opacity="0.7"/>')
        parts.append(_SQUARE.text(item.promised, item.true, str(item.count), f'dx="{radius + 3:.0f}" dy="4"'))
    return "\n".join([*parts, "</svg>", ""])
