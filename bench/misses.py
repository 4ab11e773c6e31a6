"""The cases that were missed, with the truth about them."""

from __future__ import annotations

from dataclasses import dataclass

from bench.lines import CHANNELS
from bench.tasks import RawResults


@dataclass(frozen=True, slots=True)
class Miss:
    """A case whose person is in the gallery but stands beyond the list: its place, and the truth about it."""

    probe_id: str
    stratum: str
    rank: float
    nearest_channel: str
    connected_by: str
    causes: tuple[str, ...]


def missed(results: RawResults, *, rank: int) -> list[Miss]:
    """List the misses of the fused list, best placed first within each stratum.

    Parameters
    ----------
    rank : int
        Beyond this rank is a miss.
    """
    probes = {str(row["probe_id"]): row for row in results.probes.to_pylist()}
    places: dict[str, dict[str, float]] = {}
    for row in results.placements.to_pylist():
        if isinstance(row["rank"], float):
            places.setdefault(str(row["probe_id"]), {})[str(row["method"])] = row["rank"]
    found = []
    for probe, by_method in places.items():
        if by_method.get("fused", 0.0) <= rank:
            continue
        truth = probes[probe]
        near = [(by_method[channel], channel) for channel in CHANNELS if channel in by_method]
        nearest = f"{min(near)[1]} {min(near)[0]:g}" if near else "none"
        connected = (
            f"photo {truth['photo']}; name {truth['told_name']}; place {truth['told_place']}; dna {truth['dna']}"
        )
        causes = truth.get("causes")
        found.append(
            Miss(probe, str(truth["stratum"]), by_method["fused"], nearest, connected,
                 tuple(causes) if isinstance(causes, list) else ())
        )  # fmt: skip
    return sorted(found, key=lambda miss: (miss.stratum, miss.rank, miss.probe_id))
