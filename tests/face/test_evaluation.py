from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from matcher.cli.face import face
from matcher.errors import InputError
from matcher.face.ageing import draw_latents, draw_photos, make_face_space
from matcher.face.calibration import default_curves
from matcher.face.evalpage import EvaluationHead, evaluation_page
from matcher.face.evaluation import evaluate
from matcher.face.faceset import FaceSet, read_ages
from matcher.face.mixtures import GRID
from matcher.face.strata import stratum_of

CURVES = default_curves()


def synthetic(persons: int, photos: int = 2, seed: int = 1) -> FaceSet:
    """Persons with `photos` adult and as many child photos, in mixed order."""
    rng = np.random.default_rng(seed)
    space, latents = make_face_space(rng), draw_latents(rng, persons)
    vectors, strata = [], []
    for group in ("adult", "child"):
        for _ in range(photos):
            vectors.append(draw_photos(space, latents, group, rng))
            strata.append(np.full(persons, stratum_of(group, 0.9), np.uint8))
    faces = FaceSet(np.concatenate(vectors), np.tile(np.arange(persons), 2 * photos), np.concatenate(strata))
    return faces.take(rng.permutation(len(faces)))


def test_measures_equal_a_plain_loop_over_all_pairs() -> None:
    faces = synthetic(12)
    _, by_age = evaluate(faces, CURVES)
    curve = CURVES.curve("child", "adult")
    cosines: dict[bool, list[float]] = {True: [], False: []}
    for i in range(len(faces)):
        for j in range(i):
            if {int(faces.group[i]), int(faces.group[j])} == {1, 2}:
                cosine = float(faces.vectors[i].astype(float) @ faces.vectors[j].astype(float))
                cosines[bool(faces.person[i] == faces.person[j])].append(cosine)
    found = by_age["child-adult"]
    assert (found.genuine_pairs, found.impostor_pairs) == (len(cosines[True]), len(cosines[False]))
    wins = np.mean([g > i for g in cosines[True] for i in cosines[False]])
    assert found.auc == pytest.approx(float(wins), abs=1e-4)
    lrs = {same: 10.0 ** np.interp(values, GRID, curve.log10_lr) for same, values in cosines.items()}
    cost = (np.log2(1 + 1 / lrs[True]).mean() + np.log2(1 + lrs[False]).mean()) / 2
    assert found.cllr == pytest.approx(float(cost), abs=1e-3)


def test_ranks_equal_a_plain_loop_over_probes() -> None:
    faces = synthetic(15, seed=2)
    _, by_age = evaluate(faces, CURVES)
    enrolled = [next(i for i in range(len(faces)) if faces.person[i] == p and faces.group[i] == 2) for p in range(15)]
    probes = [i for i in range(len(faces)) if faces.group[i] == 1]
    first = 0
    for probe in probes:
        scores = [float(faces.vectors[probe].astype(float) @ faces.vectors[e].astype(float)) for e in enrolled]
        first += int(np.argmax(scores)) == faces.person[probe]
    found = by_age["child-adult"]
    assert (found.probes, found.gallery_persons) == (30, 15)
    assert found.rank[1] == pytest.approx(first / 30)
    assert found.rank[20] == 1.0


def test_the_generator_reproduces_the_published_recognition_rates() -> None:
    overall, by_age = evaluate(synthetic(1005, seed=3), CURVES)
    adult, mixed = by_age["adult-adult"], by_age["child-adult"]
    assert adult.eer == pytest.approx(0.018, abs=0.012)
    assert adult.tar_at_far[1e-3] == pytest.approx(0.944, abs=0.04)
    assert mixed.eer == pytest.approx(0.148, abs=0.015)
    assert mixed.rank[1] == pytest.approx(0.457, abs=0.05)
    assert mixed.rank[20] == pytest.approx(0.712, abs=0.05)
    assert mixed.cllr is not None
    assert mixed.cllr_min is not None
    assert mixed.cllr_min <= mixed.cllr < mixed.cllr_min + 0.05, "the curve is calibrated"
    assert overall.impostor_pairs == sum(item.impostor_pairs for item in by_age.values())
    assert overall.supported_far is not None
    assert overall.supported_far < 1e-4


def test_measures_without_pairs_are_absent() -> None:
    overall, by_age = evaluate(synthetic(1, photos=1), CURVES)
    assert overall.genuine_pairs == 1
    assert (overall.impostor_pairs, overall.eer, overall.cllr, overall.rank[1]) == (0, None, None, None)
    assert set(by_age) == {"child-adult"}


def test_the_page_escapes_names_and_loads_nothing() -> None:
    overall, by_age = evaluate(synthetic(8), CURVES)
    page = evaluation_page(
        EvaluationHead(8, 32, 31, "model"), overall, by_age, unusable=[("<script>1</script>.jpg", "no_face")]
    )
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert page.count("<svg") == 2
    assert "http://" not in page
    assert "https://" not in page


def test_ages_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "ages.csv"
    path.write_text("\ufefffile,age,age_group\na/1.jpg,7,\na/2.jpg,34.5,\nb/1.jpg,,\nb/2.jpg,3,adult\n", "utf-8")
    assert read_ages(path) == {"a/1.jpg": "child", "a/2.jpg": "adult", "b/1.jpg": "unknown", "b/2.jpg": "adult"}
    path.write_text("file,age\na.jpg,young\n", "utf-8")
    with pytest.raises(InputError, match=r"ages\.csv:2 age: 'young' is not a number"):
        read_ages(path)
    path.write_text("name,age\na.jpg,3\n", "utf-8")
    with pytest.raises(InputError, match="no column 'file'"):
        read_ages(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_ages(tmp_path / "absent.csv")


def test_a_folder_by_person_is_evaluated(
    tmp_path: Path,
    home: Path,
    astronaut: NDArray[np.uint8],
    group: NDArray[np.uint8],
    encode: Callable[..., bytes],
) -> None:
    import json

    for person, pixels in (("张三", astronaut), ("李四", group[220:480, 420:620]), ("王五", group[:240, 850:1060])):
        (tmp_path / "photos" / person).mkdir(parents=True)
        for number, quality in enumerate((95, 40)):
            name = f"{'child' if number else 'adult'}_{number}.jpg"
            (tmp_path / "photos" / person / name).write_bytes(encode(pixels, ".jpg", quality))
    (tmp_path / "photos" / "张三" / "wall.png").write_bytes(encode(np.full((99, 99, 3), 9, np.uint8)))
    arguments = ["eval", str(tmp_path / "photos"), "--json", "--centre", "--html", str(tmp_path / "e.html")]
    arguments += ["--cache", str(tmp_path / "cache")]
    outputs = [CliRunner().invoke(face, arguments, env={"MATCHER_HOME": str(home)}) for _ in range(2)]
    assert [output.exit_code for output in outputs] == [0, 0], outputs
    assert outputs[0].stdout == outputs[1].stdout, "cached readings give the same result"
    answer = json.loads(outputs[0].stdout)
    assert (answer["identities"], answer["images"], answer["detected"]) == (3, 7, 6)
    assert answer["unusable"] == [{"file": "张三/wall.png", "reason": "no_face"}]
    wanted = {"auc", "eer", "tar_at_far", "rank", "fnir_at_fpir", "cllr", "cllr_min"}
    assert wanted <= answer.keys()
    assert wanted <= answer["by_age"]["child-adult"].keys()
    assert answer["auc"] == 1.0
    assert answer["centred"]["child-adult"]["after"].keys() >= {"cllr", "rank_1", "tar_at_far_0.001"}
    assert answer["rank"]["1"] == 1.0
    assert "张三/wall.png" in (tmp_path / "e.html").read_text("utf-8")
