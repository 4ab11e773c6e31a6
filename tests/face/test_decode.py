from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from matcher.face.decode import MAX_BYTES, Photo, PhotoReason, check_photo, decode_photo, remedy_for

Encode = Callable[..., bytes]


def png_header(width: int, height: int) -> bytes:
    """A PNG that only claims its size."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def pillow_bytes(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> Photo:
    photo = decode_photo(data)
    assert isinstance(photo, Photo), photo
    return photo


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_photo"),
        (b"\0" * (MAX_BYTES + 1), "photo_too_large"),
        (b"hello, this is text", "not_an_image"),
        (b"PK\x03\x04 a zip", "not_an_image"),
        (b"\x00\x00\x00\x18ftypavif" + b"\0" * 40, "unsupported_image"),
        (b"\xff\xd8\xff" + b"0" * 100, "truncated_photo"),
        (png_header(20_000, 20_000), "too_many_pixels"),
        (png_header(9_000, 9_000), "too_many_pixels"),
        (png_header(100, 100), "truncated_photo"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_bad_file_has_its_reason(data: bytes, reason: PhotoReason) -> None:
    assert check_photo(data) == reason
    assert decode_photo(data) == reason
    assert remedy_for(reason)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_files_are_refused(astronaut: NDArray[np.uint8], encode: Encode, suffix: str, share: float) -> None:
    data = encode(astronaut, suffix)
    assert check_photo(data) is None
    assert check_photo(data[: int(len(data) * share)]) == "truncated_photo"
    assert decode_photo(data[: int(len(data) * share)]) == "truncated_photo"


def test_a_single_pixel_is_too_small(encode: Encode) -> None:
    assert check_photo(encode(np.zeros((1, 1, 3), np.uint8))) == "photo_too_small"


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".tiff"])
def test_every_kind_decodes_to_the_same_pixels(astronaut: NDArray[np.uint8], encode: Encode, suffix: str) -> None:
    photo = decoded(encode(astronaut, suffix, 101))
    np.testing.assert_array_equal(photo.pixels, astronaut)


@pytest.mark.parametrize(
    ("file_format", "orientation"), [("JPEG", 6), ("JPEG", 3), ("PNG", 8), ("WEBP", 6), ("TIFF", 6)]
)
def test_exif_orientation_is_applied(astronaut: NDArray[np.uint8], file_format: str, orientation: int) -> None:
    upright = Image.fromarray(astronaut[:, :, ::-1]).resize((200, 100))
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {} if file_format == "TIFF" else {"quality": 98}
    photo = decoded(pillow_bytes(upright.transpose(turn), file_format, exif=exif.tobytes(), **options))
    assert photo.pixels.shape == (100, 200, 3)
    difference = np.abs(photo.pixels.astype(int) - np.asarray(upright)[:, :, ::-1].astype(int))
    assert difference.mean() < 4


def test_sixteen_bit_grey_keeps_its_tones() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (32, 1))
    photo = decoded(pillow_bytes(Image.fromarray(ramp), "PNG"))
    np.testing.assert_array_equal(photo.pixels[0, :, 0], np.arange(256))


@pytest.mark.parametrize(
    ("mode", "file_format"), [("CMYK", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF"), ("1", "PNG")]
)
def test_other_colour_modes_become_bgr(astronaut: NDArray[np.uint8], mode: str, file_format: str) -> None:
    image = Image.fromarray(astronaut[:, :, ::-1]).resize((64, 64)).convert(mode)
    photo = decoded(pillow_bytes(image, file_format))
    assert photo.pixels.shape == (64, 64, 3)
    assert np.abs(photo.pixels[:, :, ::-1].mean() - np.asarray(image.convert("RGB")).mean()) < 6


@pytest.mark.parametrize(("side", "reduction"), [(512, 1), (2559, 1), (2560, 2), (5120, 4)])
@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_big_photos_are_decoded_smaller(encode: Encode, side: int, reduction: int, suffix: str) -> None:
    photo = decoded(encode(np.full((40, side, 3), 90, np.uint8), suffix))
    assert photo.reduction == reduction
    assert photo.pixels.shape[1] == pytest.approx(side / reduction, abs=1)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_a_big_turned_png_is_reduced_and_upright(mode: str) -> None:
    pixels = np.zeros((2600, 60, 3), np.uint8)
    pixels[:1300] = 200
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: what is on top comes to the right
    photo = decoded(pillow_bytes(Image.fromarray(pixels).convert(mode), "PNG", exif=exif.tobytes()))
    assert photo.pixels.shape == (30, 1300, 3)
    assert photo.reduction == 2
    assert photo.pixels[:, -600:].min() > 190
    assert photo.pixels[:, :600].max() < 10


def test_a_chinese_path_is_no_obstacle(tmp_path: Path, astronaut: NDArray[np.uint8], encode: Encode) -> None:
    path = tmp_path / "无名氏_照片.jpg"
    path.write_bytes(encode(astronaut, ".jpg"))
    assert check_photo(path.read_bytes()) is None


def test_heic_photos_are_read_where_the_optional_package_is_there(astronaut: NDArray[np.uint8]) -> None:
    heif = pytest.importorskip("pillow_heif", reason="optional: pip install pillow-heif")
    buffer = io.BytesIO()
    heif.from_pillow(Image.fromarray(np.ascontiguousarray(astronaut[:, :400, ::-1]))).save(buffer, quality=95)
    data = buffer.getvalue()
    photo = decoded(data)
    assert (photo.file_format, photo.pixels.shape) == ("HEIF", (512, 400, 3))
    assert np.abs(photo.pixels.astype(int) - astronaut[:, :400].astype(int)).mean() < 5
    assert check_photo(data) is None
    assert check_photo(data[: len(data) // 2]) == "truncated_photo"


def test_without_the_optional_package_heic_is_named_as_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.face.decode.find_spec", lambda _name: None)
    assert check_photo(b"\x00\x00\x00\x18ftypheic" + b"\0" * 40) == "unsupported_image"
    assert "pillow-heif" in remedy_for("unsupported_image")
