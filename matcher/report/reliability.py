"""What every reliability diagram shares: a unit square drawn as SVG, and the interval of a share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class UnitSquare:
    """The square from (0, 0) below left to (1, 1), on a drawing whose y axis points down.

    Parameters
    ----------
    side, margin : int
        In pixels.
    """

    side: int
    margin: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies on the drawing."""
        return self.margin + x * self.side, self.margin + (1.0 - y) * self.side

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> str:
        """Draw a line between two points."""
        (x1, y1), (x2, y2) = self.place(*start), self.place(*end)
        return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'

    def text(self, x: float, y: float, words: str, style: str) -> str:
        """Write at a point."""
        left, top = self.place(x, y)
        return f'<text x="{left:.1f}" y="{top:.1f}" {style}>{escape(words)}</text>'


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share of at least one trial.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; Newcombe, Statistics in Medicine 17 (1998) 857, method 3.

    >>> low, high = wilson_interval(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    share = successes / trials
    scale = 1.0 + _Z95**2 / trials
    middle = (share + _Z95**2 / (2 * trials)) / scale
    half = _Z95 / scale * math.sqrt(share * (1 - share) / trials + _Z95**2 / (4 * trials**2))
    # At the ends the formula is exact, but rounding would leave a bound at 1e-17 instead of 0.
    return 0.0 if successes == 0 else middle - half, 1.0 if successes == trials else middle + half
