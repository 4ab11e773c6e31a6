"""The DNA channel: its tables against plain peeling, its laws, and its words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from matcher.engine.channel import Compiler
from matcher.engine.columns import SingleColumn, Vocabulary
from matcher.engine.scan import exact_parts
from matcher.engine.terms import Lookup
from matcher.str_loci.alleles import SILENT
from matcher.str_loci.channel import DnaChannel, DnaOptions, dna_channel
from matcher.str_loci.frequencies import LocusFrequencies, default_frequencies
from matcher.str_loci.hypotheses import alternatives
from matcher.str_loci.likelihood import LocusEvidence, locus_likelihood, pedigree_ratio
from matcher.str_loci.linkage import linked_table
from matcher.str_loci.mutation import DEFAULT_MUTATION
from matcher.str_loci.patterns import parse_relatives, relatives_entry
from matcher.str_loci.pedigree import Pedigree, reduced
from matcher.str_loci.peeling import States
from matcher.str_loci.relations import relation_pedigree, unrelated
from matcher.str_loci.simulate import draw_pedigree, draw_profile, locus_models
from matcher.str_loci.typing_errors import TypingErrors
from matcher.subjects import evidence_of
from matcher.types import SUBJECT, Genotype, Hypothesis, PedigreeMember, StrProfile, Subject
from tests.str_loci.conftest import missing_report

KIT = ("CSF1PO", "D12S391", "D13S317", "D3S1358", "FGA", "PentaE", "TH01", "vWA")
MODELS = locus_models(default_frequencies(), DEFAULT_MUTATION, KIT)


def profile(name: str, genotypes: dict[str, Genotype]) -> StrProfile:
    return StrProfile(name, genotypes)


def family(relation: str, kin: dict[str, Genotype], record_id: str = "M1") -> Subject:
    """A missing report whose one typed relative stands in the named relation."""
    return missing_report(record_id, relation, profile("K", kin))


def compiled(channel: DnaChannel, records: list[Subject]) -> tuple[dict[str, SingleColumn], Compiler]:
    vocabularies = {column.name: Vocabulary() for column in channel.columns}
    codes = channel.encode(evidence_of(records), vocabularies)
    return codes, channel.prepare(vocabularies)  # type: ignore[return-value]


def parts_of(channel: DnaChannel, probe: Subject, record: Subject, hypothesis: Hypothesis = "self") -> dict[str, float]:
    codes, compiler = compiled(channel, [record])
    plan = compiler.compile(probe, hypothesis)
    assert plan is not None
    return {part.column: part.log10_lr for part in exact_parts(plan, codes, 0)}


@pytest.fixture(scope="module")
def channel() -> DnaChannel:
    made = dna_channel()
    assert isinstance(made, DnaChannel)
    return made


@pytest.fixture(scope="module")
def nearly_exact() -> DnaChannel:
    """A channel whose error rates are too small to see, to be compared with plain peeling."""
    options = DnaOptions(errors=TypingErrors(1e-15, 0.0), sample_error=1e-30, pedigree_error=1e-30, ceiling=99.0)
    return DnaChannel(default_frequencies(), options)


@pytest.mark.parametrize("relation", ["parent-child", "grandparent"])
def test_family_tables_equal_the_ratio_of_pedigrees(nearly_exact: DnaChannel, relation: str) -> None:
    """The typed relative is a founder here, so table and ratio agree to the last digit."""
    rng = np.random.default_rng(3)
    world = draw_pedigree(rng, MODELS, relation_pedigree(relation))
    probe = Subject("P", "intake", profile=profile("S", world["subject"]))
    found = parts_of(nearly_exact, probe, family(relation, world["kin"]))
    for locus in KIT:
        model = default_frequencies()[locus].model(DEFAULT_MUTATION)
        pedigree = relation_pedigree(relation)
        evidence = LocusEvidence(locus, model, {"kin": world["kin"][locus], "subject": world["subject"][locus]})
        expected = pedigree_ratio(pedigree, unrelated(pedigree), [evidence]).log10_lr
        assert found[locus] == pytest.approx(expected, abs=1e-6 if expected < -6 else 1e-9), locus


def test_full_sibling_table_is_the_normalised_ratio(nearly_exact: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(4), MODELS, relation_pedigree("full-sibling"))
    probe = Subject("P", "intake", profile=profile("S", world["subject"]))
    found = parts_of(nearly_exact, probe, family("full-sibling", world["kin"]))
    pedigree = relation_pedigree("full-sibling")
    for locus in KIT:
        model = default_frequencies()[locus].model(DEFAULT_MUTATION)
        evidence = LocusEvidence(locus, model, {"kin": world["kin"][locus], "subject": world["subject"][locus]})
        ratio = pedigree_ratio(pedigree, unrelated(pedigree), [evidence]).log10_lr
        # The parents stay in the pedigree, so P(sibling) is p M, not p: a fraction of the mutation rate apart.
        assert found[locus] == pytest.approx(ratio, abs=0.01)


def test_direct_match_is_one_over_the_genotype_frequency(nearly_exact: DnaChannel) -> None:
    person = draw_profile(np.random.default_rng(5), MODELS)
    probe, record = (Subject(i, "intake", profile=profile("S", person)) for i in ("P", "R"))
    found = parts_of(nearly_exact, probe, record)
    for locus in KIT:
        model = default_frequencies()[locus].model(DEFAULT_MUTATION)
        assert found[locus] == pytest.approx(-math.log10(model.hwe[model.index(person[locus])]), abs=1e-9)


def test_drop_out_costs_less_than_another_genotype(channel: DnaChannel) -> None:
    truth: dict[str, Genotype] = {"FGA": (220, 240)}
    probe = Subject("P", "intake", profile=profile("S", truth))
    values = {
        g: parts_of(channel, probe, Subject("R", "rescue", profile=profile("T", {"FGA": g})))["FGA"]
        for g in ((220, 240), (220, 220), (230, 250))
    }
    assert values[220, 240] > 1 > 0 > values[220, 220] > values[230, 250]
    assert values[230, 250] == pytest.approx(math.log10(1 - 0.999**2), abs=1e-9)


def test_partial_profiles_compare_what_they_share(channel: DnaChannel) -> None:
    person = draw_profile(np.random.default_rng(6), MODELS)
    probe = Subject("P", "intake", profile=profile("S", person))
    half = {locus: person[locus] for locus in KIT[:3]}
    assert set(parts_of(channel, probe, Subject("R", "rescue", profile=profile("T", half)))) == set(KIT[:3])


def test_two_families_say_nothing_to_each_other(channel: DnaChannel) -> None:
    kin = draw_profile(np.random.default_rng(7), MODELS)
    assert parts_of(channel, family("parent-child", kin, "M2"), family("parent-child", kin)) == {}


def test_family_probe_equals_family_record(channel: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(8), MODELS, relation_pedigree("avuncular"))
    own = Subject("P", "intake", profile=profile("S", world["subject"]))
    relative = family("avuncular", world["kin"])
    forward, backward = parts_of(channel, own, relative), parts_of(channel, relative, own)
    assert forward.keys() == backward.keys()
    for column, value in forward.items():
        assert backward[column] == pytest.approx(value, abs=1e-9)


def test_alleles_outside_the_table_are_compared_at_the_minimum_frequency(channel: DnaChannel) -> None:
    odd: dict[str, Genotype] = {"TH01": (55, 70)}
    probe = Subject("P", "intake", profile=profile("S", odd))
    same = parts_of(channel, probe, Subject("R", "rescue", profile=profile("T", odd)))
    child = parts_of(channel, probe, family("parent-child", odd))
    other = parts_of(
        channel, Subject("P", "intake", profile=profile("S", {"TH01": (60, 70)})), family("parent-child", odd)
    )
    assert 2 < same["TH01"] < 4
    assert 1 < child["TH01"] < 3
    assert abs(other["TH01"]) < 1


def test_mean_lr_is_one_for_every_kind_of_probe(channel: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(9), MODELS, relation_pedigree("full-sibling"))
    probes = [Subject("P", "intake", profile=profile("S", world["subject"])), family("full-sibling", world["kin"])]
    _, compiler = compiled(channel, [probes[0]])
    for probe in probes:
        backgrounds = compiler.backgrounds(probe)
        assert len(backgrounds) >= len(KIT) - 1
        for item in backgrounds:
            assert float(item.probability.sum()) == pytest.approx(1.0, abs=1e-12)
            assert float(item.probability @ 10**item.log10_lr) == pytest.approx(1.0, abs=1e-12)


def test_mean_lr_of_a_family_entry_is_one_over_all_probes(channel: DnaChannel) -> None:
    """The other direction of the law: unrelated probes against one family record."""
    kin = draw_profile(np.random.default_rng(10), MODELS)
    _, compiler = compiled(channel, [family("half-sibling", kin)])
    model = default_frequencies()["D3S1358"].model(DEFAULT_MUTATION)
    weights = DnaOptions().errors.observed(model, model.hwe)
    total = 0.0
    for genotype, weight in zip(model.genotypes(), weights, strict=True):
        plan = compiler.compile(Subject("P", "intake", profile=profile("S", {"D3S1358": genotype})))
        assert plan is not None
        term = plan.terms[0]
        assert isinstance(term, Lookup)
        total += weight * 10 ** term.table[1]
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("relation", ["direct", "parent-child", "full-sibling"])
def test_theta_lowers_rare_matches_and_keeps_the_mean(relation: str) -> None:
    rng = np.random.default_rng(12)
    kit = ("TH01", "D3S1358")
    models = {locus: MODELS[locus] for locus in kit}
    world = draw_pedigree(rng, models, relation_pedigree("full-sibling" if relation == "direct" else relation))
    probe = Subject("P", "intake", profile=profile("S", world["subject"]))
    plain = {locus: default_frequencies()[locus] for locus in kit}
    made = DnaChannel(plain, DnaOptions(theta=0.03))
    record = replace(probe, record_id="R") if relation == "direct" else family(relation, world["kin"])
    found = parts_of(made, probe, record)
    for locus in kit:
        model = plain[locus].model(DEFAULT_MUTATION)
        genotypes = {"kin": world["kin"][locus], "subject": world["subject"][locus]}
        if relation == "direct":
            pair = Pedigree.of([("kin", None, None), ("subject", None, None)])
            genotypes["kin"] = genotypes["subject"]
            evidence = LocusEvidence(locus, model, genotypes)
            one = locus_likelihood(Pedigree.of([("kin", None, None)]), evidence, theta=0.03)
            expected = math.log10(one / locus_likelihood(pair, evidence, theta=0.03))
        else:
            pedigree = relation_pedigree(relation)
            evidence = LocusEvidence(locus, model, genotypes)
            expected = pedigree_ratio(pedigree, unrelated(pedigree), [evidence], theta=0.03).log10_lr
        assert found[locus] == pytest.approx(expected, abs=0.02), locus
    for item in compiled(made, [record])[1].backgrounds(probe if relation == "direct" else record):
        assert float(item.probability @ 10**item.log10_lr) == pytest.approx(1.0, abs=1e-12)


JOINT = "vWA+D12S391"
LINKED = ("vWA", "D12S391")


def test_linked_loci_have_a_joint_part_where_both_are_typed(channel: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(11), MODELS, relation_pedigree("full-sibling"))
    probe = Subject("P", "intake", profile=profile("S", world["subject"]))
    without = {locus: g for locus, g in world["kin"].items() if locus != "D12S391"}
    assert {"vWA", JOINT} <= parts_of(channel, probe, family("full-sibling", world["kin"])).keys()
    assert JOINT not in parts_of(channel, probe, family("full-sibling", without))
    assert JOINT not in parts_of(channel, probe, family("parent-child", world["kin"]))


def linked_ratio(pedigree: Pedigree, typed: dict[str, dict[str, Genotype]], subject: str, theta: float = 0.0) -> float:
    """log10 of P(genotypes of the subject | relatives) / P(them) at the two linked loci, by inheritance vectors."""
    models = tuple(default_frequencies()[locus].model(DEFAULT_MUTATION) for locus in LINKED)
    sides = []
    for side in (pedigree, unrelated(pedigree, subject)):
        kept = reduced(side, typed.keys() | {subject}, "explicit" if theta else "pruned")
        states = tuple(
            {name: States.known(np.array([m.index(g[x])])) for name, g in typed.items() if name != subject}
            for m, x in zip(models, LINKED, strict=True)
        )
        joint = linked_table(kept, models, states, subject=subject, theta=theta).joint()  # type: ignore[arg-type]
        one, other = (m.index(typed[subject][x]) for m, x in zip(models, LINKED, strict=True))
        sides.append(joint[one, other] / joint.sum())
    return math.log10(sides[0] / sides[1])


@pytest.mark.parametrize("relation", ["full-sibling", "half-sibling", "grandparent", "avuncular"])
@pytest.mark.parametrize("theta", [0.0, 0.02])
def test_joint_part_completes_the_exact_ratio_of_linked_loci(relation: str, theta: float) -> None:
    """Both ways round: the profile against the family, and the family against the profile."""
    options = DnaOptions(errors=TypingErrors(1e-15, 0.0), theta=theta)
    made = DnaChannel({locus: default_frequencies()[locus] for locus in LINKED}, options)
    pedigree = relation_pedigree(relation)
    world = draw_pedigree(np.random.default_rng(13), {locus: MODELS[locus] for locus in LINKED}, pedigree)
    typed = {"kin": world["kin"], SUBJECT: world[SUBJECT]}
    own, other = Subject("P", "intake", profile=profile("S", world[SUBJECT])), family(relation, world["kin"])
    for found in (parts_of(made, own, other), parts_of(made, other, own)):
        assert set(found) == {*LINKED, JOINT}
        assert sum(found.values()) == pytest.approx(linked_ratio(pedigree, typed, SUBJECT, theta), abs=1e-9)


def test_two_relatives_typed_at_different_loci_of_the_pair() -> None:
    """One sibling shows vWA, the other D12S391: the joint part still knows who is who."""
    made = DnaChannel({locus: default_frequencies()[locus] for locus in LINKED}, DnaOptions())
    a: dict[str, Genotype] = {"vWA": (140, 180)}
    b: dict[str, Genotype] = {"D12S391": (190, 210)}
    rows = [PedigreeMember("f", None, None, "male"), PedigreeMember("m", None, None, "female"),
            PedigreeMember("a", "f", "m", None, profile("a", a)), PedigreeMember("b", "f", "m", None, profile("b", b)),
            PedigreeMember(SUBJECT, "f", "m", None)]  # fmt: skip
    record = Subject("R", "missing", pedigree=tuple(rows))
    probe = Subject("P", "intake", profile=profile("S", {"vWA": (140, 170), "D12S391": (190, 200)}))
    found = parts_of(made, probe, record)
    assert set(found) >= set(LINKED)
    turned = replace(record, pedigree=tuple(reversed(rows)))
    assert parts_of(made, probe, turned) == pytest.approx(found, abs=1e-12)


HYPOTHESES: tuple[Hypothesis, ...] = ("sibling", "parent_child")


def test_a_sibling_of_a_typed_record_is_its_full_sibling(nearly_exact: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(14), MODELS, relation_pedigree("full-sibling"))
    probe = Subject("P", "intake", profile=profile("S", world[SUBJECT]))
    record = Subject("R", "rescue", profile=profile("T", world["kin"]))
    by_family = parts_of(nearly_exact, family("full-sibling", world[SUBJECT]), record)
    found = parts_of(nearly_exact, probe, record, "sibling")
    assert found == pytest.approx(by_family, abs=1e-9)
    assert sum(found.values()) > sum(parts_of(nearly_exact, probe, record, "parent_child").values())


def test_a_parent_of_a_typed_record_shares_an_allele_everywhere(nearly_exact: DnaChannel) -> None:
    world = draw_pedigree(np.random.default_rng(15), MODELS, relation_pedigree("parent-child"))
    probe = Subject("P", "intake", profile=profile("S", world["kin"]))
    record = Subject("R", "rescue", profile=profile("T", world[SUBJECT]))
    found = parts_of(nearly_exact, probe, record, "parent_child")
    for locus, value in parts_of(nearly_exact, family("parent-child", world["kin"]), record).items():
        assert found[locus] == pytest.approx(value, abs=5e-3)  # a mean over who is the parent, and of which sex
    assert sum(found.values()) > 3


def test_a_sibling_of_a_missing_person_is_another_child_of_the_typed_parents(nearly_exact: DnaChannel) -> None:
    """With both parents typed the missing person and a sibling have one distribution."""
    world = draw_pedigree(np.random.default_rng(16), MODELS, relation_pedigree("both-parents"))
    rows = (PedigreeMember("f", None, None, "male", profile("F", world["kin"])),
            PedigreeMember("m", None, None, "female", profile("M", world["kin2"])),
            PedigreeMember(SUBJECT, "f", "m", None))  # fmt: skip
    record = Subject("R", "missing", pedigree=rows)
    probe = Subject("P", "intake", profile=profile("S", world[SUBJECT]))
    assert parts_of(nearly_exact, probe, record, "sibling") == pytest.approx(parts_of(nearly_exact, probe, record))
    # A person who is neither parent can only be a child of the missing one: a grandchild of the typed couple.
    grandchild = Pedigree.of([("f", None, None), ("m", None, None), ("c", "f", "m"), ("o", None, None),
                              (SUBJECT, "c", "o")])  # fmt: skip
    found = parts_of(nearly_exact, probe, record, "parent_child")
    for locus in ("TH01", "FGA"):
        model = default_frequencies()[locus].model(DEFAULT_MUTATION)
        shown = {"f": world["kin"][locus], "m": world["kin2"][locus], SUBJECT: world[SUBJECT][locus]}
        evidence = LocusEvidence(locus, model, shown)
        expected = pedigree_ratio(grandchild, unrelated(grandchild), [evidence]).log10_lr
        assert found[locus] == pytest.approx(expected, abs=5e-3)


def test_parent_or_child_of_a_missing_sibling_is_the_mean_of_both(nearly_exact: DnaChannel) -> None:
    """The record's typed sibling is the probe's child if the probe is a parent, and its uncle or aunt if a child."""
    world = draw_pedigree(np.random.default_rng(17), MODELS, relation_pedigree("full-sibling"))
    record = family("full-sibling", world["kin"])
    probe = Subject("P", "intake", profile=profile("S", world[SUBJECT]))
    found = parts_of(nearly_exact, probe, record, "parent_child")
    as_parent = parts_of(nearly_exact, probe, family("child", world["kin"]))
    as_child = parts_of(nearly_exact, probe, family("avuncular", world["kin"]))
    for locus in ("TH01", "FGA", "D3S1358"):
        mean = math.log10((10 ** as_parent[locus] + 10 ** as_child[locus]) / 2)
        assert found[locus] == pytest.approx(mean, abs=5e-3)


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
@pytest.mark.parametrize("theta", [0.0, 0.02])
def test_mean_lr_is_one_under_every_hypothesis(hypothesis: Hypothesis, theta: float) -> None:
    kit = (*LINKED, "TH01")
    made = DnaChannel({locus: default_frequencies()[locus] for locus in kit}, DnaOptions(theta=theta))
    models = {locus: MODELS[locus] for locus in kit}
    world = draw_pedigree(np.random.default_rng(18), models, relation_pedigree("full-sibling"))
    for probe in (Subject("P", "intake", profile=profile("S", world[SUBJECT])), family("full-sibling", world["kin"])):
        _, compiler = compiled(made, [replace(probe, record_id="R")])
        plan = compiler.compile(probe, hypothesis)
        assert plan is not None
        backgrounds = compiler.backgrounds(probe, hypothesis)
        assert {item.column for item in backgrounds} == {term.column for term in plan.terms}
        for item in backgrounds:
            assert float(item.probability.sum()) == pytest.approx(1.0, abs=1e-12)
            assert float(item.probability @ 10**item.log10_lr) == pytest.approx(1.0, abs=1e-12), item.column


@pytest.mark.parametrize("hypothesis", ["self", *HYPOTHESES])
def test_mean_lr_of_linked_family_entries_is_one_over_all_probes(hypothesis: Hypothesis) -> None:
    """Unrelated probes against one family record: the sum of the three columns over all pairs of genotypes."""
    small = {
        "vWA": LocusFrequencies("vWA", (140, 170, 180), (0.3, 0.5, 0.2), 1000),
        "D12S391": LocusFrequencies("D12S391", (190, 193, 200, 210), (0.3, 0.1, 0.4, 0.2), 1000),
    }
    made = DnaChannel(small, DnaOptions())
    record = family("full-sibling", {"vWA": (140, 180), "D12S391": (190, 210)})
    codes, compiler = compiled(made, [record])
    models = [small[locus].model(DEFAULT_MUTATION) for locus in LINKED]
    weights = [DnaOptions().errors.observed(model, model.hwe) for model in models]
    assert codes[JOINT].codes[0] == 1
    total = 0.0
    for one, p in zip(models[0].genotypes(), weights[0], strict=True):
        for other, q in zip(models[1].genotypes(), weights[1], strict=True):
            found = compiler.compile(
                Subject("P", "intake", profile=profile("S", {"vWA": one, "D12S391": other})), hypothesis
            )
            assert found is not None
            total += p * q * 10 ** sum(part.log10_lr for part in exact_parts(found, codes, 0))
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("hypothesis", ["self", *HYPOTHESES])
def test_silent_alleles_of_a_laboratorys_table_count_in_the_channel(hypothesis: Hypothesis) -> None:
    table = LocusFrequencies("FGA", (220, 230, 240, SILENT), (0.3, 0.4, 0.25, 0.05), 10_000)
    made = DnaChannel({"FGA": table}, DnaOptions())
    probe = Subject("P", "intake", profile=profile("S", {"FGA": (220, 220)}))
    father = family("parent-child", {"FGA": (230, 230)})
    without = DnaChannel({"FGA": replace(table, alleles=(220, 230, 240), frequencies=(0.35, 0.4, 0.25))}, DnaOptions())
    if hypothesis == "self":
        assert parts_of(made, probe, father)["FGA"] > parts_of(without, probe, father)["FGA"] + 0.5
    for one in (probe, father):
        _, compiler = compiled(made, [replace(one, record_id="R")])
        for item in compiler.backgrounds(one, hypothesis):
            assert float(item.probability @ 10**item.log10_lr) == pytest.approx(1.0, abs=1e-12)


def test_typed_parents_cannot_be_the_probe() -> None:
    pattern = parse_relatives("~1,2,;,,140/150;,,")
    weights = [weight for weight, _ in alternatives(pattern, "parent_child")]
    assert sum(weights) == pytest.approx(1.0)
    assert weights == [0.5, 0.25, 0.25]  # the mother; a child of the subject as father or as mother
    both = parse_relatives("~1,2,;,,140/150;,,140/140")
    assert [weight for weight, _ in alternatives(both, "parent_child")] == [0.5, 0.5]
    child = parse_relatives("~,,;0,2,140/150;,,")
    fathers = [one.pedigree.fathers for _, one in alternatives(child, "parent_child")]
    assert len(fathers) == 3  # his two parents; a child of his only as a father
    for one in (pattern, both, child):
        assert alternatives(one, "self") == ((1.0, one),)


def test_bounds_hold_and_come_from_the_error_rates(channel: DnaChannel) -> None:
    _, compiler = compiled(channel, [])
    plan = compiler.compile(Subject("P", "intake", profile=profile("S", {"FGA": (220, 240)})))
    assert plan is not None
    assert plan.floor == pytest.approx(-2.0)
    assert plan.ceiling == 9.0


def test_names_and_order_of_relatives_do_not_matter() -> None:
    kin: dict[str, Genotype] = {"FGA": (220, 240)}
    rows = [
        PedigreeMember("爸", None, None, "male", profile("a", kin)),
        PedigreeMember("妈", None, None, "female"),
        PedigreeMember("姐", "爸", "妈", "female", profile("b", {"FGA": (210, 220)})),
        PedigreeMember("弟", "爸", "妈", "male", profile("c", {"FGA": (230, 240)})),
        PedigreeMember(SUBJECT, "爸", "妈", "male"),
    ]
    rename = {"爸": "F", "妈": "M", "姐": "C1", "弟": "C2", SUBJECT: SUBJECT, None: None}
    other = [
        replace(m, member=rename[m.member], father=rename[m.father], mother=rename[m.mother]) for m in reversed(rows)
    ]
    assert relatives_entry(rows, "FGA") == relatives_entry(other, "FGA")
    assert len(parse_relatives(relatives_entry(rows, "FGA")).pedigree) == 5


def test_relatives_behind_a_typed_parent_add_nothing() -> None:
    kin: dict[str, Genotype] = {"FGA": (220, 240)}
    near = [
        PedigreeMember("f", None, None, "male", profile("a", kin)),
        PedigreeMember("m", None, None, "female"),
        PedigreeMember(SUBJECT, "f", "m", None),
    ]
    grandfather = PedigreeMember("gf", None, None, "male", profile("b", kin))
    far = [
        replace(near[0], father="gf", mother="gm"),
        *near[1:],
        grandfather,
        PedigreeMember("gm", None, None, "female"),
    ]
    assert relatives_entry(far, "FGA") == relatives_entry(near, "FGA") != ""


def test_a_stranger_in_the_pedigree_says_nothing() -> None:
    rows = [
        PedigreeMember(SUBJECT, None, None, None),
        PedigreeMember("x", None, None, None, profile("a", {"FGA": (220, 240)})),
    ]
    assert relatives_entry(rows, "FGA") == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_name_the_relative_and_the_steps(channel: DnaChannel, language: str) -> None:
    child: dict[str, Genotype] = {"FGA": (220, 240), "TH01": (70, 90), "D3S1358": (150, 160)}
    father: dict[str, Genotype] = {"FGA": (220, 230), "TH01": (60, 80), "D3S1358": (150, 150)}
    probe = Subject("P", "intake", profile=profile("S", child))
    record = family("parent-child", father)
    codes, compiler = compiled(channel, [record])
    plan = compiler.compile(probe)
    assert plan is not None
    words = channel.describe(probe, record, exact_parts(plan, codes, 0), language)
    text = " ".join(words)
    assert ("父亲" if language == "zh" else "father") in text
    assert ("TH01 差 1 步" if language == "zh" else "TH01 1 step") in text
    assert "3" in words[0]


@pytest.mark.parametrize("hypothesis", ["self", "sibling", "parent_child"])
def test_linked_loci_typed_in_different_relatives_are_compared_each_by_itself(
    channel: DnaChannel, hypothesis: Hypothesis
) -> None:
    """A father typed at one locus of the linked pair and a mother at the other: there is no joint pedigree to peel."""

    def parents(father: dict[str, Genotype], mother: dict[str, Genotype]) -> Subject:
        members = (
            PedigreeMember("father", None, None, "male", profile("F", father) if father else None),
            PedigreeMember("mother", None, None, "female", profile("M", mother) if mother else None),
            PedigreeMember(SUBJECT, "father", "mother", "male"),
        )
        return Subject("M1", "missing", pedigree=members)

    one: dict[str, Genotype] = {"vWA": (140, 170)}
    other: dict[str, Genotype] = {"D12S391": (180, 200)}
    probe = Subject("P", "intake", sex="male", profile=profile("S", {"vWA": (140, 160), "D12S391": (180, 190)}))
    both = parts_of(channel, probe, parents(one, other), hypothesis)
    alone = parts_of(channel, probe, parents(one, {}), hypothesis) | parts_of(
        channel, probe, parents({}, other), hypothesis
    )
    assert {"vWA", "D12S391"} <= both.keys()
    for locus in ("vWA", "D12S391"):
        assert both[locus] == pytest.approx(alone[locus], abs=1e-9)
