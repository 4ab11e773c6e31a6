"""Several processes that draw the blocks of one world; the drafts are the same as one process writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from matcher.progress import Advance
from matcher.settings import Settings
from matcher.spawned import Crew
from matcher.synthetic.drafts import Draft, Drawing, drafts_here, write_draft
from matcher.synthetic.recipe import plain, restored
from matcher.synthetic.reference import open_sources
from matcher.synthetic.world import World, imagine_world


def drafts_by(processes: int, settings: Settings) -> Drawing:
    """Return who draws the blocks of a world whose sources are the reference's: so many processes, each a block.

    Parameters
    ----------
    processes : int
        1 = the calling one.
    settings : Settings
        As of `matcher.synthetic.reference.open_sources`, which each process calls for itself.
    """

    def drafts(world: World, spool: Path, advance: Advance) -> Iterator[Draft]:
        crew = Crew(processes, _open, (plain(world.recipe), settings, world.streams.seed))
        for draft in crew.results(partial(_draw, spool), range(world.recipe.world.blocks)):
            advance(draft.counts["gallery_records"])
            yield draft

    return drafts if processes > 1 else drafts_here


_opened: list[World] = []
"""The world of a worker process, for as long as the process lives."""


def _open(recipe: Mapping[str, object], settings: Settings, seed: int) -> None:
    whole = restored(recipe)
    _opened.append(imagine_world(whole, open_sources(whole, settings, seed=seed), seed=seed))


def _draw(spool: Path, number: int) -> Draft:
    return write_draft(_opened[0], number, spool)
