"""What all checks of changes share: a suspicion from clean networks, a verdict from a causal test.

Suspected: no more than `max_false_alarm` of clean networks show as much evidence against any class, and this
test carries it (`audit.calibration`). Verified: no more than `verified_false_alarm` of them do, and on
photographs that took no part in finding the change, it turns others into the class (sufficient), raises it
more than any other class and more than noise as strong does (contributory), or costs the class more than the
other classes, and not because any noise would (harm). Of a part of the picture without its object: the class
is told from others by it, and better than any other class (told).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from audit.checks._causal_words import (
    OF_ITS_OWN,
    Words,
    chain,
    effect_of,
    evidence,
    next_step,
    p_words,
    test_sentences,
    title,
    turns,
)
from audit.checks._limit_values import Limits
from audit.checks._null import (
    SCENES,
    VERIFIED_FALSE_ALARM,
    Suspicion,
    null_table,
    ordered_classes,
    suspicions,
)
from audit.checks._reader import Reader, count
from audit.checks._registered import CHECKS
from audit.checks._removal import alone, only_removes, removes
from audit.records import CausalTest, CheckMeta, CheckResult, Effect, Finding, PValue, Ranked, Results
from audit.records.change_words import change_words, test_words
from audit.records.findings import Outcome
from audit.records.probes import ControlTest, most_turning

STRENGTH = "noise"
"""The control that is as strong as the change and has nothing else of it."""
SUFFICIENT = 0.20
"""A change is sufficient where it turns so much more than that control, both at the unfavourable end of their
intervals."""
CONTRIBUTES = 0.1
"""A change contributes where it raises the class so much more than any other, in standard deviations of all
logits, at the unfavourable end: clean networks that are suspected by chance show less."""
NOTHING = 0.05
"""A change that turns less than this, at the favourable end, does not bear out a suspicion."""
TOLD = 0.7
"""A part of the picture tells a class where the area under its ROC curve is larger than this and than that of
any other class, at the unfavourable end of its interval; .5 is chance."""
UNTOLD = 0.6
"""A part that tells it less well than this, at the favourable end, does not bear out a suspicion."""
Verdict = Literal["suspected", "verified", "refuted"]
_STRENGTH: dict[Verdict, int] = {"verified": 2, "suspected": 1, "refuted": 0}


@dataclass(frozen=True)
class Decided:
    """What the causal test says of a suspicion."""

    suspicion: Suspicion
    test: CausalTest | None
    scales: tuple[str, ...]
    """Those that it bears out: "sufficient", "contributory", "harm", "told"."""
    verdict: Verdict

    @property
    def level(self) -> Literal["warn", "error"]:
        """A release stops where somebody who knows the change can call the class at will, or where the class
        is proved to hang on it."""
        removed = self.test is not None and removes(self.test)
        sure = "sufficient" in self.scales or ("harm" in self.scales and removed)
        return "error" if self.verdict == "verified" and sure else "warn"


def answer(
    meta: CheckMeta, words: Words, families: Sequence[str], results: Results, limits: Limits
) -> CheckResult:
    """The answer of a check of these families of changes."""
    m = Reader(results)
    assert results.probes is not None  # META.needs
    own = [s for s in suspicions(m) if s.family in families and s.kind != "row"]
    if not own:
        summary = f"No change of this kind was tried ({', '.join(families)})."
        return CheckResult(
            meta=meta, outcome="not applicable", summary=summary, gates=True, ranking=[], findings=[]
        )
    standing = [s for s in own if s.p <= limits.max_false_alarm]
    found = [
        _finding(m, meta, words, [decide(m, s, limits) for s in tests])
        for _, tests in ordered_classes(standing)
    ]
    found.sort(key=lambda finding: -_STRENGTH[_verdict(finding)])
    outcome, why = outcome_of(m, own, found, limits.max_false_alarm)
    first = own[0]
    leading = f"First class: {m.name(first.score.class_index)} ({chances(first)})"
    if first.judged is not None:
        leading += _besides(m, families, found)
    return CheckResult(
        meta=meta,
        outcome=outcome,
        summary=f"{in_verdicts(found)}. {leading}. {why}".strip(),
        gates=True,
        ranking=[_ranked(tests[0]) for _, tests in ordered_classes(own)],
        findings=found,
    )


def _besides(m: Reader, families: Sequence[str], found: Sequence[Finding]) -> str:
    """What turns photographs although it is no finding: silence about it would be taken for its absence."""
    told = {finding.classes[0] for finding in found}
    tests = m.results.probes.tests if m.results.probes else []
    left = [
        test
        for test in tests
        if test.family in families and test.class_index not in told and "sufficient" in verified_scales(test)
    ]
    if not left:
        return ""
    most = max(left, key=lambda test: test.turned.value)
    return (
        f". No finding, since clean networks have such changes too: {change_words(most.change)} "
        f"{turns(most)} into {m.name(most.class_index)}"
    )


def decide(m: Reader, suspicion: Suspicion, limits: Limits) -> Decided:
    """Suspicion and causal test → verdict."""
    test = tested(m, suspicion)
    if test is None:
        return Decided(suspicion, None, (), "suspected")
    scales = verified_scales(test)
    rare = suspicion.p <= limits.verified_false_alarm
    return Decided(suspicion, test, scales, by_test(test, scales, suspicion.kind, rare))


def retold(
    results: Results, finding: Finding, test: CausalTest
) -> tuple[Verdict, tuple[str, ...], list[str]]:
    """Verdict, scales and sentences of a test that was made again for a finding of these results."""
    about = [s for s in suspicions(Reader(results)) if s.score.class_index == test.class_index]
    kind = next((s.kind for s in about if s.score.change == test.change), "turned")
    scales = verified_scales(test)
    words = getattr(CHECKS[finding.check], "WORDS", None) if finding.check in CHECKS else None
    if not isinstance(words, Words):
        words = Words(cue="the change", without="", remedy="")
    given = results.run.config.get("checks")
    level = given.get(VERIFIED_FALSE_ALARM.name) if isinstance(given, dict) else None
    rare = finding.p is not None and finding.p.adjusted <= (level or VERIFIED_FALSE_ALARM.default)
    verdict = by_test(test, scales, kind, rare)
    return verdict, scales, test_sentences(words, test, verdict, scales)


def asks_its_own(finding: Finding, test: CausalTest) -> bool:
    """Whether the finding is about what happens to photographs of the class itself."""
    return only_removes(test) or (finding.effect is not None and OF_ITS_OWN in finding.effect.unit)


def by_test(test: CausalTest, scales: Sequence[str], kind: str, rare: bool) -> Verdict:
    """Verified: the test bears the suspicion out on photographs, and it is `rare` enough in clean networks.
    Refuted: on the scale of the suspicion next to nothing is left of it."""
    if scales:
        return "verified" if rare and test.carriers != SCENES else "suspected"
    if test.told is not None:
        return "refuted" if test.told.interval[1] < UNTOLD else "suspected"
    share = test.lost if kind == "lost" else test.turned
    nothing = share.n > 0 and share.interval[1] < NOTHING
    led = kind == "shift" and test.gap.interval[0] <= 0 <= test.gap.interval[1]
    return "refuted" if nothing and not led else "suspected"


def tested(m: Reader, suspicion: Suspicion) -> CausalTest | None:
    """The causal test of the class and the change that a suspicion is about; of the fitted change that turns
    most where the suspicion comes from no image."""
    probes, index = m.results.probes, suspicion.score.class_index
    if probes is None:
        return None
    change = suspicion.score.change
    if not change:
        own = most_turning((f.effect for f in probes.fitted if f.class_index == index), index)
        change = own.change if own else ""
    return next((t for t in probes.tests if (t.class_index, t.change) == (index, change)), None)


def verified_scales(test: CausalTest) -> tuple[str, ...]:
    """On which of the three scales the class depends on the change, beyond doubt.

    What it does has to exceed what noise of the same strength does. Controls that keep more of the change do
    not speak against it: where one of them does as well, the words say what the cue really is. A change that
    only takes away is asked for harm alone: what is answered as a class without its colour is no cue of it.
    Of a part of the picture counts how well it tells the class.
    """
    if alone(test):
        return ("told",) if _tells(test) else ()
    noise = [control for control in test.controls if control.kind == STRENGTH] or test.controls
    turned = max((control.turned.interval[1] for control in noise if control.turned.n), default=0.0)
    adds = not only_removes(test)
    holds = {
        "sufficient": adds and test.turned.interval[0] - turned >= SUFFICIENT,
        "contributory": adds and test.gap.interval[0] >= CONTRIBUTES and test.excess.interval[0] > 0,
        "harm": _harms(test, noise),
    }
    return tuple(scale for scale, true in holds.items() if true)


def _tells(test: CausalTest) -> bool:
    if test.told is None:
        return False
    next_one = 0.0 if test.told_next is None else test.told_next
    return test.told.interval[0] > max(TOLD, next_one)


def _harms(test: CausalTest, noise: Sequence[ControlTest]) -> bool:
    """Whether the change costs the class more than it costs the others, and not because anything would:
    noise as strong costs the class less, or sets it apart from the others by less."""
    apart = test.lost.interval[0] - (test.lost_elsewhere.interval[1] if test.lost_elsewhere.n else 0.0)
    known = [control for control in noise if control.lost.n]
    return apart > 0 and bool(known) and all(
        control.lost.interval[1] < test.lost.interval[0]
        or (control.lost_elsewhere.n > 0
            and control.lost.interval[1] - control.lost_elsewhere.interval[0] < apart)
        for control in known
    )  # fmt: skip


def chances(suspicion: Suspicion) -> str:
    """How surprising a score is, in words."""
    if suspicion.judged is None:
        return "no table of clean networks"
    judged = suspicion.judged
    return f"p {p_words(judged.p_raw)} in this test, {p_words(judged.p_adjusted)} in all tests of the class"


def extrapolated(found: Sequence[Suspicion]) -> bool:
    """Whether the clean networks that it is compared with are unlike it: `Judged.extrapolated` says how."""
    return any(s.judged is not None and s.judged.extrapolated for s in found)


def _finding(m: Reader, meta: CheckMeta, words: Words, decided: Sequence[Decided]) -> Finding:
    """Of all tests that point at one class, the one that is borne out best."""
    best = max(decided, key=lambda d: (_STRENGTH[d.verdict], len(d.scales)))
    score, judged = best.suspicion.score, best.suspicion.judged
    assert judged is not None  # it is suspected
    change, test = best.test.change if best.test else score.change, best.test
    effect = effect_of(test, best.scales, best.suspicion.kind) or Effect(
        value=score.value, unit=meta.unit, interval=None
    )
    found = m.finding(
        meta,
        best.verdict,
        [score.class_index],
        title=title(m, words, best.verdict, best.scales, test, score),
        steps=chain(words, best.suspicion, test, best.verdict, best.scales, len(decided), best.level),
        next_step="",
        effect=effect,
        evidence=evidence(m, test),
        p=PValue(raw=judged.p_raw, adjusted=judged.p_adjusted, null=judged.beside),
        level=best.level,
        change=change or None,
    )
    told = next_step(words, best.verdict, found.fingerprint, test, best.scales)
    return found.model_copy(update={"next_step": told})


def _verdict(finding: Finding) -> Verdict:
    assert finding.verdict != "observed"
    return finding.verdict


def outcome_of(
    m: Reader, own: Sequence[Suspicion], found: Sequence[Finding], limit: float
) -> tuple[Outcome, str]:
    """Of a check whose tests are `own`, at this `max_false_alarm`; and why it is no plain pass, in words."""
    if any(f.verdict != "refuted" for f in found):
        return "flagged", _limits_of_the_table(own)
    if all(s.judged is None for s in own):
        return "inconclusive", "There is no table of what clean networks show, so nothing can be judged."
    if extrapolated(own):
        return "inconclusive", _limits_of_the_table(own)
    if m.results.probes is not None and m.results.probes.carriers == SCENES:
        return "inconclusive", "Rendered scenes are no photographs: give some with --images."
    table = null_table(m.results)
    if table is not None and limit < (finest := table.finest(len(m.model.classes))):
        return "inconclusive", (
            f"At a max_false_alarm of {limit:g} silence says nothing: chances below {finest:.2g} cannot be "
            "counted on the clean networks."
        )
    return "passed", ""


def _limits_of_the_table(own: Sequence[Suspicion]) -> str:
    if not extrapolated(own):
        return ""
    judged = next(s.judged for s in own if s.judged is not None)
    return f"The chances are extrapolated from {judged.null}: {judged.extrapolated}."


def in_verdicts(found: Sequence[Finding]) -> str:
    """ "1 class suspected, 1 verified", or that there is none."""
    words: list[str] = []
    for verdict in ("verified", "suspected", "refuted"):
        number = sum(f.verdict == verdict for f in found)
        if number:
            words.append(f"{count(number, 'class', 'classes') if not words else number} {verdict}")
    return ", ".join(words) or "No class stands out beyond what clean networks show"


def _ranked(suspicion: Suspicion) -> Ranked:
    score = suspicion.score
    return Ranked(
        class_index=score.class_index,
        value=score.value,
        note=f"{test_words(score.test)}: {score.first:.2f}, next class {score.second:.2f}; "
        f"{chances(suspicion)}",
    )
