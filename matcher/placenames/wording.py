"""The comparison of what two records tell of a home, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from matcher.llr import Language
from matcher.phonetic.regions import region_name
from matcher.placenames.accents import AccentMap
from matcher.placenames.answers import agreement, former_words
from matcher.placenames.gazetteer import Gazetteer
from matcher.placenames.overlap import Statement, density_of, likelihood_ratio
from matcher.placenames.resolve import NOTHING, Resolver
from matcher.placenames.told import Entry

Told = Sequence[tuple[Entry, Statement]]


def sentences(
    resolver: Resolver, accents: AccentMap, told: Told, recorded: Told, language: Language
) -> tuple[str, ...]:
    """Word the pair of statements that agrees best, what the accent adds, and count those that contradict."""
    gazetteer = resolver.gazetteer
    pairs: list[tuple[float, tuple[Entry, Statement], tuple[Entry, Statement]]] = []
    for one in told:
        density = density_of(gazetteer, [one[1]], accents)
        pairs += [(likelihood_ratio(gazetteer, density, other[1], accents), one, other) for other in recorded]
    best, one, other = max(pairs, key=lambda pair: pair[0])
    words: list[str] = []
    if one[0].text and other[0].text:
        compare = _common_ground if best > 1.0 else _disagreement
        words.append(compare(resolver, one[0], other[0], language))
    words += _accent_words(gazetteer, accents, (one, other), language)
    against = sum(1 for ratio, _, _ in pairs if ratio < 1.0)
    if best > 1.0 and against:
        words.append(
            f"另有{against}对地点说法互不相合" if language == "zh" else f"{against} other pairs of statements disagree"
        )
    return tuple(words)


def _accent_words(
    gazetteer: Gazetteer, accents: AccentMap, pair: Sequence[tuple[Entry, Statement]], language: Language
) -> list[str]:
    """Say whether the accent of each fits the place that the other told, or else the other's accent."""
    words: list[str] = []
    for (one, _), (other, statement) in (pair, pair[::-1]):
        if not one.accent or not (other.text or other.accent) or (words and not other.text):
            continue
        heard = density_of(gazetteer, [Statement(NOTHING, 0.0, one.accent)], accents)
        against = replace(statement, accent="") if other.text else statement
        agrees = likelihood_ratio(gazetteer, heard, against, accents) > 1.0
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
    first, second = resolver.resolve(one.text), resolver.resolve(other.text)
    inner, via, weight = -1, -1, -math.inf
    for place, bearer, share in zip(first.nodes.tolist(), first.via.tolist(), first.weights.tolist(), strict=True):
        inside = (second.nodes >= place) & (second.nodes < gazetteer.end[place])
        around = (second.nodes < place) & (gazetteer.end[second.nodes] > place)
        joint = share * float(second.weights[inside | around].sum())
        if joint > weight:
            deepest = int(second.nodes[inside][second.weights[inside].argmax()]) if inside.any() else place
            inner, via, weight = deepest, bearer, joint
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


def _disagreement(resolver: Resolver, one: Entry, other: Entry, language: Language) -> str:
    nothing = [item.text for item in (one, other) if resolver.resolve(item.text).unlisted > 0.5]
    if nothing:
        listed = "、".join(nothing)
        return f"“{listed}”不在地名库中:未知" if language == "zh" else f"'{listed}' is in no list: unknown"
    if language == "zh":
        return f"自述“{one.text}”与记录“{other.text}”不在一处"
    return f"told '{one.text}' and recorded '{other.text}' are different places"
