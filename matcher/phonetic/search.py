"""Search a gallery of names: the distinct names with the greatest likelihood ratio, and who bears them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.phonetic.name_model import NameModel, compile_name, default_model, likelihood_ratios
from matcher.phonetic.name_table import NameTable, build_name_table, true_name
from matcher.phonetic.written import understand

RecordId = int | str


@dataclass(frozen=True, slots=True)
class NameHit:
    """One distinct name found.

    Parameters
    ----------
    name : str
        As written in the gallery.
    ids : tuple of int or str
        Everybody who bears it, in the order of the gallery.
    log10_lr : float
        Evidence that the query is this name, before credence and bounds.
    """

    name: str
    ids: tuple[RecordId, ...]
    log10_lr: float


@dataclass(frozen=True, slots=True)
class NameGallery:
    """Names ready to be searched.

    Parameters
    ----------
    names : tuple of str
        Distinct names as written, in order of first appearance; placeholders are left out.
    ids : tuple of tuple of int or str
        Bearers of each name.
    table : NameTable
        The same names taken apart.
    """

    names: tuple[str, ...]
    ids: tuple[tuple[RecordId, ...], ...]
    table: NameTable


def build_gallery(pairs: Iterable[tuple[RecordId, str]]) -> NameGallery:
    """Collect (id, name) pairs by distinct name; names that are none are left out."""
    bearers: dict[str, list[RecordId]] = {}
    for record_id, name in pairs:
        bearers.setdefault(name, []).append(record_id)
    understood = {name: true_name(understand(name)) for name in bearers}
    kept = [name for name, parts in understood.items() if parts is not None and (parts.surname or parts.given)]
    return NameGallery(
        names=tuple(kept),
        ids=tuple(tuple(bearers[name]) for name in kept),
        table=build_name_table(understood[name] for name in kept),
    )


def search_gallery(
    gallery: NameGallery, query: str, *, top: int = 20, region: str | None = None, model: NameModel | None = None
) -> tuple[NameHit, ...]:
    """Return the `top` distinct names with the greatest LR, best first; ties in order of the name.

    Parameters
    ----------
    gallery : NameGallery
        From `build_gallery`.
    query : str
        The name as told or written; a placeholder finds nobody.
    top : int
        Number of distinct names.
    region : str or None
        Region of the speaker's accent, see `matcher.phonetic.regions.region_of_accent`.
    model : NameModel or None
        Population and habits; None = the general population.
    """
    compiled = compile_name(understand(query), model if model is not None else default_model(), region)
    if compiled is None or not gallery.names:
        return ()
    ratios = likelihood_ratios(compiled, gallery.table)
    best = np.flatnonzero(ratios >= np.partition(ratios, -min(top, len(ratios)))[-min(top, len(ratios))])
    order = sorted(best.tolist(), key=lambda row: (-ratios[row], gallery.names[row]))[:top]
    return tuple(
        NameHit(gallery.names[row], gallery.ids[row], float(np.log10(max(ratios[row], 1e-300)))) for row in order
    )


def search_names(
    pairs: Sequence[tuple[RecordId, str]], query: str, *, top: int = 20, region: str | None = None
) -> tuple[NameHit, ...]:
    """Search (id, name) pairs once; build a gallery for more than one query."""
    return search_gallery(build_gallery(pairs), query, top=top, region=region)
