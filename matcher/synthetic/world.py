"""A whole synthetic world from one recipe and one seed: its blocks and the registers that number them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.synthetic.block import (
    Advance,
    Block,
    Register,
    Setting,
    draft_block,
    finish_block,
    number_all,
    register_rows,
)
from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.stations import found_stations, reporting_body
from matcher.synthetic.streams import Streams


@dataclass(frozen=True, slots=True)
class World:
    """A world, ready to be written.

    Parameters
    ----------
    setting : Setting
        What its blocks share.
    register : Register
        Numbers of all records and samples.
    whole : Block or None
        The world itself where it is one block; blocks of a larger world are drawn again when they are needed.
    """

    setting: Setting
    register: Register
    whole: Block | None

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks, one in memory at a time."""
        if self.whole is not None:
            yield self.whole
            return
        for number, records in enumerate(self.register.records):
            draft = draft_block(self.setting, number)
            yield finish_block(self.setting, draft, records.tolist(), self.register.samples[number].tolist())


def imagine_world(recipe: Recipe, sources: Sources, *, seed: int, advance: Advance = lambda _steps: None) -> World:
    """Draw the people, their journeys and every record's place in the registers.

    Parameters
    ----------
    advance : callable
        Told the number of gallery records planned since the last call.
    """
    streams = Streams(seed)
    stations = tuple(found_stations(recipe, sources, streams))
    setting = Setting(recipe, sources, streams, stations, reporting_body(recipe, sources, streams))
    drafts = (draft_block(setting, number, advance=advance) for number in range(recipe.world.blocks))
    if recipe.world.blocks == 1:
        draft = next(drafts)
        register = number_all(streams, [register_rows(setting, draft)])
        whole = finish_block(setting, draft, register.records[0].tolist(), register.samples[0].tolist())
        return World(setting, register, whole)
    return World(setting, number_all(streams, [register_rows(setting, draft) for draft in drafts]), None)
