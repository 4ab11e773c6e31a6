"""The channels, in the order in which evidence is shown. A tuple is the whole registry."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matcher.engine.channel import Channel
from matcher.settings import Settings


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


def latest_encounter(moments: Iterable[str]) -> int | None:
    """Return the latest day on which a station met somebody, from the values of the events' vocabulary.

    It stands for today: lists depend on the workspace alone, never on the clock. None when no day is recorded.
    """
    from matcher.demographics.channel import moment_of_value

    known = [moment_of_value(value) for value in moments if value]
    return max((moment.event.latest for moment in known if moment.kind != "missing"), default=None)
