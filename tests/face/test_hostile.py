"""A thousand files made to break a reader: each gets a reason, memory stays bounded, the batch goes on."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

REASONS = {
    "empty_photo",
    "photo_too_large",
    "not_an_image",
    "unsupported_image",
    "too_many_pixels",
    "photo_too_small",
    "truncated_photo",
    "no_face",
    "unreadable_file",
}

# Reads a folder and reports outcomes and the growth of resident memory, in a process of its own.
READER = """
import json, resource, sys
from pathlib import Path
from matcher.face.engine import FaceEngine
engine = FaceEngine.open(Path(sys.argv[1]))
paths = sorted(Path(sys.argv[2]).iterdir())
engine.read_file(paths[0])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcomes = {item.path.name: item.outcome if isinstance(item.outcome, str) else "face"
            for item in engine.read_many(paths, threads=2)}
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"outcomes": outcomes, "grown_mb": (after - before) / 1024}))
"""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int) -> bytes:
    """A whole, valid PNG of side x side black pixels that is tiny on disk."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side)
    packed = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def claimed_size(data: bytes, marker: bytes, width: int, height: int) -> bytes:
    """Overwrite height and width after a JPEG frame marker."""
    place = data.index(marker) + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def with_exif(image: Image.Image, exif: bytes) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def hostile_files(face: NDArray[np.uint8], encode: Callable[..., bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield about a thousand named files; names beginning with `face` must still be read."""
    rng = np.random.default_rng(1)
    small = np.asarray(cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA), np.uint8)
    whole = {suffix: encode(small, suffix) for suffix in (".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif")}
    for suffix, data in whole.items():
        for number in range(60):
            yield f"cut-{number}{suffix}", data[: int(rng.integers(0, len(data) - 40))]
        for number in range(60):
            broken = np.frombuffer(data, np.uint8).copy()
            broken[rng.integers(0, min(len(broken), 400), 12)] = rng.integers(0, 256, 12)
            yield f"flipped-{number}{suffix}", broken.tobytes()
        yield f"face-misnamed-{suffix[1:]}.txt.jpg", data
    for number in range(100):
        yield f"noise-{number}.jpg", rng.bytes(int(rng.integers(0, 3000)))
    for number in range(60):
        yield f"head-{number}.jpg", b"\xff\xd8\xff\xe1" + rng.bytes(int(rng.integers(0, 500)))
    for number in range(40):
        yield f"zero-{number}.png", b""
    image = Image.fromarray(small[:, :, ::-1])
    for number in range(30):
        yield f"lying-exif-{number}.jpg", with_exif(image, b"Exif\0\0" + rng.bytes(60))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"face-turned-{orientation}.jpg", with_exif(image, exif.tobytes())
    for side in (1, 2, 7):
        yield f"tiny-{side}.png", encode(np.zeros((side, side, 3), np.uint8))
    for side in (8, 9, 40):
        yield f"blank-{side}.png", encode(np.zeros((side, side, 3), np.uint8))
    yield "ribbon.png", encode(np.zeros((8, 60_000, 3), np.uint8))
    yield "bomb-20000.png", png_bomb(20_000)
    yield "bomb-9000.png", png_bomb(9_000)
    for number in range(4):
        yield f"allowed-{number}.png", png_bomb(7_900)
    yield "jpeg-65535.jpg", claimed_size(whole[".jpg"], b"\xff\xc0", 65_535, 65_535)
    yield "jpeg-larger.jpg", claimed_size(whole[".jpg"], b"\xff\xc0", 7_000, 7_000)
    frames = [Image.new("RGB", (300, 300), (i, 0, 0)) for i in range(40)]
    animated = io.BytesIO()
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    yield "animated.gif", animated.getvalue()
    for number, text in enumerate((b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"PK\3\4", b"MZ", b"\0")):
        yield f"other-{number}.jpg", text * 50
    yield "heic.jpg", b"\0\0\0\x18ftypheic" + rng.bytes(300)


@pytest.mark.slow
def test_a_thousand_hostile_files(
    tmp_path: Path, models_dir: Path, astronaut: NDArray[np.uint8], encode: Callable[..., bytes]
) -> None:
    files = dict(hostile_files(astronaut, encode))
    assert len(files) >= 980
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "a-folder.jpg").mkdir()
    (folder / "dangling.jpg").symlink_to(folder / "nowhere.jpg")
    command = [sys.executable, "-c", READER, str(models_dir), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    answer = json.loads(result.stdout)
    outcomes: dict[str, str] = answer["outcomes"]
    assert outcomes.keys() == {path.name for path in folder.iterdir()}, "one answer for each file"
    assert set(outcomes.values()) <= REASONS | {"face"}
    expected = {
        "bomb-20000.png": "too_many_pixels",
        "bomb-9000.png": "too_many_pixels",
        "allowed-0.png": "no_face",
        "jpeg-65535.jpg": "too_many_pixels",
        "tiny-1.png": "photo_too_small",
        "blank-40.png": "no_face",
        "ribbon.png": "no_face",
        "animated.gif": "no_face",
        "other-1.jpg": "not_an_image",
        "zero-0.png": "empty_photo",
        "a-folder.jpg": "unreadable_file",
        "dangling.jpg": "unreadable_file",
    }
    assert {name: outcomes[name] for name in expected} == expected
    assert {outcomes[name] for name in outcomes if name.startswith("face")} == {"face"}
    assert answer["grown_mb"] < 500, "two photos of 64 megapixels at most are held at once"
