"""P(a token is written | a syllable and tone are said), by hearing, for every region of the speaker at once.

A token stands for a few sounds; the listener takes the syllable through the confusion matrix of the region and the tone
through a kernel. Axis R is `SPEECH_REGIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from matcher.phonetic.confusion import SPEECH_REGIONS, confusion_stack
from matcher.phonetic.emission import TONES, RoleModel, Stratum, Token
from matcher.phonetic.flat import read_only
from matcher.phonetic.regions import STANDARD
from matcher.phonetic.syllables import syllable_count

Float64 = NDArray[np.float64]

# Share of heard tones that are written with the same tone; the rest is spread over the other tones. Measured on pairs
# of wrong and right characters of the same syllable: 71 % (SIGHAN spelling corpora), 84 % (AISHELL-3
# recognition errors).
# Tone systems of dialects do not transfer, so that there little more than chance is left.
_TONE_KEPT_STANDARD = 0.72
_TONE_KEPT_REGIONAL = 0.36


_TYPED_SOUND_SHARE = 0.6
"""Share of written-out sounds (pinyin) that come from the right reading rather than from hearing."""


def _tone_kernel(kept: float) -> Float64:
    """Return P(written tone | true tone), shape (TONES, TONES); an unknown true tone is any of the four."""
    kernel = np.zeros((TONES, TONES))
    kernel[1:5, 1:5] = (1.0 - kept - 0.02) / 3.0
    np.fill_diagonal(kernel[1:5, 1:5], kept)
    kernel[1:5, 5] = 0.02
    kernel[5, 1:5], kernel[5, 5] = 0.15, 0.4
    kernel[0, 1:5], kernel[0, 5] = 0.245, 0.02
    return kernel


@dataclass(frozen=True, slots=True)
class Heard:
    """The sounds that a token writes down; what `columns` spells out in full.

    Parameters
    ----------
    codes, tones : ndarray of int32, shape (K,)
        Syllable and tone (0 = not written) of each sound.
    weights : ndarray of float64, shape (K,)
        P(this spelling | the sound is heard).
    right : float
        Share that is written from the right reading rather than from hearing.
    """

    codes: NDArray[np.int32]
    tones: NDArray[np.int32]
    weights: Float64
    right: float

    def columns(self) -> Float64:
        """Return P(token | true syllable and tone, heard), shape (S, TONES, R): the readable twin of the loops."""
        result = np.zeros((syllable_count(), TONES, len(SPEECH_REGIONS)))
        for code, tone, weight in zip(self.codes, self.tones, self.weights, strict=True):
            kernels, standard = tone_columns()[tone], tone_columns()[tone, :, SPEECH_REGIONS.index(STANDARD)]
            result += ((1.0 - self.right) * weight) * confusion_by_heard()[code][:, None, :] * kernels[None, :, :]
            result[code] += self.right * weight * standard[:, None]
        return result


def heard_sounds(token: Token, model: RoleModel) -> Heard:
    """Return the sounds that a token writes down, with P(token | sound)."""
    sounds = list(token.sounds)
    if token.character:
        options = model.readings(token.character)
        sounds = [(r.syllable_code, r.tone, model.spelling(token.character, r)) for r in options]
    return Heard(
        codes=np.array([code for code, _, _ in sounds], np.int32),
        tones=np.array([tone for _, tone, _ in sounds], np.int32),
        weights=np.array([weight for _, _, weight in sounds], np.float64),
        right=0.0 if token.character else _TYPED_SOUND_SHARE,
    )


@cache
def confusion_by_heard() -> Float64:
    """Return the confusion matrices by heard syllable, shape (S heard, S true, R); read-only."""
    return read_only(np.ascontiguousarray(confusion_stack().transpose(2, 1, 0)))


@cache
def tone_columns() -> Float64:
    """Return P(written tone | true tone, region), shape (TONES written, TONES true, R); 1 for no written tone."""
    kept = [_TONE_KEPT_STANDARD if region == STANDARD else _TONE_KEPT_REGIONAL for region in SPEECH_REGIONS]
    columns = np.stack([_tone_kernel(share).T for share in kept], axis=2)
    columns[0] = 1.0
    return read_only(columns)


@lru_cache(maxsize=32)
def mean_heard(part: Stratum) -> Float64:
    """Return the sum over a stratum's characters of share x P(sound | character, heard), shape (S, TONES, R)."""
    true_tones = np.einsum("st,wtr->rsw", part.sounding, tone_columns())
    return read_only(np.ascontiguousarray(np.einsum("rsh,rsw->rhw", confusion_stack(), true_tones).transpose(1, 2, 0)))
