"""The fusion model: how the channels' log10 LRs become one that can be believed, and where an alert begins.

The plain sum treats channels as independent and over-claims. The model weighs each channel and takes off what tied
channels say twice; both appear as explicit adjustments, so that an explanation still adds up. It is data - one JSON
file that names what it was fitted on (`matcher/leads/data/fusion.json`, made by `python -m bench fit`) - and code
that applies it. See METHOD.md.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from matcher.engine.combination import PLAIN, Combination, Tie
from matcher.errors import ReferenceDataError, UsageError
from matcher.types import CHANNEL_NAMES, Adjustment, ChannelEvidence, Stratum

FORMAT = 1


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Where alerts begin for one stratum.

    Parameters
    ----------
    stratum : Stratum or None
        None = both strata together.
    fpir : float
        Share of probes without a mate that would raise an alert.
    margin : float
        log10 LR beyond log10 of the records searched.
    searches : int
        Searches without a mate that it was read from.
    """

    stratum: Stratum | None
    fpir: float
    margin: float
    searches: int


@dataclass(frozen=True, slots=True)
class FusionModel:
    """A fusion model, ready to be applied.

    Parameters
    ----------
    name : str
        Says which fit it is; empty for the plain sum.
    combination : Combination
        Weights and ties; the same under every hypothesis.
    alerts : tuple of AlertRow
        Thresholds as measured; empty = only the bound for a calibrated LR is known.
    """

    name: str
    combination: Combination
    alerts: tuple[AlertRow, ...] = ()

    @property
    def calibrated(self) -> bool:
        """Whether the model was fitted to outcomes; the plain sum was not."""
        return bool(self.name)

    def adjustments(self, channels: Sequence[ChannelEvidence]) -> tuple[Adjustment, ...]:
        """Return what fusion takes off the plain sum of one pair's channels; zero adjustments are left out."""
        values = {item.channel: item.log10_lr for item in channels}
        found = [
            Adjustment("discounted", (name,), (self.combination.weight(name) - 1.0) * value)
            for name, value in values.items()
        ]
        for tie in self.combination.ties:
            common = max(min(values.get(tie.first, 0.0), values.get(tie.second, 0.0)), 0.0)
            found.append(Adjustment("tied", (tie.first, tie.second), -tie.share * common))
        return tuple(item for item in found if item.log10_lr != 0.0)

    def fused(self, channels: Sequence[ChannelEvidence]) -> float:
        """Return the fused log10 LR of one pair: its channels and their adjustments, added up."""
        return fused_log10_lr(channels, self.adjustments(channels))

    def alert_log10_lr(self, fpir: float, *, gallery_size: int, stratum: Stratum | None) -> float:
        """Return the fused log10 LR from which a lead raises an alert.

        Parameters
        ----------
        fpir : float
            In (0, 1): greatest share of probes without a mate that may raise an alert.
        gallery_size : int
            Records searched, N.
        stratum : Stratum or None
            Of the probe; None = unknown.

        Returns
        -------
        float
            What was measured for the nearest stricter rate; where nothing was, the bound N / fpir, which a calibrated
            LR cannot exceed more often: P(LR >= t | unrelated) <= 1 / t for each of N records.

        Raises
        ------
        UsageError
            For a rate outside (0, 1).
        """
        if not 0.0 < fpir < 1.0:
            raise UsageError(
                f"alert rate {fpir} is not between 0 and 1", remedy="give a share of searches such as 0.01"
            )
        log10_records = math.log10(max(gallery_size, 1))
        rows = [row for row in self.alerts if row.stratum == stratum and row.fpir <= fpir * (1 + 1e-9)]
        margin = max(rows, key=lambda row: row.fpir).margin if rows else -math.log10(fpir)
        return log10_records + margin


PLAIN_MODEL = FusionModel("", PLAIN)
"""The sum of the channels: ranks well, over-claims."""


def fused_log10_lr(channels: Sequence[ChannelEvidence], adjustments: Sequence[Adjustment]) -> float:
    """Add up channels and adjustments."""
    return math.fsum([*(item.log10_lr for item in channels), *(item.log10_lr for item in adjustments)])


def fitted_model() -> FusionModel:
    """Read the fusion model that ships with the package.

    Raises
    ------
    ReferenceDataError
        When the file is absent or damaged.
    """
    path = resources.files("matcher.leads") / "data" / "fusion.json"
    try:
        text = path.read_text("utf-8")
        return model_of(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReferenceDataError(
            f"fusion model {path}: {error}", remedy="install matcher again, or fit one with: python -m bench fit"
        ) from error


def model_of(document: Mapping[str, object]) -> FusionModel:
    """Build a model from its JSON form.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the document is not a fusion model of this format.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}, this matcher reads {FORMAT}")
    weights = _mapping(document["weights"])
    if set(weights) - set(CHANNEL_NAMES):
        raise ValueError(f"unknown channels {sorted(set(weights) - set(CHANNEL_NAMES))}")
    combination = Combination(
        {name: _number(weights[name]) for name in CHANNEL_NAMES if name in weights}, tuple(_ties(document["ties"]))
    )
    return FusionModel(str(document["name"]), combination, tuple(_alerts(document["alerts"])))


def fingerprint(document: Mapping[str, object]) -> str:
    """Return eight hexadecimal digits that change with any number of a model document."""
    text = json.dumps({key: document[key] for key in ("weights", "ties", "alerts")}, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]


def _ties(items: object) -> Iterator[Tie]:
    for item in _sequence(items):
        entry = _mapping(item)
        pair = [name for wanted in _sequence(entry["channels"]) for name in CHANNEL_NAMES if name == wanted]
        if len(pair) != 2:
            raise ValueError(f"a tie needs two channels, got {entry['channels']!r}")
        yield Tie(pair[0], pair[1], _number(entry["share"]))


def _alerts(items: object) -> Iterator[AlertRow]:
    strata: dict[object, Stratum | None] = {"fresh": "fresh", "long_stayer": "long_stayer", None: None}
    for item in _sequence(items):
        entry = _mapping(item)
        searches = int(_number(entry["searches"]))
        yield AlertRow(strata[entry["stratum"]], _number(entry["fpir"]), _number(entry["margin"]), searches)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"an object is expected, got {value!r}")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(f"a list is expected, got {value!r}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"a finite number is expected, got {value!r}")
    return float(value)
