"""Workspaces and subjects that the tests of this package share."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.phonetic.placeholders import is_placeholder
from matcher.str_loci.profiles import read_profiles
from matcher.types import (
    SUBJECT,
    DayInterval,
    FacePhoto,
    PedigreeMember,
    RecordKind,
    StrProfile,
    Subject,
    ToldName,
    ToldPlace,
)
from matcher.workspace.ingest.dates import days_of
from matcher.workspace.ingest.request import ChannelReaders, FileSummary, IngestReport, IngestRequest, IngestSettings
from matcher.workspace.ingest.run import ingest
from matcher.workspace.store import Workspace

MODEL = "model-a"


def unit_vector(seed: int, dimensions: int = 16) -> np.ndarray:
    """Draw a unit vector."""
    vector = np.random.default_rng(seed).normal(size=dimensions)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def face(seed: int, photo_id: str) -> FacePhoto:
    """Make an embedded photograph."""
    return FacePhoto(photo_id, MODEL, unit_vector(seed), 0.5, DayInterval(17000, 17030), "adult")


def full_subject(record_id: str = "A0012") -> Subject:
    """Make a subject that has something in every table."""
    own = StrProfile(f"S-{record_id}", {"D3S1358": (150, 160), "TH01": (60, 93)})
    mother = StrProfile(f"M-{record_id}", {"D3S1358": (150, 170)})
    return Subject(
        record_id=record_id,
        kind="intake",
        station="石家庄市救助管理站",
        sex="male",
        birth=DayInterval(-8000, -7635),
        birth_estimated=True,
        event=DayInterval(17959, 17989),
        height_cm=165,
        accent="安徽口音",
        names=(ToldName("王江山", "told", credence=0.5), ToldName("王兴江(音)", "alias", sound_only=True)),
        places=(ToldPlace("六安西河口", "home", 0.75), ToldPlace("石家庄火车站", "found")),
        photos=(face(1, "p1"), face(2, "p2")),
        profile=own,
        pedigree=(
            PedigreeMember(SUBJECT, "father", "mother", "male", own),
            PedigreeMember("father", None, None, "male"),
            PedigreeMember("mother", None, None, "female", mother),
        ),
        notes=(("体表特征", "左手疤痕"), ("备注", "=HYPERLINK(1)")),
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Make an empty workspace."""
    with Workspace.create(tmp_path / "station", actor="tester") as made:
        yield made


def photo_reason(content: bytes) -> str | None:
    """Stand for the face channel: a photograph begins with JPEG."""
    return None if content.startswith(b"JPEG") else "not_an_image"


@pytest.fixture
def ingest_settings() -> IngestSettings:
    """Settings with the real placeholder and STR knowledge and a simple check of photographs."""
    readers = ChannelReaders(is_placeholder, photo_reason, lambda reason: f"mend {reason}", read_profiles)
    return IngestSettings(readers, days_of(2026, 11, 21))


class Intake:
    """A workspace with short ways to ingest into it."""

    def __init__(self, workspace: Workspace, settings: IngestSettings, folder: Path) -> None:
        self.workspace = workspace
        self.settings = settings
        self.folder = folder

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write a file for ingest."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding, "surrogatepass"))
        return path

    def run(self, *forms: Path, dry_run: bool = False, kind: RecordKind = "intake", **request: object) -> IngestReport:
        """Ingest forms and whatever else is named."""
        wanted = replace(IngestRequest(forms, kind), **request)  # type: ignore[arg-type]
        return ingest(self.workspace, wanted, self.settings, dry_run=dry_run)

    def form(self, text: str, *, name: str = "form.csv", **request: object) -> FileSummary:
        """Write a form and ingest it; its errors are raised."""
        report = self.run(self.write(name, text), **request)  # type: ignore[arg-type]
        if report.errors:
            raise report.errors[0]
        return report.files[0]


@pytest.fixture
def intake(workspace: Workspace, ingest_settings: IngestSettings, tmp_path: Path) -> Intake:
    """Make a workspace to ingest into."""
    return Intake(workspace, ingest_settings, tmp_path / "in")
