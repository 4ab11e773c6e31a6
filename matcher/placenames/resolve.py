"""From the words of a record to a distribution over places: where may the person mean?

The distribution is the posterior over listed places, with the mass of "a place in no list" kept apart: natural
villages and old brigade names are in no list, and then the surroundings that were named are all that is known. Names
that sound roughly alike are looked up directly; what is not found so goes to the exhaustive search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.placenames.costs import SoundCosts
from matcher.placenames.farther import FarSearch
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.lookup import Bearers, Named, SoundLookup, best_of_each, hint_costs
from matcher.placenames.priors import LEVEL_PRIOR, word_cost
from matcher.placenames.query import Cut, Query, parse
from matcher.placenames.spans import SYLLABLE_NATS

Int32 = NDArray[np.int32]
Float64 = NDArray[np.float64]

UNLISTED = 0.10
"""Prior share of homes whose name is in no list. A knob: of the published stories of found families whose clue was a
village name, three of nine named a natural village or brigade that no list has; station-wide figures do not exist."""
QUICK_PENALTY = 1.1
MAX_NODES = 1000
NEGLIGIBLE = 1e-5
MOST_KEPT = 1 << 20
"""Resolutions in memory, about 400 bytes each; beyond that the memory starts anew."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a told place may mean.

    Parameters
    ----------
    nodes : ndarray of int32, shape (K,)
        Places, ascending; the person may come from anywhere inside each.
    weights : ndarray of float64, shape (K,)
        Posterior probability of each.
    via : ndarray of int32, shape (K,)
        Row that bears the name that fits, for the explanation.
    unlisted : float
        Probability that the words mean a place in no list; `weights` and this sum to 1.
    """

    nodes: Int32
    weights: Float64
    via: Int32
    unlisted: float

    def packed(self) -> str:
        """Write the resolution as one line, so that an index can keep what was expensive to find.

        Places of equal weight stand together, as `weight:node,step,step/via`: each node is written by its distance from
        the one before, and the row that bears the name where it is another.
        """
        groups: dict[float, list[str]] = {}
        last: dict[float, int] = {}
        rows = zip(self.nodes.tolist(), self.via.tolist(), self.weights.tolist(), strict=True)
        for node, via, weight in rows:
            step = node - last.get(weight, 0)
            groups.setdefault(weight, []).append(f"{step}" if via == node else f"{step}/{via}")
            last[weight] = node
        return ";".join(f"{weight!r}:{','.join(steps)}" for weight, steps in groups.items())

    @classmethod
    def unpacked(cls, line: str) -> Resolution:
        """Read what `packed` wrote."""
        rows: list[tuple[int, int, float]] = []
        for group in line.split(";") if line else ():
            weight, _, steps = group.partition(":")
            node = 0
            for text in steps.split(","):
                step, _, via = text.partition("/")
                node += int(step)
                rows.append((node, int(via) if via else node, float(weight)))
        rows.sort()
        nodes, via_rows = (np.array([row[column] for row in rows], np.int32) for column in (0, 1))
        weights = np.array([weight for _, _, weight in rows], np.float64)
        return cls(nodes, weights, via_rows, max(0.0, float(1.0 - weights.sum())))


class NamedCut(NamedTuple):
    """One way to cut a query, with the segments as they sound."""

    around: tuple[Named, ...]
    own: Named
    word: str
    penalty: float


def _named(query: Query, cut: Cut) -> NamedCut:
    around = tuple(Named(query.letters[item.start : item.stop], item.hints) for item in cut.around)
    own = Named(query.letters[cut.own.start : cut.own.stop], cut.own.hints)
    return NamedCut(around, own, cut.own.word, cut.penalty)


NOTHING = Resolution(np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int32), 1.0)


class Resolver:
    """Resolves told places against one gazetteer; results are kept, threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        costs = SoundCosts(gazetteer.alphabet)
        counts = np.bincount(gazetteer.level[: gazetteer.current], minlength=6).astype(np.float64)
        self._all_priors = float((np.exp(-np.asarray(LEVEL_PRIOR)) * counts)[1:].sum())
        self._lookup = SoundLookup(gazetteer, costs, self._all_priors)
        self._far = FarSearch(gazetteer, costs, self._all_priors)
        self._kept: dict[str, Resolution] = {}
        self._recall: Callable[[str], Resolution | None] = lambda _text: None

    def resolve(self, text: str) -> Resolution:
        """Resolve the words of a told place; normalised text in, equal text gives the same answer from memory."""
        found = self._kept.get(text)
        if found is None:
            found = self._recall(text) or self._resolve(text)
            self.keep(text, found)
        return found

    def consult(self, recall: Callable[[str], Resolution | None]) -> None:
        """Ask somebody who may know a resolution, such as an index, before searching for it."""
        self._recall = recall

    def knows(self, text: str) -> bool:
        """Tell whether the resolution of a text is in memory."""
        return text in self._kept

    def keep(self, text: str, resolution: Resolution) -> None:
        """Remember a resolution that was found earlier with the same gazetteer."""
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[text] = resolution

    def _resolve(self, text: str) -> Resolution:
        try:
            queries = parse(text, self._known)
        except UsageError:
            return NOTHING
        cuts = [_named(query, cut) for query in queries for cut in query.cuts if cut.penalty <= QUICK_PENALTY]
        ways = [way for cut in cuts if (way := self._places_of_cut(cut)) is not None]
        if not ways:
            ways = [self._far.places(queries)]
        ways += [way for cut in cuts for way in self._somewhere_in(cut)]
        return self._posterior(best_of_each(ways), syllables=min(len(query.letters) for query in queries))

    def _known(self, core: str) -> bool:
        return core in self.gazetteer.upper_cores

    def _places_of_cut(self, cut: NamedCut) -> Bearers | None:
        """List the places whose name and surroundings all fit; None when there is none."""
        own = self._lookup.own(cut.own.letters)
        around = self._lookup.least(cut.around, own.above) if own else None
        if own is None or around is None:
            return None
        cost = own.found.cost + cut.penalty + own.prior + around
        if cut.own.hints:
            cost = cost + hint_costs(cut.own.hints)[self.gazetteer.level[own.found.via]]
        found = own.found._replace(cost=cost).where(np.isfinite(cost))
        return found._replace(cost=found.cost + word_cost(self.gazetteer, cut.word, found.via))

    def _somewhere_in(self, cut: NamedCut) -> Iterator[Bearers]:
        """Yield the surroundings of an unlisted place: all that is known when the innermost name is in no list."""
        unlisted = SYLLABLE_NATS * len(cut.own.letters) - math.log(UNLISTED)
        for index, named in enumerate(cut.around):
            inside = self._lookup.inside(named, cut.around[:index] + cut.around[index + 1 :])
            if inside is not None:
                yield inside.found._replace(cost=inside.found.cost + cut.penalty + unlisted - inside.log_share)

    def _posterior(self, found: Bearers, *, syllables: int) -> Resolution:
        """Weigh the places against each other and against an unlisted place with a name as long as the words."""
        if not found.place.size:
            return NOTHING
        listed = np.exp(-found.cost)
        unlisted = UNLISTED * self._all_priors * math.exp(-SYLLABLE_NATS * syllables)
        weights = listed / (listed.sum() + unlisted)
        kept = weights >= NEGLIGIBLE
        if kept.sum() > MAX_NODES:
            kept &= weights >= np.sort(weights)[-MAX_NODES]
        unkept = max(0.0, float(1.0 - weights[kept].sum()))
        return Resolution(found.place[kept], weights[kept], found.via[kept], unkept)
