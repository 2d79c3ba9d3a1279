"""Suspicion from small pieces and clean networks, verdict from counterexamples."""

import pytest
import trigger_run

from audit.calibration import NullTable
from audit.checks import effective, foreign_part, run_checks
from audit.config import read_config
from audit.records import (
    Agreement,
    Appearance,
    CounterexampleTest,
    Neighbour,
    Part,
    Pieces,
    Proportion,
    ToldByPieces,
)
from audit.records.counterexamples import OtherAnswer

K, TARGET = 8, 1
CLEAN = NullTable(
    {K: [{"told-edge-piece": [(0.3 + 0.02 * ((7 * n) % 11), n % K)]} for n in range(40)]},
    {"photographs": "80", "battery": ""},
)


def told(first=0.98, others=0.6):
    values = [first if c == TARGET else others + 0.005 * c for c in range(K)]
    return ToldByPieces(
        photographs=80,
        told={region: values if region == "edge" else [0.9] * K for region in ("edge", "middle", "anywhere")},
        shown=[10] * K,
    )


def counterexamples(answered, kind="object", n=40, usual=(19, 20)):
    return CounterexampleTest(
        class_index=TARGET,
        kind=kind,
        source="folder",
        found=n,
        files=n,
        answered=Proportion.of(answered, n),
        probability=0.5,
        instead=[OtherAnswer(class_index=0, count=n - answered)],
        photographs=Proportion.of(*usual) if usual else None,
    )


def part():
    seen = Appearance(
        file="images/natural/1-0.png", outlined="images/parts/1-0-0.png", origin="synthesised",
        outline=[[(0.0, 0.0), (0.5, 0.0), (0.0, 0.5)]], area=0.125, share=0.6,
    )  # fmt: skip
    like = Neighbour(class_index=4, file="x.png", outlined="y.png", origin="natural", similarity=0.6)
    return Part(
        class_index=TARGET, recurrence=Agreement(k=9, n=10), area=0.125, share=0.6, appearances=[seen],
        alone=Proportion.of(9, 10), pasted=Proportion.of(20, 50), plain=Proportion.of(0, 50),
        without=Proportion.of(2, 10), without_answers=[(0, 8)],
        lookalikes=Proportion.of(3, 9), unlike=Proportion.of(1, 100), own_among=1, neighbours=[like],
    )  # fmt: skip


def result(planted, probing=None, held=None, tests=(), table=CLEAN, parts=True, **limits):
    records = planted.measured(planted.ordinary(), unconstrained=("slope", "colour"))
    pieces = Pieces(version=1, probing=probing, held_back=held or probing) if probing else None
    if parts:
        changed = records.classes[TARGET].model_copy(update={"parts": [part()]})
        records = planted.given(records, classes=planted.replaced(records.classes, changed))
    records = planted.given(records, pieces=pieces, counterexamples=list(tests))
    with trigger_run.judged_by(table):
        return next(r for r in run_checks(records, effective(limits)) if r.meta.id == "foreign-part")


def test_a_piece_that_tells_one_class_alone_is_suspected_and_warns(planted):
    said = result(planted, told())
    (finding,) = said.findings
    assert (said.outcome, finding.verdict, finding.level) == ("flagged", "suspected", "warn")
    assert finding.classes == [TARGET]
    assert finding.p is not None
    assert finding.p.adjusted <= 0.05
    assert "--counterexamples" in finding.next_step
    assert "9 of 10 images" in finding.detail
    assert '"violin" (0.60)' in finding.detail
    assert finding.evidence[0].artefact == "images/parts/1-0-0.png"


def test_no_class_before_the_others_passes(planted):
    said = result(planted, told(first=0.61))
    assert (said.outcome, said.findings) == ("passed", [])
    assert [ranked.class_index for ranked in said.ranking][:2] == [7, 6]  # all are ranked, none is flagged
    assert len(said.ranking) == K


def test_what_is_not_told_on_photographs_held_back_was_chance(planted):
    said = result(planted, told(), held=told(first=0.5))
    assert said.findings[0].verdict == "refuted"
    assert said.outcome == "passed"


def test_the_object_without_the_part_verifies(planted):
    said = result(planted, told(), tests=[counterexamples(4)])
    (finding,) = said.findings
    assert (finding.verdict, finding.level, said.outcome) == ("verified", "error", "flagged")
    assert "36 of 40" in finding.title
    assert finding.effect is not None
    assert finding.effect.value == pytest.approx(0.1)
    assert finding.effect.interval == counterexamples(4).answered.interval


def test_counterexamples_need_no_suspicion(planted):
    """Also without photographs: the user's own are the strongest evidence."""
    said = result(planted, tests=[counterexamples(4, usual=None)], parts=False)
    assert said.findings[0].verdict == "verified"
    assert said.findings[0].p is None


def test_the_object_that_is_known_without_the_part_refutes(planted):
    said = result(planted, told(), tests=[counterexamples(38), counterexamples(40, "part")])
    (finding,) = said.findings
    assert finding.verdict == "refuted"
    assert said.outcome == "passed"


def test_a_part_alone_verifies_nothing(planted):
    """Every image is answered as some class: one without an object may be by a network without a flaw."""
    said = result(planted, told(first=0.61), tests=[counterexamples(40, "part")])
    assert said.findings[0].verdict == "suspected"
    assert said.findings[0].level == "warn"
    both = result(planted, told(first=0.61), tests=[counterexamples(39), counterexamples(40, "part")])
    assert both.findings == []
    assert "do not bear out" in both.summary


@pytest.mark.parametrize(("answered", "n"), [(2, 4), (30, 40)])
def test_few_or_middling_counterexamples_leave_it_open(planted, answered, n):
    said = result(planted, told(), tests=[counterexamples(answered, n=n, usual=(17, 20))])
    assert said.findings[0].verdict == "suspected"
    assert "leave it open" in said.findings[0].detail


def test_without_photographs_or_table_nothing_passes(planted):
    assert result(planted).outcome == "inconclusive"
    assert result(planted, told(first=0.6), table=NullTable({}, {})).outcome == "inconclusive"
    few = NullTable({3: CLEAN.clean[K]}, CLEAN.provenance)
    assert result(planted, told(first=0.6), table=few).outcome == "inconclusive"


def test_a_limit_below_what_can_be_counted_passes_nothing(planted):
    assert result(planted, told(first=0.61)).outcome == "passed"
    said = result(planted, told(first=0.61), max_false_alarm=0.001)
    assert said.outcome == "inconclusive"
    assert "cannot be counted" in said.summary


def test_pieces_of_another_version_are_not_compared(planted):
    other = NullTable(CLEAN.clean, {**CLEAN.provenance, "pieces": "0"})
    same = NullTable(CLEAN.clean, {**CLEAN.provenance, "pieces": "1"})
    assert result(planted, told(), table=same).findings
    said = result(planted, told(), table=other)
    assert (said.outcome, said.findings) == ("inconclusive", [])


def test_what_it_lacks_is_said_before_the_run():
    config = read_config("quick", ["probes.photographs=0"])
    settings = {lack.setting for lack in foreign_part.lacks(config, effective({}), photographs=False)}
    assert settings >= {"--images FOLDER", "--set probes.photographs=200"}
