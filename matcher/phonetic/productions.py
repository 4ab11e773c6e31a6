"""How a true name becomes the form that stands in a record: the ways, their probabilities, and what each way aligns.

A true name is a surname and a given name of one to three characters. Each production says which observed tokens stand
for the surname and which for each given character. All productions of one true name are alternatives of one
distribution, so that they share one denominator P(observed) - without it a rare parse outranks an exact name.

Rates are shares of name fields; they are judgements of practice, not measurements (METHOD.md, "Assumptions").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.phonetic.emission import ANY, Token

Key = tuple[int, ...]
"""Positions of the tokens that stand for the surname; empty = the surname is not said."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """One way to read a row of tokens as a given name of a certain length.

    Parameters
    ----------
    share : float
        Probability of this way, inserted tokens included.
    given : tuple of (int or None)
        Token that stands for each given character; None = not said.
    """

    share: float
    given: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the ways in which a name is given."""

    surname_first: float = 0.870
    surname_last: float = 0.010
    surname_missing: float = 0.120
    compound_cut: float = 0.12
    given_swapped: float = 0.012
    given_one_of_two: float = 0.120
    given_last_share: float = 0.50
    given_inserted: float = 0.100
    given_missing: float = 0.010
    doubled: float = 0.006
    affixed: float = 0.020
    nickname_alone: float = 0.250
    """Nicknames among names told without a surname, doubled and affixed ones as elsewhere."""

    @property
    def more_alone(self) -> float:
        """Return how much oftener a nickname is told where no surname is."""
        return self.nickname_alone / (self.doubled + self.affixed)


RATES = Rates()

# Shares of the commonest nickname affixes; the rest go unnamed.
PREFIXES = {"小": 0.45, "阿": 0.20, "老": 0.15, "大": 0.10, "二": 0.02, "三": 0.02}
SUFFIXES = {"娃": 0.12, "儿": 0.12, "子": 0.15, "妹": 0.10, "仔": 0.08, "伢": 0.05, "毛": 0.03, "哥": 0.05, "姐": 0.05,
            "嫂": 0.03, "崽": 0.03, "妮": 0.03, "头": 0.03, "宝": 0.03, "蛋": 0.02, "丫": 0.03}  # fmt: skip

AFFIXES = (*PREFIXES, *SUFFIXES)

AFFIXED_BY_PREFIX = 0.5
"""Share of prefixes among affixes of a given name told alone; the others are suffixes."""


@dataclass(frozen=True, slots=True)
class Said:
    """A row of tokens, and what each may be other than a part of the name.

    Parameters
    ----------
    tokens : tuple of Token
        The observed name.
    noise : tuple of float
        P(token | nothing was meant by it), for inserted tokens.
    prefix, suffix : tuple of float
        P(token | some affix of nicknames), by the shares of affixes.
    """

    tokens: tuple[Token, ...]
    noise: tuple[float, ...]
    prefix: tuple[float, ...]
    suffix: tuple[float, ...]


def affixed_alone(*, doubled: bool = False) -> float:
    """Return P(a nickname with a prefix, and likewise a suffix | no surname is told); or else of a doubled one."""
    return RATES.more_alone * (RATES.doubled if doubled else RATES.affixed * AFFIXED_BY_PREFIX)


def usual(*, alone: bool) -> float:
    """Return P(the given name is said as it is)."""
    changed = RATES.given_swapped + RATES.given_one_of_two + RATES.given_inserted + RATES.given_missing
    return 1.0 - changed - (RATES.nickname_alone if alone else RATES.doubled + RATES.affixed)


def surname_keys(count: int) -> tuple[Key, ...]:
    """List the tokens that may stand for the surname in a row of `count`."""
    keys: list[Key] = [()]
    if count:
        keys.append((0,))
    if count > 1:
        keys += [(count - 1,), (0, 1)]
    if count > 2:
        keys.append((count - 2, count - 1))
    return tuple(dict.fromkeys(keys))


def key_share(key: Key, count: int, *, compound: bool) -> float:
    """Return P(these tokens stand for the surname | surname of one or two characters)."""
    if not key:
        return RATES.surname_missing
    place = RATES.surname_first if key[0] == 0 else RATES.surname_last
    if key == (0,) and count == 1:
        place = RATES.surname_first + RATES.surname_last
    if compound:
        return place * (RATES.compound_cut if len(key) == 1 else 1.0 - RATES.compound_cut)
    return place if len(key) == 1 else 0.0


def alignments(said: Said, key: Key, length: int) -> Iterator[Alignment]:
    """Enumerate the ways in which the tokens outside `key` stand for a given name of `length` characters.

    Parameters
    ----------
    said : Said
        The observed name.
    key : tuple of int
        Tokens taken by the surname.
    length : int
        1, 2 or 3.
    """
    tokens = said.tokens
    rest = tuple(index for index in range(len(tokens)) if index not in key)
    yield from _plain(rest, length, said.noise, usual(alone=not key))
    yield from _affixed(said, rest, length)
    if len(rest) == 2 and tokens[rest[0]] == tokens[rest[1]] and tokens[rest[0]].character != ANY:
        doubled = RATES.doubled if key else affixed_alone(doubled=True)
        yield from (Alignment(doubled * share, given) for share, given in stems(rest[0], length))


def _plain(rest: tuple[int, ...], length: int, noise: tuple[float, ...], as_it_is: float) -> Iterator[Alignment]:
    spare = len(rest) - length
    if not rest:
        yield Alignment(RATES.given_missing, (None,) * length)
    elif spare == 0:
        yield Alignment(as_it_is, rest)
        if length == 2:
            yield Alignment(RATES.given_swapped, rest[::-1])
    elif spare == 1 and length <= 2:
        for position, extra in enumerate(rest):
            kept = rest[:position] + rest[position + 1 :]
            yield Alignment(RATES.given_inserted / len(rest) * noise[extra], kept)
    elif spare == -1 and length == 2:
        yield from (Alignment(RATES.given_one_of_two * share, given) for share, given in stems(rest[0], length))
    elif spare == -1 and length == 3:
        for position in range(3):
            yield Alignment(RATES.given_one_of_two / 3.0, (*rest[:position], None, *rest[position:]))


def _affixed(said: Said, rest: tuple[int, ...], length: int) -> Iterator[Alignment]:
    """Nicknames: 小X, 阿X, X娃, with one given character, or with the surname alone (老王)."""
    if not rest:
        return
    prefix, suffix = said.prefix[rest[0]], said.suffix[rest[-1]]
    if len(rest) == 1:
        # 老王: here the prefix, not a habit of turning names round, puts the surname last.
        share = RATES.affixed * 0.4 * (prefix / RATES.surname_last if rest[0] == 0 else suffix)
        if share:
            yield Alignment(share, (None,) * length)
    elif len(rest) == 2:
        habit = affixed_alone() if len(said.tokens) == 2 else RATES.affixed * 0.6
        for share, stem in ((prefix, rest[1]), (suffix, rest[0])):
            if share:
                yield from (Alignment(habit * share * p, given) for p, given in stems(stem, length))


def stems(token: int, length: int) -> Iterator[tuple[float, tuple[int | None, ...]]]:
    """Let one token stand for one character of the given name, more often for the last."""
    if length == 1:
        yield 1.0, (token,)
        return
    others = (1.0 - RATES.given_last_share) / (length - 1)
    for position in range(length):
        given = tuple(token if index == position else None for index in range(length))
        yield (RATES.given_last_share if position == length - 1 else others), given
