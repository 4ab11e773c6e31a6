"""Simulated databases, families and pairs for the DNA bench, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.str_loci.compare import KinshipOptions
from matcher.str_loci.database import Codes, ProfileDatabase, assembled
from matcher.str_loci.locus_model import LocusModel
from matcher.str_loci.observations import observation_code
from matcher.str_loci.patterns import relatives_entry
from matcher.str_loci.scan_kernel import ScanTables, scan_blocks
from matcher.str_loci.typing_errors import TypingErrors
from matcher.types import SUBJECT, Genotype, PedigreeMember, StrProfile

KIT_24 = (
    "CSF1PO", "D10S1248", "D12S391", "D13S317", "D16S539", "D18S51", "D19S433", "D1S1656", "D21S11", "D22S1045",
    "D2S1338", "D2S441", "D3S1358", "D5S818", "D6S1043", "D7S820", "D8S1179", "FGA", "PentaD", "PentaE", "TH01",
    "TPOX", "vWA", "D8S1132",
)  # fmt: skip
KIT_19 = tuple(locus for locus in KIT_24 if locus not in {"D10S1248", "D1S1656", "D22S1045", "D2S441", "D8S1132"})
OPTIONS = KinshipOptions()


def simulated_database(count: int, *, seed: int, floored: bool = False) -> ProfileDatabase:
    """Draw unrelated profiles of 24 loci, column by column."""
    rng = np.random.default_rng(seed)
    columns, observations = [], []
    for locus in KIT_24:
        model = OPTIONS.frequencies[locus].model(OPTIONS.mutation, floored=floored)
        weights = OPTIONS.errors.observed(model, model.hwe)
        columns.append((rng.choice(len(weights), size=count, p=weights / weights.sum()) + 1).astype(np.uint16))
        observations.append(("", *(observation_code(genotype) for genotype in model.genotypes())))
    return assembled(np.char.mod("S%07d", np.arange(count)), KIT_24, columns, observations)


def random_families(count: int, persons: int, models: dict[str, LocusModel]) -> ProfileDatabase:
    """Draw families with one or both parents typed as encoded patterns."""
    rng = np.random.default_rng(8)
    columns, observations = [], []
    for model in models.values():
        genotypes = model.genotypes()
        drawn = rng.choice(len(genotypes), size=(count, persons), p=model.hwe)
        keys, inverse = np.unique(drawn @ np.array([1, 1000][:persons]), return_inverse=True)
        entries = [_parents_entry([genotypes[int(key) // 1000**i % 1000] for i in range(persons)]) for key in keys]
        columns.append(inverse + 1)
        observations.append(("", *entries))
    return assembled(np.char.mod("F%07d", np.arange(count)), tuple(models), columns, observations)


def observed(genotypes: Mapping[str, Genotype]) -> dict[str, str]:
    """Write genotypes as observation codes."""
    return {locus: observation_code(pair) for locus, pair in genotypes.items()}


def founder_alleles(rng: np.random.Generator, model: LocusModel, count: int) -> NDArray[np.intp]:
    """Draw the allele positions of unrelated persons, shape (count, 2)."""
    return rng.choice(len(model.alleles), size=(count, 2), p=model.frequencies)


def shown_genotypes(
    rng: np.random.Generator, model: LocusModel, alleles: NDArray[np.intp], errors: TypingErrors
) -> NDArray[np.intp]:
    """Return the genotype numbers that a laboratory reports of true allele pairs, shape (count,)."""
    count = len(alleles)
    wrong = rng.random(count) < errors.typing_error
    seen = np.where(wrong[:, None], founder_alleles(rng, model, count), alleles)
    lost = rng.random(count) < errors.drop_out
    kept = seen[np.arange(count), rng.integers(0, 2, count)]
    seen = np.sort(np.where(lost[:, None], kept[:, None], seen), axis=1)
    return model.pair_index(seen[:, 0], seen[:, 1])


def _parents_entry(genotypes: Sequence[Genotype]) -> str:
    profiles = [StrProfile("s", {"L": genotype}) for genotype in genotypes]
    members = [
        PedigreeMember("f", None, None, "male", profiles[0]),
        PedigreeMember("m", None, None, "female", profiles[1] if len(profiles) > 1 else None),
        PedigreeMember(SUBJECT, "f", "m", None),
    ]
    return relatives_entry(members, "L")


def drain(codes: Codes, tables: ScanTables) -> float:
    """Scan everything and keep the largest sum, as the selection of a list would read it."""
    return max(float(sums.max()) for _, sums in scan_blocks(codes, tables))
