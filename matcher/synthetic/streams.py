"""One seed, many independent streams: each concern of the world draws from a stream of its own.

A stream is named by its concern and by the indices of what it belongs to (a clan, a person, a record), so the draws
for one of them depend on nothing else: adding a concern, a clan or a field leaves every other draw as it was.

Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms" (2014), for the
generator; `numpy.random.SeedSequence` for the derivation of child seeds by spawn key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np

_WORD = 1 << 32


@dataclass(frozen=True, slots=True)
class Streams:
    """Random streams derived from one seed.

    Parameters
    ----------
    seed : int
        Non-negative seed of the whole world.
    """

    seed: int

    def of(self, concern: str, *indices: int) -> np.random.Generator:
        """Return the stream of a concern, the same at every call.

        Parameters
        ----------
        concern : str
            Name of the concern, such as `clans` or `told_names`.
        *indices : int
            Position of the thing that the draws belong to, such as (clan,) or (person, episode).

        >>> bool(Streams(7).of("clans", 3).random() == Streams(7).of("clans", 3).random())
        True
        """
        if max(self.seed, *indices, 0) >= _WORD:
            sequence = np.random.SeedSequence(self.seed, spawn_key=(_key(concern), *indices))
        else:
            # What SeedSequence makes of seed and spawn key, laid out at once: a world asks for millions of streams.
            words = np.array((self.seed, 0, 0, 0, _key(concern), *indices), np.uint32)
            sequence = np.random.SeedSequence(words)
        return np.random.Generator(np.random.PCG64(sequence))


@cache
def _key(concern: str) -> int:
    return int.from_bytes(sha256(concern.encode()).digest()[:4], "big")
