"""Erased means that no file of the workspace holds the bytes any more."""

import struct
from pathlib import Path

import numpy as np
import pytest

from matcher.errors import InputError
from matcher.types import Reject, StrProfile, Subject, ToldName, ToldPlace
from matcher.workspace.store import Workspace
from matcher.workspace.values import ImportCounts, ImportFile, Origin, PhotoSource, RecordEntry, StoredReject
from tests.workspace.conftest import MODEL, unit_vector

SECRETS = ("司马钟鼎翔", "皖西霍邱石店沟", "HZ-绝密样本-77", "胸口三道刀疤XQ", "/photos/PRIVATE-77.jpg", "窃听来源QZ")


def contents(workspace: Workspace) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(workspace.path.rglob("*")) if path.is_file())


def fill(workspace: Workspace) -> np.ndarray:
    """Put one case between many others, change it, and leave traces of it everywhere."""
    others = [Subject(f"B{n:04d}", "missing", names=(ToldName(f"张{n}"),)) for n in range(300)]
    workspace.put_subjects(others[:150])
    name, place, sample, note, photo, source = SECRETS
    subject = Subject(
        "A1", "intake", accent=place, names=(ToldName(name),), places=(ToldPlace(place),),
        profile=StrProfile(sample, {}), notes=(("体征", note * 600),),
    )  # fmt: skip
    workspace.put([RecordEntry(subject, name_origins=(Origin(source),))])
    workspace.put_profiles([StrProfile(sample, {f"LOCUS{n}-77": (150, 160) for n in range(20)})])
    workspace.put_photos([PhotoSource("A1", photo, "ab" * 32)])
    [pending] = workspace.pending_photos(MODEL)
    vector = unit_vector(77, 512)
    workspace.store_embedding(pending.photo_id, MODEL, vector)
    workspace.put_subjects(others[150:])
    workspace.put([RecordEntry(subject.__class__("A1", "intake", names=(ToldName(name), ToldName(name + "二"))),
                               frozenset({"name.told"}))])  # fmt: skip
    key = workspace.begin_import(ImportFile("/in/x.csv", "00", "table", "intake"))
    reject = Reject("x.csv", 2, "姓名", name, "bad", "write it", record_lost=False)
    workspace.finish_import(key, ImportCounts(read=1, stored=1), [StoredReject(reject, "A1")])
    workspace.decide("B0001", "A1", judgement="reject", reviewer="李", reason=note)
    (workspace.path / "rejects.csv").write_text(name, "utf-8-sig")
    generation = workspace.indexes / "g1"
    generation.mkdir()
    (generation / "face.npy").write_bytes(vector.tobytes())
    (workspace.indexes / "CURRENT").write_text("g1")
    return vector


def test_the_bytes_are_gone(workspace: Workspace) -> None:
    vector = fill(workspace)
    wanted = [text.encode() for text in SECRETS] + [vector.tobytes()[:64], b"LOCUS7-77", "司马钟鼎翔二".encode()]
    before = contents(workspace)
    assert all(secret in before for secret in wanted), "the search finds what is there"
    [key] = workspace._db.identity.execute("SELECT sample_key FROM sample").fetchone()
    assert struct.pack(">q", key) in before
    erasure = workspace.erase("A1")
    after = contents(workspace)
    assert [secret for secret in wanted if secret in after] == []
    assert struct.pack(">q", key) not in after, "nothing is left to join a leftover genotype by"
    assert (erasure.photos, erasure.vectors, erasure.samples, erasure.decisions) == (1, 1, 1, 1)
    assert not erasure.wal_pending
    assert workspace.record_ids() == [f"B{n:04d}" for n in range(300)]
    assert workspace.rejects() == []
    assert workspace.decisions() == []
    assert workspace.verify_audit().problem is None
    assert list(workspace.indexes.iterdir()) == []


def test_the_number_of_the_case_stays_as_proof(workspace: Workspace) -> None:
    workspace.put_subjects([Subject("A1", "intake")])
    workspace.erase("A1")
    assert workspace.audit_entries()[-1].detail == '{"photos": 0, "record_id": "A1", "samples": 0, "vectors": 0}'
    with pytest.raises(InputError, match="no record 'A1'"):
        workspace.erase("A1")


def test_a_sample_shared_with_another_case_stays(workspace: Workspace) -> None:
    profile = StrProfile("S1", {"TH01": (60, 93)})
    workspace.put_subjects([Subject("A1", "intake", profile=profile), Subject("A2", "rescue", profile=profile)])
    assert workspace.erase("A1").samples == 0
    assert workspace.subject("A2").profile == profile
    assert workspace.erase("A2").samples == 1
    assert workspace.counts()["genotype"] == 0


def test_one_profile_can_be_erased_alone(workspace: Workspace) -> None:
    workspace.put_subjects([Subject("A1", "intake", profile=StrProfile("S1", {"LOCUS-Q-77": (60, 93)}))])
    assert workspace.erase_sample("S1")
    assert not workspace.erase_sample("S1")
    assert workspace.subject("A1") == Subject("A1", "intake")
    assert b"LOCUS-Q-77" not in contents(workspace)
    assert workspace.put_profiles([StrProfile("S1", {"TH01": (60, 60)})]) == ["added"], "the corrected profile"
    assert workspace.subject("A1").profile == StrProfile("S1", {"TH01": (60, 60)})


def test_a_reader_in_the_way_is_reported(workspace: Workspace, tmp_path: Path) -> None:
    workspace.put_subjects([Subject("A1", "intake", names=(ToldName(SECRETS[0]),))])
    with Workspace.open(workspace.path, read_only=True) as reader, reader.snapshot():
        assert reader.record_ids() == ["A1"]
        assert workspace.erase("A1").wal_pending
    workspace.close()
    assert SECRETS[0].encode() not in contents(workspace), "closing cuts the log"
