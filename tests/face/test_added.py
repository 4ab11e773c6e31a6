from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bench.faces_pack import write_pack
from matcher.cli.face import face
from matcher.cli.models import models
from matcher.errors import InputError, ReferenceDataError, UsageError
from matcher.face.added import Preprocessing, add_detector, add_pack, add_recogniser
from matcher.face.detect import Detector, letterbox
from matcher.face.engine import FaceEngine
from matcher.face.models import ADDED, DETECTOR, model_cards, model_path
from matcher.face.networks import Scrfd, Yunet
from matcher.face.reading import FaceReading

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An InsightFace pack: the default weights in its form."""
    return write_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def added(pack: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory with the built-in models and the pack."""
    directory = tmp_path_factory.mktemp("models")
    for path in models_dir.iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    cards = add_pack(directory, pack, name="mine", licence="test only")
    assert [(card.name, card.task, card.network) for card in cards] == [
        ("mine-det", "detect", "scrfd"),
        ("mine", "embed", "arcface"),
    ]
    return directory


def test_a_pack_gives_the_embeddings_of_the_same_weights(added: Path, astronaut: Pixels, encode) -> None:
    own = FaceEngine.open(added).read(encode(astronaut))
    theirs = FaceEngine.open(added, embedder="mine", detector="mine-det").read(encode(astronaut))
    assert isinstance(own, FaceReading)
    assert isinstance(theirs, FaceReading)
    assert theirs.model_id == model_cards(added)["mine"].model_id != own.model_id
    assert float(own.vector @ theirs.vector) > 0.9999


@pytest.mark.parametrize("photo", ["astronaut", "group"])
def test_scrfd_outputs_are_read_as_insightface_reads_them(
    pack: Path, models_dir: Path, photo: str, request: pytest.FixtureRequest
) -> None:
    pixels: Pixels = request.getfixturevalue(photo)
    ours = Detector(Scrfd(pack / "det_yunet.onnx")).detect_at(pixels, 640, 0.0)
    twin = Detector(Yunet(model_path(model_cards()[DETECTOR], models_dir))).detect_at(pixels, 640, 0.0)
    assert len(ours) == len(twin) > 0
    for left, right in zip(ours, twin, strict=True):
        np.testing.assert_allclose(left.box, right.box, atol=0.05)
        np.testing.assert_allclose(left.landmarks, right.landmarks, atol=0.05)
    insightface = pytest.importorskip("insightface.model_zoo", reason="optional: pip install 'matcher[insightface]'")
    peer = insightface.get_model(str(pack / "det_yunet.onnx"), providers=["CPUExecutionProvider"])
    peer.prepare(ctx_id=-1, input_size=(640, 640), det_thresh=0.6)
    canvas, factor, _ = letterbox(pixels, 640, 0.0)
    _, points = peer.detect(canvas, input_size=(canvas.shape[1], canvas.shape[0]))
    assert len(points) == len(ours)
    for face_found in ours:
        nearest = np.abs(points / factor - face_found.landmarks[None]).max(axis=(1, 2)).min()
        assert nearest < 0.05


def test_a_recogniser_with_explicit_preprocessing(tmp_path: Path, pack: Path) -> None:
    card = add_recogniser(
        tmp_path, pack / "rec_sface.onnx", name="r", licence="L", preprocessing=Preprocessing(1.0, 2.0, "BGR")
    )
    assert (card.mean, card.std, card.channel_order, card.dim) == (1.0, 2.0, "BGR", 128)
    assert "PRelu" not in {node.op_type for node in onnx.load(str(tmp_path / card.built_file)).graph.node}
    assert model_cards(tmp_path)["r"] == card
    assert (
        add_recogniser(
            tmp_path, pack / "rec_sface.onnx", name="r", licence="L", preprocessing=Preprocessing(1.0, 2.0, "BGR")
        )
        == card
    )
    with pytest.raises(UsageError, match="there is a model 'yunet-2023mar' already"):
        add_detector(tmp_path, pack / "det_yunet.onnx", name="yunet-2023mar", licence="L")


def test_what_is_no_model_is_refused(tmp_path: Path, pack: Path) -> None:
    (tmp_path / "text.onnx").write_bytes(b"this is text, not a model")
    graph = helper.make_graph(
        [helper.make_node("Relu", ["a"], ["b"])],
        "g",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 3, 64, 64])],
    )
    onnx.save(helper.make_model(graph), tmp_path / "small.onnx")
    for name, message in (("text", "is not an ONNX model"), ("absent", "cannot be read"), ("small", "112 x 112")):
        with pytest.raises(InputError, match=message):
            add_recogniser(tmp_path, tmp_path / f"{name}.onnx", name="x", licence="L", preprocessing=None)
    with pytest.raises(InputError, match="1 outputs"):
        add_detector(tmp_path, pack / "rec_sface.onnx", name="x", licence="L")
    with pytest.raises(InputError, match="0 detectors and 0 recognisers"):
        add_pack(tmp_path, tmp_path / "nothing", name="x", licence="L")


def test_unknown_and_damaged_models_say_what_to_do(added: Path, tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="no model 'absent' to embed faces -> known: mine, sface-2021dec"):
        FaceEngine.open(added, embedder="absent")
    (tmp_path / ADDED).write_text(json.dumps({"x": {"name": "x"}}))
    with pytest.raises(ReferenceDataError, match="add the models again"):
        model_cards(tmp_path)


def test_models_are_added_and_used_from_the_command_line(
    pack: Path, added: Path, tmp_path: Path, astronaut, encode
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(added)
    environment = {"MATCHER_HOME": str(home)}
    arguments = ["add", "--pack", str(pack), "--name", "again", "--licence", "mine"]
    result = CliRunner().invoke(models, arguments, env=environment)
    assert result.exit_code == 0, result.output
    assert "again-det: detect" in result.stdout
    assert isinstance(CliRunner().invoke(models, ["add", "--name", "x", "--licence", "y"]).exception, UsageError)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a_1.png").write_bytes(encode(astronaut))
    folders = ["--probes", str(tmp_path / "photos"), "--gallery", str(tmp_path / "photos")]
    refused = CliRunner().invoke(face, ["search", *folders, "--model", "again"], env=environment)
    assert isinstance(refused.exception, ReferenceDataError), "there are no curves for it yet"
    assert "matcher face calibrate" in str(refused.exception)


def described(pack: Path, directory: Path, **recognition: object) -> Path:
    """Copy a pack with a manifest."""
    directory.mkdir()
    for path in pack.glob("*.onnx"):
        (directory / path.name).write_bytes(path.read_bytes())
    tasks = {"detection": {"file": "det_yunet.onnx"}, "recognition": {"file": "rec_sface.onnx", **recognition}}
    table = {"manifest_version": 2, "model_id": "m", "license": "MODEL.LICENSE", "tasks": tasks}
    (directory / "manifest.json").write_text(json.dumps(table))
    return directory


def test_a_manifest_decides_how_input_is_scaled(pack: Path, tmp_path: Path) -> None:
    stated = described(pack, tmp_path / "stated", preprocessing={"mean": 10, "std": 2.5})
    cards = add_pack(tmp_path, stated, name="s", licence="L")
    assert [card.task for card in cards] == ["detect", "embed"]
    assert (cards[1].mean, cards[1].std, cards[1].channel_order) == (10.0, 2.5, "RGB")
    usual = add_pack(tmp_path, described(pack, tmp_path / "usual"), name="u", licence="L")
    assert (usual[1].mean, usual[1].std) == (127.5, 127.5)
    own = add_pack(tmp_path, described(pack, tmp_path / "own", preprocessing="embedded"), name="o", licence="L")
    assert (own[1].mean, own[1].std) == (0.0, 1.0)


def test_a_manifest_that_deceives_is_refused(pack: Path, tmp_path: Path) -> None:
    for number, (entry, message) in enumerate(
        (
            ({"file": "../rec_sface.onnx"}, "outside the pack"),
            ({"sha256": "0" * 64}, "another sha256"),
            ({"preprocessing": {"mean": 1, "std": 0}}, "not positive"),
            ({"preprocessing": {"mean": 1}}, "KeyError"),
        )
    ):
        with pytest.raises(InputError, match=message):
            add_pack(tmp_path, described(pack, tmp_path / str(number), **entry), name="x", licence="L")


def test_a_manifest_of_another_version_leaves_it_to_the_shapes(pack: Path, tmp_path: Path) -> None:
    old = described(pack, tmp_path / "old", file="nowhere.onnx")
    (old / "manifest.json").write_text('{"manifest_version": 1}')
    assert [card.name for card in add_pack(tmp_path, old, name="old", licence="L")] == ["old-det", "old"]
