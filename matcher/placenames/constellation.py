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
from matcher.phonetic.normalise import is_han
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.nameparts import COUNTY, TOWNSHIP
from matcher.placenames.priors import prior_cost
from matcher.placenames.search import Found, Searcher
from matcher.placenames.spans import SYLLABLE_NATS

Float64 = NDArray[np.float64]

CLUE_RELIABILITY = 0.9
"""Share of clues that are about the home area; the rest are false memories or places in no list (see channel)."""
MENTIONED = (0.0, 0.005, 0.005, 0.02, 0.17, 0.8)
"""Share of remembered names that are a province's, prefecture's, county's, township's and village's. A judgement: asked
what was nearby, people name small places; within a level every place of the home area is as likely to be named."""
QUESTION_AREAS = 8
"""Areas between which the next question should decide."""
QUESTIONS = 5
"""Places that are proposed to be read out."""
UNLISTED = 0.10
"""Share of names that are in no list, as in the channel."""


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
    clues = tuple(dict.fromkeys(clues))  # said twice, a name tells no more than said once
    areas, posterior, best = area_posterior(searcher, clues, level=level, scope=scope, region=region)
    order = np.lexsort((areas, -posterior))[:top]
    return tuple(
        Area(
            int(areas[index]),
            float(posterior[index]),
            tuple((clue, int(match[index])) for clue, match in zip(clues, best, strict=True)),
        )
        for index in order.tolist()
    )


def area_posterior(
    searcher: Searcher, clues: Sequence[str], *, level: int, scope: str | None = None, region: str | None = None
) -> tuple[NDArray[np.int64], Float64, list[NDArray[np.int64]]]:
    """Return all areas (A,), the posterior of each (A,), and for each clue the place that fits best in each (A,).

    Parameters and errors as for `constellation`.
    """
    if level not in (COUNTY, TOWNSHIP):
        raise UsageError(f"level {level} is no level of areas", remedy="use 3 (counties) or 4 (townships)")
    if not clues:
        raise UsageError("no clue was given", remedy="matcher places constellation 五里台 朱家湾 千丘")
    gazetteer = searcher.gazetteer
    areas = _areas(gazetteer, level, scope)
    log_posterior = np.log(gazetteer.leaves(areas).astype(np.float64))
    if region:
        log_posterior -= searcher.homelands.cost(region, areas.astype(np.int32))
    counts = _counts(gazetteer, areas)
    best: list[NDArray[np.int64]] = []
    for clue in clues:
        found = searcher.matches(clue, scope=scope, region=region, homeland=False)
        ratio, match = _clue(gazetteer, clue, found, areas, counts)
        log_posterior += np.log1p(CLUE_RELIABILITY * (ratio - 1.0))
        best.append(match)
    posterior = np.exp(log_posterior - log_posterior.max())
    return areas, posterior / posterior.sum(), best


def _areas(gazetteer: Gazetteer, level: int, scope: str | None) -> NDArray[np.int64]:
    """List the areas of a level within the scope, ascending."""
    ranges = gazetteer.region(scope) if scope else ((0, gazetteer.current),)
    areas = np.concatenate([np.flatnonzero(gazetteer.level[low:high] == level) + low for low, high in ranges])
    if not areas.size:
        raise UsageError(f"scope '{scope}' holds no area of level {level}", remedy="choose a wider scope")
    return np.unique(areas)


def _clue(
    gazetteer: Gazetteer, clue: str, found: Found, areas: NDArray[np.int64], counts: tuple[Float64, Float64]
) -> tuple[Float64, NDArray[np.int64]]:
    """Return P(clue | home in the area) / P(clue) of every area, and the place in or above it that fits best."""
    heard = np.exp((prior_cost(gazetteer, found.place, found.via) - found.total).astype(np.float64))
    order = np.argsort(heard, kind="stable")
    place, heard = found.place[order], heard[order]
    owner = np.searchsorted(areas, place, side="right") - 1
    inside = (owner >= 0) & (place < gazetteer.end[areas[np.maximum(owner, 0)]])
    level = gazetteer.level[place]
    named = heard * np.asarray(MENTIONED)[level]
    within, everywhere = counts
    share = named[inside] / within[level[inside], owner[inside]]
    likelihood = np.bincount(owner[inside], share, minlength=areas.size)
    match = np.full(areas.size, -1, np.int64)
    match[owner[inside]] = place[inside]
    for index in np.flatnonzero(~inside).tolist():
        span = slice(*np.searchsorted(areas, [place[index], gazetteer.end[place[index]]]))
        likelihood[span] += named[index]
        match[span] = np.where(match[span] < 0, place[index], match[span])
    unlisted = UNLISTED * math.exp(-SYLLABLE_NATS * sum(map(is_han, clue)))
    return likelihood / (float((named / everywhere[level]).sum()) + unlisted), match


def _counts(gazetteer: Gazetteer, areas: NDArray[np.int64]) -> tuple[Float64, Float64]:
    """Count the places of each level in every area, those above it as one, shape (6, A), and in the whole list."""
    level = gazetteer.level[: gazetteer.current]
    before = np.stack([np.concatenate([[0], np.cumsum(level == number)]) for number in range(6)])
    within = before[:, gazetteer.end[areas]] - before[:, areas]
    return np.maximum(within, 1).astype(np.float64), np.maximum(before[:, -1], 1).astype(np.float64)


def next_questions(gazetteer: Gazetteer, areas: Sequence[Area]) -> tuple[Question, ...]:
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
    return tuple(_spread(gazetteer, questions))


def _spread(gazetteer: Gazetteer, questions: Sequence[Question]) -> list[Question]:
    """Take the best question of each area first: two names of one county tell the same."""
    chosen: list[Question] = []
    seen: set[int] = set()
    for question in questions:
        parent = int(gazetteer.parent[question.gid])
        if parent not in seen:
            seen.add(parent)
            chosen.append(question)
        if len(chosen) == QUESTIONS:
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
