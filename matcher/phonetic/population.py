"""A population of names and the habits of those who write them down, with tables kept between queries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS
from matcher.phonetic.elements import character_shares
from matcher.phonetic.emission import Role, RoleModel, Token, WritingHabits, role_models, syllable_role
from matcher.phonetic.flat import read_only
from matcher.phonetic.frequencies import NameFrequencies, cold_start
from matcher.phonetic.productions import AFFIXES
from matcher.phonetic.slots import Slot, build_slot
from matcher.phonetic.token_model import TokenModel, token_model, token_values_compiled

Float64 = NDArray[np.float64]
KEPT_TOKENS = 8192
"""Tables of tokens kept in memory, some 10 kB each: a gallery of a million persons is written with 6,000 characters."""

KEPT_BYTES = 48 << 20
"""Memory for the values of the latest tokens against one slot: 0.9 MB a token in a gallery of a million persons."""


class NameModel:
    """A population and the writer's habits, with a cache of token tables; safe for concurrent reads.

    Parameters
    ----------
    frequencies : NameFrequencies
        The population.
    habits : WritingHabits
        How the observed names were written.
    """

    def __init__(self, frequencies: NameFrequencies, habits: WritingHabits) -> None:
        self.frequencies = frequencies
        self.habits = habits
        self.sound_habits = WritingHabits(same=0.0, variant=0.0, shape=0.0, noise=habits.noise)
        self.roles: dict[Role, RoleModel] = role_models(frequencies)
        self.roles["syllable"] = syllable_role(frequencies, character_shares())
        self.surname_names = tuple(frequencies.surnames)
        self.surname_slot = build_slot("surname", "".join(self.surname_names))
        self.surname_pairs = np.array([self._pair(name) for name in self.surname_names], np.int32).reshape(-1, 2)
        single = self.roles["surname"]
        listed = [single.everybody.shares.get(name, frequencies.surnames[name]) for name in self.surname_names]
        self.surname_shares = np.array([*listed, single.everybody.rest])
        self.whole_slot = build_slot("given", "".join(frequencies.whole))
        whole = [[self.whole_slot.codes[character] for character in name] for name in frequencies.whole]
        self.whole_codes = np.array(whole, np.int32).reshape(-1, 2)
        self.whole_shares = np.array(list(frequencies.whole.values()))
        self.affix_slot = build_slot("given", AFFIXES)
        self.transcribed_slot = build_slot("syllable", character_shares())
        self._values: WeakKeyDictionary[Slot, Callable[[Token, bool], Float64]] = WeakKeyDictionary()
        self._tokens = lru_cache(maxsize=KEPT_TOKENS)(self._tabulated)

    def _pair(self, name: str) -> tuple[int, int]:
        codes = [self.surname_slot.codes[character] for character in name]
        return (codes[0], codes[1] if len(codes) > 1 else -1)

    def values(self, token: Token, slot: Slot, *, sound_only: bool) -> Float64:
        """Return P(token | element) for the elements of a slot, shape (V, R), read-only; kept as long as the slot."""
        kept = self._values.get(slot)
        if kept is None:
            kept = self._values[slot] = self._kept_values(slot)
        return kept(token, sound_only)

    def _kept_values(self, slot: Slot) -> Callable[[Token, bool], Float64]:
        """Return a memory of the latest tokens against one slot; it does not keep the slot alive."""
        reference = ref(slot)

        @lru_cache(maxsize=max(1, KEPT_BYTES // (8 * len(SPEECH_REGIONS) * len(slot))))
        def values(token: Token, sound_only: bool) -> Float64:  # noqa: FBT001 - a cached key
            elements = reference()
            assert elements is not None, "asked through the slot itself"
            tabulated = self.token(token, elements.role, sound_only=sound_only)
            return read_only(token_values_compiled(tabulated, elements, self.roles[elements.role]))

        return values

    def token(self, token: Token, role: Role, *, sound_only: bool) -> TokenModel:
        """Return the table of one token in one slot."""
        return self._tokens(token, role, sound_only)

    def _tabulated(self, token: Token, role: Role, sound_only: bool) -> TokenModel:  # noqa: FBT001 - a cached key
        return token_model(token, self.roles[role], self.sound_habits if sound_only else self.habits)


@cache
def default_model() -> NameModel:
    """Return the model of the general population and a clerk who takes down spoken names."""
    return NameModel(cold_start(), WritingHabits())
