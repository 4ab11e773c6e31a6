"""Small portrait of the face that was read, for reports: derived, without EXIF, safe to delete."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from matcher.face.decode import decode_photo

WIDTH, HEIGHT = 240, 300
_FACE_SHARE = 0.5
"""Share of the portrait's height that the face takes: head, hair and collar stay visible."""
_JPEG_QUALITY = 82


def portrait(data: bytes, box: tuple[float, ...], rotation: int) -> bytes | None:
    """Cut the portrait around a face and encode it as JPEG; None when the photograph cannot be decoded.

    Parameters
    ----------
    data : bytes
        The photograph.
    box : tuple of float
        x, y, width, height of the face in pixels of the photo turned by `rotation`, at the file's own resolution.
    rotation : int
        Degrees clockwise by which the upright photo had to be turned: 0, 90, 180, 270.
    """
    photo = decode_photo(data)
    if isinstance(photo, str):
        return None
    pixels = np.ascontiguousarray(np.rot90(photo.pixels, k=-rotation // 90))
    x, y, w, h = (value / photo.reduction for value in box)
    scale = HEIGHT * _FACE_SHARE / max(h, 1.0)
    # Map the centre of the face, a little above the middle, onto the portrait; the border is filled, not stretched.
    shift = (WIDTH / 2 - scale * (x + w / 2), HEIGHT * 0.47 - scale * (y + h / 2))
    matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    cut = cv2.warpAffine(_softened(pixels, scale), matrix, (WIDTH, HEIGHT), borderValue=(236, 236, 236))
    done, encoded = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(encoded) if done else None


def _softened(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Blur before shrinking, so that fine texture does not turn into noise."""
    if scale >= 0.5:
        return pixels
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.45 / scale), np.uint8)
