"""STR profiles of laboratory samples; records refer to a sample by the laboratory's name for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby

from matcher.errors import UsageError
from matcher.types import Genotype, StrProfile
from matcher.workspace.databases import Databases
from matcher.workspace.keys import bump_records, listed, random_key
from matcher.workspace.values import ChildOutcome

Genotypes = Mapping[str, Genotype]


def put(db: Databases, profiles: Sequence[StrProfile]) -> list[ChildOutcome]:
    """Store profiles within a write.

    Further loci of a known sample are added to it. A profile that contradicts the stored one at any locus is refused
    (`conflict`): that is the mark of a swapped sample, and which of the two is right is not for a program to say.
    """
    names = [profile.sample_id for profile in profiles]
    if len(set(names)) != len(names):
        raise UsageError("a sample stands twice in one batch of profiles", remedy="put each sample once")
    stored = load(db, names)
    outcomes: list[ChildOutcome] = []
    changed: list[str] = []
    for profile in profiles:
        key, genotypes = stored.get(profile.sample_id, (None, {}))
        if conflicting_loci(genotypes, profile.genotypes):
            outcomes.append("conflict")
            continue
        if profile.genotypes.keys() <= genotypes.keys():
            outcomes.append("unchanged")
            continue
        _write(db, profile.sample_id, key, {**genotypes, **profile.genotypes})
        outcomes.append("added" if key is None else "updated")
        changed.append(profile.sample_id)
    bump_records(db.identity, _records_with(db.identity, changed))
    return outcomes


def load(db: Databases, sample_ids: Sequence[str]) -> dict[str, tuple[int, dict[str, Genotype]]]:
    """Read samples: name -> (random key, genotypes); samples without a profile are absent."""
    names = dict(
        db.identity.execute(
            "SELECT sample_key, sample_id FROM sample WHERE sample_id IN (SELECT value FROM json_each(?))",
            (listed(sample_ids),),
        )
    )
    found = db.biometrics.execute(
        "SELECT sample_key, locus, allele_1, allele_2 FROM genotype "
        "WHERE sample_key IN (SELECT value FROM json_each(?)) ORDER BY sample_key, locus",
        (listed(list(names)),),
    )
    groups = {
        key: {locus: (low, high) for _, locus, low, high in group}
        for key, group in groupby(found, key=lambda row: int(row[0]))
    }
    return {name: (key, groups.get(key, {})) for key, name in names.items()}


def conflicting_loci(stored: Genotypes, came: Genotypes) -> list[str]:
    """Name the loci at which two profiles of one sample differ."""
    return sorted(locus for locus, genotype in came.items() if stored.get(locus, genotype) != genotype)


def remove_unreferenced(db: Databases, sample_ids: Sequence[str]) -> int:
    """Remove those samples that no record refers to any more, within a write, and count them."""
    rows = db.identity.execute(
        "DELETE FROM sample WHERE sample_id IN (SELECT value FROM json_each(?)) "
        "AND sample_id NOT IN (SELECT sample_id FROM pedigree_member WHERE sample_id IS NOT NULL) "
        "RETURNING sample_key",
        (listed(sample_ids),),
    ).fetchall()
    db.doom(sample_keys=[row[0] for row in rows])
    return len(rows)


def remove(db: Databases, sample_id: str) -> bool:
    """Remove one profile within a write; the records that name the sample keep its name."""
    row = db.identity.execute("DELETE FROM sample WHERE sample_id = ? RETURNING sample_key", (sample_id,)).fetchone()
    if row is None:
        return False
    db.doom(sample_keys=[row[0]])
    bump_records(db.identity, _records_with(db.identity, [sample_id]))
    return True


def _write(db: Databases, sample_id: str, old_key: int | None, genotypes: Genotypes) -> None:
    # A changed profile gets a new key: were the identity commit lost, the old key would still hold the old profile.
    key = random_key()
    db.biometrics.executemany(
        "INSERT INTO genotype VALUES (?, ?, ?, ?)", ((key, locus, *pair) for locus, pair in genotypes.items())
    )
    db.touch_biometrics()
    if old_key is not None:
        db.doom(sample_keys=[old_key])
    db.identity.execute("INSERT OR REPLACE INTO sample VALUES (?, ?)", (sample_id, key))


def _records_with(identity: sqlite3.Connection, sample_ids: Sequence[str]) -> list[int]:
    found = identity.execute(
        "SELECT DISTINCT record_key FROM pedigree_member WHERE sample_id IN (SELECT value FROM json_each(?))",
        (listed(sample_ids),),
    )
    return [row[0] for row in found]
