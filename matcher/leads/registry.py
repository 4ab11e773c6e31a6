"""The channels, in the order in which evidence is shown. A tuple is the whole registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.engine.channel import Channel
from matcher.settings import Settings

if TYPE_CHECKING:
    from matcher.demographics.timeline import Moments


def open_channels(settings: Settings, workspace: Path | None = None) -> tuple[Channel, ...]:
    """Open the five channels with the reference data of this installation.

    Parameters
    ----------
    settings : Settings
        Where reference data lives.
    workspace : Path or None
        A workspace whose own face curves, when it has some, are used before those of the installation.

    Raises
    ------
    ReferenceDataError
        When the gazetteer or a calibration curve is absent, with the command that builds it.
    """
    from matcher.demographics.channel import demographics_channel
    from matcher.face.calibration import station_curves
    from matcher.face.channel import face_channel
    from matcher.phonetic.channel import name_channel
    from matcher.placenames.channel import place_channel
    from matcher.placenames.gazetteer import Gazetteer
    from matcher.str_loci.channel import dna_channel

    gazetteer = Gazetteer.open(settings.gazetteer)
    curves = station_curves([settings.home] if workspace is None else [workspace, settings.home])
    return (face_channel(curves), name_channel(), place_channel(gazetteer), dna_channel(), demographics_channel())


def latest_encounter(moments: Moments) -> int | None:
    """Return the latest day on which a station met somebody.

    It stands for today: lists depend on the workspace alone, never on the clock. None when no day is recorded.
    """
    met = moments.latest[~moments.missing]
    return int(met.max()) if met.size else None
