"""Make `surnames.csv` and `given_characters.csv` from packages with permissive licences.

    python -m matcher.phonetic.build.frequencies SINONYM.whl NGENDER.tar.gz FAKER.whl MINGZI.whl

Surnames: the percentages of the Faker zh_CN provider (about the commonest 100-300 surnames) are taken as they are; the
ORCID counts of sinonym fill in the rest, scaled by the median ratio on the surnames that both know. ORCID also counts
given names typed into the surname field; a surname that neither Faker nor mingzi lists is therefore cut to a fifth.
Compound surnames unknown to ORCID get the smallest count seen. Given names: character counts by sex from ngender.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import statistics
import sys
import tarfile
import zipfile
from pathlib import Path

from matcher.phonetic.normalise import normalise
from matcher.phonetic.readings import known_surnames

UNLISTED_SHARE = 0.2
_TWO_HAN = re.compile("[一-鿿]{2}")
DATA = Path(__file__).parents[1] / "data"


def main(paths: list[str]) -> None:
    """Write both tables."""
    sinonym, ngender, faker, mingzi = (Path(path) for path in paths)
    surnames = surname_table(_orcid(sinonym), _percentages(faker), _listed(mingzi))
    with (DATA / "surnames.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["surname", "ppm"])
        writer.writerows((name, f"{ppm:.2f}") for name, ppm in surnames)
    with (DATA / "common_given_names.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["given_name", "per_mille"])
        writer.writerows((name, PER_MILLE.get(name, COMMON_PER_MILLE)) for name in _common_given_names(faker))
    with (DATA / "given_characters.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["character", "male", "female"])
        writer.writerows(_given_counts(ngender))


PER_MILLE = {"秀英": 3.2}
"""Of given names of two characters. The Ministry of Public Security counted 246,737 王秀英, 244,637 李秀英 and 241,189
张秀英 (most frequent full names, 2007) among 93, 92 and 88 million of these surnames: 2.7 per thousand people."""

COMMON_PER_MILLE = 1.0
"""For the other names among the commonest; a judgement."""


def _common_given_names(wheel: Path) -> list[str]:
    """Read the given names of two characters that the provider counts among the commonest, without running it."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(_member(wheel, "faker/providers/person/zh_CN/__init__.py"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _TWO_HAN.fullmatch(node.value):
            found[normalise(node.value)] = None
    return [name for name in found if name not in known_surnames() and name[0] != name[1]]


def surname_table(orcid: dict[str, float], percent: dict[str, float], listed: set[str]) -> list[tuple[str, float]]:
    """Merge the sources into parts per million, commonest first."""
    common = [name for name in percent if name in orcid]
    scale = statistics.median(percent[name] * 1e4 / orcid[name] for name in common)
    single = {name for name in (*orcid, *percent, *listed) if len(name) == 1}
    compound = {name for name in (*listed, *known_surnames()) if len(name) == 2}
    smallest = min(orcid.values()) * scale
    table: dict[str, float] = {}
    for name in single | compound | set(known_surnames()):
        if name in percent:
            table[name] = percent[name] * 1e4
        elif name in orcid:
            trusted = name in listed or name in known_surnames()
            table[name] = orcid[name] * scale * (1.0 if trusted else UNLISTED_SHARE)
        else:
            table[name] = smallest
    # The percentages count both spellings under the formal one, as surname surveys do.
    for formal, simple in (("萧", "肖"), ("傅", "付"), ("阎", "闫"), ("戴", "代"), ("侯", "候")):
        total, share = percent[formal] * 1e4, orcid[simple] / (orcid[simple] + orcid[formal])
        table[formal], table[simple] = total * (1.0 - share), total * share
    norm = 1e6 / sum(table.values())
    return sorted(((name, ppm * norm) for name, ppm in table.items()), key=lambda item: (-item[1], item[0]))


def _orcid(wheel: Path) -> dict[str, float]:
    rows = csv.DictReader(io.StringIO(_member(wheel, "sinonym/data/familyname_orcid.csv")))
    return {normalise(row["surname"]): float(row["ppm"]) for row in rows}


def _percentages(wheel: Path) -> dict[str, float]:
    """Read the literal `last_names` of the provider without running it."""
    tree = ast.parse(_member(wheel, "faker/providers/person/zh_CN/__init__.py"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "last_names":
            assert isinstance(node.value, ast.Call)
            found: dict[str, float] = {}
            for name, share in ast.literal_eval(node.value.args[0]):  # 于 stands there twice
                found[normalise(name)] = max(float(share), found.get(normalise(name), 0.0))
            return found
    raise SystemExit("no last_names in this version of Faker")


def _listed(wheel: Path) -> set[str]:
    data = json.loads(_member(wheel, "mingzi/data.json"))
    return {normalise(name) for name in (*data["surname"], *data["com_surname"])}


def _given_counts(source: Path) -> list[tuple[str, int, int]]:
    with tarfile.open(source) as archive:
        member = next(item for item in archive.getmembers() if item.name.endswith("/ngender/charfreq.csv"))
        handle = archive.extractfile(member)
        assert handle is not None
        text = handle.read().decode("utf-8-sig")
    counts: dict[str, list[int]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        entry = counts.setdefault(normalise(row["char"]), [0, 0])
        entry[0] += int(row["male"])
        entry[1] += int(row["female"])
    table = [(character, male, female) for character, (male, female) in counts.items() if len(character) == 1]
    return sorted(table, key=lambda row: (-row[1] - row[2], row[0]))


def _member(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode("utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
