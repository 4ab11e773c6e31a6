"""Read what somebody said about a place: fillers away, levels apart, forgotten characters marked, all cuts kept.

A query is cut into segments, one per level named. Where the cut is not certain all cuts are kept with a penalty in
nats, and the search takes the best.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

from matcher.errors import UsageError
from matcher.phonetic.normalise import UNKNOWN_CHARACTER, is_han, normalise
from matcher.phonetic.syllables import Spelling, segment_pinyin, text_of
from matcher.placenames.costs import Letter, spelled
from matcher.placenames.cutting import MAX_CUTS, TEAM, Segment, cut_piece
from matcher.placenames.generic_words import data_rows, generic_words
from matcher.placenames.nameparts import ETHNIC_GROUPS
from matcher.placenames.names import folded

MAX_ELEMENTS = 30
"""Longer queries are cut: chains of five listed names have up to 36 characters, told ones rarely half as many."""

_WILD = re.compile("什么什么|什么|啥|某某|某|(?<![a-z])x(?![a-z])|[?*□]|(?:几)(?=[村庄屯])")
_LEAD = re.compile(
    "^(?:中华人民共和国|中国(?=..)|(?:老家|俺家|我家|他家|她家|家里|家)(?:就|以前|原来)?(?:住在|住|是在|是|在)|小时候(?:就)?(?:住在|住|在|是)|"
    "(?:我|他|她|就|只)*记得(?:是|叫|在|住在|有个)?|听着?像是?|听起来像是?|(?:他|她|老人)说(?:是|在|叫)?|好像(?:是|叫|在)?|"
    "(?:大概|可能|应该|似乎|估计)(?:是|在|叫)?|(?:我|他|她)?(?:是|来自|住在|从)(?=.{3})|有个|嗯+|那个|叫做)+"
)
_TAIL = re.compile("(?:(?:来着|来的|嘞|吧|呢|啊|哦|呀|嘛|了|的|人|左右|里头)+)$")
_APART = re.compile(
    "(?:那边儿?|那块儿?|那里|那儿|那一带|这边|一带|附近|旁边|隔壁|下面|底下|里面|那个|这个|好像是|好像|大概是|应该是|(?<=.)来着)的?|"
    "[,，、;；/。.:：|()（）~\\-]+"
)
_SPACE = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
_OF = "的"

_PENALTY_OF_KEPT = 1.5
_PENALTY_UNLISTED = 2.3
"""One name in ten is in no list (e^-2.3)."""
_SOUND = "\ue000"
"""Stands for a syllable in Latin letters in the text that markers are looked for in."""


@cache
def _abbreviations() -> dict[str, str]:
    return {row["abbreviation"]: row["province"] for row in data_rows("province_abbreviations.csv")}


class Cut(NamedTuple):
    """One way to cut a query: surroundings, the place itself, and the penalty in nats."""

    around: tuple[Segment, ...]
    own: Segment
    penalty: float


class Query(NamedTuple):
    """A query ready for the search.

    Parameters
    ----------
    text : str
        What was understood: normalised, without fillers.
    letters : tuple of Letter
        Its elements.
    cuts : tuple of Cut
        Ways to cut it, likelier ones first.
    """

    text: str
    letters: tuple[Letter, ...]
    cuts: tuple[Cut, ...]


def parse(text: str, known: Callable[[str], bool]) -> tuple[Query, ...]:
    """Parse a query; several results only where Latin letters can be read as different syllables.

    Parameters
    ----------
    text : str
        As said or typed.
    known : callable
        Tells whether a string is the core name of a province, prefecture or county, current or former.

    Raises
    ------
    UsageError
        When nothing is left that could be a place name.
    """
    plain = _without_fillers(text)
    queries: list[Query] = []
    for split_of in (True, False):
        if not split_of and _OF not in plain:
            break
        readings = [_elements(piece) for piece in _pieces(plain, split_of=split_of)]
        penalty = 0.0 if split_of else _PENALTY_OF_KEPT
        for ways in list(product(*readings))[:4]:
            pieces = [way for way in ways if way[0]]
            if pieces:
                queries.append(_query(pieces, known, penalty))
    if not queries:
        raise UsageError(
            f"query '{text[:40]}' holds no place name",
            remedy="give Chinese characters or pinyin, such as 五里台, 河北 五里台村 or wulitai",
        )
    return tuple(queries)


def _without_fillers(text: str) -> str:
    # Spaces between names part them; normalisation drops spaces between Han characters, so they become commas first.
    parted = _SPACE.sub("，", text.strip())
    plain = _LEAD.sub("", normalise(_WILD.sub(UNKNOWN_CHARACTER, normalise(parted))))
    return ETHNIC_GROUPS.sub("", plain)


def _pieces(plain: str, *, split_of: bool) -> list[str]:
    """Return what stands between fillers and punctuation; a province given by one character is written out."""
    separators = re.compile(f"{_APART.pattern}|(?<=.){_OF}") if split_of else _APART
    pieces = [_LEAD.sub("", _TAIL.sub("", raw)) for raw in separators.split(plain) if raw]
    # 五里台村 12队: a team of its own says nothing of where the village is.
    pieces = [piece for piece in pieces if piece and not TEAM.fullmatch(piece)] or [piece for piece in pieces if piece]
    if len(pieces) > 1:
        pieces = [_abbreviations().get(piece, piece) for piece in pieces]
    return pieces


_Elements = tuple[str, tuple[Letter, ...]]


def _elements(piece: str) -> list[_Elements]:
    """Turn a piece into elements: one per Han character, wildcard or Latin syllable; several ways for Latin letters."""
    ways: list[_Elements] = [("", ())]
    for run in re.findall(r"[a-zà-ǜü':][a-zà-ǜü': 1-5]*|[^a-zà-ǜü']", piece):
        if len(run) == 1 and (is_han(run) or run == UNKNOWN_CHARACTER):
            options: list[_Elements] = [(run, (Letter(run),))]
        elif run.isdigit():
            numeral = folded(run)
            options = [(numeral, (Letter(numeral),))] if numeral else [("", ())]
        else:
            options = [_pinyin(way) for way in segment_pinyin(run)[:3]] or [("", ())]
        ways = [(text + more, letters + others) for text, letters in ways for more, others in options][:4]
    return [(text[:MAX_ELEMENTS], letters[:MAX_ELEMENTS]) for text, letters in ways]


def _pinyin(way: Sequence[Spelling]) -> _Elements:
    letters = spelled(way)
    syllables = tuple(text_of(letter.syllable) for letter in letters)
    endings = [item for item in generic_words() if item.pinyin and syllables[-len(item.pinyin) :] == item.pinyin]
    generic = max(endings, key=lambda item: len(item.pinyin), default=None)
    if generic and len(syllables) > len(generic.pinyin):
        return _SOUND * (len(syllables) - len(generic.pinyin)) + generic.word, letters
    return _SOUND * len(syllables), letters


def _query(pieces: list[_Elements], known: Callable[[str], bool], base_penalty: float) -> Query:
    letters: list[Letter] = []
    ways: list[list[tuple[tuple[Segment, ...], float]]] = []
    for text, elements in pieces:
        shift = len(letters)
        letters += elements
        cuts = cut_piece(text, known)
        ways.append(
            [(tuple(s._replace(start=s.start + shift, stop=s.stop + shift) for s in cut), p) for cut, p in cuts]
        )
    found: list[Cut] = []
    for combination in product(*ways):
        penalty = base_penalty + sum(item[1] for item in combination)
        chains = [item[0] for item in combination]
        for index, chain in enumerate(chains):
            if not chain:
                continue
            others = tuple(segment for other, c in enumerate(chains) for segment in (c[:-1] if other == index else c))
            found.append(Cut(others, chain[-1], penalty))
    found.sort(key=lambda cut: cut.penalty)
    text = " ".join(text.replace(_SOUND, "~") for text, _ in pieces)
    # The innermost name may be in no list; then the place around it is what can be answered.
    unlisted = [Cut((*cut.around[:-1], cut.own), cut.around[-1], cut.penalty + _PENALTY_UNLISTED)
                for cut in found[:2] if cut.around]  # fmt: skip
    return Query(text, tuple(letters), tuple(found[:MAX_CUTS] + unlisted))
