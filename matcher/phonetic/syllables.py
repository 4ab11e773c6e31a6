"""The inventory of toneless Mandarin syllables: stable codes, their parts, and pinyin in Latin letters.

Codes are positions in `data/syllables.txt` (1-based, ascending ASCII, `v` for ü); 0 = unknown. The file is
append-only, because codes are stored in indexes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

UNKNOWN = 0
UNKNOWN_TONE = 0
NEUTRAL_TONE = 5
MAX_SEGMENTATIONS = 8

_INITIALS = ("zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s")
_TONE_MARKS = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0306": 3, "\u0300": 4}

# Spelling of a syllable without initial -> its final (Scheme for the Chinese Phonetic Alphabet, 1958, final table).
_ZERO_INITIAL = {
    "yi": "i", "ya": "ia", "yo": "io", "ye": "ie", "yai": "iai", "yao": "iao", "you": "iou", "yan": "ian",
    "yin": "in", "yang": "iang", "ying": "ing", "yong": "iong", "wu": "u", "wa": "ua", "wo": "uo", "wai": "uai",
    "wei": "uei", "wan": "uan", "wen": "uen", "wang": "uang", "weng": "ueng", "wong": "ueng",
    "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn",
}  # fmt: skip
_SHORT_FINALS = {"iu": "iou", "ui": "uei", "un": "uen"}


@dataclass(frozen=True, slots=True)
class SyllableParts:
    """Phonological parts of a syllable.

    Parameters
    ----------
    initial : str
        One of the 21 pinyin initials; empty = zero initial (also where pinyin writes y or w).
    final : str
        Final with the medial spelt out and `v` for ü, as in `uang`, `iou`, `ve`; `-i` for the vowel of zhi and zi.
    """

    initial: str
    final: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """One syllable read from Latin letters; `tone` is 1-4, 5 = neutral, 0 = not written."""

    code: int
    tone: int


@cache
def inventory() -> tuple[str, ...]:
    """Return all syllables by code; position 0 is the unknown syllable (empty string)."""
    text = files("matcher.phonetic").joinpath("data/syllables.txt").read_text("ascii")
    return ("", *text.split())


def syllable_count() -> int:
    """Return S, the number of codes including 0."""
    return len(inventory())


def code_of(syllable: str) -> int:
    """Return the code of a toneless syllable in lower-case pinyin (`v`, `ü` or `u:` for ü); 0 when there is none.

    >>> inventory()[code_of("nü")]
    'nv'
    >>> code_of("xyz")
    0
    """
    return _codes().get(_plain(syllable), UNKNOWN)


def text_of(code: int) -> str:
    """Return the pinyin of a code with ü written as such; `?` for the unknown syllable."""
    return inventory()[code].replace("v", "ü") if code else "?"


@cache
def parts_of(code: int) -> SyllableParts:
    """Split a known syllable into initial and final.

    >>> parts_of(code_of("xuan")), parts_of(code_of("wang"))
    (SyllableParts(initial='x', final='van'), SyllableParts(initial='', final='uang'))
    """
    syllable = inventory()[code]
    if syllable in _ZERO_INITIAL:
        return SyllableParts("", _ZERO_INITIAL[syllable])
    initial = next((item for item in _INITIALS if syllable.startswith(item) and syllable != item), "")
    final = syllable[len(initial) :]
    if initial in {"j", "q", "x"} and final.startswith("u"):
        final = "v" + final[1:]
    elif final == "i" and initial in {"zh", "ch", "sh", "r", "z", "c", "s"}:
        final = "-i"
    return SyllableParts(initial, _SHORT_FINALS.get(final, final))


@cache
def code_of_parts(initial: str, final: str) -> int:
    """Return the code of an initial and a final; 0 when Mandarin does not combine them."""
    return _by_parts().get((initial, final), UNKNOWN)


def segment_pinyin(text: str) -> tuple[tuple[Spelling, ...], ...]:
    """Read pinyin, toned (marks or digits) or not, with or without separators, in every possible way.

    Parameters
    ----------
    text : str
        Such as `wáng shān jiāng`, `WangShanjiang`, `wang2 shan1 jiang1`, `xi'an`.

    Returns
    -------
    tuple of tuple of Spelling
        Segmentations with fewest syllables first, at most `MAX_SEGMENTATIONS`; empty when the text is not pinyin.

    >>> [[text_of(s.code) for s in way] for way in segment_pinyin("xian")]
    [['xian'], ['xi', 'an']]
    >>> [(text_of(s.code), s.tone) for s in segment_pinyin("lǚ buwei4")[0]]
    [('lü', 3), ('bu', 0), ('wei', 4)]
    """
    words = _words(text)
    if not words:
        return ()
    ways: list[tuple[Spelling, ...]] = [()]
    for letters, tones in words:
        found = _segment_word(letters, tones)
        ways = [way + more for way in ways for more in found][: MAX_SEGMENTATIONS * 4]
    return tuple(sorted(ways, key=len)[:MAX_SEGMENTATIONS])


def _segment_word(letters: str, tones: tuple[int, ...]) -> list[tuple[Spelling, ...]]:
    """List segmentations of one unbroken run of letters; `tones[i]` is the tone that stands on letter i."""
    if len(letters) > 40:
        return []
    tails: dict[int, list[tuple[Spelling, ...]]] = {len(letters): [()]}
    for start in range(len(letters) - 1, -1, -1):
        tails[start] = []
        for end in range(min(start + 6, len(letters)), start, -1):
            code = _codes().get(letters[start:end])
            if code is None or not tails[end]:
                continue
            marked = [tone for tone in tones[start:end] if tone]
            if len(marked) > 1 or (marked and _digit_inside(tones, start, end)):
                continue
            spelling = Spelling(code, marked[0] % _DIGIT_TONE if marked else UNKNOWN_TONE)
            tails[start] += [(spelling, *tail) for tail in tails[end]]
        tails[start] = sorted(tails[start], key=len)[:MAX_SEGMENTATIONS]
    return tails[0]


_DIGIT_TONE = 10


def _digit_inside(tones: tuple[int, ...], start: int, end: int) -> bool:
    """Tell whether a tone digit stands before the end of the syllable, where it cannot stand."""
    return any(tone >= _DIGIT_TONE for tone in tones[start : end - 1])


def _words(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Break text into runs of letters with the tone on each letter; empty when anything else is in it."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("u:", "v").replace("ɡ", "g").replace("ɑ", "a"))
    words: list[tuple[list[str], list[int]]] = [([], [])]
    for character in decomposed:
        letters, tones = words[-1]
        if "a" <= character <= "z":
            letters.append(character)
            tones.append(0)
        elif character == "\u0308" and letters and letters[-1] == "u":
            letters[-1] = "v"
        elif character in _TONE_MARKS and tones:
            tones[-1] = _TONE_MARKS[character]
        elif character in "012345" and tones:
            tones[-1] = (int(character) or NEUTRAL_TONE) + _DIGIT_TONE
        elif character in " '-·,.’":
            words.append(([], []))
        else:
            return []
    return [("".join(letters), tuple(tones)) for letters, tones in words if letters]


def _plain(syllable: str) -> str:
    return syllable.replace("u:", "v").replace("ü", "v")


@cache
def _codes() -> dict[str, int]:
    codes = {syllable: code for code, syllable in enumerate(inventory()) if code}
    # lue and nue are how keyboards and passports write lüe and nüe; Mandarin has no lue.
    codes.update({"lue": codes["lve"], "nue": codes["nve"], "lyu": codes["lv"], "nyu": codes["nv"]})
    return codes


@cache
def _by_parts() -> dict[tuple[str, str], int]:
    table: dict[tuple[str, str], int] = {}
    for code in range(1, syllable_count()):
        parts = parts_of(code)
        table.setdefault((parts.initial, parts.final), code)
    return table
