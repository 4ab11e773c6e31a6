"""Bytes of an untrusted photograph to pixels: caps first, then orientation and a decode no larger than needed.

Everything is decided from the header before a pixel is decoded: a PNG of 109 kB can hold 900 megapixels. What cannot
be read is answered with a reason code, never with an exception.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

PhotoReason = Literal[
    "empty_photo",
    "photo_too_large",
    "not_an_image",
    "unsupported_image",
    "too_many_pixels",
    "photo_too_small",
    "truncated_photo",
    "no_face",
]

MAX_BYTES = 64 * 2**20
"""Largest accepted file; a 100-megapixel JPEG of a studio camera is about 40 MB."""

MAX_PIXELS = 64_000_000
"""Largest accepted width x height; 64 million BGR pixels take 192 MB while they are decoded."""

MIN_SIDE = 8
"""Nothing can be found in less: the detector needs about 10 pixels across a face."""

ENOUGH_SIDE = 1280
"""A photo at least twice this long is decoded at 1/2, 1/4 or 1/8, keeping the longer side above it."""

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "MPO")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK", "I", "F")
_BY_OPENCV = ("JPEG", "MPO", "WEBP")
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"II*\x00", b"MM\x00*", b"GIF8")
# Pillow's parsers leave with any of these on a header or body made to deceive.
_PARSER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    OverflowError,
    LookupError,
    RuntimeError,
    struct.error,
    zlib.error,
    Warning,
)
_WARNINGS = threading.Lock()
_REDUCED = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
_REDUCED[8] = cv2.IMREAD_REDUCED_COLOR_8
_REMEDIES: dict[str, str] = {
    "empty_photo": "the file has no content; copy it again",
    "photo_too_large": f"at most {MAX_BYTES // 2**20} MB are accepted; save it at a lower quality",
    "not_an_image": "JPEG, PNG, WEBP, BMP, TIFF and GIF are accepted",
    "unsupported_image": "JPEG, PNG, WEBP, BMP, TIFF, GIF and, with pip install pillow-heif, HEIC; convert the photo",
    "too_many_pixels": f"at most {MAX_PIXELS // 10**6} megapixels are accepted; scale it down",
    "photo_too_small": f"both sides need at least {MIN_SIDE} pixels",
    "truncated_photo": "the file breaks off or is damaged; copy it again from the camera or the case system",
    "no_face": "no face was found; take or scan a photo that shows the face from the front",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photograph.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        BGR, upright according to EXIF.
    reduction : int
        1, 2, 4 or 8: the file holds this many times more pixels along each side.
    file_format : str
        As found in the content, not in the file name.
    """

    pixels: NDArray[np.uint8]
    reduction: int
    file_format: str


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What the first bytes of a file say; `width` and `height` in pixels before EXIF rotation."""

    file_format: str
    width: int
    height: int


def read_header(data: bytes) -> PhotoHeader | PhotoReason:
    """Check size, kind and pixel count without decoding."""
    if not data:
        return "empty_photo"
    if len(data) > MAX_BYTES:
        return "photo_too_large"
    if _png_pixels(data) > MAX_PIXELS:
        return "too_many_pixels"
    try:
        with _opened(data) as image:
            header = PhotoHeader(str(image.format), image.width, image.height)
    except Image.DecompressionBombError:
        return "too_many_pixels"
    except _PARSER_ERRORS:
        unreadable = _heif_header(data)
        if isinstance(unreadable, str):
            return unreadable
        header = unreadable
    if header.width * header.height > MAX_PIXELS:
        return "too_many_pixels"
    return "photo_too_small" if min(header.width, header.height) < MIN_SIDE else header


def check_photo(data: bytes) -> PhotoReason | None:
    """Say why a file cannot be used as a photo, or None; cheap enough for intake.

    A JPEG is decoded at an eighth of its size, of a PNG only the checksums are verified.
    """
    header = read_header(data)
    if isinstance(header, str):
        return header
    if header.file_format == "PNG":
        return None if _png_is_whole(data) else "truncated_photo"
    return None if _decode(data, header, 8) is not None else "truncated_photo"


def decode_photo(data: bytes) -> Photo | PhotoReason:
    """Decode to upright BGR, at a reduced size when the photo is far larger than the detector needs."""
    header = read_header(data)
    if isinstance(header, str):
        return header
    reduction = _reduction(max(header.width, header.height))
    pixels = _decode(data, header, reduction)
    return "truncated_photo" if pixels is None else Photo(pixels, reduction, header.file_format)


def remedy_for(reason: str) -> str:
    """Say in one clause what a person should do about a reason code."""
    return _REMEDIES[reason]


def _decode(data: bytes, header: PhotoHeader, reduction: int) -> NDArray[np.uint8] | None:
    # OpenCV decodes JPEG and WEBP twice as fast; on a damaged PNG, GIF or TIFF it writes to stderr, Pillow does not.
    if header.file_format in _BY_OPENCV:
        return _decode_opencv(data, reduction)
    opener = _opened_heif if header.file_format == "HEIF" else _opened
    return _decode_pillow(data, reduction, opener)


def _decode_opencv(data: bytes, reduction: int) -> NDArray[np.uint8] | None:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[reduction])
    except cv2.error:
        return None
    return None if pixels is None or pixels.ndim != 3 else np.ascontiguousarray(pixels, np.uint8)


def _decode_pillow(data: bytes, reduction: int, opener: Callable[[bytes], Image.Image]) -> NDArray[np.uint8] | None:
    try:
        with opener(data) as image:
            # Shrunk as soon as it is decoded: at full size every later step would need its own copy.
            shrunk = image.reduce(reduction) if reduction > 1 and image.mode in _REDUCIBLE else image
            done = reduction if shrunk is not image else 1
            shrunk.getexif().update(image.getexif())
            rgb = _eight_bit_rgb(ImageOps.exif_transpose(shrunk))
    except (*_PARSER_ERRORS, MemoryError, Image.DecompressionBombError):
        return None
    pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)
    if reduction > done:
        size = (max(1, pixels.shape[1] // reduction), max(1, pixels.shape[0] // reduction))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(pixels)


def _eight_bit_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Bring any pixel mode to 8-bit RGB; Pillow alone would clip 16-bit grey to white."""
    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image, np.float64)
        top = 65535.0 if image.mode.startswith("I") else max(float(grey.max(initial=0.0)), 1.0)
        eight_bit = np.clip(grey * (255.0 / top), 0.0, 255.0).astype(np.uint8)
        return np.repeat(eight_bit[:, :, None], 3, axis=2)
    return np.asarray(image.convert("RGB"), np.uint8)


def _opened(data: bytes) -> Image.Image:
    """Open an image without decoding it; Pillow's warnings about odd metadata are of no use to a reader.

    The lock is there because warning filters belong to the whole process.
    """
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data), formats=_FORMATS)


def _png_pixels(data: bytes) -> int:
    """Return the pixels a PNG claims in its first chunk, 0 for other files: asked first, before any parser runs."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or len(data) < 24:
        return 0
    width, height = struct.unpack(">II", data[16:24])
    return int(width) * int(height)


def _png_is_whole(data: bytes) -> bool:
    try:
        with _opened(data) as image:
            image.verify()
    except _PARSER_ERRORS:
        return False
    return b"IEND" in data[-4096:]


def _reduction(longer_side: int) -> int:
    return next((factor for factor in (8, 4, 2) if longer_side >= factor * ENOUGH_SIDE), 1)


def _heif_header(data: bytes) -> PhotoHeader | PhotoReason:
    """Read the header of a HEIC photo where the optional package `pillow-heif` is installed."""
    if data[4:8] != b"ftyp" or find_spec("pillow_heif") is None:
        return _reason_of_unreadable(data)
    import pillow_heif  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

    try:
        width, height = pillow_heif.open_heif(io.BytesIO(data)).size
    except _PARSER_ERRORS:
        return "truncated_photo" if data[8:12] in _HEIF_BRANDS else "unsupported_image"
    return PhotoHeader("HEIF", int(width), int(height))


def _opened_heif(data: bytes) -> Image.Image:
    """Decode a HEIC photo, turned upright by the decoder itself."""
    import pillow_heif  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional

    image: Image.Image = pillow_heif.open_heif(io.BytesIO(data)).to_pillow()
    return image


def _reason_of_unreadable(data: bytes) -> PhotoReason:
    """Tell a damaged photo from a kind we do not read and from something else altogether."""
    if data[4:8] == b"ftyp":
        return "unsupported_image"
    return "truncated_photo" if data.startswith(_MAGIC) else "not_an_image"
