"""One call from the bytes of a photograph to an embedding with everything that was measured on the way."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from matcher.errors import ReferenceDataError
from matcher.face.align import align
from matcher.face.cache import ReadingCache
from matcher.face.decode import MAX_BYTES, PhotoReason, decode_photo
from matcher.face.detect import Detection, Detector, Face
from matcher.face.embed import Embedder
from matcher.face.models import DETECTOR, EMBEDDER, ModelCard, model_cards, model_path
from matcher.face.networks import Scrfd, Yunet
from matcher.face.quality import caveats_of, measure
from matcher.face.reading import FaceReading, FileReading


class FaceEngine:
    """Detector and recogniser, opened once; safe to share between threads."""

    def __init__(self, detector: Detector, embedder: Embedder) -> None:
        self._detector = detector
        self._embedder = embedder

    @classmethod
    def open(cls, models_dir: Path, *, embedder: str = EMBEDDER, detector: str = DETECTOR) -> FaceEngine:
        """Open a recogniser and a detector by name, by default those that `matcher models build` makes.

        Raises
        ------
        ReferenceDataError
            When a model is unknown, or its file absent or not the expected one.
        """
        cards = model_cards(models_dir)
        found = {task: _card(cards, name, task) for task, name in (("detect", detector), ("embed", embedder))}
        path = model_path(found["detect"], models_dir)
        network = Scrfd(path) if found["detect"].network == "scrfd" else Yunet(path)
        return cls(Detector(network), Embedder(model_path(found["embed"], models_dir), found["embed"]))

    @property
    def model_id(self) -> str:
        """Identity of the recogniser, written beside every embedding."""
        return self._embedder.card.model_id

    def read(self, data: bytes) -> FaceReading | PhotoReason:
        """Read the most prominent face of a photograph, or say why there is none."""
        photo = decode_photo(data)
        if isinstance(photo, str):
            return photo
        detection = self._detector.detect(photo.pixels)
        if not detection.faces:
            return "no_face"
        chosen = _most_prominent(detection)
        face = self._detector.straighten(detection.pixels, chosen, inclined=detection.rotation != 0)
        crop = align(detection.pixels, face.landmarks)
        vector, clarity = self._embedder.embed(crop)
        measures = measure(face, crop, reduction=photo.reduction, clarity=clarity)
        return FaceReading(
            vector=vector,
            model_id=self.model_id,
            quality=measures.quality,
            measures=measures,
            caveats=caveats_of(measures, detection),
            faces_found=len(detection.faces),
            choice="only_face" if len(detection.faces) == 1 else "most_prominent",
            box=tuple(value * photo.reduction for value in face.box),
            rotation=detection.rotation,
        )

    def read_file(self, path: Path, *, cache: ReadingCache | None = None) -> FileReading:
        """Read one file; whatever is wrong with it comes back as a reason. A cached reading is not made again."""
        try:
            if path.stat().st_size > MAX_BYTES:
                return FileReading(path, "", "photo_too_large")
            data = path.read_bytes()
        except OSError:
            return FileReading(path, "", "unreadable_file")
        sha256 = hashlib.sha256(data).hexdigest()
        known = cache.get(sha256) if cache else None
        if known is not None:
            return FileReading(path, sha256, known)
        outcome = self.read(data)
        if cache:
            cache.put(sha256, outcome)
        return FileReading(path, sha256, outcome)

    def read_many(
        self, paths: Iterable[Path], *, threads: int = 1, cache: ReadingCache | None = None
    ) -> Iterator[FileReading]:
        """Read files in order, up to `threads` at a time; memory stays bounded whatever their number."""
        if threads == 1:
            for path in paths:
                yield self.read_file(path, cache=cache)
            return
        waiting: deque[Future[FileReading]] = deque()
        with ThreadPoolExecutor(threads, thread_name_prefix="face") as workers:
            for path in paths:
                waiting.append(workers.submit(self.read_file, path, cache=cache))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


def _card(cards: Mapping[str, ModelCard], name: str, task: str) -> ModelCard:
    if name in cards and cards[name].task == task:
        return cards[name]
    known = ", ".join(sorted(card.name for card in cards.values() if card.task == task))
    raise ReferenceDataError(
        f"no model '{name}' to {task} faces", remedy=f"known: {known}; add your own with `matcher models add`"
    )


def _most_prominent(detection: Detection) -> Face:
    """Choose by area, halved towards the corners of the photo; ties by position, so that the choice is repeatable."""
    height, width = detection.pixels.shape[:2]
    middle = np.array([width, height], np.float64) / 2.0

    def prominence(face: Face) -> tuple[float, float, float]:
        x, y, w, h = face.box
        away = float(np.hypot(*(np.array([x + w / 2.0, y + h / 2.0]) - middle)) / np.hypot(*middle))
        return w * h * (1.0 - 0.5 * min(away, 1.0)), -x, -y

    return max(detection.faces, key=prominence)
