"""A gallery with every channel made ready for it, and excerpts of a few records that are a gallery of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.engine.assembly import compact, take_rows
from matcher.engine.channel import Channel, Compiler
from matcher.engine.columns import ColumnCodes, DenseColumn, Vocabulary
from matcher.engine.gallery import Gallery
from matcher.engine.search import Search
from matcher.engine.storage import Vocabularies
from matcher.leads.fusion_model import PLAIN_MODEL, FusionModel
from matcher.types import ChannelName


@dataclass(frozen=True, slots=True)
class PreparedGallery:
    """A gallery with every channel's compiler made ready.

    Parameters
    ----------
    gallery : Gallery
        Encoded records.
    vocabularies : mapping
        What its codes mean, by channel and column.
    channels : tuple of Channel
        In the order in which evidence is shown.
    compilers : mapping of channel name to Compiler
        One for each channel.
    fusion : FusionModel
        How channels are fused; the plain sum unless another is given.
    as_of_day : int or None
        Day from which lengths of stay are counted, in days since 1970-01-01; None = not known.
    search : Search
        Made from the gallery; keeps what a scan needs from probe to probe.
    """

    gallery: Gallery
    vocabularies: Vocabularies = field(repr=False)
    channels: tuple[Channel, ...]
    compilers: Mapping[ChannelName, Compiler]
    fusion: FusionModel = PLAIN_MODEL
    as_of_day: int | None = None
    search: Search = field(init=False, repr=False, compare=False)
    _latest: dict[bytes, PreparedGallery] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open the search."""
        object.__setattr__(self, "search", Search(self.gallery))

    def excerpt(self, rows: NDArray[np.int64]) -> PreparedGallery:
        """Lay out a few records, encoded as they are, as a gallery of their own.

        No other record changes the LR of a record, so the numbers are those of the whole gallery; but a probe is
        compiled against the values of a few records instead of all.

        Parameters
        ----------
        rows : ndarray of int64, shape (n,)
            Positions of the records, ascending. The latest excerpt is kept: the records of a list are laid out once,
            for its other hypotheses and to compare them with each other.
        """
        key = rows.tobytes()
        excerpt = self._latest.get(key)
        if excerpt is None:
            excerpt = self._laid_out(rows)
            self._latest.clear()
            self._latest[key] = excerpt
        return excerpt

    def _laid_out(self, rows: NDArray[np.int64]) -> PreparedGallery:
        codes: dict[ChannelName, dict[str, ColumnCodes]] = {}
        compilers: dict[ChannelName, Compiler] = {}
        vocabularies: dict[ChannelName, dict[str, Vocabulary]] = {}
        for channel in self.channels:
            name = channel.name
            codes[name], vocabularies[name] = _few(self.gallery.codes[name], self.vocabularies[name], rows)
            # A channel without vocabularies is ready for any gallery, and keeps what it worked out.
            compilers[name] = channel.prepare(vocabularies[name]) if vocabularies[name] else self.compilers[name]
        gallery = Gallery(self.gallery.record_ids[rows], codes)
        return PreparedGallery(gallery, vocabularies, self.channels, compilers, self.fusion, self.as_of_day)


def _few(
    columns: Mapping[str, ColumnCodes], vocabularies: Mapping[str, Vocabulary], rows: NDArray[np.int64]
) -> tuple[dict[str, ColumnCodes], dict[str, Vocabulary]]:
    """Take some records of a channel's columns, with the values that they use."""
    codes: dict[str, ColumnCodes] = {}
    used: dict[str, Vocabulary] = {}
    for name, column in columns.items():
        codes[name] = take_rows(column, rows)
        if not isinstance(column, DenseColumn):
            codes[name], used[name] = compact(codes[name], vocabularies[name])
    return codes, used
