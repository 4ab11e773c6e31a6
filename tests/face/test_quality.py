from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.face.align import align
from matcher.face.detect import Detector
from matcher.face.embed import Embedder
from matcher.face.models import DETECTOR, EMBEDDER, model_cards, model_path
from matcher.face.networks import Yunet
from matcher.face.quality import caveats_of, measure, reliability_of, sharpness_of

Pixels = NDArray[np.uint8]


def test_reliability_predicts_the_cosine_of_a_blurred_photo(models_dir: Path, astronaut: Pixels, group: Pixels) -> None:
    cards = model_cards()
    detector = Detector(Yunet(model_path(cards[DETECTOR], models_dir)))
    embedder = Embedder(model_path(cards[EMBEDDER], models_dir), cards[EMBEDDER])
    errors = []
    for photo in (astronaut, group):
        for face in detector.detect(photo).faces:
            sharp, _ = embedder.embed(align(photo, face.landmarks))
            for share in (0.01, 0.03, 0.045, 0.06):
                blurred = np.asarray(cv2.GaussianBlur(photo, (0, 0), share * face.box[2]), np.uint8)
                crop = align(blurred, face.landmarks)
                errors.append(measure(face, crop).reliability - float(embedder.embed(crop)[0] @ sharp))
    assert abs(float(np.median(errors))) < 0.03
    assert float(np.quantile(np.abs(errors), 0.9)) < 0.15


def test_sharpness_ignores_contrast_and_brightness(astronaut: Pixels) -> None:
    crop = astronaut[60:172, 170:282]
    dim = (crop * 0.5 + 30).astype(np.uint8)
    assert sharpness_of(dim) == pytest.approx(sharpness_of(crop), rel=0.03)
    assert sharpness_of(np.zeros((112, 112, 3), np.uint8)) == 0.0


def test_caveats_name_what_limits_a_photo(models_dir: Path, astronaut: Pixels, encode: Callable[..., bytes]) -> None:
    detector = Detector(Yunet(model_path(model_cards()[DETECTOR], models_dir)))
    small = np.asarray(cv2.resize(astronaut, (140, 140), interpolation=cv2.INTER_AREA), np.uint8)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.uint8)
    detection = detector.detect(small)
    measures = measure(detection.faces[0], align(small, detection.faces[0].landmarks))
    assert set(caveats_of(measures, detection)) == {"small_face", "blurred"}
    assert measures.quality < 0.75


def test_covered_noisy_and_turned_faces_are_trusted_less(models_dir: Path, astronaut: Pixels, group: Pixels) -> None:
    cards = model_cards()
    detector = Detector(Yunet(model_path(cards[DETECTOR], models_dir)))
    embedder = Embedder(model_path(cards[EMBEDDER], models_dir), cards[EMBEDDER])
    kept: dict[str, list[tuple[float, float]]] = {"clear": [], "half covered": [], "noisy": []}
    for photo in (astronaut, group):
        for face in detector.detect(photo).faces:
            clear = align(photo, face.landmarks)
            half, noisy = clear.copy(), np.random.default_rng(1).normal(clear, 50.0).clip(0, 255).astype(np.uint8)
            half[:, 56:] = 120
            sharp, _ = embedder.embed(clear)
            for name, crop in (("clear", clear), ("half covered", half), ("noisy", noisy)):
                vector, clarity = embedder.embed(crop)
                kept[name].append((measure(face, crop, clarity=clarity).reliability, float(vector @ sharp)))
    promised = {name: float(np.mean([pair[0] for pair in pairs])) for name, pairs in kept.items()}
    cosine = {name: float(np.mean([pair[1] for pair in pairs])) for name, pairs in kept.items()}
    assert promised["clear"] > 0.9
    assert cosine["half covered"] < promised["half covered"] < promised["clear"] - 0.1
    assert cosine["noisy"] < promised["noisy"] < promised["clear"] - 0.15


def test_a_turned_face_is_trusted_less() -> None:
    assert reliability_of(0.7, 120.0, yaw=0.2) == 1.0
    assert reliability_of(0.7, 100.0, yaw=0.6) < 0.8
    assert reliability_of(0.7, 100.0, yaw=2.0) == 0.5
