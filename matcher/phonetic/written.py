"""What a name field says: marks and titles taken off, and the tokens of the name proper.

Every reading of the field is a `Form` with a prior; the name model adds up over them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from matcher.phonetic.emission import ANY, Token
from matcher.phonetic.frequencies import compound_surnames
from matcher.phonetic.normalise import MAX_LENGTH, SEPARATOR, is_han, normalise
from matcher.phonetic.placeholders import is_placeholder, surname_of_partial
from matcher.phonetic.romanise import romanised_forms

MAX_TOKENS = 12
MAX_ALTERNATIVES = 4

_SOUND_MARK = re.compile(r"\((?:音|谐音|同音|音译|近音|读音|发音|音同)\)|(?<=[一-鿿])\s*[谐同]音$")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LABEL = re.compile(
    r"^(?:姓名|名字|自称姓名|自称|自报姓名|自报|疑似姓名|疑似|曾用名|别名|化名|绰号|外号|小名|乳名|又名|名叫|叫做|叫|暂定名|name)\s*[::]?\s*(?=.)"
)
_ALTERNATIVES = re.compile(r"[/、,;|\\]|或者?")
_BLANK = re.compile(r"(?<=[一-鿿_])_(?=$|[_一-鿿])|^_(?=[_一-鿿])")
"""An underscore in place of a character: 王建_."""

_TRAILING = re.compile(r"(?:[0-9]+|号)$")


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of a name field.

    Parameters
    ----------
    prior : float
        Probability of this reading given that the field has this outward form; priors of a field sum to at most 1.
    tokens : tuple of Token
        Elements of the name, in the order written.
    surname_only : bool
        The tokens are a surname, and the given name was withheld or replaced by a title.
    alternative : int
        Which of several names in one field this is a reading of (王江/汪江).
    """

    prior: float
    tokens: tuple[Token, ...]
    surname_only: bool = False
    alternative: int = 0


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name field understood.

    Parameters
    ----------
    canonical : str
        Normalised text without marks, labels and titles; equal names have equal canonical text.
    sound_only : bool
        Marked (音), or written in Latin letters: the characters are not known.
    forms : tuple of Form
        Its readings; empty = no evidence (placeholder, or nothing that can be a name).
    """

    canonical: str
    sound_only: bool
    forms: tuple[Form, ...]


NO_NAME = WrittenName("", sound_only=False, forms=())
"""A field without evidence."""


@lru_cache(maxsize=65536)
def understand(text: str, *, sound_only: bool = False) -> WrittenName:
    """Read a name field; never raises.

    Parameters
    ----------
    text : str
        As written.
    sound_only : bool
        The record says elsewhere that only the sound is known.

    >>> [token.character for token in understand("姓名:王山江（音）").forms[0].tokens]
    ['王', '山', '江']
    >>> understand("王山江(音)").sound_only, understand("无名氏").forms
    (True, ())
    """
    plain = normalise(_BLANK.sub(ANY, text[:MAX_LENGTH].strip()))
    sound_only = sound_only or _SOUND_MARK.search(plain) is not None
    plain = _SOUND_MARK.sub("", plain)
    if is_placeholder(plain):
        return NO_NAME
    name = _core(plain)
    if is_placeholder(name):
        return NO_NAME
    if not any(is_han(character) for character in name):
        forms = tuple(Form(prior, tokens) for prior, tokens in romanised_forms(name))
        return WrittenName(name, sound_only=True, forms=forms)
    return WrittenName(name, sound_only=sound_only, forms=_han_forms(name))


def han_tokens(name: str) -> tuple[Token, ...]:
    """Return one token per Han character or wildcard of a name, anything else left out."""
    kept = (ANY if character == ANY else character for character in name if is_han(character) or character == ANY)
    return tuple(Token(character) for character in kept)


def _core(plain: str) -> str:
    """Take off labels, brackets and trailing numbers."""
    name = _LABEL.sub("", plain, count=1)
    outside = _BRACKETS.sub("", name).replace("(", "").replace(")", "")
    inside = _BRACKETS.findall(name)
    if not outside.strip() and inside:
        outside = inside[0]
    return _TRAILING.sub("", outside).strip(" -,;:" + SEPARATOR)


def _han_forms(name: str) -> tuple[Form, ...]:
    """Read a name in Han characters; of several alternatives in one field each is as likely as the others."""
    alternatives = [part.strip() for part in _ALTERNATIVES.split(name) if part.strip()]
    if len(alternatives) > 1:
        readings = [_single_forms(part) for part in alternatives[:MAX_ALTERNATIVES] if not is_placeholder(part)]
        share = 1.0 / max(1, len(readings))
        return tuple(
            replace(form, prior=form.prior * share, alternative=number)
            for number, forms in enumerate(readings)
            for form in forms
        )
    return _single_forms(name)


def _single_forms(name: str) -> tuple[Form, ...]:
    partial = surname_of_partial(name)
    if partial:
        return _partial_forms(name, partial)
    stem = _without_title(name)
    if stem:
        return (Form(1.0, han_tokens(stem), surname_only=len(stem) == 1 or stem in compound_surnames()),)
    nickname = re.fullmatch(r"老([一-鿿])头子?|小([一-鿿])子", name)
    if nickname:
        tokens = han_tokens(nickname[1] or nickname[2])
        return (Form(0.7, tokens, surname_only=True), Form(0.3, tokens))
    tokens = han_tokens(re.sub("某", ANY, name))[:MAX_TOKENS]
    return (Form(1.0, tokens),) if tokens and any(token.character != ANY for token in tokens) else ()


def _partial_forms(name: str, surname: str) -> tuple[Form, ...]:
    married = re.fullmatch(r"([一-鿿])([一-鿿])氏", name)
    if married and surname not in compound_surnames():
        # 王李氏: born 李, married into 王; registers keep either.
        return (
            Form(0.6, han_tokens(married[2]), surname_only=True),
            Form(0.4, han_tokens(married[1]), surname_only=True),
        )
    if len(surname) == 2 and surname not in compound_surnames():
        # 王建某: the generation character is known.
        return (Form(1.0, (*han_tokens(surname), Token(ANY))),)
    return (Form(1.0, han_tokens(surname), surname_only=True),)


@cache
def titles() -> tuple[str, ...]:
    """List words of address and kinship, longest first."""
    return tuple(files("matcher.phonetic").joinpath("data/titles.txt").read_text("utf-8").split())


def _without_title(name: str) -> str:
    """Return what stands before a title or a word of kinship; empty when there is none."""
    for title in titles():
        if name.endswith(title) and len(name) > len(title):
            stem = name[: -len(title)]
            stem = re.sub(r"^老(?=[一-鿿]$)", "", stem)
            # One character of title after two of name may as well be a given name: 王小姨 and 王总 but not 刘建姑.
            if len(title) == 1 and len(stem) != 1:
                return ""
            return stem
    return ""
