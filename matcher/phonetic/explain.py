"""Why two names agree or not, in words: which production, which characters by which kind of likeness, which accent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.llr import Language
from matcher.phonetic.confusion import SPEECH_REGIONS, confusion
from matcher.phonetic.emission import ANY, Token
from matcher.phonetic.factors import surnames_by_branch
from matcher.phonetic.name_query import LENGTHS, NameQuery, token_table
from matcher.phonetic.name_table import TrueName, table_of_one
from matcher.phonetic.productions import Key
from matcher.phonetic.readings import readings
from matcher.phonetic.regions import CHILD, STANDARD, region_name
from matcher.phonetic.similar import similar_characters
from matcher.phonetic.slots import SOUND_MARK
from matcher.phonetic.spellings import hong_kong
from matcher.phonetic.syllables import code_of, text_of

Likeness = Literal["same", "variant", "sound_tone", "sound", "accent", "near", "shape", "unlike", "unknown", "not_said"]

_WORDS: dict[Likeness, tuple[str, str]] = {
    "same": ("同字", "same character"),
    "variant": ("异体或通用字", "variant of the same character"),
    "sound_tone": ("同音同调", "same sound and tone"),
    "sound": ("同音不同调", "same sound, other tone"),
    "accent": ("{region}口音中易混", "merged in the accent of {region}"),
    "near": ("音近", "similar sound"),
    "shape": ("形近", "look alike"),
    "unlike": ("音形均不相近", "neither sound nor look alike"),
    "unknown": ("缺字", "character not known"),
    "not_said": ("未说", "not said"),
}

SPELLING_MARK = "@"
"""First sign of an observed element that is spelt in Cantonese."""

_ACCENT_GAIN = 4.0
_NEAR = 0.004


@dataclass(frozen=True, slots=True)
class Pairing:
    """The most probable way in which one name became the other.

    Parameters
    ----------
    log10_lr : float
        Of the whole name, all ways together, before credence and bounds.
    region : str
        Most probable speech region, one of `SPEECH_REGIONS`.
    region_share : float
        Its posterior probability.
    surname, given : tuple of (str, str, Likeness)
        (observed, true, likeness) per element of the true name; observed is empty when it was not said.
    swapped : bool
        The given characters, or surname and given name, stand in the other order.
    """

    log10_lr: float
    region: str
    region_share: float
    surname: tuple[tuple[str, str, Likeness], ...]
    given: tuple[tuple[str, str, Likeness], ...]
    swapped: bool


def pair(query: NameQuery, name: TrueName) -> Pairing:
    """Find the most probable way from a true name to the observed one."""
    table = table_of_one(name)
    lengths = int((table.givens[1:] >= 0).sum()) if name.given else 0
    regions = np.zeros(len(SPEECH_REGIONS))
    best: tuple[float, Key, tuple[int | None, ...], int] = (-1.0, (), (), 0)
    surnames = surnames_by_branch(query, table)[:, int(table.surname_of[0])]
    tokens = query.tokens if lengths else ()
    spoken = {token: token_table(query, token, table.given_slot)[table.givens[1]] for token in tokens}
    for number, branch in enumerate(query.branches):
        surname = surnames[number]
        if not lengths:
            joint = surname * branch.given_mean
            regions += joint
            best = max(best, (float(joint.sum()), branch.key, (), number))
            continue
        for way in branch.by_length[lengths] if lengths in LENGTHS else ():
            joint = surname * way.share
            for position, token in enumerate(way.given):
                if token is not None:
                    joint = joint * spoken[branch.form.tokens[token]][position]
            regions += joint
            best = max(best, (float(joint.sum()), branch.key, way.given, number), key=lambda item: item[0])
    return _pairing(query, name, best, regions)


def pairing_words(pairing: Pairing, language: Language) -> str:
    """Say a pairing in one sentence."""
    index = 0 if language == "zh" else 1
    region = region_name(pairing.region, language)
    spelled = []
    for observed, true, likeness in (*pairing.surname, *pairing.given):
        label = true if observed in ("", true) else f"{observed}/{true}"
        spelled.append(f"{_readable(label)}: {_WORDS[likeness][index].format(region=region)}")
    if pairing.swapped:
        spelled.append("字序颠倒" if language == "zh" else "order reversed")
    return ("；" if language == "zh" else "; ").join(spelled)


def _pairing(query: NameQuery, name: TrueName, best: tuple[float, Key, tuple[int | None, ...], int],
             regions: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Pairing:  # fmt: skip
    _, key, given, number = best
    tokens = query.branches[number].form.tokens
    observed = [_observed(token) for token in tokens]
    total = float(regions.sum())
    top = int(np.argmax(regions))
    region = SPEECH_REGIONS[top]
    surname = [observed[key[i]] if i < len(key) else "" for i in range(len(name.surname))]
    spoken = [observed[at] if at is not None else "" for at in given] or [""] * len(name.given)
    order = [at for at in (*key, *given) if at is not None]
    return Pairing(
        log10_lr=float(np.log10(max(total, 1e-300) / query.evidence)),
        region=region,
        region_share=float(regions[top] / total) if total else 0.0,
        surname=tuple((o, t, _likeness(o, t, region)) for o, t in zip(surname, name.surname, strict=True)),
        given=tuple((o, t, _likeness(o, t, region)) for o, t in zip(spoken, name.given, strict=True)),
        swapped=order != sorted(order),
    )


def _observed(token: Token) -> str:
    if token.cantonese:
        return SPELLING_MARK + token.cantonese
    return token.character or SOUND_MARK + text_of(token.sounds[0][0]).replace("ü", "v")


def _likeness(observed: str, true: str, region: str) -> Likeness:
    if not observed:
        return "not_said"
    if ANY in (observed, true):
        return "unknown"
    if observed.startswith(SPELLING_MARK):
        return "sound" if any(true == character for character, _ in hong_kong(observed[1:])) else "unlike"
    if observed == true:
        return "same"
    seen = {other: kind for other, kind, _ in similar_characters(observed)}
    if seen.get(true) == "variant":
        return "variant"
    first, second = _sounds(observed), _sounds(true)
    if first & second:
        return "sound_tone"
    if {code for code, _ in first} & {code for code, _ in second}:
        return "sound"
    standard, regional = _chance(first, second, STANDARD), _chance(first, second, region)
    if region not in (STANDARD, CHILD) and regional > max(_NEAR, _ACCENT_GAIN * standard):
        return "accent"
    if true in seen:
        return "shape"
    return "near" if max(standard, regional) > _NEAR else "unlike"


def _sounds(element: str) -> set[tuple[int, int]]:
    if element.startswith(SOUND_MARK):
        return {(code_of(element[1:]), 0)}
    return {(reading.syllable_code, reading.tone) for reading in readings(element)}


def _chance(observed: set[tuple[int, int]], true: set[tuple[int, int]], region: str) -> float:
    matrix = confusion(region)
    return max((float(matrix[b, a]) for a, _ in observed for b, _ in true), default=0.0)


def _readable(label: str) -> str:
    return label.replace(SOUND_MARK, "").replace(SPELLING_MARK, "")
