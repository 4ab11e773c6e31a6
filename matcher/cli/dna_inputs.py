"""What `matcher dna` reads: profile files, populations, questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.cli.options import note

if TYPE_CHECKING:
    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.frequencies import FrequencySet
    from matcher.str_loci.gbt37223 import PracticeResult
    from matcher.str_loci.ibs import SharedAlleles
    from matcher.str_loci.layouts import Cell
    from matcher.str_loci.query import Query
    from matcher.str_loci.y_lineage import YHaplotype
    from matcher.types import PedigreeMember, StrProfile


def kinship_options(
    populations: tuple[str, ...], mutation: str, theta: float, founders: str
) -> dict[str, KinshipOptions]:
    """Build the options of every population named, a catalogue name or a CSV file of a laboratory."""
    from dataclasses import replace

    from matcher.str_loci.compare import KinshipOptions
    from matcher.str_loci.mutation import DEFAULT_MUTATION, MUTATION_KINDS

    return {
        name: KinshipOptions(
            frequencies=_frequencies(name),
            mutation=replace(DEFAULT_MUTATION, kind=next(kind for kind in MUTATION_KINDS if kind == mutation)),
            theta=theta,
            founders="explicit" if founders == "explicit" else "pruned",
        )
        for name in populations
    }


def _frequencies(name: str) -> FrequencySet:
    from matcher.str_loci.frequencies import default_frequencies, read_frequencies
    from matcher.str_loci.populations import completed
    from matcher.str_loci.tables import read_rows

    if not name.lower().endswith(".csv"):
        return completed(name)
    return dict(default_frequencies()) | dict(read_frequencies(read_rows(Path(name)), source=Path(name).name))


def load_profiles(files: tuple[Path, ...]) -> dict[str, StrProfile]:
    """Read all profile files; two typings of one sample are joined or refused."""
    from matcher.str_loci.concordance import merged

    found: dict[str, StrProfile] = {}
    for profile in read_all_profiles(files):
        earlier = found.get(profile.sample_id)
        found[profile.sample_id] = merged(earlier, profile) if earlier else profile
    return found


def read_all_profiles(files: tuple[Path, ...]) -> list[StrProfile]:
    """Read all profile files, a sample once for each file that holds it; what could not be used is noted."""
    from matcher.str_loci.profiles import collect

    found: list[StrProfile] = []
    for path in files:
        profiles, rejects = collect(_cells(path), source=path.name)
        found += profiles
        for reject in rejects:
            place = f"{reject.source}:{reject.row}" if reject.row else reject.source
            note(f"{place} {reject.column or ''} {reject.value}: {reject.reason} -> {reject.remedy}")
    return found


def load_haplotypes(files: tuple[Path, ...]) -> dict[str, YHaplotype]:
    """Read the Y haplotypes of all profile files by sample."""
    from matcher.str_loci.y_lineage import haplotypes_of_cells

    found: dict[str, YHaplotype] = {}
    for path in files:
        found |= haplotypes_of_cells(_cells(path), source=path.name)
    return found


def _cells(path: Path) -> Iterable[Cell]:
    """Read the cells of a profile file: a workbook in the guarded reader of the intake, everything else as text."""
    from matcher.str_loci.layouts import cells_of_table
    from matcher.str_loci.tables import cells_of_text, read_text

    if path.suffix.lower() != ".xlsx":
        return cells_of_text(read_text(path), source=path.name)
    from matcher.workspace.ingest.limits import Limits
    from matcher.workspace.ingest.sheets import open_sheet

    sheet = open_sheet(path, Limits(), is_known=lambda _header: False)
    rows = (dict(zip(sheet.headers, cells, strict=False)) for _, cells in sheet.read_rows())
    return cells_of_table(rows, source=sheet.name)


def query_profile(query_file: Path, sample: str | None) -> StrProfile:
    """Return the one profile of a query table, or the sample named."""
    from matcher.errors import UsageError

    profiles = load_profiles((query_file,))
    if sample is None and len(profiles) != 1:
        raise UsageError(f"{query_file} holds {len(profiles)} samples", remedy="name one with --sample")
    return sample_of(profiles, sample if sample is not None else next(iter(profiles)))


def family_members(row: Mapping[str, object], source: str) -> tuple[str, list[PedigreeMember]]:
    """Read one family of a database: its id and the members around the missing person."""
    from matcher.str_loci.questions import members_of_family

    return members_of_family(row, source=source)


def sample_of(profiles: dict[str, StrProfile], sample: str) -> StrProfile:
    """Return one sample by its id."""
    from matcher.errors import InputError

    if sample not in profiles:
        known = ", ".join(sorted(profiles)[:8])
        raise InputError(f"no sample '{sample}' in the files", remedy=f"samples there: {known}")
    return profiles[sample]


def question_of(
    query_file: Path | None, sample: str | None, pedigree: Path | None, relation: str, *, mother: bool
) -> tuple[Query, Mapping[str, Query]]:
    """Build the question of a search and its rivals."""
    from matcher.errors import UsageError
    from matcher.str_loci.questions import read_family, relation_query, rival_queries
    from matcher.str_loci.tables import read_text

    if (query_file is None) == (pedigree is None):
        raise UsageError("give either --query or --pedigree", remedy="see matcher dna search --help")
    if pedigree is not None:
        return read_family(read_text(pedigree), source=pedigree.name), {}
    assert query_file is not None
    profile = query_profile(query_file, sample)
    return relation_query(relation, profile, mother=mother), rival_queries(relation, profile)


def practice_of(question: str, profiles: list[StrProfile], options: KinshipOptions) -> PracticeResult | None:
    """Compute the Chinese laboratory index where the practice has one: parent and child, trio."""
    from matcher.str_loci.gbt37223 import practice_index

    if question not in {"parent-child", "trio"}:
        return None
    child, parent, *others = (profile.genotypes for profile in profiles)
    return practice_index(child, parent, options.frequencies, others[0] if others else None)


def sibling_score_of(question: str, profiles: list[StrProfile], options: KinshipOptions) -> SharedAlleles | None:
    """Count shared alleles where laboratories do: full siblings."""
    from matcher.str_loci.ibs import shared_alleles

    if question != "full-sibling":
        return None
    return shared_alleles(profiles[0].genotypes, profiles[1].genotypes, options)


def rows_of(samples: list[str], wanted: tuple[str, ...]) -> list[int]:
    """Return the positions of samples; all when none is named."""
    from matcher.errors import UsageError

    if not wanted:
        return list(range(len(samples)))
    position = {sample: row for row, sample in enumerate(samples)}
    unknown = [sample for sample in wanted if sample not in position]
    if unknown:
        raise UsageError(f"no sample {unknown[0]!r} in the database", remedy="check --new")
    return [position[sample] for sample in wanted]
