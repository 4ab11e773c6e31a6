"""Several processes that draw the blocks of one world; the drafts are the same as one process writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matcher import spawned
from matcher.settings import Settings
from matcher.synthetic.block import Advance
from matcher.synthetic.drafts import Draft, write_draft
from matcher.synthetic.recipe import plain, restored
from matcher.synthetic.reference import open_sources
from matcher.synthetic.world import World, imagine_world


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
        crew = spawned.Crew(self.processes, _open, (plain(world.recipe), self.settings, world.streams.seed))
        for draft in crew.results(partial(_draw, spool), range(world.recipe.world.blocks)):
            advance(draft.counts["gallery_records"])
            yield draft


_opened: list[World] = []
"""The world of a worker process, for as long as the process lives."""


def _open(recipe: Mapping[str, object], settings: Settings, seed: int) -> None:
    whole = restored(recipe)
    _opened.append(imagine_world(whole, open_sources(whole, settings, seed=seed), seed=seed))


def _draw(spool: Path, number: int) -> Draft:
    return write_draft(_opened[0], number, spool)
