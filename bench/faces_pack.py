"""The default weights in the form InsightFace loads, so that both run the same networks."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from matcher.face.graph import fold
from matcher.face.models import DETECTOR, EMBEDDER, ModelCard, model_cards

_STRIDES = (8, 16, 32)


def write_pack(directory: Path) -> Path:
    """Write `det_yunet.onnx` (nine outputs, as SCRFD) and `rec_sface.onnx` into a pack directory."""
    directory.mkdir(parents=True, exist_ok=True)
    cards = model_cards()
    onnx.save(as_scrfd(fold(shipped(cards[DETECTOR]))), directory / "det_yunet.onnx")
    recogniser = fold(shipped(cards[EMBEDDER]))
    for node in recogniser.graph.node[:2]:
        node.name = f"{node.op_type}_in"  # InsightFace reads from these names that the network scales its own input
    onnx.save(recogniser, directory / "rec_sface.onnx")
    return directory


def shipped(card: ModelCard) -> onnx.ModelProto:
    """Load the file that the installed package ships."""
    path = importlib.metadata.distribution(card.source_distribution).locate_file(card.source_file)
    return onnx.load(str(path))


def as_scrfd(yunet: onnx.ModelProto) -> onnx.ModelProto:
    """Wrap YuNet: RGB scaled input, two equal anchors a cell, scores, side distances and landmark offsets."""
    graph = yunet.graph
    constants = {
        "scale": np.float32(128.0),
        "shift": np.float32(127.5),
        "half": np.float32(0.5),
        "bgr": np.array([2, 1, 0], np.int64),
        **{f"as_{width}": np.array([-1, width], np.int64) for width in (1, 4, 10)},
        **{f"cut_{i}": np.array([i], np.int64) for i in (0, 2, 4)},
        "last": np.array([2], np.int64),
    }
    before = [
        helper.make_node("Mul", ["scaled", "scale"], ["pixels_0"]),
        helper.make_node("Add", ["pixels_0", "shift"], ["pixels"]),
        helper.make_node("Gather", ["pixels", "bgr"], [graph.input[0].name], axis=1),
    ]
    after: list[onnx.NodeProto] = []
    for stride in _STRIDES:
        after += _score(stride) + _sides(stride)
        after += _two_anchors(f"kps_{stride}", f"points_{stride}", 10)
    names = [f"{head}_{stride}" for head in ("scores", "sides", "points") for stride in _STRIDES]
    widths = [1] * 3 + [4] * 3 + [10] * 3
    wrapped = helper.make_graph(
        [*before, *graph.node, *after],
        "yunet_as_scrfd",
        [helper.make_tensor_value_info("scaled", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"n_{name}", width])
            for name, width in zip(names, widths, strict=True)
        ],
        [*graph.initializer, *(numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items())],
    )
    model = helper.make_model(wrapped, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def _score(stride: int) -> list[onnx.NodeProto]:
    s = str(stride)
    return [
        helper.make_node("Mul", [f"cls_{s}", f"obj_{s}"], [f"product_{s}"]),
        helper.make_node("Sqrt", [f"product_{s}"], [f"root_{s}"]),
        *_two_anchors(f"root_{s}", f"scores_{s}", 1),
    ]


def _sides(stride: int) -> list[onnx.NodeProto]:
    """Distances from the cell to left, top, right and bottom: half the size minus or plus the offset."""
    s = str(stride)
    return [
        helper.make_node("Slice", [f"bbox_{s}", "cut_0", "cut_2", "last"], [f"offset_{s}"]),
        helper.make_node("Slice", [f"bbox_{s}", "cut_2", "cut_4", "last"], [f"log_size_{s}"]),
        helper.make_node("Exp", [f"log_size_{s}"], [f"size_{s}"]),
        helper.make_node("Mul", [f"size_{s}", "half"], [f"half_{s}"]),
        helper.make_node("Sub", [f"half_{s}", f"offset_{s}"], [f"before_{s}"]),
        helper.make_node("Add", [f"half_{s}", f"offset_{s}"], [f"behind_{s}"]),
        helper.make_node("Concat", [f"before_{s}", f"behind_{s}"], [f"around_{s}"], axis=2),
        *_two_anchors(f"around_{s}", f"sides_{s}", 4),
    ]


def _two_anchors(source: str, target: str, width: int) -> list[onnx.NodeProto]:
    """Repeat [1, n, width] for both anchors of a cell and drop the batch: [2 n, width]."""
    return [
        helper.make_node("Reshape", [source, f"as_{width}"], [f"{target}_rows"]),
        helper.make_node("Concat", [f"{target}_rows", f"{target}_rows"], [f"{target}_pairs"], axis=1),
        helper.make_node("Reshape", [f"{target}_pairs", f"as_{width}"], [target]),
    ]
