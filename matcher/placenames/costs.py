"""What it costs, in nats, to hear or write one character of a place name as another, to drop it or to add it.

Cost = -ln of the probability relative to hearing it right. Sounds come from the project's sound model; the constants
are conditional maximum likelihood estimates from one half of the public queries (METHOD.md, "Estimation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.phonetic.confusion import confusion
from matcher.phonetic.normalise import UNKNOWN_CHARACTER
from matcher.phonetic.syllables import Spelling
from matcher.placenames.mergers import merger_costs
from matcher.placenames.names import place_readings

Float32 = NDArray[np.float32]

OTHER_CHARACTER = 1.5
"""The character differs, the sound does not."""
OTHER_TONE = 0.9
SOUND_WEIGHT = 1.5
"""Weight of -ln P(heard | true) of the sound model."""
SOUND_FLOOR = 9.3
"""Two syllables that nobody mistakes for each other still cost no more than a slip of pen or memory."""
WILDCARD = 0.3
WILDCARD_EMPTY = 3.0
DROP, INSERT = 4.4, 7.2
DROP_GENERIC, INSERT_GENERIC = 2.6, 5.0
DROP_LINK, INSERT_LINK = 1.7, 1.8
SWAP = 4.5

LINKS = frozenset("家子")
"""Morphemes that come and go inside a name: 唐家坝 and 唐坝, 营子 and 营."""
TERMINALS = frozenset(
    "庄屯村寨营堡店铺集镇乡场街巷坊屋院宅圩墟埠驿站"
    "沟湾坪坝坡岗冈岭坳坑塘洼冲垭洞坎窝甸滩洲岛山峪塬圪垸塝沱畈"
    "河溪江湖泉潭池井水口桥头"
    "楼台庙寺塔亭园林"
)
"""Morphemes with which settlement names end; speakers exchange them."""
POSITIONS = frozenset("东西南北中上下前后里外大小新老")
"""Morphemes that tell one part of a settlement from another, most often first."""
GENERICS = TERMINALS | POSITIONS
"""Morphemes that speakers leave out more easily than others."""


class Letter(NamedTuple):
    """One element of a query: a character, a pinyin syllable, or a wildcard.

    Parameters
    ----------
    character : str
        Han character; `□` for a wildcard; empty for a syllable in Latin letters.
    syllable, tone : int
        Sound of a Latin syllable; 0 otherwise.
    """

    character: str
    syllable: int = 0
    tone: int = 0

    @property
    def wild(self) -> bool:
        """Tell whether the element stands for a forgotten character."""
        return self.character == UNKNOWN_CHARACTER


@dataclass(frozen=True, slots=True)
class QueryCosts:
    """Costs of one query segment against the alphabet: what the scans take."""

    replace: Float32
    drop: Float32
    insert: Float32


class SoundCosts:
    """Costs over the alphabet of one gazetteer, for any accent; rows are computed once per character and kept."""

    def __init__(self, alphabet: pa.Table) -> None:
        self._characters: list[str] = alphabet.column("character").to_pylist()
        self._position = {character: index for index, character in enumerate(self._characters)}
        syllables = alphabet.column("syllables").combine_chunks()
        self._owner = np.repeat(np.arange(len(self._characters)), np.diff(syllables.offsets.to_numpy()))
        self._syllable = syllables.values.to_numpy()
        self._tone = alphabet.column("tones").combine_chunks().values.to_numpy()
        weights = alphabet.column("weights").combine_chunks().values.to_numpy()
        first = syllables.offsets.to_numpy()[:-1]
        best = np.maximum.reduceat(weights, np.minimum(first, max(len(weights) - 1, 0))) if len(weights) else weights
        self._rarity = -np.log(weights / best[self._owner])
        self.row = lru_cache(maxsize=4096)(self._row)

    @cached_property
    def drop(self) -> Float32:
        """Cost of leaving out each character of the alphabet, shape (A,)."""
        return np.array(
            [_by_kind(character, DROP, DROP_GENERIC, DROP_LINK) for character in self._characters], np.float32
        )

    def of(self, letters: Sequence[Letter], region: str | None) -> QueryCosts:
        """Return the costs of a query segment.

        Parameters
        ----------
        letters : sequence of Letter
            The segment.
        region : str or None
            Accent of the speaker (`matcher.phonetic.confusion.SPEECH_REGIONS`); None = not known.
        """
        replace = np.stack([self.row(letter, region) for letter in letters])
        insert = np.array(
            [WILDCARD_EMPTY if letter.wild else _by_kind(letter.character, INSERT, INSERT_GENERIC, INSERT_LINK)
             for letter in letters], np.float32)  # fmt: skip
        return QueryCosts(replace, self.drop, insert)

    def _row(self, letter: Letter, region: str | None) -> Float32:
        """Return the cost of hearing each character of the alphabet as this one, shape (A,)."""
        size = len(self._characters)
        if letter.wild:
            return np.full(size, WILDCARD, np.float32)
        cost = np.full(size, SOUND_FLOOR, np.float64)
        for syllable, tone, rarity in _sounds(letter):
            heard = SOUND_WEIGHT * (_surprise(region)[self._syllable, syllable] + rarity + self._rarity)
            if letter.character:
                known = (tone != 0) & (self._tone != 0)
                heard = np.maximum(heard, OTHER_CHARACTER)
                heard = heard + np.where(known & (self._tone != tone), OTHER_TONE, 0.0)
            np.minimum.at(cost, self._owner, heard)
        self._exchange(letter.character, cost)
        own = self._position.get(letter.character)
        if own is not None:
            cost[own] = 0.0
        return cost.astype(np.float32)

    def _exchange(self, character: str, cost: NDArray[np.float64]) -> None:
        """Let generic morphemes stand for each other."""
        for group in (POSITIONS, TERMINALS):
            if character in group:
                rows = [self._position[other] for other in group if other in self._position]
                cost[rows] = np.minimum(cost[rows], SWAP)


def _by_kind(character: str, plain: float, generic: float, link: float) -> float:
    if character in LINKS:
        return link
    return generic if character in GENERICS else plain


def _sounds(letter: Letter) -> list[tuple[int, int, float]]:
    """List (syllable, tone, -ln relative weight) of the readings of a query element."""
    if letter.syllable:
        return [(letter.syllable, letter.tone, 0.0)]
    options = place_readings(letter.character)
    return [(item.syllable_code, item.tone, float(-np.log(item.weight / options[0].weight))) for item in options]


@lru_cache(maxsize=32)
def _surprise(region: str | None) -> NDArray[np.float64]:
    """Return -ln P(heard | true) relative to hearing it right, shape (S, S)."""
    matrix = confusion(region)
    with np.errstate(divide="ignore"):
        relative = -np.log(matrix / np.diag(matrix)[:, None])
    relative = np.minimum(relative, merger_costs(region))
    result: NDArray[np.float64] = np.minimum(relative, SOUND_FLOOR)
    return result


def spelled(spellings: Sequence[Spelling]) -> tuple[Letter, ...]:
    """Return a segment given in pinyin."""
    return tuple(Letter("", spelling.code, spelling.tone) for spelling in spellings)
