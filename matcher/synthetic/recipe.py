"""What a synthetic world is made of: a recipe in TOML, checked key by key.

The recipe files carry the source of every number in a comment, or say that it is a knob without one.
"""

from __future__ import annotations

import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from matcher.errors import InputError
from matcher.str_loci.loci import kits

Shares = Mapping[str, float]
"""Named probabilities; they are normalised to 1 when drawn from."""


@dataclass(frozen=True, slots=True)
class World:
    """Size and date of the world."""

    title: str
    today: date
    gallery_records: int
    intakes: int
    blocks: int
    stations: int
    gazetteer: Literal["built", "sample"]
    photographs: bool
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pedigree:
    """How clans grow."""

    persons_per_wanderer: float
    generations: int
    founder_birth_years: tuple[int, int]
    age_at_birth_mean: float
    age_at_birth_sd: float
    children_by_mother_cohort: tuple[tuple[int, float], ...]
    generation_character: Shares
    identical_twins: float
    non_paternity: float
    marries_within_county: float
    moves: Shares
    height_cm: Mapping[str, float]
    height_sd_cm: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Who is lost, at which age, for how long."""

    fresh_share: float
    age_group: Mapping[str, Shares]
    female: Shares
    elder_age_mean: float
    elder_age_sd: float
    separation_years: tuple[tuple[float, float, float], ...]
    fresh_days_median: float
    fresh_days_log10_sd: float
    stay_ten_years: float
    kin_lost_together: float
    kin_lost: float


@dataclass(frozen=True, slots=True)
class Traces:
    """What the database holds about a lost person."""

    rescued_before: Shares
    repeat_exponent: float
    repeat_maximum: int
    years_between_rescues_mean: float
    missing_report: Shares
    resolved: Shares
    report_on_two_platforms: float
    report_delay_days_median: float
    report_delay_log10_sd: float
    open_case_unmated: Shares
    records_since: date


@dataclass(frozen=True, slots=True)
class Telling:
    """What a person says and how it is heard; tables by stratum of the record."""

    name: Mapping[str, Shares]
    place: Mapping[str, Shares]
    place_levels: Shares
    place_is_lie: Shares
    heard_exactly: float
    sound_mark: float
    accent_recorded: float
    old_place_name: float
    contradicts: Shares
    nickname_reported: float


@dataclass(frozen=True, slots=True)
class Stations:
    """Habits of stations."""

    encodings: Shares
    omits_mean: Mapping[str, float]
    omits_concentration: float
    age_heaping: float
    age_error_sd_years: float
    birth_date_known: Shares
    wrong_sex: float
    date_typo: float
    duplicated_row: float
    entered_twice: float
    swapped_columns: float
    station_given_name: float
    placeholder_written: float
    traditional: float
    full_width: float
    home_province_catchment: float


@dataclass(frozen=True, slots=True)
class Faces:
    """Photographs as embeddings."""

    has_photo: Shares
    report_photo_years_before: float
    parent_correlation: float
    sibling_correlation: float
    twin_correlation: float
    drift_per_decade: float
    photo_noise: float


@dataclass(frozen=True, slots=True)
class Dna:
    """STR profiles."""

    typed: Shares
    references: Shares
    relative: Shares
    kit_share: Shares
    locus_drop_out: float
    allele_drop_out: float
    sample_swap: float


@dataclass(frozen=True, slots=True)
class HardSets:
    """Open cases made on purpose, beside those that come about by chance; counts."""

    twins: int
    lost_together: int
    namesakes: int
    repeat_wanderers: int
    child_to_adult: int
    told_nothing: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe; see `datasets-synthetic/recipes`."""

    world: World
    pedigree: Pedigree
    loss: Loss
    traces: Traces
    telling: Telling
    stations: Stations
    faces: Faces
    dna: Dna
    hard_sets: HardSets


Section = TypeVar("Section")


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe; `extends = "other.toml"` takes what is not given from another file beside it.

    Raises
    ------
    InputError
        Naming the key that is missing, unknown, of the wrong kind or out of range.
    """
    recipe = _build(Recipe, _read(path, ()), where=path.name)
    _check(recipe, path.name)
    return recipe


def plain(recipe: Recipe) -> dict[str, object]:
    """Turn a recipe into the values of TOML; the order of a table's rows belongs to it, for draws follow that order."""
    return {item.name: _plain(getattr(recipe, item.name)) for item in fields(recipe)}


def restored(content: Mapping[str, object]) -> Recipe:
    """Build a recipe again from what `plain` made of it.

    Raises
    ------
    InputError
        As `load_recipe`.
    """
    return _build(Recipe, content, where="recipe")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _read(path: Path, above: tuple[Path, ...]) -> dict[str, object]:
    if path in above:
        raise InputError(f"recipe {path}: extends itself", remedy="remove the circle of `extends`")
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"recipe {path}: cannot be read ({error})", remedy="start from datasets-synthetic/recipes/tiny.toml"
        ) from error
    base = content.pop("extends", None)
    return _merged(_read(path.parent / str(base), (*above, path)), content) if base is not None else content


def _merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """Lay sections over a base: a key of a section replaces that key, nothing deeper."""
    result = dict(base)
    for section, content in over.items():
        under = result.get(section)
        both = isinstance(under, dict) and isinstance(content, dict)
        result[section] = {**under, **content} if both else content  # type: ignore[dict-item]
    return result


def _build(kind: type[Section], content: object, *, where: str) -> Section:
    if not isinstance(content, dict):
        raise InputError(f"{where}: a {type(content).__name__}", remedy="a TOML table is expected here")
    names = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # only dataclasses are passed
    for name in sorted(names ^ set(content)):
        problem = "missing" if name in names else "unknown"
        raise InputError(
            f"{where}: key '{name}' is {problem}", remedy=f"keys of this table: {', '.join(sorted(names))}"
        )
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], content[name], f"{where}: {name}") for name in content})


def _value(hint: Any, value: object, where: str) -> object:
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, where=where)
    origin = get_origin(hint)
    if origin is Literal:
        return _accept(value in get_args(hint), value, where, f"one of {', '.join(map(str, get_args(hint)))}")
    if origin is tuple:
        _accept(isinstance(value, list), value, where, "a list")
        inner = get_args(hint)
        items = list(value) if isinstance(value, list) else []
        if inner[-1] is Ellipsis:
            return tuple(_value(inner[0], item, where) for item in items)
        _accept(len(items) == len(inner), value, where, f"a list of {len(inner)}")
        return tuple(_value(kind, item, where) for kind, item in zip(inner, items, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        _accept(isinstance(value, dict), value, where, "a table")
        table = value if isinstance(value, dict) else {}
        return types.MappingProxyType({k: _value(get_args(hint)[1], v, f"{where}.{k}") for k, v in table.items()})
    if hint is float:
        _accept(isinstance(value, int | float) and not isinstance(value, bool), value, where, "a number")
        return float(value)  # type: ignore[arg-type]  # checked in the line before
    return _accept(type(value) is hint, value, where, f"a {hint.__name__}")


def _accept(condition: bool, value: object, where: str, accepted: str) -> object:  # noqa: FBT001 (internal check)
    if not condition:
        raise InputError(f"{where}: {value!r}", remedy=f"{accepted} is expected")
    return value


def _check(recipe: Recipe, where: str) -> None:
    if min(recipe.world.gallery_records, recipe.world.stations, recipe.world.blocks) < 1 or recipe.world.intakes < 0:
        raise InputError(f"{where}: world", remedy="at least one gallery record, one station and one block")
    unknown = sorted(set(recipe.dna.kit_share) - set(kits()))
    if unknown:
        raise InputError(f"{where}: dna.kit_share: {unknown[0]!r}", remedy=f"known kits: {', '.join(sorted(kits()))}")
    for section in fields(recipe):
        for item in fields(getattr(recipe, section.name)):
            _check_shares(getattr(getattr(recipe, section.name), item.name), f"{where}: {section.name}.{item.name}")


def _check_shares(value: object, where: str) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _check_shares(item, f"{where}.{name}")
    elif isinstance(value, float) and value < 0:
        raise InputError(f"{where}: {value}", remedy="a share, rate or length cannot be negative")
