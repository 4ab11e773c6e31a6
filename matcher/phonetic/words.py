"""How the names of two records agree, in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from matcher.llr import Language
from matcher.phonetic.explain import pair, pairing_words
from matcher.phonetic.kept_queries import compiled_name
from matcher.phonetic.name_model import likelihood_ratios
from matcher.phonetic.name_query import NameQuery
from matcher.phonetic.name_table import GalleryName, TrueName, build_name_table, true_name
from matcher.phonetic.nicknames import told_character
from matcher.phonetic.population import default_model
from matcher.phonetic.regions import CHILD, STANDARD, region_name, region_of_accent
from matcher.phonetic.relatives import SHARE_THE_SURNAME
from matcher.phonetic.slots import SOUND_MARK
from matcher.phonetic.written import understand
from matcher.types import RELATIONS, NameKind, Subject, ToldName

LIKELY_REGION = 0.5
"""Posterior share from which an accent is worth a sentence."""

_RELATION_WORDS: dict[NameKind, tuple[str, str]] = {
    "father": ("父亲", "father"),
    "mother": ("母亲", "mother"),
    "sibling": ("兄弟姐妹", "sibling"),
    "child": ("子女", "child"),
    "spouse": ("配偶", "spouse"),
}


def own_words(probe: Subject, record: Subject, language: Language) -> tuple[str, ...]:
    """Put the closest pair of names into words; where the probe tells none, what of a relative stands in for it."""
    if _told(probe.own_names, region_of_accent(probe.accent)):
        return _closest_words(probe, probe.own_names, record.own_names, language)
    kin = [name for name in probe.relatives if name.kind in SHARE_THE_SURNAME]
    return tuple(_surname_words(name, language) for name in kin[:1])


def relative_words(probe: Subject, record: Subject, language: Language) -> tuple[str, ...]:
    """Put the closest pair of names of each relation that both records tell into words, a sentence each."""
    sentences: list[str] = []
    for relation in RELATIONS:
        told = [name for name in probe.relatives if name.kind == relation]
        others = [name for name in record.relatives if name.kind == relation]
        found = _closest_words(probe, told, others, language)
        chinese, english = _RELATION_WORDS[relation]
        label = f"{chinese}姓名 " if language == "zh" else f"{english}'s name "
        sentences += [label + sentence for sentence in found[:1]]
    return tuple(sentences)


def _surname_words(name: ToldName, language: Language) -> str:
    chinese, english = _RELATION_WORDS[name.kind]
    if language == "zh":
        return f"未述本人姓名，以{chinese}姓名 {name.text} 比对姓氏"
    return f"no own name was told; the surname is compared with that of the {english} {name.text}"


Told = tuple[ToldName, NameQuery]


def _told(names: Sequence[ToldName], region: str | None) -> list[Told]:
    compiled = ((name, compiled_name(default_model(), name.text, name.sound_only, region)) for name in names)
    return [(name, query) for name, query in compiled if query is not None]


def _closest_words(
    probe: Subject, told: Sequence[ToldName], others: Sequence[ToldName], language: Language
) -> tuple[str, ...]:
    """Put the closest pair of names into words; empty when no pair can be compared."""
    region = region_of_accent(probe.accent)
    read = [(name, true_name(understand(name.text, sound_only=name.sound_only))) for name in others]
    names = [(name, true) for name, true in read if true is not None]
    queries = _told(told, region)
    if not queries or not names:
        return ()
    first, second = _closest([query for _, query in queries], [true for _, true in names])
    name, other = queries[first][0], names[second][0]
    return _sentences((name.text, name.sound_only, region), (other.text, other.sound_only), language)


def _closest(queries: Sequence[NameQuery], names: Sequence[GalleryName]) -> tuple[int, int]:
    """Return which told name and which other name have the greatest LR, the first of equals."""
    if len(queries) == len(names) == 1:
        return 0, 0
    table = build_name_table(names)
    ratios = np.stack([likelihood_ratios(query, table) for query in queries])
    first, second = np.unravel_index(int(ratios.argmax()), ratios.shape)
    return int(first), int(second)


@lru_cache(maxsize=4096)
def _sentences(observed: tuple[str, bool, str | None], true: tuple[str, bool], language: Language) -> tuple[str, ...]:
    """Say how two names agree; many records bear one name, so the latest are kept."""
    label = f"{observed[0]} ~ {true[0]}: "
    query, written = compiled_name(default_model(), *observed), understand(true[0], sound_only=true[1])
    name = true_name(written)
    told = told_character(written.canonical, name, default_model().frequencies)
    if told:
        name = TrueName((), (told,))
    if query is None or not isinstance(name, TrueName) or not query.branches:
        said = "音译名，按音节比对" if language == "zh" else "transcribed names, compared by syllable"
        return (label + said,)
    pairing = pair(query, name)
    found = [label + pairing_words(pairing, language)]
    if told:
        found.append("当作小名，只知名中一字" if language == "zh" else "a nickname, which tells one character")
    if pairing.region not in (STANDARD, CHILD) and pairing.region_share > LIKELY_REGION:
        region = region_name(pairing.region, language)
        found.append(f"符合{region}口音" if language == "zh" else f"fits the accent of {region}")
    surname = "".join(name.surname)
    if surname and SOUND_MARK not in surname:
        text = _percent(default_model().frequencies.surname(surname))
        found.append(
            f"{surname}姓约占人口{text}" if language == "zh" else f"surname {surname} is held by {text} of people"
        )
    return tuple(found)


def _percent(share: float) -> str:
    return f"{share * 100:.2g}%" if share >= 1e-4 else "<0.01%"
