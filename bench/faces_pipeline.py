"""CPU time of reading a face, beside InsightFace and OpenCV on the same photographs and the same weights."""

from __future__ import annotations

import importlib.metadata
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bench.faces_pack import shipped, write_pack
from matcher.face.engine import FaceEngine
from matcher.face.graph import fold
from matcher.face.models import DETECTOR, EMBEDDER, build_models, model_cards, model_path

Pixels = NDArray[np.uint8]
Contestant = Callable[[bytes], object]

SFACE_GFLOP = 1.148
"""Multiply-adds of one SFace embedding, times two, in 1e9."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One contestant: median CPU milliseconds an image, and as a share of ours."""

    name: str
    cpu_ms: float


def photos() -> list[bytes]:
    """Make about a dozen JPEG portraits, .06 to 3 megapixels, from photographs that installed packages ship."""
    astronaut = read_shipped("scikit-image", "skimage/data/astronaut.png")
    group = read_shipped("insightface", "insightface/data/images/t1.jpg")
    crops = [astronaut, astronaut[:360, 60:400]]
    for x, y, w, h in ((462, 265, 114, 151), (750, 346, 94, 126), (899, 60, 105, 138), (1132, 273, 96, 125)):
        crops.append(group[max(0, y - h) : y + 2 * h, max(0, x - w) : x + 2 * w])
        crops.append(group[max(0, y - h // 2) : y + h + h // 2, max(0, x - w // 2) : x + w + w // 2])
    large = [cv2.resize(crops[0], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) for scale in (2.0, 3.4)]
    return [cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes() for pixels in (*crops, *large)]


def read_shipped(distribution: str, path: str) -> Pixels:
    """Decode a photograph of an installed package."""
    located = Path(str(importlib.metadata.distribution(distribution).locate_file(path)))
    return np.asarray(cv2.imdecode(np.frombuffer(located.read_bytes(), np.uint8), cv2.IMREAD_COLOR), np.uint8)


def compare(rounds: int = 5) -> list[Timing]:
    """Time all contestants in alternation on one core."""
    files = photos()
    with tempfile.TemporaryDirectory() as temporary:
        contestants = open_contestants(Path(temporary))
        spent: dict[str, list[float]] = {name: [] for name in contestants}
        for read in contestants.values():
            for data in files:
                read(data)
        for _ in range(rounds):
            for name, read in contestants.items():
                for data in files:
                    start = time.process_time()
                    read(data)
                    spent[name].append(1000.0 * (time.process_time() - start))
    # The median over photos of the best of the rounds: other people's load only ever adds time.
    best = {name: np.array(times).reshape(rounds, len(files)).min(axis=0) for name, times in spent.items()}
    return [Timing(name, float(np.median(times))) for name, times in best.items()]


def open_contestants(directory: Path) -> dict[str, Contestant]:
    """Open ours, InsightFace's FaceAnalysis and OpenCV's own pipeline, each with one thread."""
    cv2.setNumThreads(1)
    list(build_models(directory / "models"))
    cards = model_cards()
    engine = FaceEngine.open(directory / "models")
    pack = write_pack(directory / "pack")
    folded = directory / "sface-folded.onnx"
    folded.write_bytes(fold(shipped(cards[EMBEDDER])).SerializeToString())
    return {
        "matcher": engine.read,
        "insightface FaceAnalysis, det 640": _insightface(pack),
        "OpenCV FaceDetectorYN + FaceRecognizerSF": _opencv(model_path(cards[DETECTOR], directory / "models"), folded),
    }


def embedding_rate() -> tuple[float, float]:
    """Return GFLOP/s of one embedding and of onnxruntime's float32 matrix product, one thread, best of the rounds."""
    from onnx import TensorProto, helper, numpy_helper

    size = 1024
    weights = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [size, size])],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, [size, size])],
        [numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = _one_thread()
    product = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    with tempfile.TemporaryDirectory() as temporary:
        list(build_models(Path(temporary)))
        path = model_path(model_cards()[EMBEDDER], Path(temporary))
        network = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(1).uniform(0, 255, (1, 3, 112, 112)).astype(np.float32)
    best = [float("inf"), float("inf")]
    for _ in range(40):
        for place, (session, feed) in enumerate(((network, {"data": image}), (product, {"a": weights}))):
            start = time.process_time()
            session.run(None, feed)
            best[place] = min(best[place], time.process_time() - start)
    return SFACE_GFLOP / best[0], 2.0 * size**3 / 1e9 / best[1]


def two_workers() -> float:
    """Return how many times faster two worker threads read the photos than one, by wall clock."""
    files = photos() * 4
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        list(build_models(directory))
        engine = FaceEngine.open(directory)
        paths = []
        for number, data in enumerate(files):
            paths.append(directory / f"{number:03d}.jpg")
            paths[-1].write_bytes(data)
        walls: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(3):
            for threads, spent in walls.items():
                start = time.perf_counter()
                list(engine.read_many(paths, threads=threads))
                spent.append(time.perf_counter() - start)
    return min(walls[1]) / min(walls[2])


def pin_to_one_core() -> None:
    """Keep libraries that count cores from starting threads that would be charged to them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


def _insightface(pack: Path) -> Contestant:
    import warnings

    from insightface.app import FaceAnalysis

    analysis = FaceAnalysis(name=str(pack), providers=["CPUExecutionProvider"], sess_options=_one_thread())
    analysis.prepare(ctx_id=-1, det_size=(640, 640), det_thresh=0.6)

    def read(data: bytes) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it calls a deprecated function of scikit-image
            return analysis.get(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), max_num=1)

    return read


def _opencv(detector_path: Path, recogniser_path: Path) -> Contestant:
    detector = cv2.FaceDetectorYN.create(str(detector_path), "", (320, 320), 0.6, 0.3, 5000)
    recogniser = cv2.FaceRecognizerSF.create(str(recogniser_path), "")

    def read(data: bytes) -> object:
        pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
        scale = 640.0 / max(pixels.shape[:2])
        if scale < 1.0:
            pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        detector.setInputSize((pixels.shape[1], pixels.shape[0]))
        faces = detector.detect(pixels)[1]
        return recogniser.feature(recogniser.alignCrop(pixels, faces[0]))

    return read
