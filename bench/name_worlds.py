"""Worlds for the bench of names: a small one by the package's own sampling, a large one from a gallery's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.phonetic.bulk_names import are_ordinary
from matcher.phonetic.frequencies import compound_surnames
from matcher.phonetic.sampling import draw_name, mishear

AS_A_WHOLE = 0.6
"""Share of drawn given names that somebody of the gallery has; the others join two persons' characters. It gives 4.4
million distinct names and 460,000 given names to ten million persons drawn from a million; real registers, where
given names are chosen as a whole more often, have fewer."""


@dataclass(frozen=True, slots=True)
class NameTask:
    """One query with its truth; `target` is None when nobody must be found."""

    kind: str
    query: str
    target: str | None
    region: str | None = None


def drawn_names() -> list[str]:
    """Draw a small gallery."""
    rng = np.random.default_rng(20261121)
    return [draw_name(rng) for _ in range(20_000)]


def drawn_tasks() -> list[NameTask]:
    """Mishear drawn names in several accents: a world in which the model is true, for speed and regressions."""
    rng = np.random.default_rng(7)
    names = drawn_names()
    regions = ("standard", "chuanyu", "yue", "wu", "dongbei")
    return [
        NameTask(f"misheard:{region}", mishear(rng, str(name), region), str(name), region)
        for region in regions
        for name in rng.choice(names, 40)
    ]


def grown(names: Sequence[str], count: int) -> list[str]:
    """Draw persons with the surname of one person of a gallery and the given name of another, or of two others."""
    rng = np.random.default_rng(20261121)
    kept = [name for name, ordinary in zip(names, are_ordinary(names), strict=True) if ordinary and len(name) > 1]
    split = [2 if name[:2] in compound_surnames() else 1 for name in kept]
    surnames = np.array([name[:at] for name, at in zip(kept, split, strict=True)])
    givens = np.array([name[at:] for name, at in zip(kept, split, strict=True)])
    pairs = np.array([given for given in givens.tolist() if len(given) == 2])
    firsts, lasts = pairs.astype("U1"), np.array([given[1] for given in pairs.tolist()])
    drawn = np.where(
        rng.random(count) < AS_A_WHOLE,
        givens[rng.integers(0, len(givens), count)],
        np.char.add(
            firsts[rng.integers(0, len(firsts), count)],
            lasts[rng.integers(0, len(lasts), count)],
        ),
    )
    found: list[str] = np.char.add(surnames[rng.integers(0, len(surnames), count)], drawn).tolist()
    return found
