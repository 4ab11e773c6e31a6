"""Real photographs for a synthetic world: portraits that installed packages ship, as two cameras would take them.

The pictures stay where their packages put them; only derived files are written, to where the user asks. They serve to
send real faces through the real detector and recogniser, nothing else.

Source: `skimage.data` astronaut (NASA, public domain, Eileen Collins) and the group picture `t1.jpg` of insightface
(rights unclear, hence never copied into this repository).
"""

from __future__ import annotations

import importlib.metadata
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from matcher.errors import ReferenceDataError
from matcher.types import Sex

REMEDY = "pip install 'matcher[insightface]'"
_LONGEST_SIDE = 640


@dataclass(frozen=True, slots=True)
class Portrait:
    """One person in a packaged picture.

    Parameters
    ----------
    name : str
        Short name of the portrait.
    distribution, file : str
        Package and the path of the picture in it.
    sex : Sex
        As seen.
    centre : tuple of float
        Middle of the face, as fractions of width and height.
    half_side : float
        Half the side of the square around head and shoulders, as a fraction of the width.
    """

    name: str
    distribution: str
    file: str
    sex: Sex
    centre: tuple[float, float]
    half_side: float


_GROUP = ("insightface", "insightface/data/images/t1.jpg")

# Centres and sizes read off the pictures; a test runs the detector over every cut.
PORTRAITS: tuple[Portrait, ...] = (
    Portrait("astronaut", "scikit-image", "skimage/data/astronaut.png", "female", (0.440, 0.240), 0.215),
    Portrait("group-1", *_GROUP, "female", (0.089, 0.377), 0.085),
    Portrait("group-2", *_GROUP, "female", (0.253, 0.226), 0.085),
    Portrait("group-3", *_GROUP, "male", (0.411, 0.369), 0.090),
    Portrait("group-4", *_GROUP, "male", (0.630, 0.444), 0.085),
    Portrait("group-5", *_GROUP, "male", (0.766, 0.136), 0.090),
    Portrait("group-6", *_GROUP, "female", (0.922, 0.369), 0.078),
)


def original(portrait: Portrait) -> Image.Image:
    """Cut one person out of the packaged picture.

    Raises
    ------
    ReferenceDataError
        When the package or its picture is not installed.
    """
    with Image.open(_locate(portrait)) as picture:
        image = picture.convert("RGB")
    x, y = portrait.centre[0] * image.width, portrait.centre[1] * image.height
    half = portrait.half_side * image.width
    box = (max(0, x - half), max(0, y - half), min(image.width, x + half), min(image.height, y + half))
    return image.crop(tuple(round(edge) for edge in box))  # type: ignore[arg-type]  # four integers


def second_camera(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Take the picture again with another camera: framing, tilt, light, colour, focus, noise, resolution."""
    image = _reframed(rng, image)
    image = image.rotate(float(rng.uniform(-8, 8)), Image.Resampling.BICUBIC, fillcolor=_mean_colour(image))
    image = ImageEnhance.Brightness(image).enhance(float(rng.uniform(0.7, 1.3)))
    image = ImageEnhance.Contrast(image).enhance(float(rng.uniform(0.75, 1.2)))
    image = ImageEnhance.Color(image).enhance(0.0 if rng.random() < 0.25 else float(rng.uniform(0.6, 1.2)))
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.0, 1.0))))
    pixels = np.asarray(image, np.float64) + rng.normal(0.0, rng.uniform(1.0, 6.0), (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Encode a picture as JPEG without any metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def photograph_pair(rng: np.random.Generator, portrait: Portrait) -> tuple[bytes, bytes]:
    """Return one person's photograph in an old record and, taken by a second camera, at intake, both as JPEG."""
    first = original(portrait)
    if max(first.size) > _LONGEST_SIDE:
        first.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    return jpeg(first, 90), jpeg(second_camera(rng, first), int(rng.integers(40, 80)))


def require_portraits() -> None:
    """Check that every portrait is at hand, before work begins.

    Raises
    ------
    ReferenceDataError
        Naming what is not installed and how to install it.
    """
    for portrait in PORTRAITS:
        _locate(portrait)


def _locate(portrait: Portrait) -> Path:
    try:
        path = Path(str(importlib.metadata.distribution(portrait.distribution).locate_file(portrait.file)))
    except importlib.metadata.PackageNotFoundError:
        raise ReferenceDataError(
            f"photographs for the demo: package '{portrait.distribution}' is not installed", remedy=REMEDY
        ) from None
    if not path.is_file():
        raise ReferenceDataError(
            f"photographs for the demo: '{portrait.file}' is not in the installed '{portrait.distribution}'",
            remedy=REMEDY,
        )
    return path


def _reframed(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    width, height = image.size
    cut = rng.uniform(0.0, 0.08, 4) * [width, height, width, height]
    image = image.crop((round(cut[0]), round(cut[1]), width - round(cut[2]), height - round(cut[3])))
    scale = float(rng.uniform(0.7, 1.4))
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)


def _mean_colour(image: Image.Image) -> tuple[int, int, int]:
    red, green, blue = np.asarray(image, np.float64).mean(axis=(0, 1)).astype(int)
    return int(red), int(green), int(blue)
