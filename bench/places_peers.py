"""Peers of the place search, each at its fair best: what a user would install or assemble instead.

A peer is told the scope by its name in front of the query, where its interface knows no scope. Its answer, a code or a
chain of names, is looked up in our gazetteer, so that all are judged by the same truth. A peer that is not installed is
named and left out; `uv sync --group peers` installs them all.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bench.places_tasks import Contestant, Task
from matcher.errors import MatcherError
from matcher.phonetic.syllables import segment_pinyin, text_of
from matcher.placenames.gazetteer import Gazetteer, contains
from matcher.placenames.generic_words import generic_words
from matcher.placenames.nameparts import LEVELS, split_name
from matcher.placenames.names import folded, place_readings

MOST = 20
Ratios = NDArray[np.float32]


class _Cpca(Protocol):
    def transform(self, texts: list[str], *, pos_sensitive: bool = False) -> object: ...


def peers(gazetteer: Gazetteer) -> Iterator[tuple[str, Contestant | None]]:
    """Yield every peer by name; None for one that is not installed."""
    yield "rapidfuzz, characters", by_edit_similarity(gazetteer, str)
    yield "rapidfuzz, pinyin", by_edit_similarity(gazetteer, pinyin)
    builders: tuple[tuple[str, str, Callable[[Gazetteer], Contestant]], ...] = (
        ("cpca", "cpca", cpca_alone),
        ("cpca + pinyin + rapidfuzz", "cpca", assembled),
        ("jionlp", "jionlp", jionlp_parser),
        ("quhua-mcp", "engine", quhua_engine),
    )
    for name, module, build in builders:
        yield name, build(gazetteer) if importlib.util.find_spec(module) else None


def by_edit_similarity(gazetteer: Gazetteer, spell: Callable[[str], str]) -> Contestant:
    """Rank names by rapidfuzz's ratio over their spelling: the usual do-it-yourself place search."""
    ratios = _similarity(gazetteer, spell)

    def answer(task: Task) -> list[int]:
        return _ranked_places(gazetteer, ratios(task.query), _ranges(gazetteer, task.scope))

    return answer


def _similarity(gazetteer: Gazetteer, spell: Callable[[str], str]) -> Callable[[str], Ratios]:
    from rapidfuzz import fuzz, process

    spelt = [spell(text) for text in _name_texts(gazetteer)]

    def ratios(text: str) -> Ratios:
        heard = _latin(text) or spell(_bare(folded(text)))
        return cast("Ratios", process.cdist([heard], spelt, scorer=fuzz.ratio, dtype=np.float32, workers=1)[0])

    return ratios


def _latin(text: str) -> str:
    """Part pinyin without spaces into syllables and drop its generic word; empty where the text is not pinyin."""
    ways = segment_pinyin(text.strip().lower()) if text.isascii() else []
    syllables = [text_of(spelling.code) for spelling in ways[0]] if ways else []
    endings = (list(item.pinyin) for item in generic_words() if item.pinyin)
    generic = next((ending for ending in endings if syllables[-len(ending) :] == ending), [])
    return " ".join(syllables[: len(syllables) - len(generic)] if len(syllables) > len(generic) else syllables)


def _bare(query: str) -> str:
    """Drop the generic word at the end of a query, as anybody would before comparing names."""
    for item in generic_words():
        if query.endswith(item.word) and len(query) - len(item.word) >= 2:
            return query.removesuffix(item.word)
    return query


def _name_texts(gazetteer: Gazetteer) -> list[str]:
    characters = gazetteer.alphabet.column("character").to_pylist()
    codes, offsets = gazetteer.names.codes, gazetteer.names.offsets
    return ["".join(characters[code] for code in codes[a:b]) for a, b in pairwise(offsets)]


def _ranges(gazetteer: Gazetteer, scope: str | None) -> Sequence[tuple[int, int]]:
    try:
        return gazetteer.region(scope) if scope else ((0, gazetteer.current),)
    except MatcherError:
        return ()


def _ranked_places(gazetteer: Gazetteer, ratios: Ratios, ranges: Sequence[tuple[int, int]]) -> list[int]:
    places, similar = gazetteer.posting_place, np.repeat(ratios, np.diff(gazetteer.first_posting))
    inside = contains(ranges, places)
    places, similar = places[inside], similar[inside]
    order = np.lexsort((places, -similar))[: MOST * 4]
    return list(dict.fromkeys(places[order].tolist()))[:MOST]


def pinyin(text: str) -> str:
    """Spell a name in toneless pinyin, first readings."""
    options = (place_readings(character) for character in text)
    return " ".join(text_of(item[0].syllable_code) for item in options if item)


def _scoped(gazetteer: Gazetteer, task: Task) -> str:
    """Put the names of the scope in front of the query."""
    ranges = _ranges(gazetteer, task.scope) if task.scope else ()
    return "".join(gazetteer.path(ranges[0][0])) + task.query if len(ranges) == 1 else task.query


def _row_of_code(gazetteer: Gazetteer, code: str) -> list[int]:
    ranges = _ranges(gazetteer, code) if code else ()
    return [ranges[0][0]] if len(ranges) == 1 else []


def _row_of_names(gazetteer: Gazetteer, names: Sequence[str]) -> list[int]:
    """Follow names from the province down, by core where the full forms differ (上屋村 and 上屋村村民委员会).

    An unknown name ends the way at the place before it.
    """
    low, high, found = 0, gazetteer.current, -1
    for name in filter(None, names):
        cores = {split_name(name, level).core for level in LEVELS}
        inside = next((at for at in (
            _first(gazetteer, "name", {name}, low, high), _first(gazetteer, "core", cores, low, high)
        ) if at >= 0), -1)  # fmt: skip
        if inside < 0:
            break
        found = low + inside
        low, high = found + 1, int(gazetteer.end[found])
    return [found] if found >= 0 else []


def _first(gazetteer: Gazetteer, column: str, values: set[str], low: int, high: int) -> int:
    here = gazetteer.places.column(column).slice(low, high - low)
    return int(pc.index(pc.is_in(here, pa.array(sorted(values))), True).as_py())


def _cpca() -> Callable[[str], dict[str, str]]:
    import logging

    module = cast("_Cpca", importlib.import_module("cpca"))
    logging.disable(logging.INFO)

    def parse(text: str) -> dict[str, str]:
        table = cast("dict[str, Sequence[object]]", module.transform([text]))
        return {key: str(table[key][0] or "") for key in ("adcode", "地址")}

    return parse


def cpca_alone(gazetteer: Gazetteer) -> Contestant:
    """Parse with cpca: province to county by exact names."""
    parse = _cpca()

    def answer(task: Task) -> list[int]:
        return _row_of_code(gazetteer, parse(_scoped(gazetteer, task))["adcode"])

    return answer


def assembled(gazetteer: Gazetteer) -> Contestant:
    """Take the area from cpca, and what it leaves over by pinyin similarity inside that area."""
    parse, ratios = _cpca(), _similarity(gazetteer, pinyin)

    def answer(task: Task) -> list[int]:
        parsed = parse(_scoped(gazetteer, task))
        ranges = _ranges(gazetteer, parsed["adcode"] or task.scope) or _ranges(gazetteer, task.scope)
        rest = folded(parsed["地址"])
        if not rest and parsed["adcode"]:
            return _row_of_code(gazetteer, parsed["adcode"])
        return _ranked_places(gazetteer, ratios(rest or task.query), ranges)

    return answer


def jionlp_parser(gazetteer: Gazetteer) -> Contestant:
    """Parse with jionlp: province to village by exact names, one answer."""
    module = importlib.import_module("jionlp")

    def answer(task: Task) -> list[int]:
        parsed = module.parse_location(_scoped(gazetteer, task), town_village=True, change2new=True)
        return _row_of_names(
            gazetteer, [parsed.get(key) or "" for key in ("province", "city", "county", "town", "village")]
        )

    return answer


def quhua_engine(gazetteer: Gazetteer) -> Contestant:
    """Resolve with quhua-mcp: province to township, old names, equal pinyin; all its candidates where it is unsure."""
    module = importlib.import_module("engine")

    def answer(task: Task) -> list[int]:
        result = module.resolve_any(_scoped(gazetteer, task)).get("result") or []
        chains = [result] if isinstance(result, str) else list(result)
        return [row for chain in chains[:MOST] for row in _row_of_names(gazetteer, str(chain).split("-"))]

    return answer
