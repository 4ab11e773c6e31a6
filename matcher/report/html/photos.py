"""Thumbnails of a report, each embedded once however often it is shown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from matcher.errors import InputError

_JPEG_START = b"\xff\xd8\xff"


@dataclass(slots=True)
class PhotoSheet:
    """Hands out one number per distinct picture, and at the end the pictures that were asked for.

    A repeat wanderer's picture stands in dozens of lists; the page draws it from one copy.

    Parameters
    ----------
    photos : Mapping of str to bytes
        JPEG thumbnails by case number.
    """

    photos: Mapping[str, bytes]
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _pictures: list[bytes] = field(default_factory=list)

    def number_of(self, record_id: str) -> int | None:
        """Return the number of a record's picture, None when it has none.

        Raises
        ------
        InputError
            When the thumbnail is not a JPEG: it would be shown as a broken picture, or as something else.
        """
        picture = self.photos.get(record_id)
        if picture is None:
            return None
        if not picture.startswith(_JPEG_START):
            raise InputError(
                f"thumbnail of record {record_id}: starts with {picture[:4].hex() or 'nothing'}, expected a JPEG",
                remedy="make the thumbnails again",
            )
        digest = hashlib.sha256(picture).digest()
        number = self._numbers.setdefault(digest, len(self._pictures))
        if number == len(self._pictures):
            self._pictures.append(picture)
        return number

    def uris(self) -> Iterator[tuple[int, str]]:
        """Yield number and data URI of every picture that was asked for."""
        for number, picture in enumerate(self._pictures):
            yield number, "data:image/jpeg;base64," + base64.b64encode(picture).decode("ascii")
