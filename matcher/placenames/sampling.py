"""Draw homes and garble their names as listeners do, for synthetic populations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.phonetic.confusion import confusion
from matcher.phonetic.normalise import is_han
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import PROVINCE, VILLAGE
from matcher.placenames.names import folded, place_readings


@dataclass(frozen=True, slots=True)
class Garbling:
    """How often a told place departs from the registered one; each a probability.

    Parameters
    ----------
    misheard : float
        The place's own name is written by its sound, as heard through the speaker's accent.
    renamed : float
        A former name is used where one is known.
    level_left_out : float
        A level above the place is not mentioned.
    suffix_left_out : float
        The generic word of the place's own name is not mentioned.
    """

    misheard: float = 0.5
    renamed: float = 0.3
    level_left_out: float = 0.5
    suffix_left_out: float = 0.5


def sample_place(rng: np.random.Generator, gazetteer: Gazetteer, *, level: int) -> int:
    """Draw a current place of a level, in proportion to the innermost places inside; return its row.

    Raises
    ------
    UsageError
        When the gazetteer has no place of this level.
    """
    rows = np.flatnonzero(gazetteer.level[: gazetteer.current] == level)
    if not rows.size or not PROVINCE <= level <= VILLAGE:
        raise UsageError(f"the gazetteer has no place of level {level}", remedy="use 1 (province) to 5 (village)")
    until = np.cumsum(gazetteer.leaves(rows))
    return int(rows[np.searchsorted(until, rng.integers(until[-1]), side="right")])


@dataclass(frozen=True)
class Garbler:
    """Writes places of one gazetteer as they are told and heard."""

    gazetteer: Gazetteer

    def garble(
        self, rng: np.random.Generator, gid: int, *, region: str | None = None, garbling: Garbling = Garbling()
    ) -> str:
        """Return a place as a record may hold it.

        Parameters
        ----------
        rng : numpy Generator
            Source of all chance.
        gid : int
            A current place.
        region : str or None
            Accent of the speaker (`matcher.phonetic.confusion.SPEECH_REGIONS`); None = not known.
        garbling : Garbling
            How often what happens.
        """
        gazetteer = self.gazetteer
        above = [row for row in gazetteer.ancestors(np.array([gid], np.int32))[::-1, 0].tolist() if row >= 0]
        kept = [row for row in above if rng.random() >= garbling.level_left_out]
        said = [gazetteer.name(self._renamed(rng, row, garbling)) for row in kept]
        own = self._renamed(rng, gid, garbling)
        core = folded(str(gazetteer.places.column("core")[own]))
        if core and rng.random() < garbling.misheard:
            core = "".join(self._heard(rng, character, region) for character in core)
        suffix = "" if rng.random() < garbling.suffix_left_out else str(gazetteer.places.column("suffix")[own])
        return "".join(said) + core + suffix

    def _renamed(self, rng: np.random.Generator, gid: int, garbling: Garbling) -> int:
        formers = self._formers.get(gid, [])
        if formers and rng.random() < garbling.renamed:
            return formers[int(rng.integers(len(formers)))]
        return gid

    def _heard(self, rng: np.random.Generator, character: str, region: str | None) -> str:
        """Write a character by its sound: draw the syllable that is heard, then a character that is read so."""
        options = place_readings(character)
        if not options:
            return character
        weights = np.array([item.weight for item in options])
        true = options[int(rng.choice(len(options), p=weights / weights.sum()))].syllable_code
        row = confusion(region)[true]
        heard = int(rng.choice(row.size, p=row / row.sum()))
        if heard == options[0].syllable_code and rng.random() < 0.5:
            return character
        written = self._characters.get(heard)
        return character if not written else written[int(rng.integers(len(written)))]

    @cached_property
    def _characters(self) -> Mapping[int, list[str]]:
        """Characters by their first reading."""
        found: dict[int, list[str]] = {}
        table = self.gazetteer.alphabet
        columns = (table.column(name).to_pylist() for name in ("character", "syllables"))
        for character, codes in zip(*columns, strict=True):
            if codes and is_han(character):
                found.setdefault(codes[0], []).append(character)
        return found

    @cached_property
    def _formers(self) -> Mapping[int, list[int]]:
        """Rows of former names by the current place."""
        found: dict[int, list[int]] = {}
        renamed: NDArray[np.int64] = np.flatnonzero(self.gazetteer.posting_place != self.gazetteer.posting_via)
        for posting in renamed.tolist():
            place, via = int(self.gazetteer.posting_place[posting]), int(self.gazetteer.posting_via[posting])
            found.setdefault(place, []).append(via)
        return found
