"""What is put in comes out, changes are numbered, and nothing else moves."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InputError, UsageError, WorkspaceError
from matcher.schema import EVIDENCE_SCHEMAS
from matcher.subjects import evidence_of, subjects_of
from matcher.types import DayInterval, StrProfile, Subject, ToldName, ToldPlace
from matcher.workspace.store import Workspace
from matcher.workspace.values import Decision, FaceMeasures, Origin, PhotoSource, RecordEntry
from tests.workspace.conftest import MODEL, full_subject, unit_vector


def without_photo_ids(subject: Subject) -> Subject:
    return replace(
        subject, photos=tuple(replace(photo, photo_id="", vector=photo.vector.tobytes()) for photo in subject.photos)
    )


def test_a_full_subject_comes_back_unchanged(workspace: Workspace) -> None:
    subject = full_subject()
    workspace.put_subjects([subject])
    found = workspace.subject("A0012")
    assert without_photo_ids(found) == without_photo_ids(subject)
    assert len({photo.photo_id for photo in found.photos} | {"p1", "p2"}) == 4, "photo ids are the workspace's own"


def test_an_empty_subject_comes_back_unchanged(workspace: Workspace) -> None:
    workspace.put_subjects([Subject("B1", "missing")])
    assert workspace.subject("B1") == Subject("B1", "missing")


def test_bulk_evidence_equals_the_slow_conversion(workspace: Workspace) -> None:
    many = [replace(full_subject(f"C{n:03d}"), sex=("male", "female", None)[n % 3]) for n in range(40)]
    sparse = [Subject(f"B{n:03d}", "missing", names=(ToldName(f"张{n}"),)) for n in range(40)]
    workspace.put_subjects([*reversed(many), *sparse])
    evidence = workspace.evidence()
    oracle = evidence_of(subjects_of(evidence))
    for name in EVIDENCE_SCHEMAS:
        left, right = getattr(evidence, name), getattr(oracle, name)
        if name == "records":
            left, right = left.drop_columns("seq"), right.drop_columns("seq")
        assert left.equals(right), name
    expected = {s.record_id: without_photo_ids(replace(s, notes=())) for s in [*many, *sparse]}
    # The subject's sex stands in the record alone; a pedigree follows it.
    for record_id, subject in expected.items():
        pedigree = tuple(replace(m, sex=subject.sex) if m.member == "subject" else m for m in subject.pedigree)
        expected[record_id] = replace(subject, pedigree=pedigree)
    found = subjects_of(evidence)
    assert [s.record_id for s in found] == sorted(expected)
    assert [without_photo_ids(s) for s in found] == [expected[s.record_id] for s in found]


def test_evidence_of_some_records_is_ordered_and_equals_their_share(workspace: Workspace) -> None:
    workspace.put_subjects([full_subject(f"C{n}") for n in range(5)])
    some = workspace.evidence(["C3", "C1"])
    assert some.records["record_id"].to_pylist() == ["C1", "C3"]
    by_id = {s.record_id: without_photo_ids(s) for s in subjects_of(workspace.evidence())}
    assert [without_photo_ids(s) for s in subjects_of(some)] == [by_id["C1"], by_id["C3"]]
    assert len(workspace.evidence([])) == 0


def test_an_unknown_case_is_an_input_error(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="no record 'X9'"):
        workspace.evidence(["X9"])
    with pytest.raises(InputError, match="no record 'X9'"):
        workspace.subject("X9")


def test_putting_the_same_again_changes_nothing(workspace: Workspace) -> None:
    workspace.put_subjects([full_subject()])
    before = workspace.seq(), workspace.counts(), workspace.photos("A0012")
    workspace.put_subjects([full_subject()])
    assert (workspace.seq(), workspace.counts(), workspace.photos("A0012")) == before


def test_every_kind_of_change_moves_the_record_on(workspace: Workspace, tmp_path: Path) -> None:
    workspace.put_subjects([full_subject("A1"), full_subject("A2")])

    def changed_by(action: object) -> tuple[str, ...]:
        before = workspace.seq()
        assert callable(action)
        action()
        workspace.flush()
        changes = workspace.changes(before)
        assert changes.seq == workspace.seq()
        return changes.changed

    entry = RecordEntry(replace(full_subject("A1"), height_cm=170))
    assert changed_by(lambda: workspace.put([entry])) == ("A1",)
    assert changed_by(lambda: workspace.put([entry])) == ()
    assert changed_by(lambda: workspace.put_profiles([StrProfile("S-A2", {"FGA": (220, 230)})])) == ("A2",)
    assert changed_by(lambda: workspace.put_profiles([StrProfile("M-A2", {"FGA": (220, 230)})])) == ("A2",)
    assert changed_by(lambda: workspace.put_profiles([StrProfile("nobody", {"FGA": (220, 230)})])) == ()
    photo = PhotoSource("A1", str(tmp_path / "A1.jpg"), "00" * 32)
    assert changed_by(lambda: workspace.put_photos([photo])) == ("A1",)
    [pending] = workspace.pending_photos(MODEL)
    store = lambda: workspace.store_embedding(pending.photo_id, MODEL, unit_vector(9))  # noqa: E731
    assert changed_by(store) == ("A1",)
    assert changed_by(lambda: workspace.erase_sample("S-A2")) == ("A2",)
    before = workspace.seq()
    workspace.erase("A1")
    assert workspace.changes(before).deleted == ("A1",)
    assert workspace.changes(before).changed == ()
    workspace.put_subjects([full_subject("A1")])
    assert workspace.changes(before).deleted == ()
    assert workspace.changes(before).changed == ("A1",)


def test_fields_without_a_column_stay_as_they_are(workspace: Workspace) -> None:
    first = Subject("A1", "intake", sex="male", names=(ToldName("王江山"),), notes=(("备注", "一"),))
    second = Subject("A1", "intake", height_cm=165, names=(ToldName("山子", "nickname"),), notes=(("特征", "疤"),))
    first_fields = frozenset({"sex", "name.told", "note.备注"})
    second_fields = frozenset({"height_cm", "name.nickname", "note.特征"})
    assert workspace.put([RecordEntry(first, first_fields)]) == ["added"]
    assert workspace.put([RecordEntry(second, second_fields)]) == ["updated"]
    both = workspace.subject("A1")
    assert both.sex == "male"
    assert both.height_cm == 165
    assert {name.text for name in both.names} == {"王江山", "山子"}
    assert dict(both.notes) == {"备注": "一", "特征": "疤"}
    assert workspace.put([RecordEntry(first, first_fields)]) == ["unchanged"]
    assert workspace.put([RecordEntry(second, second_fields)]) == ["unchanged"]
    emptied = replace(first, sex=None, names=())
    assert workspace.put([RecordEntry(emptied, first_fields)]) == ["updated"]
    assert workspace.subject("A1").sex is None
    assert [name.text for name in workspace.subject("A1").names] == ["山子"]


def test_the_order_of_two_files_does_not_matter(tmp_path: Path) -> None:
    first = RecordEntry(Subject("A1", "intake", names=(ToldName("王江山"),)), frozenset({"name.told"}))
    second = RecordEntry(Subject("A1", "intake", names=(ToldName("山子", "nickname"),)), frozenset({"name.nickname"}))
    results = []
    for n, order in enumerate([(first, second), (second, first)]):
        with Workspace.create(tmp_path / str(n)) as workspace:
            for entry in order:
                workspace.put([entry])
            results.append(workspace.subject("A1"))
    assert results[0] == results[1]


def test_a_case_number_of_another_kind_or_station_is_not_overwritten(workspace: Workspace) -> None:
    stored = Subject("A1", "intake", station="甲站", sex="male")
    workspace.put([RecordEntry(stored)])
    assert workspace.put([RecordEntry(replace(stored, kind="missing"))]) == ["other_kind"]
    assert workspace.put([RecordEntry(replace(stored, station="乙站"))]) == ["other_station"]
    assert workspace.subject("A1") == stored


def test_a_case_twice_in_a_batch_is_refused_whole(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="twice"):
        workspace.put([RecordEntry(Subject("A1", "intake")), RecordEntry(Subject("A1", "intake"))])
    with pytest.raises(UsageError, match="no such field: colour"):
        workspace.put([RecordEntry(Subject("A1", "intake"), frozenset({"colour"}))])
    assert workspace.record_ids() == []


def test_origins_are_kept_beside_the_statements(workspace: Workspace) -> None:
    subject = Subject("A1", "intake", names=(ToldName("王江山"), ToldName("王兴江")), places=(ToldPlace("六安"),))
    origin = Origin("自报姓名", DayInterval(17959, 17959))
    workspace.put([RecordEntry(subject, name_origins=(origin,), place_origins=(origin,))])
    with sqlite3.connect(workspace.path / "identity.sqlite") as db:
        found = db.execute("SELECT text, source, said_earliest FROM told_name ORDER BY n").fetchall()
        place = db.execute("SELECT source, said_latest FROM told_place").fetchone()
    db.close()
    assert found == [("王江山", "自报姓名", 17959), ("王兴江", None, None)]
    assert place == ("自报姓名", 17959)


def test_profiles_grow_but_never_contradict(workspace: Workspace) -> None:
    workspace.put_subjects([Subject("A1", "intake", profile=StrProfile("S1", {"TH01": (60, 93)}))])
    assert workspace.put_profiles([StrProfile("S1", {"TH01": (60, 93)})]) == ["unchanged"]
    assert workspace.put_profiles([StrProfile("S1", {"FGA": (220, 232)})]) == ["updated"]
    assert workspace.put_profiles([StrProfile("S1", {"FGA": (220, 220)})]) == ["conflict"]
    profile = workspace.subject("A1").profile
    assert profile == StrProfile("S1", {"FGA": (220, 232), "TH01": (60, 93)})
    assert workspace.counts()["genotype"] == 2, "the former profile is gone from the biometrics file"


def test_a_sample_named_before_its_profile_arrives(workspace: Workspace) -> None:
    workspace.put([RecordEntry(Subject("A1", "intake", profile=StrProfile("S1", {})))])
    assert workspace.subject("A1") == Subject("A1", "intake")
    workspace.put_profiles([StrProfile("S1", {"TH01": (60, 93)})])
    assert workspace.subject("A1").profile == StrProfile("S1", {"TH01": (60, 93)})


def test_photographs_wait_are_embedded_or_are_unusable(workspace: Workspace, tmp_path: Path) -> None:
    workspace.put_subjects([Subject("A1", "intake"), Subject("A2", "intake")])
    paths = [str(tmp_path / f"A1_{n}.jpg") for n in range(3)]
    sources = [PhotoSource("A1", path, f"{n:02d}" * 32) for n, path in enumerate(paths)]
    stranger = PhotoSource("X", "x.jpg", "ff" * 32)
    assert workspace.put_photos([*sources, stranger]) == ["added", "added", "added", "unknown_case"]
    assert [photo.path for photo in workspace.pending_photos(MODEL)] == paths
    first, second, third = workspace.pending_photos(MODEL)
    workspace.store_embedding(first.photo_id, MODEL, unit_vector(1), FaceMeasures(confidence=0.5, yaw=0.1))
    workspace.mark_unusable(second.photo_id, MODEL, "no_face")
    assert [p.photo_id for p in workspace.pending_photos(MODEL)] == [third.photo_id]
    assert [(p.state, p.reason) for p in workspace.photos("A1")] == [
        ("embedded", None),
        ("unusable", "no_face"),
        ("pending", None),
    ]
    assert len(workspace.pending_photos("model-b")) == 3
    assert [p.state for p in workspace.photos("A1", "model-b")] == ["pending"] * 3
    [photo] = workspace.subject("A1").photos
    assert photo.quality == 0.5
    assert photo.vector.tobytes() == unit_vector(1).tobytes()
    workspace.store_embedding(first.photo_id, "model-b", unit_vector(2, 8))
    assert [p.model_id for p in workspace.subject("A1").photos] == ["model-a", "model-b"]
    workspace.store_embedding(first.photo_id, MODEL, unit_vector(3))
    assert workspace.counts()["embedding"] == 2, "the replaced vector is gone"


def test_another_file_under_a_known_path_replaces_the_photograph(workspace: Workspace, tmp_path: Path) -> None:
    workspace.put_subjects([Subject("A1", "intake")])
    path = tmp_path / "A1.jpg"
    path.write_bytes(b"x")
    workspace.put_photos([PhotoSource("A1", str(path), "00" * 32)])
    [pending] = workspace.pending_photos(MODEL)
    workspace.store_embedding(pending.photo_id, MODEL, unit_vector(1))
    workspace.flush()
    copy = tmp_path / "A1_2.jpg"
    assert workspace.put_photos([PhotoSource("A1", str(copy), "00" * 32)]) == ["unchanged"]
    assert workspace.put_photos([PhotoSource("A1", str(path), "11" * 32)]) == ["updated"]
    assert workspace.counts()["embedding"] == 0
    [renewed] = workspace.photos("A1")
    assert renewed.state == "pending"
    assert renewed.photo_id != pending.photo_id
    path.unlink()
    assert workspace.put_photos([PhotoSource("A1", str(copy), "11" * 32)]) == ["updated"], "the file has moved"
    assert workspace.photos("A1")[0].path == str(copy)
    workspace.store_embedding(pending.photo_id, MODEL, unit_vector(1))
    assert workspace.flush() == 0, "the photograph of that id is no more"


@pytest.mark.parametrize("vector", [np.ones(4), np.zeros(4), np.full(4, np.nan), np.eye(2), np.empty(0)])
def test_a_vector_that_is_not_normalised_is_refused(workspace: Workspace, vector: np.ndarray) -> None:
    with pytest.raises(UsageError, match="L2-normalise"):
        workspace.store_embedding("00" * 8, MODEL, vector.astype(np.float32))


def test_decisions_need_a_reviewer_and_stay(workspace: Workspace) -> None:
    workspace.put_subjects([Subject("A1", "intake"), Subject("B1", "missing"), Subject("B2", "missing")])
    with pytest.raises(UsageError, match="nobody is named"):
        workspace.decide("A1", "B1", judgement="confirm", reviewer=" ")
    with pytest.raises(InputError, match="no record 'B9'"):
        workspace.decide("A1", "B9", judgement="confirm", reviewer="李")
    with pytest.raises(UsageError, match="use one of confirm"):
        workspace.decide("A1", "B1", judgement="maybe", reviewer="李")  # type: ignore[arg-type]
    workspace.decide("A1", "B1", judgement="reject", reviewer="李", reason="身高不符")
    workspace.decide("A1", "B2", judgement="defer", reviewer="王")
    assert [d.judgement for d in workspace.decisions()] == ["reject", "defer"]
    assert [d.record_id for d in workspace.decisions(record_id="B1")] == ["B1"]
    db = sqlite3.connect(workspace.path / "identity.sqlite")
    for statement in ("UPDATE decision SET judgement = 'confirm'", "DELETE FROM decision", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    db.close()


def test_a_snapshot_sees_one_moment(workspace: Workspace) -> None:
    workspace.put_subjects([full_subject("A1")])
    with Workspace.open(workspace.path, read_only=True) as reader, reader.snapshot():
        before = reader.seq()
        workspace.put_subjects([full_subject("A2")])
        workspace.erase("A1")
        assert reader.seq() == before
        assert reader.record_ids() == ["A1"]
        assert len(reader.subject("A1").photos) == 2
        assert reader.subject("A1").profile is not None
    with Workspace.open(workspace.path, read_only=True) as reader:
        assert reader.record_ids() == ["A2"]
        with pytest.raises(WorkspaceError, match="opened for reading"):
            reader.put_subjects([full_subject("A3")])


def test_threads_share_one_workspace(workspace: Workspace) -> None:
    workspace.put_subjects([full_subject("A0")])
    failures: list[BaseException] = []

    def work(n: int) -> None:
        try:
            for turn in range(5):
                workspace.put_subjects([full_subject(f"T{n}-{turn}")])
                with workspace.snapshot():
                    ids = workspace.record_ids()
                    assert [s.record_id for s in workspace.subjects(ids)] == ids
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert workspace.counts()["record"] == 21


def test_counts_by_table_kind_and_state(workspace: Workspace) -> None:
    workspace.put_subjects([full_subject("A1"), Subject("B1", "missing")])
    workspace.put_photos([PhotoSource("B1", "b.jpg", "00" * 32)])
    counts = workspace.counts()
    wanted = {"record": 2, "record.intake": 1, "record.missing": 1, "record.rescue": 0, "embedding": 2, "sample": 2}
    wanted |= {"photo": 3, "photo.embedded": 2, "photo.pending": 1, "photo.unusable": 0, "genotype": 3}
    assert {key: counts[key] for key in wanted} == wanted


def test_a_judgement_knows_what_evidence_it_rests_on(workspace: Workspace) -> None:
    workspace.put([RecordEntry(Subject(name, "rescue")) for name in ("A1", "B1")])
    made = workspace.decide("A1", "B1", judgement="confirm", reviewer="李", ground="dna")
    before = workspace.seqs(["A1", "B1", "Z9"])
    assert (made.ground, made.probe_seq, made.record_seq) == ("dna", before["A1"], before["B1"])
    workspace.put([RecordEntry(Subject("B1", "rescue", height_cm=170))])
    assert workspace.seqs(["B1"])["B1"] > before["B1"]
    assert workspace.decisions() == [made]
    with pytest.raises(UsageError, match="use one of dna, registry, family"):
        workspace.decide("A1", "B1", judgement="confirm", reviewer="李", ground="rumour")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="against itself"):
        workspace.decide("A1", "A1", judgement="reject", reviewer="李")


def test_judgements_of_one_file_come_in_all_or_none(workspace: Workspace) -> None:
    workspace.put([RecordEntry(Subject(name, "rescue")) for name in ("A1", "B1")])
    good, bad = (Decision("A1", record, "reject", "李", "", "") for record in ("B1", "B9"))
    with pytest.raises(InputError, match="no record 'B9'"):
        workspace.decide_all([good, bad])
    assert workspace.decisions() == []
    assert workspace.decide_all([good])[0].at
