"""The comparison of what two records tell of a home, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from matcher.llr import Language
from matcher.phonetic.regions import region_name
from matcher.placenames.answers import agreement, former_words
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.homes import ToldHomes
from matcher.placenames.resolve import Resolution, Resolver
from matcher.placenames.told import CREDENCE_STEPS, Entry

_BLOCK = 256
"""Meanings compared at a time, each with up to a thousand."""


def sentences(
    homes: ToldHomes, told: Sequence[Entry], recorded: Sequence[Entry], language: Language
) -> tuple[str, ...]:
    """Word the pair of statements that agrees best, what the accent adds, and count those that contradict."""
    pairs = [(homes.likelihood_ratio(one, other), one, other) for one in told for other in recorded]
    best, one, other = max(pairs, key=lambda pair: pair[0])
    words: list[str] = []
    if one.text and other.text:
        compare = _common_ground if best > 1.0 else _disagreement
        words.append(compare(homes.resolver, one, other, language))
    words += _accent_words(homes, (one, other), language)
    against = sum(1 for ratio, _, _ in pairs if ratio < 1.0)
    if best > 1.0 and against:
        words.append(
            f"另有{against}对地点说法互不相合" if language == "zh" else f"{against} other pairs of statements disagree"
        )
    return tuple(words)


def _accent_words(homes: ToldHomes, pair: tuple[Entry, Entry], language: Language) -> list[str]:
    """Say whether the accent of each fits the place that the other told, or else the other's accent."""
    gazetteer = homes.resolver.gazetteer
    words: list[str] = []
    for one, other in (pair, pair[::-1]):
        if not one.accent or not (other.text or other.accent) or (words and not other.text):
            continue
        heard = Entry("accent", CREDENCE_STEPS, one.accent, None, "")
        against = other._replace(accent="") if other.text else other
        agrees = homes.likelihood_ratio(heard, against) > 1.0
        name = _accent_name(gazetteer, one.accent, language)
        place = other.text or _accent_name(gazetteer, other.accent, language)
        if language == "zh":
            words.append(f"口音“{name}”与“{place}”{'相合' if agrees else '不合'}")
        else:
            words.append(f"accent '{name}' and '{place}' {'agree' if agrees else 'disagree'}")
    return words


def _accent_name(gazetteer: Gazetteer, key: str, language: Language) -> str:
    names: list[str] = []
    for single in key.split("+"):
        region, code = single.split("@")
        named = [gazetteer.name(low) for low, _ in gazetteer.region(code)] if code else []
        names += named or [region_name(region, language)]
    return "/".join(names)


def _common_ground(resolver: Resolver, one: Entry, other: Entry, language: Language) -> str:
    """Name the place that both statements may mean and how each agrees with its name."""
    gazetteer = resolver.gazetteer
    inner, via = _deepest_common(gazetteer, resolver.resolve(one.text), resolver.resolve(other.text))
    path = "".join(gazetteer.path(inner)) if inner >= 0 else "—"
    kind = agreement(one.text, other.text, language) if one.text != other.text else ""
    former = f";{former_words(gazetteer, via, language)}" if via not in (inner, -1) and gazetteer.how(via) else ""
    beside = f"({kind})" if kind else ""
    if "lost" in (one.role, other.role):
        nearby = "在走失地附近" if language == "zh" else "near where the person got lost"
        return (
            f"“{one.text}”与“{other.text}”:{nearby}" if language == "zh" else f"'{one.text}', '{other.text}': {nearby}"
        )
    if language == "zh":
        return f"自述“{one.text}”与记录“{other.text}”可同指{path}{beside}{former}"
    return f"told '{one.text}' and recorded '{other.text}' can both mean {path}{f' {beside}' if beside else ''}{former}"


def _deepest_common(gazetteer: Gazetteer, first: Resolution, second: Resolution) -> tuple[int, int]:
    """Return the place that both most likely mean, the smaller of the two, and the row that bears its first name."""
    inner, via, best = -1, -1, -math.inf
    for low in range(0, first.nodes.size, _BLOCK):
        places = first.nodes[low : low + _BLOCK, None]
        inside = (second.nodes >= places) & (second.nodes < gazetteer.end[places])
        around = (second.nodes < places) & (gazetteer.end[second.nodes] > places)
        joint = first.weights[low : low + _BLOCK] * np.where(inside | around, second.weights, 0.0).sum(axis=1)
        at = int(joint.argmax())
        if joint[at] > best:
            within = np.flatnonzero(inside[at])
            inner = int(second.nodes[within[second.weights[within].argmax()]] if within.size else places[at, 0])
            via, best = int(first.via[low + at]), float(joint[at])
    return inner, via


def _disagreement(resolver: Resolver, one: Entry, other: Entry, language: Language) -> str:
    nothing = [item.text for item in (one, other) if resolver.resolve(item.text).unlisted > 0.5]
    if nothing:
        listed = "、".join(nothing)
        return f"“{listed}”不在地名库中:未知" if language == "zh" else f"'{listed}' is in no list: unknown"
    if language == "zh":
        return f"自述“{one.text}”与记录“{other.text}”不在一处"
    return f"told '{one.text}' and recorded '{other.text}' are different places"
