"""Writes to a workspace without end and says so on standard output, to be killed by `test_killed.py`."""

import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from matcher.types import FacePhoto, StrProfile, Subject, ToldName, ToldPlace
from matcher.workspace.store import Workspace

CASES = 12


def subject_for(case: int, version: int) -> Subject:
    """Make the content of a case at a version: everything about it changes with the version."""
    draw = np.random.default_rng((case, version))
    vector = draw.normal(size=64)
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    names = tuple(ToldName(f"名{case}-{version}-{n}") for n in range(1 + version % 3))
    return Subject(
        f"A{case:03d}",
        "intake",
        height_cm=100 + version,
        names=names,
        places=(ToldPlace(f"地{case}-{version}"),),
        photos=(FacePhoto("p", "m", vector, 0.5),),
        profile=StrProfile(f"S{case}", {f"L{n:03d}": (n, n + 10) for n in range(1 + version)}),
        notes=(("备注", "注" * (version % 5 * 1000 + 1)),),
    )


def say(*words: object) -> None:
    """Write a line that has left this process when the call returns."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def write(path: Path, seed: int) -> None:
    """Put and erase cases at random, printing `begin` and `done` around each commit."""
    random = Random(seed)
    versions: dict[int, int] = {}
    version = 0
    with Workspace.open(path) as workspace:
        for record in workspace.subjects(workspace.record_ids()):
            versions[int(record.record_id[1:])] = (record.height_cm or 0) - 100
            version = max(version, (record.height_cm or 0) - 100)
        say("ready")
        while True:
            case = random.randrange(CASES)
            version += 1
            if case in versions and random.random() < 0.25:
                say("begin erase", case, 0)
                workspace.erase(f"A{case:03d}")
                say("done erase", case, 0)
                versions.pop(case)
                continue
            say("begin put", case, version)
            workspace.put_subjects([subject_for(case, version)])
            say("done put", case, version)
            versions[case] = version


def stored(subject: Subject) -> Subject:
    """Leave out what the workspace decides itself, and make vectors comparable."""
    photos = tuple(replace(p, photo_id="", vector=p.vector.tobytes()) for p in subject.photos)  # type: ignore[arg-type]
    return replace(subject, photos=photos)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
