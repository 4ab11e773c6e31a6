"""What fusion is fitted on: the channels' bounded log10 LRs of synthetic probes and records, with who is who.

A world is made and indexed through the product's public path. Of the records of a probe all that matter are kept - the
best by the plain sum, the mates, the kin - and a random sample of the rest, weighted to stand for all of them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.truth import ProbeTruth, Truth, read_truth
from matcher.engine.scan import channel_scores
from matcher.leads.matcher import Matcher
from matcher.leads.pairs import compile_plans
from matcher.types import CHANNEL_NAMES

BEST = 300
"""Records kept per probe for standing high in the plain sum: far more than any weights can lift into a list."""
SAMPLED = 200
"""Records per probe that stand for all others."""
MATE, KIN, STRANGER = 1, 2, 0

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """R records of P probes.

    Parameters
    ----------
    values : ndarray of float32, shape (R, 5)
        Bounded log10 LRs, a column a channel in the order of `CHANNEL_NAMES`; 0 where nothing was compared.
    weight : ndarray of float32, shape (R,)
        Records of the gallery that each stands for.
    relation : ndarray of int8, shape (R,)
        MATE: of the probe's person; KIN: of anybody related, however distantly; STRANGER.
    owner : ndarray of int64, shape (R,)
        Person of the record.
    probe : ndarray of int32, shape (R,)
        Number of its probe, ascending.
    stratum : ndarray of str, shape (P,)
    natural : ndarray of bool, shape (P,)
        False for cases that were made on purpose.
    mated : ndarray of bool, shape (P,)
        Whether the person is in the gallery.
    eligible : ndarray of int64, shape (P,)
        Records that the probe was compared with.
    """

    values: NDArray[np.float32]
    weight: NDArray[np.float32]
    relation: NDArray[np.int8]
    owner: NDArray[np.int64]
    probe: NDArray[np.int32]
    stratum: NDArray[np.str_]
    natural: NDArray[np.bool_]
    mated: NDArray[np.bool_]
    eligible: NDArray[np.int64]

    @classmethod
    def read(cls, path: Path) -> World:
        """Read a world that `collect` kept."""
        with np.load(path) as kept:
            return cls(**{field.name: kept[field.name] for field in fields(cls)})

    def naturals(self) -> World:
        """Return the same without the cases that were made on purpose."""
        number = np.cumsum(self.natural, dtype=np.int32) - 1
        rows = self.natural[self.probe]
        return World(
            self.values[rows], self.weight[rows], self.relation[rows], self.owner[rows],
            number[self.probe[rows]].astype(np.int32), self.stratum[self.natural], self.natural[self.natural],
            self.mated[self.natural], self.eligible[self.natural],
        )  # fmt: skip


def collect(recipe: Path, seed: int, cache: Path) -> Path:
    """Make a world, score it and keep what the fit needs; a world kept by the same code and recipe is used again.

    Returns
    -------
    Path
        File to be read by `World.read`.
    """
    from bench.tasks import build

    path = cache / f"{recipe.stem}-{seed}-{fingerprint(recipe)}.npz"
    if path.is_file():
        return path
    with tempfile.TemporaryDirectory(prefix="bench-fit-") as temporary:
        built = build(recipe, seed, Path(temporary) / "run")
        with Matcher.open(built.workspace) as matcher:
            world = _world(matcher, read_truth(built.world), _relatives(built.world), np.random.default_rng(seed))
    cache.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **{field.name: getattr(world, field.name) for field in fields(World)})
    partial.rename(path)
    return path


def fingerprint(recipe: Path) -> str:
    """Return eight hexadecimal digits that change with the product's code and data, the recipe, and this module."""
    import matcher

    package = Path(matcher.__file__).parent
    files = sorted(
        path for path in package.rglob("*") if path.is_file() and path.suffix not in {".pyc", ".nbi", ".nbc"}
    )
    # The model that is about to be fitted has no part in what it is fitted on.
    files = [path for path in files if path.name != "fusion.json"]
    digest = hashlib.sha256()
    for path in [*files, *sorted(recipe.parent.glob("*.toml")), Path(__file__)]:
        digest.update(path.name.encode("utf-8") + path.read_bytes())
    return digest.hexdigest()[:8]


def _relatives(world: Path) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in pq.read_table(world / "truth" / "kin.parquet", columns=["person", "other"]).to_pylist():
        found.setdefault(row["person"], set()).add(row["other"])
        found.setdefault(row["other"], set()).add(row["person"])
    return {person: frozenset(others) for person, others in found.items()}


def _world(matcher: Matcher, truth: Truth, relatives: Mapping[int, frozenset[int]], rng: np.random.Generator) -> World:
    ids = [str(record_id) for record_id in matcher.prepared.gallery.record_ids]
    owners = np.array([truth.owners.get(record_id, -1) for record_id in ids], np.int64)
    probes = [truth.probes[name] for name in matcher.cases("intake") if name in truth.probes]
    parts = list(_probes(matcher, probes, (owners, relatives), rng))
    return World(
        values=np.concatenate([part[0] for part in parts]),
        weight=np.concatenate([part[1] for part in parts]),
        relation=np.concatenate([part[2] for part in parts]),
        owner=np.concatenate([part[3] for part in parts]),
        probe=np.repeat(np.arange(len(parts), dtype=np.int32), [part[0].shape[0] for part in parts]),
        stratum=np.array([probe.stratum for probe in probes]),
        natural=np.array([not probe.designed for probe in probes]),
        mated=np.array([probe.mated for probe in probes]),
        eligible=np.array([part[4] for part in parts], np.int64),
    )


_Part = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int8], NDArray[np.int64], int]


def _probes(
    matcher: Matcher,
    probes: Sequence[ProbeTruth],
    people: tuple[NDArray[np.int64], Mapping[int, frozenset[int]]],
    rng: np.random.Generator,
) -> Iterator[_Part]:
    gallery, (owners, relatives) = matcher.prepared.gallery, people
    for probe in probes:
        values = np.zeros((len(gallery), len(CHANNEL_NAMES)), np.float32)
        for plan in compile_plans(matcher.subject(probe.probe_id), matcher.prepared):
            scores = channel_scores(plan, gallery.codes[plan.channel], 0, len(gallery))
            values[:, CHANNEL_NAMES.index(plan.channel)] = scores
        mates = np.isin(gallery.record_ids, sorted(probe.mates))
        relation = np.where(np.isin(owners, sorted(relatives.get(probe.person, ()))), KIN, STRANGER).astype(np.int8)
        relation[mates] = MATE
        # The probe itself, and other open cases of the same person, are neither mates nor others.
        eligible = (owners != probe.person) | mates
        rows, weight = _kept(values.sum(axis=1), relation, eligible, rng)
        yield values[rows], weight, relation[rows], owners[rows], int(eligible.sum())


def _kept(
    total: NDArray[np.float32], relation: NDArray[np.int8], eligible: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the rows to keep and how many records each stands for."""
    kept = eligible & (relation != STRANGER)
    kept[np.argsort(-np.where(eligible, total, -np.inf), kind="stable")[:BEST]] = True
    kept &= eligible
    rest = np.flatnonzero(eligible & ~kept)
    sampled = rng.choice(rest, min(SAMPLED, rest.shape[0]), replace=False)
    rows = np.concatenate([np.flatnonzero(kept), sampled])
    weight = np.ones(rows.shape[0], np.float32)
    weight[rows.shape[0] - sampled.shape[0] :] = rest.shape[0] / max(1, sampled.shape[0])
    return rows, weight
