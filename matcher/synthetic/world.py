"""What all blocks of a synthetic world share: recipe, sources, streams and stations."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.synthetic.recipe import Recipe
from matcher.synthetic.sources import Sources
from matcher.synthetic.stations import Station, found_stations, reporting_body
from matcher.synthetic.streams import Streams


@dataclass(frozen=True, slots=True)
class World:
    """A world before anybody lives in it; its people are drawn block by block.

    Parameters
    ----------
    recipe : Recipe
        What it is made of.
    sources : Sources
        What is drawn from.
    streams : Streams
        Its random streams.
    stations : tuple of Station
        Who writes admissions.
    reports : Station
        Who takes missing reports.
    """

    recipe: Recipe
    sources: Sources
    streams: Streams
    stations: tuple[Station, ...]
    reports: Station


def imagine_world(recipe: Recipe, sources: Sources, *, seed: int) -> World:
    """Found the stations of a world; everything else follows from them, the recipe and the seed."""
    streams = Streams(seed)
    stations = tuple(found_stations(recipe, sources, streams))
    return World(recipe, sources, streams, stations, reporting_body(recipe, sources, streams))
