"""Where bars begin and end, in percent of their axis. Drawing only: the numbers are the leads' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["for", "against", "none"]

AXIS_LIMIT = 6.0
"""End of the axis on both sides in log10 LR: where the verbal scale reaches its last step. One fixed axis, so that
bars compare across leads, cases and reports; what lies beyond is drawn with a broken end."""

NARROWEST_SHARE = 0.002
"""Shares below a fifth of a percent would be thinner than a pixel."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that starts at the zero line in the middle of its axis.

    Parameters
    ----------
    side : {"for", "against", "none"}
        Which way it points.
    x, width : float
        Left end and length in percent of the axis.
    broken : bool
        The value lies beyond the axis.
    """

    side: Side
    x: float
    width: float
    broken: bool

    @property
    def breaks(self) -> tuple[float, ...]:
        """Left ends, in percent, of the two gaps that mark a broken bar."""
        if not self.broken:
            return ()
        return (93.0, 96.0) if self.side == "for" else (3.0, 6.0)


def bar_of(log10_lr: float) -> Bar:
    """Lay out one log10 LR.

    >>> bar_of(3.0)
    Bar(side='for', x=50.0, width=25.0, broken=False)
    >>> bar_of(-9.0)
    Bar(side='against', x=0.0, width=50.0, broken=True)
    """
    drawn = min(abs(log10_lr), AXIS_LIMIT)
    width = round(50.0 * drawn / AXIS_LIMIT, 2)
    broken = abs(log10_lr) > AXIS_LIMIT
    if log10_lr < 0:
        return Bar("against", round(50.0 - width, 2), width, broken)
    return Bar("for" if log10_lr > 0 else "none", 50.0, width, broken)


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a bar of shares, in percent of its length."""

    kind: Literal["first", "other", "nobody"]
    x: float
    width: float


def shares_of(posteriors: Sequence[float], nobody: float) -> tuple[Segment, ...]:
    """Lay out the posteriors of a list from the left and "nobody" from the right.

    What stays empty between them belongs to records that are not in the list.

    >>> [(s.kind, s.x, s.width) for s in shares_of((0.5, 0.25), 0.125)]
    [('first', 0.0, 50.0), ('other', 50.0, 25.0), ('nobody', 87.5, 12.5)]
    """
    segments: list[Segment] = []
    start = 0.0
    for position, posterior in enumerate(posteriors):
        if posterior >= NARROWEST_SHARE:
            kind: Literal["first", "other"] = "first" if position == 0 else "other"
            segments.append(Segment(kind, round(100 * start, 2), round(100 * posterior, 2)))
        start += posterior
    if nobody >= NARROWEST_SHARE:
        segments.append(Segment("nobody", round(100 * (1 - nobody), 2), round(100 * nobody, 2)))
    return tuple(segments)
