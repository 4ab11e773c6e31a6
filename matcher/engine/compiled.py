"""The compiled scan of one gallery, opened: layout, curve tables, integer product. Importing it imports numba."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.engine.curve_tables import CurveTables
from matcher.engine.gallery import Gallery
from matcher.engine.kernel import EXCLUDED, LANES
from matcher.engine.layout import Layout, layout_of
from matcher.engine.probe_scan import dense_gap, power_sum, representable, scan_probe
from matcher.engine.products import integer_product
from matcher.engine.scan import FLOAT32_SLACK, shortlist
from matcher.engine.shortlist import ScanProbe, Shortlist
from matcher.engine.tile_scan import POWER_LIMIT, TileScanner
from matcher.engine.tile_tables import TableSpace


@dataclass(frozen=True, slots=True)
class Compiled:
    """The compiled scan of one gallery; safe to share between threads."""

    layout: Layout
    curves: CurveTables
    tiles: TileScanner

    @classmethod
    def of(cls, gallery: Gallery) -> Compiled:
        """Arrange a gallery for the compiled scan."""
        layout, curves = layout_of(gallery), CurveTables()
        return cls(layout, curves, TileScanner(layout, curves, integer_product))

    @property
    def lanes(self) -> int:
        """Most probes of one pass."""
        return LANES

    def one(self, probe: ScanProbe, count: int, *, threads: int = 1) -> Shortlist | None:
        """Shortlist the best `count` records of one probe; None when its LRs are beyond float32."""
        if not representable(probe.plans):
            return None
        scores = scan_probe(self.layout, probe, self.curves, threads=threads)
        if probe.excluded is not None:
            scores[probe.excluded] = EXCLUDED
        shift = max(0.0, sum(plan.ceiling for plan in probe.plans) - POWER_LIMIT)
        total = power_sum(scores, shift=shift)
        if probe.excluded is not None:
            scores[probe.excluded] = -np.inf
        tolerance = FLOAT32_SLACK + dense_gap(probe.plans, self.layout, self.curves)
        rows = shortlist(scores, count, tolerance)
        eligible = self.layout.records - (probe.excluded is not None)
        log10_sum = shift + math.log10(total) if eligible else -math.inf
        return Shortlist(rows, scores[rows].astype(np.float64), log10_sum, eligible)

    def several(
        self, probes: Sequence[ScanProbe], count: int, space: TableSpace, *, threads: int = 1
    ) -> list[Shortlist | None]:
        """Shortlist for up to `LANES` probes in one pass; None for a probe that must be scanned by itself."""
        return self.tiles.scan(probes, count, space, threads=threads)

    @staticmethod
    def space() -> TableSpace:
        """Return memory that the passes of one batch share."""
        return TableSpace()
