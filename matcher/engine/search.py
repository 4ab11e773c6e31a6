"""The search for the best records of a gallery: the compiled scan where it pays, the readable scan everywhere else.

Both hand on a `Shortlist` that holds every record which can be among the best, so what is finally listed does not
depend on which of them ran.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from matcher.engine.gallery import Gallery
from matcher.engine.scan import scan, scan_tolerance, shortlist
from matcher.engine.shortlist import ScanProbe, Shortlist

if TYPE_CHECKING:
    from matcher.engine.compiled import Compiled

SINGLE_RECORDS = 250_000
"""Records from which the compiled scan serves a single probe: loading it takes as long as NumPy takes for a million."""

MANY_PAIRS = 2_000_000
"""Probes times records, of a batch or of all probes so far, from which loading it pays at any size of the gallery."""

FEWEST_IN_TILE = 8
"""Probes below which a tile costs more than as many scans for one."""


class Search:
    """Searches one gallery; loads the compiled scan when first needed. Safe to share between threads.

    Parameters
    ----------
    gallery : Gallery
        Encoded records.
    compiled : bool or None
        Whether to use the compiled scan; None = where it pays. Without numba, or where there is no directory to keep
        compiled code in, the readable scan serves.
    """

    def __init__(self, gallery: Gallery, *, compiled: bool | None = None) -> None:
        self._gallery = gallery
        self._wanted = compiled
        self._compiled: Compiled | None = None
        self._tried = False
        self._pairs = 0
        self._lock = threading.Lock()

    @property
    def is_compiled(self) -> bool:
        """Tell whether the compiled scan has been loaded."""
        return self._compiled is not None

    def best(self, probe: ScanProbe, count: int, *, threads: int = 1) -> Shortlist:
        """Shortlist the best `count` records of one probe."""
        return self._one(probe, count, threads, self._scanner(1))

    def best_of_each(
        self, probes: Iterable[ScanProbe], count: int, *, expected: int, threads: int = 1
    ) -> Iterator[Shortlist]:
        """Yield the shortlist of each probe, in order, a tile at a time.

        Parameters
        ----------
        probes : iterable of ScanProbe
            Consumed a tile at a time, so that no more than a tile of tables exists at once.
        count : int
            Length of the final lists.
        expected : int
            How many probes there will be; decides whether loading the compiled scan pays, nothing else.
        threads : int
            Worker threads over records.
        """
        compiled = self._scanner(expected)
        space = compiled.space() if compiled else None
        remaining = iter(probes)
        while tile := list(islice(remaining, compiled.lanes if compiled else 1)):
            found: list[Shortlist | None] = [None] * len(tile)
            if compiled and space and len(tile) >= FEWEST_IN_TILE:
                found = compiled.several(tile, count, space, threads=threads)
            for probe, listed in zip(tile, found, strict=True):
                yield listed or self._one(probe, count, threads, compiled)

    def _one(self, probe: ScanProbe, count: int, threads: int, compiled: Compiled | None) -> Shortlist:
        found = compiled.one(probe, count, threads=threads) if compiled else None
        return found or readable_shortlist(self._gallery, probe, count, threads=threads)

    def _scanner(self, probes: int) -> Compiled | None:
        """Return the compiled scan if it is wanted for so many more probes."""
        with self._lock:
            self._pairs += probes * len(self._gallery)
            worth = len(self._gallery) >= SINGLE_RECORDS or self._pairs >= MANY_PAIRS
            if not (worth if self._wanted is None else self._wanted):
                return None
            if not self._tried:
                self._compiled, self._tried = _load(self._gallery), True
            return self._compiled


def readable_shortlist(gallery: Gallery, probe: ScanProbe, count: int, *, threads: int = 1) -> Shortlist:
    """Shortlist by the readable scan: the oracle of the compiled one, and its stand-in."""
    scores = scan(gallery, probe.plans, probe.combination, threads=threads)
    if probe.excluded is not None:
        scores[probe.excluded] = -np.inf
    rows = shortlist(scores, count, scan_tolerance(probe.plans))
    eligible = len(gallery) - (probe.excluded is not None)
    top = float(scores.max(initial=-np.inf))
    # Relative to the largest, and in float64: LRs of strong evidence exceed float32.
    total = float(np.sum(10.0 ** (scores.astype(np.float64) - top))) if eligible else 0.0
    log10_sum = top + math.log10(total) if eligible else -math.inf
    return Shortlist(rows, scores[rows].astype(np.float64), log10_sum, eligible)


def compiled_scan_problem() -> str | None:
    """Say why the compiled scan cannot be used here; None = it can. Compiles it where that was never done."""
    try:
        import matcher.engine.compiled  # noqa: F401 - whether it can be imported is the question
    except ImportError as error:
        return f"numba cannot be imported ({error})"
    except RuntimeError as error:
        return f"there is no directory to keep compiled code in ({error}); set NUMBA_CACHE_DIR to one"
    return None


def _load(gallery: Gallery) -> Compiled | None:
    # Compiling afresh at each start would take longer than the readable scan, so no place to keep code means none.
    if compiled_scan_problem() is not None:
        return None
    from matcher.engine.compiled import Compiled

    return Compiled.of(gallery)
