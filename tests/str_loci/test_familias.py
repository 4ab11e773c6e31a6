"""Familias files: read as cases; what is not documented is refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.errors import InputError, MatcherError
from matcher.str_loci.familias import read_familias
from matcher.str_loci.likelihood import pedigree_ratio
from matcher.str_loci.pedigree import Pedigree
from matcher.str_loci.reference_answers import answers

# Two persons and two loci, laid out as Familias 3.3.1 writes them. Alleles and loci are numbered from 0.
LOCUS = '"{name}"\n0.001\n0.002\n{model}\n{model}\n3\n0.1\n0.1\n1e-006\n1e-006\n{silent}\n0\n3\t(DatabaseSize = 1000 , Dropout probability = 0 , Minor allele frequency = 0 )\n"9"\n0.2\n"9.3"\n0.3\n"10"\n0.5\n'  # noqa: E501
PERSON = '"{name}"\n#FALSE#\n-1\n#FALSE#\n#{male}#\n2\n{a}\n{b}\n0\n1\n2\n1\n'
HEAD = '"Output from Familias, version 3.3.1"\n"DO NOT EDIT!"\n3.3.1\n""\n2\n'
RELATIONS = '"Known relations"\n0\n0\n0\n2\n0\n"H1"\n0\n0\n1\n0\n1\n1\n"H2"\n0\n0\n0\n'


def fam(model: int = 4, silent: str = "#FALSE#", theta: str = "0", relations: str = RELATIONS) -> str:
    persons = PERSON.format(name="AF", male="TRUE", a=0, b=1) + PERSON.format(name="CH", male="FALSE", a=1, b=1)
    loci = "".join(LOCUS.format(name=name, model=model, silent=silent) for name in ("TH01", "TPOX"))
    return f'{HEAD}{persons}{relations}#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: {theta} )\n2\n#TRUE#\n"unknown"\n{loci}[Advanced]\n'  # noqa: E501


def test_a_file_becomes_a_case() -> None:
    (case,) = read_familias(fam(), source="x.fam")
    assert case.case_id == "x.fam: H1 / H2"
    first, second = (evidence for _, evidence in case.loci)
    assert first.genotypes == {"AF": (90, 93), "CH": (93, 93)}
    assert second.genotypes == {"AF": (93, 100), "CH": (93, 100)}
    assert first.model.male[0, 1] == pytest.approx(1e-6)  # 9 to 9.3: another microvariant group
    assert first.model.male[0, 2] == pytest.approx(0.002)
    assert first.model.female[0, 2] == pytest.approx(0.001)
    pedigree = Pedigree.of([("AF", None, None), ("o", None, None), ("CH", "AF", "o")])
    apart = Pedigree.of([("AF", None, None), ("CH", None, None)])
    expected = pedigree_ratio(pedigree, apart, [first, second])
    (answer,) = answers(fam(), source="x.fam", founders="pruned")
    assert answer.log10_lr == pytest.approx(expected.log10_lr, abs=1e-12)


def test_theta_and_known_relations_are_read() -> None:
    known = '"Known relations"\n1\n0\n1\n2\n1\n2\n0\n"H1"\n0\n0\n1\n0\n1\n1\n"H2"\n0\n0\n0\n'
    (case,) = read_familias(fam(theta="0.02", relations=known), source="x.fam")
    assert case.theta == pytest.approx(0.02)
    row = case.h1.pedigree.names.index("CH")
    assert case.h1.pedigree.names[case.h1.pedigree.fathers[row]] == "AF"
    assert case.h1.pedigree.names[case.h1.pedigree.mothers[row]] == "extra 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (fam(silent="#TRUE#"), "silent allele"),
        (fam(model=3), "mutation model"),
        (fam(model=2), "mutation model"),
        (fam() + "[DVI]\n", "disaster section"),
        (fam(relations=RELATIONS.replace('1\n0\n1\n1\n"H2"', '1\n0 Direct\n1\n1\n"H2"')), "twins"),
        (fam(relations='"Known relations"\n0\n0\n0\n1\n0\n"H1"\n0\n0\n0\n'), "there are 1 pedigrees"),
        (fam()[:300], "ends before"),
        (fam().replace("\n0.3\n", "\nmuch\n"), "is 'much', not a number"),
    ],
)
def test_what_is_not_documented_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_familias(text, source="x.fam")


def test_damaged_files_are_read_or_refused_but_never_crash() -> None:
    rng = np.random.default_rng(1)
    lines = fam().splitlines()
    refused = 0
    for _ in range(1500):
        kept = list(lines)
        place = int(rng.integers(3, len(kept)))
        kept[place : place + int(rng.integers(0, 2))] = [
            ["", "-1", "7", '"x"', "1e400", "#TRUE#", "nan"][int(rng.integers(7))]
        ]
        try:
            for answer in answers("\n".join(kept), source="x.fam", founders="pruned"):
                assert answer.document
        except MatcherError:
            refused += 1
    assert 500 < refused < 1500
