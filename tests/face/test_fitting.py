from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from matcher.cli.face import face
from matcher.errors import InputError, UsageError
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.calibration import curves_text, default_curves, parse_curves
from matcher.face.centring import fit_centring
from matcher.face.channel import face_channel
from matcher.face.evaluation import Evaluation, evaluate
from matcher.face.faceset import FaceSet
from matcher.face.fitting import cross_validate, fit_curves, fit_mixture, thinned
from matcher.face.gallery import confirmed_faces
from matcher.face.mixtures import GRID, Mixture
from matcher.face.strata import stratum_of
from matcher.subjects import evidence_of
from matcher.types import FacePhoto, Subject
from matcher.workspace.store import Workspace

BASE = default_curves()


def synthetic(persons: int, seed: int) -> FaceSet:
    """Two adult and two child photos of each person."""
    rng = np.random.default_rng(seed)
    space, latents = make_face_space(rng), draw_latents(rng, persons)
    groups = ("adult", "adult", "child", "child")
    return FaceSet(
        np.concatenate([draw_photos(space, latents, group, rng) for group in groups]),
        np.tile(np.arange(persons), 4),
        np.repeat([stratum_of(group, 0.9) for group in groups], persons).astype(np.uint8),
    )


def mean(found: list[Evaluation], name: str) -> float:
    return float(np.mean([getattr(item, name) for item in found]))


def test_centring_improves_children_and_stays_honest_on_other_persons() -> None:
    held_out = cross_validate(synthetic(700, seed=5), BASE, centre=True)
    for name in ("child-adult", "child-child"):
        before, after = held_out.before[name], held_out.after[name]
        assert mean(after, "cllr") < mean(before, "cllr") - 0.02
        assert mean(after, "cllr") < mean(after, "cllr_min") + 0.03
    before, after = (
        float(np.mean([item.tar_at_far[1e-3] for item in found]))
        for found in (held_out.before["child-adult"], held_out.after["child-adult"])
    )
    assert after > before + 0.02


def test_centring_needs_no_identities() -> None:
    faces = synthetic(700, seed=6)
    learnt = faces.take(faces.person % 2 == 0)
    strangers = dataclasses.replace(learnt, person=np.arange(len(learnt)))
    curves = fit_curves(strangers, BASE, centre=True, model_id=BASE.model_id, source="no identities")
    tested = faces.take(faces.person % 2 == 1)
    found, plain = evaluate(tested, curves)[1]["child-adult"], evaluate(tested, BASE)[1]["child-adult"]
    assert found.cllr is not None
    assert plain.cllr is not None
    assert found.cllr_min is not None
    assert found.cllr < plain.cllr - 0.02
    assert found.cllr < found.cllr_min + 0.03


def test_centring_takes_the_mean_away() -> None:
    faces = synthetic(400, seed=7)
    centring = fit_centring(faces.vectors, faces.group)
    assert centring.photos == (0, 800, 800)
    centred = centring.apply(faces.vectors, faces.group)
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1.0, atol=1e-5)
    for group in (1, 2):
        assert np.linalg.norm(centred[faces.group == group].mean(axis=0)) < 0.05
        assert np.linalg.norm(faces.vectors[faces.group == group].mean(axis=0)) > 0.28
    np.testing.assert_allclose(centring.means[0], faces.vectors.mean(axis=0), atol=1e-6)


def test_few_pairs_move_the_curve_little_and_many_move_it_far() -> None:
    faces = synthetic(300, seed=8)
    # A camera that loses a third of every identity: true pairs are less alike than the published ones.
    rng = np.random.default_rng(1)
    noisy = faces.vectors + rng.normal(0, 0.8 / np.sqrt(128), faces.vectors.shape).astype(np.float32)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    poor = dataclasses.replace(faces, vectors=noisy)

    def genuine_mean(persons: int) -> float:
        chosen = poor.take(poor.person < persons)
        curves = fit_curves(chosen, BASE, centre=False, model_id=BASE.model_id, source="test")
        return curves.pairs["adult-adult"].genuine.total_mean

    published = BASE.pairs["adult-adult"].genuine.total_mean
    few, many = genuine_mean(5), genuine_mean(300)
    assert published - few < 0.06
    assert published - many > 0.15


def test_expectation_maximisation_finds_a_known_mixture() -> None:
    truth = Mixture((0.7, 0.3), (0.6, 0.3), (0.08, 0.1))
    found = fit_mixture(truth.on_grid() * 10_000, Mixture((0.5, 0.5), (0.7, 0.2), (0.1, 0.1)))
    np.testing.assert_allclose(found.weight, truth.weight, atol=0.02)
    np.testing.assert_allclose(found.mean, truth.mean, atol=0.01)
    np.testing.assert_allclose(found.sd, truth.sd, atol=0.01)


def test_another_recogniser_needs_enough_pairs() -> None:
    faces = synthetic(20, seed=9)
    with pytest.raises(InputError, match=r"20 adult-adult pairs of one person.*needs 100"):
        fit_curves(faces, BASE, centre=False, model_id="other", source="test")
    fitted = fit_curves(synthetic(120, seed=9), BASE, centre=False, model_id="other", source="test")
    assert fitted.model_id == "other"
    assert fitted.pairs["adult-adult"].genuine.total_mean == pytest.approx(0.6, abs=0.05)


def test_a_curve_file_with_centring_is_read_back_and_used_by_the_channel() -> None:
    faces = synthetic(60, seed=10)
    curves = fit_curves(faces, BASE, centre=True, model_id=BASE.model_id, source="test")
    again = parse_curves(curves_text(curves), origin="test.json")
    assert again.pairs == curves.pairs
    assert again.centring is not None
    assert curves.centring is not None
    np.testing.assert_allclose(again.centring.means, curves.centring.means, atol=1e-6)
    channel = face_channel(again)
    assert channel.version != face_channel().version
    photos = [
        FacePhoto(str(i), BASE.model_id, faces.vectors[i], 0.9, None, "adult" if i < 120 else "child") for i in (0, 120)
    ]
    probe, record = (Subject(f"R{i}", "rescue", photos=(photo,)) for i, photo in enumerate(photos))
    plan = channel.prepare({}).compile(probe)
    assert plan is not None
    column = channel.encode(evidence_of([record]), {})["photo"]
    centred = again.centring.apply(faces.vectors[[0, 120]], np.array([2, 1], np.uint8)).astype(np.float64)
    expected = np.interp(centred[0] @ centred[1], GRID, again.curve("adult", "child").log10_lr)
    assert plan.terms[0].exact(column, 0) == pytest.approx(float(expected), abs=1e-6)
    background = channel.prepare({}).backgrounds(probe)[0]
    assert float(background.probability @ 10.0**background.log10_lr) == pytest.approx(1.0, abs=1e-9)


def test_calibrate_writes_a_file_that_search_accepts(
    tmp_path: Path,
    home: Path,
    astronaut: NDArray[np.uint8],
    group: NDArray[np.uint8],
    encode: Callable[..., bytes],
) -> None:
    for person, pixels in (("a", astronaut), ("b", group[220:480, 420:620]), ("c", group[:240, 850:1060])):
        (tmp_path / "photos" / person).mkdir(parents=True)
        for number, quality in enumerate((95, 50)):
            (tmp_path / "photos" / person / f"adult_{number}.jpg").write_bytes(encode(pixels, ".jpg", quality))
    environment = {"MATCHER_HOME": str(home)}
    photos, output = str(tmp_path / "photos"), str(tmp_path / "curves.json")
    result = CliRunner().invoke(face, ["calibrate", photos, "--output", output, "--json"], env=environment)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["persons"] == 3
    arguments = ["search", "--probes", photos, "--gallery", photos, "--curves", output, "--top", "1", "--json"]
    found = CliRunner().invoke(face, arguments, env=environment)
    assert found.exit_code == 0, found.output
    first = [(item["probe"][0], item["candidates"][0]["person"]) for item in json.loads(found.stdout)["probes"]]
    assert first == [("a", "a"), ("a", "a"), ("b", "b"), ("b", "b"), ("c", "c"), ("c", "c")]


def test_confirmed_pairs_of_records_are_one_person() -> None:
    faces = synthetic(4, seed=12)
    records = [
        Subject(
            f"R{number}",
            "rescue",
            photos=(FacePhoto(f"p{number}", BASE.model_id, faces.vectors[number], 0.9, None, "adult"),)
            if number != 3
            else (),
        )
        for number in range(6)
    ]
    found = confirmed_faces(evidence_of(records), [("R4", "R1"), ("R1", "R5"), ("R0", "elsewhere")], BASE)
    assert found.person.tolist() == [0, 1, 2, 1, 1]
    assert (found.group == 2).all()
    np.testing.assert_array_equal(found.vectors, faces.vectors[[0, 1, 2, 4, 5]])


def test_calibrate_reads_a_workspace(tmp_path: Path) -> None:
    faces = synthetic(40, seed=13)
    records = [
        Subject(
            f"{kind}{number:02d}",
            "rescue",
            photos=(FacePhoto(f"{kind}{number}", BASE.model_id, faces.vectors[start + number], 0.9, None, group),),
        )
        for kind, start, group in (("A", 0, "adult"), ("C", 80, "child"))
        for number in range(40)
    ]
    path, output = tmp_path / "station", tmp_path / "curves.json"
    with Workspace.create(path, actor="test") as workspace:
        workspace.put_subjects(records)
        for number in range(30):
            workspace.decide(f"A{number:02d}", f"C{number:02d}", judgement="confirm", reviewer="甲")
        workspace.decide("A00", "C00", judgement="reject", reviewer="乙")
    arguments = ["calibrate", "--workspace", str(path), "--output", str(output), "--json"]
    result = CliRunner().invoke(face, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["persons"] == 80 - 29
    assert parse_curves(output.read_text("utf-8"), origin="x").centring is not None
    assert isinstance(CliRunner().invoke(face, ["calibrate", "--output", str(output)]).exception, UsageError)


def test_large_galleries_are_thinned_to_persons_with_several_photos_first() -> None:
    rng = np.random.default_rng(3)
    person = np.concatenate([np.arange(500), np.repeat(np.arange(500, 540), 3)])
    faces = FaceSet(rng.normal(size=(620, 8)).astype(np.float32), person, np.zeros(620, np.uint8))
    kept = thinned(faces, 300)
    assert len(kept) == 300
    assert set(range(500, 540)) <= set(kept.person.tolist())
    assert len(thinned(faces, 60)) == 60
    assert len(thinned(faces, 60).take(thinned(faces, 60).person >= 500)) == 60
    assert thinned(faces, 620) is faces
