"""Does a class rest on a part that is not its object, such as the arm that holds every dumbbell?

Suspected: a small piece of its photographs, alone, tells the class far better than pieces tell others, and
no more than `max_false_alarm` of clean networks show as much in all tests together. What is the object and
what came along with it, no network and no photograph of the class can say: only counterexamples, the object
without the part or the part without the object, verify the suspicion or refute it.
"""

from collections.abc import Sequence

from audit.calibration.recorded_scores import ASKED
from audit.checks._causal import Verdict, in_verdicts, outcome_of
from audit.checks._lacks import NO_PHOTOGRAPHS, Lack, no_table
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES, Suspicion, suspicions
from audit.checks._part_words import counterexample_sentence, evidence, missed, pieces_sentence
from audit.checks._reader import Reader
from audit.config import Config
from audit.records import CheckMeta, CheckResult, CounterexampleTest, Effect, Finding, PValue, Ranked, Results
from audit.records.findings import SEVERITY, Outcome
from audit.records.part_words import part_words, whose_words

META = CheckMeta(
    id="foreign-part",
    title="Foreign parts",
    kind="test",
    question="Does a class rest on something that comes along with its object, and not on the object?",
    source="Mordvintsev et al. 2015 (the dumbbell's arm), Neuhaus et al. 2023, this project",
    unit="area under the ROC curve, .5 by chance",
    covers=["companion"],
    limits=CHANCES,
    order=25,
)
MISSED = 0.2
"""Accuracy that counterexamples have to lack against ordinary photographs, besides their intervals being
apart; without ordinary photographs they have to be answered as the class in less than half."""
CALLED = 0.2
"""Share of parts without the object answered as the class from which the part is called by its name, at the
unfavourable end of the interval. That alone verifies nothing: every image is answered as some class, and one
without any object may be answered so by a network that knows the object well."""
UNTOLD = 0.6
"""What was told on one half of the photographs and less than this on the other was chance."""


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Photographs with labels."""
    lacking = [] if photographs else [NO_PHOTOGRAPHS]
    lacking += no_table(photographs)
    if not config.probes.photographs:
        lacking.append(Lack("no photograph is looked at in pieces", "--set probes.photographs=200"))
    return lacking


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a suspicion that nothing refutes, or counterexamples that the network fails."""
    m = Reader(results)
    own = [s for s in suspicions(m) if s.family == f"{ASKED}-piece"]
    standing = [s for s in own if s.p <= limits.max_false_alarm]
    given = {test.class_index for test in results.counterexamples}
    classes = dict.fromkeys([s.score.class_index for s in standing])
    found = [one for index in dict.fromkeys([*given, *classes]) if (one := _finding(m, index, standing))]
    found.sort(key=lambda finding: -SEVERITY[finding.verdict])
    outcome, why = _outcome(m, own, found, limits.max_false_alarm)
    return CheckResult(
        meta=META,
        outcome=outcome,
        summary=f"{_told(m, found, given)} {why}".strip(),
        gates=True,
        ranking=_ranking(m),
        findings=found,
    )


def _finding(m: Reader, index: int, standing: Sequence[Suspicion]) -> Finding | None:
    """What is said of one class; None where its counterexamples are answered rightly and nothing else stands
    out."""
    suspicion = next((s for s in standing if s.score.class_index == index), None)
    tests = [test for test in m.results.counterexamples if test.class_index == index and test.answered.n]
    verdict = _verdict(m, suspicion, tests)
    if verdict is None:
        return None
    entry = next((c for c in m.ordered if c.label.index == index), None)
    part = entry.parts[0] if entry and entry.parts else None
    pieces = m.results.pieces
    steps = [pieces_sentence(suspicion, pieces)] if suspicion and pieces else []
    if part is not None:
        told = {"Part": part_words(part, m.name), "Likeness": whose_words(part, m.name)}
        steps += [f"{head}: {said}" for head, said in told.items() if said]
    steps += [counterexample_sentence(m, test) for test in tests]
    steps.append(f"Verdict: {_why(m, index, verdict, tests)}")
    judged = suspicion.judged if suspicion else None
    return m.finding(
        META,
        verdict,
        [index],
        title=_title(m, index, verdict, tests),
        steps=steps,
        next_step=_next_step(m, index, verdict, tests),
        effect=_effect(suspicion, tests),
        evidence=evidence(m, part, tests),
        p=PValue(raw=judged.p_raw, adjusted=judged.p_adjusted, null=judged.beside) if judged else None,
        level="error" if verdict == "verified" else "warn",
    )


def _verdict(m: Reader, suspicion: Suspicion | None, tests: Sequence[CounterexampleTest]) -> Verdict | None:
    if any(_misses(test) for test in tests):
        return "verified"
    if suspicion is None:
        return "suspected" if any(_called(test) for test in tests) and not _kept(tests) else None
    if _kept(tests) or (tests and all(_uncalled(test) for test in tests)):
        return "refuted"
    held = m.results.pieces.held_back if m.results.pieces else None
    if held is not None and held.told[ASKED][suspicion.score.class_index] < UNTOLD:
        return "refuted"
    return "suspected"


def _misses(test: CounterexampleTest) -> bool:
    """The network misses the object without the part, beyond doubt."""
    if test.kind != "object":
        return False
    usual = test.photographs
    if usual is None or not usual.n:
        return test.answered.interval[1] < 0.5
    apart = usual.value - test.answered.value
    return apart >= MISSED and test.answered.interval[1] < usual.interval[0]


def _kept(tests: Sequence[CounterexampleTest]) -> bool:
    """It needs no part to answer the object: enough of them to say so."""
    own = [test for test in tests if test.kind == "object"]
    scales = [test.photographs for test in own if test.photographs and test.photographs.n]
    usual = scales[0].value if scales else 1.0
    return bool(own) and all(test.answered.interval[0] > usual - MISSED for test in own)


def _called(test: CounterexampleTest) -> bool:
    """The part alone is called by the name of the class."""
    return test.kind == "part" and test.answered.interval[0] >= CALLED


def _uncalled(test: CounterexampleTest) -> bool:
    return test.kind == "part" and not test.not_finite and test.answered.interval[1] < CALLED


def _title(m: Reader, index: int, verdict: Verdict, tests: Sequence[CounterexampleTest]) -> str:
    name = m.name(index)
    if verdict == "refuted":
        return (
            f"{name}: a small piece tells it, but counterexamples are answered rightly"
            if tests
            else (f"{name}: a small piece stood out, but not on photographs held back")
        )
    if verdict == "suspected":
        return f"{name} may rest on a part that comes along with it"
    lost = next(test for test in tests if _misses(test))
    called = next((test for test in tests if _called(test)), None)
    said = f"{name} rests on a part that is not the object: {missed(lost)}"
    if called is not None:
        said += f", and {called.answered.value:.0%} of the parts alone are answered as it"
    return said


def _why(m: Reader, index: int, verdict: Verdict, tests: Sequence[CounterexampleTest]) -> str:
    """The verdict in one sentence."""
    name = m.name(index)
    if verdict == "verified":
        return (
            f"Without the part {name} is missed, so it rests on something that is not the object. This holds "
            "as far as the counterexamples differ from its ordinary photographs in nothing else."
        )
    if verdict == "suspected":
        more = "those given leave it open" if tests else "none were given"
        return f"Whether the part is the object itself, only counterexamples can say; {more}."
    if tests:
        return f"Counterexamples are answered rightly: what tells {name} is the object."
    return "On photographs that were held back the pieces do not tell the class."


def _next_step(m: Reader, index: int, verdict: Verdict, tests: Sequence[CounterexampleTest]) -> str:
    name = m.name(index)
    if verdict == "verified":
        return (
            f"Train with photographs of {name} without the part, and with the part in other classes; then "
            "audit again with the same counterexamples."
        )
    if verdict == "refuted":
        return "Nothing to do. The pieces show what the class is told by."
    return (
        f"Look at the outlined part. If it is not {name} itself, collect about 40 photographs of {name} "
        "without it in DIR, and run again with --counterexamples CLASS=DIR."
    )


def _effect(suspicion: Suspicion | None, tests: Sequence[CounterexampleTest]) -> Effect | None:
    for test in tests:
        if _misses(test) or _called(test):
            what = "photographs without the part" if test.kind == "object" else "parts alone"
            unit = f"share of {what} answered as the class"
            return Effect(value=test.answered.value, unit=unit, interval=test.answered.interval)
    if suspicion is None:
        return None
    return Effect(value=suspicion.score.first, unit=META.unit, interval=None)


def _ranking(m: Reader) -> list[Ranked]:
    """All classes that have photographs, those that a small piece at the edge tells best first."""
    pieces = m.results.pieces
    if pieces is None:
        return []
    told, shown = pieces.probing.told[ASKED], pieces.probing.shown
    audited = [c.label.index for c in m.ordered if shown[c.label.index]]
    order = sorted(audited, key=lambda index: (-told[index], index))
    note = "told by its best small piece at the edge of {} photographs"
    return [Ranked(class_index=i, value=told[i], note=note.format(shown[i])) for i in order]


def _told(m: Reader, found: Sequence[Finding], given: set[int]) -> str:
    said = f"{in_verdicts(found)}."
    right = given - {finding.classes[0] for finding in found}
    if right:
        names = ", ".join(m.name(index) for index in sorted(right))
        said += f" Counterexamples of {names} do not bear out that it rests on a part."
    return said


def _outcome(
    m: Reader, own: Sequence[Suspicion], found: Sequence[Finding], limit: float
) -> tuple[Outcome, str]:
    if m.results.pieces is None and not any(f.verdict != "refuted" for f in found):
        return "inconclusive", (
            "No class has three photographs with labels on either half: without them only counterexamples "
            "decide (--counterexamples CLASS=DIR)."
        )
    return outcome_of(m, own, found, limit)
