"""What one record tells of a home, as entries of a vocabulary: role, credence, accent, birth, words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matcher.phonetic.normalise import normalise
from matcher.placenames.accents import AccentMap
from matcher.placenames.lifetimes import BIRTH_STEP_YEARS
from matcher.types import DAYS_PER_YEAR, PlaceRole

HOME_ROLES: tuple[PlaceRole, ...] = ("home", "household")
CREDENCE_STEPS = 10
WIDEST_BIRTH_YEARS = 20
"""A birth that is known no better says nothing about which names a person can have known."""


class ToldWords(NamedTuple):
    """One told place as a record holds it."""

    text: str
    role: str
    credence: float | None


class Entry(NamedTuple):
    """One statement as the vocabulary holds it.

    Parameters
    ----------
    role : str
        `home`, `household`, `lost`, or `accent` where an accent is all there is.
    credence : int
        In tenths.
    accent : str
        As `AccentMap.key_of` writes it; empty = none recorded.
    born : int or None
        Year of birth in steps of five years; None = not known, or of no consequence for these words.
    text : str
        Normalised words; empty for an accent alone.
    """

    role: str
    credence: int
    accent: str
    born: int | None
    text: str

    def canonical(self) -> str:
        """Return the vocabulary value."""
        return f"{self.role}|{self.credence}|{self.accent}|{self.born or ''}|{self.text}"

    @classmethod
    def parse(cls, value: str) -> Entry:
        """Read a vocabulary value."""
        role, credence, accent, born, text = value.split("|", 4)
        return cls(role, int(credence), accent, int(born) if born else None, text)


def entries_of(told: Iterable[ToldWords], accent: str | None, born: int | None, accents: AccentMap) -> list[Entry]:
    """List the distinct entries of a record: told homes, else where it got lost, else the accent alone."""
    by_role: dict[str, list[ToldWords]] = {}
    for item in told:
        by_role.setdefault("home" if item.role in HOME_ROLES else item.role, []).append(item)
    key = accents.key_of([accent or "", *(item.text for item in by_role.get("accent", ()))])
    for role in ("home", "lost"):
        found = (_entry(item, key, born) for item in by_role.get(role, ()))
        entries = list(dict.fromkeys(entry for entry in found if entry is not None))
        if entries:
            return entries
    return [Entry("accent", CREDENCE_STEPS, key, None, "")] if key else []


def birth_step(earliest: int | None, latest: int | None) -> int | None:
    """Return the year of a birth interval (days since 1970) in steps; None when it is not known closely enough."""
    if earliest is None or latest is None or latest - earliest > WIDEST_BIRTH_YEARS * DAYS_PER_YEAR:
        return None
    year = 1970 + (earliest + latest) / 2 / DAYS_PER_YEAR
    return int(year // BIRTH_STEP_YEARS) * BIRTH_STEP_YEARS


def _entry(item: ToldWords, accent: str, born: int | None) -> Entry | None:
    plain = normalise(item.text)
    if not plain:
        return None
    tenths = CREDENCE_STEPS if item.credence is None else max(1, round(item.credence * CREDENCE_STEPS))
    return Entry(item.role, tenths, accent, born, plain)
