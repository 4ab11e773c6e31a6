"""Several remembered names together: which counties and townships have them all nearby, and which name to ask for next.

Each clue is a name somebody mentioned (a village, a market town, a county) without saying where. For an area, P(clue |
home in the area) is the chance that one of its places is mentioned and heard so; clues are independent given the home,
and each may be a false memory. The posterior over areas is their product, and the next question is the listed name
whose answer is expected to tell most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UsageError
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, TOWNSHIP
from matcher.placenames.search import CUTOFFS, Searcher

Float64 = NDArray[np.float64]

CLUE_RELIABILITY = 0.9
"""Share of clues that are about the home area; the rest are false memories or places in no list (see channel)."""
QUESTION_AREAS = 8
"""Areas between which the next question should decide."""


@dataclass(frozen=True, slots=True)
class Area:
    """One area with its posterior.

    Parameters
    ----------
    gid : int
        County or township.
    posterior : float
        Probability that the home is in it.
    matches : tuple of (str, int)
        Each clue with the place inside that fits it best; -1 = none.
    """

    gid: int
    posterior: float
    matches: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One place to ask about.

    Parameters
    ----------
    gid : int
        The place whose name is read out.
    bits : float
        Expected information about the area, of at most 1 bit for a yes or no.
    """

    gid: int
    bits: float


def constellation(
    searcher: Searcher,
    clues: Sequence[str],
    *,
    level: int = COUNTY,
    scope: str | None = None,
    region: str | None = None,
    top: int = 10,
) -> tuple[Area, ...]:
    """Rank the areas in which all the clues have a place.

    Parameters
    ----------
    searcher : Searcher
        The searcher.
    clues : sequence of str
        Names as said; each may hold several levels.
    level : int
        3 counties or 4 townships.
    scope, region
        As for `Searcher.search`.
    top : int
        At most this many areas.

    Raises
    ------
    UsageError
        When there is no clue, or the level is another.
    """
    if level not in (COUNTY, TOWNSHIP):
        raise UsageError(f"level {level} is no level of areas", remedy="use 3 (counties) or 4 (townships)")
    if not clues:
        raise UsageError("no clue was given", remedy="matcher places constellation 五里台 朱家湾 千丘")
    gazetteer = searcher.gazetteer
    ranges = gazetteer.region(scope) if scope else ((0, gazetteer.current),)
    areas = np.concatenate([np.flatnonzero(gazetteer.level[low:high] == level) + low for low, high in ranges])
    if not areas.size:
        raise UsageError(f"scope '{scope}' holds no area of level {level}", remedy="choose a wider scope")
    log_posterior = np.log(gazetteer.leaves(areas).astype(np.float64))
    best: list[NDArray[np.int64]] = []
    for clue in clues:
        likelihood, match = _clue(searcher, clue, areas, scope, region)
        log_posterior += np.log(likelihood)
        best.append(match)
    posterior = np.exp(log_posterior - log_posterior.max())
    posterior /= posterior.sum()
    order = np.lexsort((areas, -posterior))[:top]
    return tuple(
        Area(
            int(areas[index]),
            float(posterior[index]),
            tuple((clue, int(match[index])) for clue, match in zip(clues, best, strict=True)),
        )
        for index in order.tolist()
    )


def _clue(
    searcher: Searcher, clue: str, areas: NDArray[np.int64], scope: str | None, region: str | None
) -> tuple[Float64, NDArray[np.int64]]:
    """Return the likelihood of one clue in every area, relative to a false one, and the place that fits best."""
    gazetteer = searcher.gazetteer
    found = searcher.matches(clue, scope=scope, region=region)
    index = np.searchsorted(areas, found.place, side="right") - 1
    inside = (index >= 0) & (found.place < gazetteer.end[areas[np.maximum(index, 0)]])
    index, place = index[inside], found.place[inside]
    weight = np.exp(-found.total[inside].astype(np.float64))
    # P(clue | area) / P(clue): the share of what fits that lies in the area, against the share of all places there.
    unfit = math.exp(-2 * CUTOFFS[0]) * searcher.all_priors
    share = gazetteer.leaves(areas) / float(gazetteer.leaves(areas).sum())
    ratio = np.bincount(index, weight, minlength=areas.size) / share / (float(weight.sum()) + unfit)
    match = np.full(areas.size, -1, np.int64)
    for position in np.argsort(weight, kind="stable"):
        match[index[position]] = place[position]
    return 1.0 - CLUE_RELIABILITY + CLUE_RELIABILITY * ratio, match


def next_questions(gazetteer: Gazetteer, areas: Sequence[Area], *, top: int = 5) -> tuple[Question, ...]:
    """Propose places to read out: those whose recognition tells most about which of the areas is the home.

    A person knows the townships of the home county and, with few exceptions, no township of another; reading out one
    name therefore splits the areas by the posterior that has a township of this name.
    """
    leading = areas[:QUESTION_AREAS]
    if len(leading) < 2:
        return ()
    total = sum(area.posterior for area in leading)
    bearing: dict[str, float] = {}
    example: dict[str, int] = {}
    for area in leading:
        names: dict[str, int] = {}
        for gid in range(area.gid, int(gazetteer.end[area.gid])):
            if gazetteer.level[gid] == TOWNSHIP or gazetteer.level[area.gid] == TOWNSHIP:
                names.setdefault(str(gazetteer.places.column("core")[gid]), gid)
        for name, gid in names.items():
            bearing[name] = bearing.get(name, 0.0) + area.posterior / total
            example.setdefault(name, gid)
    questions = [Question(example[name], _bits(share)) for name, share in bearing.items()]
    questions.sort(key=lambda item: (-round(item.bits, 9), item.gid))
    return tuple(_spread(gazetteer, questions, top))


def _spread(gazetteer: Gazetteer, questions: Sequence[Question], top: int) -> list[Question]:
    """Take the best question of each area first: two names of one county tell the same."""
    chosen: list[Question] = []
    seen: set[int] = set()
    for question in questions:
        parent = int(gazetteer.parent[question.gid])
        if parent not in seen:
            seen.add(parent)
            chosen.append(question)
        if len(chosen) == top:
            break
    return chosen


def _bits(share: float) -> float:
    """Return the entropy of a yes-or-no answer that is yes with this probability.

    >>> _bits(0.5), _bits(1.0)
    (1.0, 0.0)
    """
    if not 0.0 < share < 1.0:
        return 0.0
    return -(share * math.log2(share) + (1.0 - share) * math.log2(1.0 - share))


def interview_words(gazetteer: Gazetteer, questions: Sequence[Question]) -> tuple[str, ...]:
    """Put the questions into words that an interviewer can say."""
    words: list[str] = []
    for question in questions:
        parent = gazetteer.name(int(gazetteer.parent[question.gid]))
        words.append(f"您家附近有没有“{gazetteer.name(question.gid)}”?(在{parent},预期信息{question.bits:.2f}比特)")
    return tuple(words)
