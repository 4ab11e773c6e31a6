"""Models that users bring: an InsightFace pack, or one ArcFace-style ONNX file with its preprocessing.

A model is copied into the model directory with a card of its own; from then on it is accepted by checksum like the
built-in ones. A recogniser is rewritten to run faster when that leaves its output as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from matcher.durable import replace_file
from matcher.errors import InputError, UsageError
from matcher.face.graph import rewrite
from matcher.face.manifest import read_manifest
from matcher.face.models import ADDED, ModelCard, model_cards

MIN_COSINE = 0.9999
"""Least agreement between the output of a rewritten recogniser and of the original."""

_EMBEDDED = ("Sub", "_minus"), ("Mul", "_mul")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Input of a recogniser: `(pixel - mean) / std` in `channel_order` (`RGB` or `BGR`)."""

    mean: float
    std: float
    channel_order: str = "RGB"


def add_recogniser(
    models_dir: Path, source: Path, *, name: str, licence: str, preprocessing: Preprocessing | None
) -> ModelCard:
    """Add a recogniser: one 112 x 112 face in, one vector out.

    Parameters
    ----------
    models_dir : Path
        Model directory.
    source : Path
        ONNX file.
    name : str
        Name to call it by; not yet taken.
    licence : str
        What the user may do with it, shown by `matcher models list`.
    preprocessing : Preprocessing or None
        None = as InsightFace decides: none when the graph begins with its own Sub and Mul, else 127.5 / 127.5 RGB.

    Raises
    ------
    InputError, UsageError
        When the file is not such a recogniser, or the name is taken.
    """
    content, model = _load(source)
    inputs, outputs = _ends(model)
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0][-2:] != (112, 112):
        raise InputError(
            f"'{source}' has {len(inputs)} inputs of shape {inputs} and {len(outputs)} outputs",
            remedy="a recogniser takes one image of 112 x 112 and gives one vector",
        )
    built, dim = _faster(content, model)
    used = preprocessing or _insightface_preprocessing(model)
    limits = "No published curves: fit them with `matcher face calibrate` before its likelihood ratios are used."
    card = replace(
        _card(source, content, name=name, licence=licence),
        task="embed",
        network="arcface",
        limits=limits,
        model_id=f"{name}-{dim}-{hashlib.sha256(content).hexdigest()[:8]}",
        built_sha256=hashlib.sha256(built).hexdigest(),
        input_size=112,
        channel_order=used.channel_order,
        mean=used.mean,
        std=used.std,
        dim=dim,
    )
    _store(models_dir, card, built)
    return card


def add_detector(models_dir: Path, source: Path, *, name: str, licence: str) -> ModelCard:
    """Add an SCRFD detector with landmarks (nine outputs); parameters as in `add_recogniser`."""
    content, model = _load(source)
    _, outputs = _ends(model)
    if len(outputs) != 9:
        raise InputError(
            f"'{source}' has {len(outputs)} outputs", remedy="a detector is an SCRFD network with landmarks (9 outputs)"
        )
    card = _card(source, content, name=name, licence=licence)
    _store(models_dir, card, content)
    return card


def add_pack(models_dir: Path, pack: Path, *, name: str, licence: str) -> tuple[ModelCard, ...]:
    """Add detector (`NAME-det`) and recogniser (`NAME`) of an InsightFace pack such as buffalo_l or antelopev2.

    A manifest (version 2) says which file is which and how its input is scaled; without one, networks are told apart by
    their shape, as InsightFace does. Landmark, age and other extra networks are left out.
    """
    described = read_manifest(pack)
    if described is not None:
        found = described["recognition"]
        if (described["detection"].mean, described["detection"].std) != (127.5, 128.0):
            raise InputError(
                f"the detector of '{pack}' scales its input unlike SCRFD", remedy="add its recogniser alone"
            )
        scaling = Preprocessing(found.mean, found.std)
        detector, recogniser = described["detection"].path, found.path
    else:
        scaling, (detector, recogniser) = None, _by_shape(pack)
    return (
        add_detector(models_dir, detector, name=f"{name}-det", licence=licence),
        add_recogniser(models_dir, recogniser, name=name, licence=licence, preprocessing=scaling),
    )


def _by_shape(pack: Path) -> tuple[Path, Path]:
    """Return detector and recogniser of a pack without a description."""
    found = {path: _ends(_load(path)[1]) for path in sorted(pack.glob("*.onnx"))}
    detectors = [path for path, (_, outputs) in found.items() if len(outputs) == 9]
    recognisers = [
        path for path, (inputs, outputs) in found.items() if len(outputs) == 1 and inputs[0][-2:] == (112, 112)
    ]
    if len(detectors) != 1 or len(recognisers) != 1:
        raise InputError(
            f"'{pack}' holds {len(detectors)} detectors and {len(recognisers)} recognisers",
            remedy="expected one SCRFD network with landmarks and one 112 x 112 recogniser (buffalo_*, antelopev2)",
        )
    return detectors[0], recognisers[0]


def _card(source: Path, content: bytes, *, name: str, licence: str) -> ModelCard:
    """Describe a file as a detector that is used as it is; a recogniser replaces what differs."""
    digest = hashlib.sha256(content).hexdigest()
    return ModelCard(
        name=name,
        task="detect",
        network="scrfd",
        title=f"{source.name}, added by the user",
        licence=licence,
        provenance=f"{source.resolve()}, sha256 {digest}",
        training_data="See its publisher.",
        limits="See its publisher.",
        model_id=f"{name}-{digest[:8]}",
        built_file=f"{name}.onnx",
        built_sha256=digest,
        source_distribution="",
        source_version="",
        source_file=str(source.resolve()),
        source_sha256=digest,
        input_size=0,
        channel_order="RGB",
        mean=127.5,
        std=128.0,
        dim=0,
    )


def _load(source: Path) -> tuple[bytes, onnx.ModelProto]:
    try:
        content = source.read_bytes()
        model = onnx.load_from_string(content)
    except OSError as error:
        raise InputError(f"'{source}' cannot be read ({error})", remedy="give an ONNX file") from error
    except Exception as error:  # protobuf's own error class is not public
        raise InputError(f"'{source}' is not an ONNX model", remedy="give an ONNX file") from error
    return content, model


def _ends(model: onnx.ModelProto) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the shapes of the true inputs and of the outputs, 0 for a free dimension."""
    constants = {item.name for item in model.graph.initializer}

    def shape(item: onnx.ValueInfoProto) -> tuple[int, ...]:
        return tuple(int(dim.dim_value) for dim in item.type.tensor_type.shape.dim)

    inputs = [shape(item) for item in model.graph.input if item.name not in constants]
    return inputs, [shape(item) for item in model.graph.output]


def _faster(content: bytes, model: onnx.ModelProto) -> tuple[bytes, int]:
    """Return the rewritten model if it agrees with the original on a noise image, else the original; and the dim."""
    expected = _embed_noise(content)
    rewritten = rewrite(model).SerializeToString(deterministic=True)
    found = _embed_noise(rewritten)
    agrees = float(expected @ found / np.linalg.norm(expected) / np.linalg.norm(found)) >= MIN_COSINE
    return (rewritten if agrees else content), int(expected.shape[0])


def _embed_noise(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(0).normal(0.0, 0.5, (1, 3, 112, 112)).astype(np.float32)
    return np.asarray(session.run(None, {session.get_inputs()[0].name: noise})[0], np.float64).reshape(-1)


def _insightface_preprocessing(model: onnx.ModelProto) -> Preprocessing:
    names = [node.name for node in model.graph.node[:8]]
    if all(any(name.startswith(prefixes) for name in names) for prefixes in _EMBEDDED):
        return Preprocessing(0.0, 1.0)
    return Preprocessing(127.5, 127.5)


def _store(models_dir: Path, card: ModelCard, content: bytes) -> None:
    cards: Mapping[str, ModelCard] = model_cards(models_dir)
    if card.name in cards and cards[card.name].built_sha256 != card.built_sha256:
        raise UsageError(f"there is a model '{card.name}' already", remedy="choose another --name")
    replace_file(models_dir / card.built_file, content)
    added = {name: asdict(known) for name, known in cards.items() if name not in model_cards()}
    added[card.name] = asdict(card)
    replace_file(models_dir / ADDED, json.dumps(added, indent=1, ensure_ascii=False).encode())
