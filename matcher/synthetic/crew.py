"""Several processes that draw the blocks of one world; the drafts are the same as one process writes."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from matcher.settings import Settings
from matcher.synthetic.block import Advance
from matcher.synthetic.drafts import Draft, write_draft
from matcher.synthetic.recipe import plain, restored
from matcher.synthetic.reference import open_sources
from matcher.synthetic.world import World, imagine_world

_WAITING = 2
"""Blocks handed out ahead per process, so that none waits and drafts do not pile up."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes that each open the sources of a world for themselves.

    Parameters
    ----------
    processes : int
        How many.
    settings : Settings
        As of `matcher.synthetic.reference.open_sources`.
    """

    processes: int
    settings: Settings

    def drafts(self, world: World, spool: Path, advance: Advance) -> Iterator[Draft]:
        """Draw the blocks of a world whose sources are the reference's; in order, each by one process."""
        recipe, seed = plain(world.recipe), world.streams.seed
        blocks = deque(range(world.recipe.world.blocks))
        # A fresh interpreter: forking a process whose numerical libraries run threads can deadlock.
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, fresh, _open, (recipe, self.settings, seed)) as pool:
            running: deque[Future[Draft]] = deque()
            try:
                while blocks or running:
                    while blocks and len(running) < self.processes * _WAITING:
                        running.append(pool.submit(_draw, blocks.popleft(), spool))
                    draft = running.popleft().result()
                    advance(draft.counts["gallery_records"])
                    yield draft
            finally:
                for future in running:
                    future.cancel()


_opened: list[World] = []
"""The world of a worker process, for as long as the process lives."""


def _open(recipe: Mapping[str, object], settings: Settings, seed: int) -> None:
    whole = restored(recipe)
    _opened.append(imagine_world(whole, open_sources(whole, settings, seed=seed), seed=seed))


def _draw(number: int, spool: Path) -> Draft:
    return write_draft(_opened[0], number, spool)
