"""Real photographs that installed packages ship, and models built once for the whole run."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from matcher.face.engine import FaceEngine
from matcher.face.models import build_models

Pixels = NDArray[np.uint8]

# Repeatable, and patient on a busy machine.
settings.register_profile("faces", derandomize=True, deadline=None)
settings.load_profile("faces")


def shipped(distribution: str, path: str) -> Path:
    """Locate a file of an installed package without importing the package."""
    return Path(str(importlib.metadata.distribution(distribution).locate_file(path)))


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with both default models, built from the installed package."""
    directory = tmp_path_factory.mktemp("models")
    assert [worked for _, worked in build_models(directory)] == [True, True]
    return directory


@pytest.fixture(scope="session")
def home(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `MATCHER_HOME` points to."""
    directory = tmp_path_factory.mktemp("home")
    (directory / "models").symlink_to(models_dir)
    return directory


@pytest.fixture(scope="session")
def engine(models_dir: Path) -> FaceEngine:
    """Face engine with the default models."""
    return FaceEngine.open(models_dir)


@pytest.fixture(scope="session")
def astronaut() -> Pixels:
    """One frontal adult face of 90 pixels, BGR, 512 x 512 (NASA, public domain)."""
    return read(shipped("scikit-image", "skimage/data/astronaut.png"))


@pytest.fixture(scope="session")
def group() -> Pixels:
    """Six faces, BGR, 1280 x 886."""
    return read(shipped("insightface", "insightface/data/images/t1.jpg"))


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """Write pixels as the bytes of an image file: `encode(pixels, ".jpg", quality)`."""

    def write(pixels: NDArray[np.generic], suffix: str = ".png", quality: int = 95) -> bytes:
        done, encoded = cv2.imencode(suffix, pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert done
        return bytes(encoded)

    return write


def read(path: Path) -> Pixels:
    """Decode a trusted image file."""
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)
