"""Builders that the tests of leads share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matcher.engine.columns import Vocabulary
from matcher.engine.gallery import Gallery
from matcher.leads.fusion_model import PLAIN_MODEL, FusionModel
from matcher.leads.prepared_gallery import PreparedGallery
from matcher.subjects import evidence_of
from matcher.types import CandidateList, FacePhoto, Lead, Subject, ToldName, ToldPlace
from tests.contract.conftest import MODEL_ID, contract_channels, full_subject


def prepared_gallery(subjects: Sequence[Subject], fusion: FusionModel = PLAIN_MODEL) -> PreparedGallery:
    """Encode subjects in ascending order of case number with all channels."""
    channels = contract_channels()
    codes, compilers, vocabularies = {}, {}, {}
    evidence = evidence_of(subjects)
    for channel in channels:
        own = {column.name: Vocabulary() for column in channel.columns if column.kind != "dense"}
        codes[channel.name] = channel.encode(evidence, own)
        compilers[channel.name] = channel.prepare(own)
        vocabularies[channel.name] = own
    ids = np.array([subject.record_id for subject in subjects], np.str_)
    return PreparedGallery(Gallery(ids, codes), vocabularies, channels, compilers, fusion)


def plain_list(shares: Sequence[float], *, probe: str = "A1") -> CandidateList:
    """Make a list of records R0, R1, ... with these posteriors; nobody has the rest."""
    leads = tuple(Lead(probe, f"R{number}", number + 1, 5.0 - number, share, ()) for number, share in enumerate(shares))
    return CandidateList(
        probe, 100, 0.3, 1.0 - sum(shares), len(shares) - sum(shares), True, leads
    )  # fmt: skip


def wanderer(number: int, seed: int = 3) -> Subject:
    """One of many records of the same man: the same face with some noise, name, home, sex and age."""
    man = full_subject("X", np.random.default_rng(seed), "rescue")
    rng = np.random.default_rng([seed, number])
    vector = man.photos[0].vector + rng.normal(0, 0.03, man.photos[0].vector.shape).astype(np.float32)
    photo = FacePhoto(f"p{seed}-{number}", MODEL_ID, vector / np.linalg.norm(vector), 0.9)
    return replace(
        man, record_id=f"W{seed}-{number:03d}", profile=None, pedigree=(), photos=(photo,),
        names=(ToldName("欧阳明"),), places=(ToldPlace("四川省成都市金堂县"),),
    )  # fmt: skip
