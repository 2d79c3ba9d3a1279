"""The sentences in which checks of changes speak: suspicion, change, causal test, controls, verdict.

An implanted trigger and a shortcut that training found by itself look alike from outside, so no sentence
claims to tell them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.calibration import Score
from audit.checks._control_words import REALLY, SHARED
from audit.checks._null import SCENES, Suspicion
from audit.checks._reader import Reader, count
from audit.checks._removal import only_removes, removes
from audit.records import CausalTest, Effect, Evidence, Proportion
from audit.records.change_words import change_words, control_words, test_words
from audit.records.probes import Interval

SHOWN = 3
OF_ITS_OWN = "its own photographs lost"
"""What a harm is a share of."""
BOTH = (
    "Origin: these numbers cannot tell whether it was implanted or learned from photographs; an exploitable "
    "shortcut and an implanted trigger look alike here"
)
KINDS = {
    "shift": "raises the class's logit by {first:.2f} standard deviations of all logits, the next class's by "
    "{second:.2f}",
    "turned": "turns {first:.0%} of other photographs into the class, {second:.0%} into the next one",
    "lost": "loses the class {first:.0%} of its photographs, the next worst class {second:.0%}",
    "told": "tells the class's photographs from others with an area under the ROC curve of {first:.2f}, the "
    "next class with {second:.2f}",
    "fitted": "turns {first:.0%} of other photographs into the class, the one fitted for the next class "
    "{second:.0%}",
    "row": "none: the class's row in the last layer stands out ({first:.2g}, the next one {second:.2g})",
    "margin": "none: its pictures without prior reach a margin of {first:.3g} logits, the next class's "
    "{second:.3g}",
}
"""Kind of test → what was seen of the leading class and the next."""


@dataclass(frozen=True)
class Words:
    """How a check names its cue."""

    cue: str
    """With article, such as "a small patch"."""
    without: str
    """What photographs are under a change that removes it: "without colour"; empty where none does."""
    remedy: str
    """What can be done about it, in the imperative."""
    waive: str = ""
    """When a class may well need what a change takes away; said where one does."""


def title(
    m: Reader, words: Words, verdict: str, scales: Sequence[str], test: CausalTest | None, score: Score
) -> str:
    """One line."""
    name = m.name(score.class_index)
    if verdict == "refuted":
        return f"{name}: {words.cue} stood out, but does not carry it"
    if "sufficient" in scales and test is not None:
        return f"{_capital(words.cue)} {turns(test)} into {name}"
    if "harm" in scales and test is not None:
        return f"{name} is missed {_under(words, test)} ({test.lost.value:.0%} of its photographs)"
    if "told" in scales and test is not None:
        return f"{name} is told from other classes by {change_words(test.change)}"
    if "contributory" in scales:
        first = f"{_capital(words.cue)} raises {name} more than any other class"
        alike = as_well(test) if test is not None else []
        return f"{first}; {control_words(alike[0])} as much" if alike else first
    return f"{name} may rest on {words.cue}"


def turns(test: CausalTest) -> str:
    """ "turns 99% of other photographs"."""
    images = "rendered scenes" if test.carriers == SCENES else "other photographs"
    return f"turns {test.turned.value:.0%} of {images}"


def chain(
    words: Words,
    suspicion: Suspicion,
    test: CausalTest | None,
    verdict: str,
    scales: Sequence[str],
    tests: int,
    level: str,
) -> list[str]:
    """Suspicion → change → causal test with its controls → verdict → what it means for a release, a sentence
    each."""
    score, judged = suspicion.score, suspicion.judged
    assert judged is not None
    said = [
        f"Suspicion: {test_words(score.test)}. The chance that a clean network shows as much evidence "
        f"against any class is {p_words(judged.p_adjusted)} in all tests together, and "
        f"{p_words(judged.p_raw)} in this test alone (beside {judged.beside})"
        + (f". {count(tests - 1, 'more test')} of this kind pointed at the class" if tests > 1 else "")
    ]
    seen = KINDS.get(suspicion.kind, "{first:.2g}, next class {second:.2g}")
    named = f"{change_words(score.change)} " if score.change else ""
    said.append(f"Change: {named}{seen.format(first=score.first, second=score.second)}")
    if test is None:
        said += [
            "Causal test: not made for this class and change",
            f"Verdict: {_verdict(words, verdict, (), None)}",
        ]
    else:
        said += test_sentences(words, test, verdict, scales)
    said.append(f"Release: {_release(verdict, scales, level, test)}")
    return [f"{sentence.rstrip('.')}." for sentence in said]


def _release(verdict: str, scales: Sequence[str], level: str, test: CausalTest | None) -> str:
    """What the finding does to one, and why."""
    if verdict == "refuted":
        return "it stops none, and warns of nothing"
    if verdict == "suspected":
        why = f"it is measured, but {_short_of_verified(test)}" if scales else "no causal test bears it out"
        return f"it warns, and stops none unless a policy says so: {why}"
    if level == "error":
        why = (
            "whoever knows the change can call the class"
            if "sufficient" in scales
            else "the class is missed without its cue"
        )
        return f"it stops a release, unless a policy says otherwise: {why}"
    why = "the change costs photographs by what it adds, and takes no cue of the class away"
    if "told" in scales:
        why = "the rest of the picture tells the class; whether the object is needed besides, other tests say"
    elif "sufficient" in scales:
        why = "this check only warns, whatever the change can do"
    elif "contributory" in scales:
        why = "this change turns too few photographs to call the class at will"
    return f"it warns, and stops none unless a policy says so: {why}"


def test_sentences(words: Words, test: CausalTest, verdict: str, scales: Sequence[str]) -> list[str]:
    """Causal test, controls, what the cue is really, verdict."""
    harm = tuple(scales) == ("harm",)
    really = _also_costs(test) if harm else _really(test)
    said = [_tested(test), _controls(test), *really, f"Verdict: {_verdict(words, verdict, scales, test)}"]
    if verdict != "refuted":
        said.append(BOTH)
    return [f"{sentence.rstrip('.')}." for sentence in said if sentence]


def _tested(test: CausalTest) -> str:
    if test.told is not None:
        return _told(test)
    images = "rendered scenes" if test.carriers == SCENES else "photographs"
    low, high = test.shift.interval
    said = (
        f"Causal test on {test.photographs} {images} held back: {_of(test.turned, 'of other classes')} "
        f"are turned into it, its logit moves by {test.shift.value:+z.2f} standard deviations of all logits "
        f"(95 % interval {low:.2f} to {high:.2f}), compared with the class that is raised most besides by "
        f"{_compared(test.gap)}, with noise as strong by {_compared(test.excess)}"
    )
    if test.lost.n:
        said += f"; it loses {_of(test.lost, 'of its own')}"
        if test.lost_elsewhere.n:
            said += f", other classes lose {_of(test.lost_elsewhere, '')}"
    if test.accuracy is not None:
        said += f"; accuracy over all {test.accuracy[0]:.0%}, then {test.accuracy[1]:.0%}"
    return said


def _compared(interval: Interval) -> str:
    low, high = interval.interval
    return f"{interval.value:+z.2f} ({low:.2f} to {high:.2f})"


def _told(test: CausalTest) -> str:
    assert test.told is not None
    low, high = test.told.interval
    others = "" if test.told_next is None else f", the next class with {test.told_next:.2f}"
    return (
        f"Causal test on {test.photographs} photographs held back: {change_words(test.change)} tells "
        f"the class's photographs from others with an area under the ROC curve of {test.told.value:.2f} "
        f"(95 % interval {low:.2f} to {high:.2f}){others}; chance is 0.50. "
        f"This compares probabilities of pairs of photographs, so the class need not win: of {test.lost.n} "
        f"that were answered as the class {test.lost.n - test.lost.k} still are"
    )


def _of(share: Proportion, whose: str) -> str:
    """ "5 of 134 photographs of other classes (95 % interval 1% to 8%)"."""
    low, high = share.interval
    photographs = f"photographs {whose}".rstrip()
    return f"{share.k} of {share.n} {photographs} (95 % interval {low:.0%} to {high:.0%})"


def _controls(test: CausalTest) -> str:
    if test.told is not None:
        parts = [f"{change_words(c.kind)} {c.told:.2f}" for c in test.controls if c.told is not None]
        return f"Other parts: {'; '.join(parts)}" if parts else ""
    told = [
        f"{control_words(c.kind)}: {c.turned.value:.0%} turned, logit {c.shift:+z.2f}"
        + (f", {c.lost.value:.0%} of its own lost" if c.lost.n else "")
        for c in test.controls
        if c.turned.n
    ]
    return f"Controls: {'; '.join(told)}" if told else ""


def p_words(p: float) -> str:
    """A chance: "0.024", or "under 0.001", since no smaller one can be told from some dozens of networks."""
    return f"{p:.2g}" if p >= 0.001 else "under 0.001"


def effect_of(test: CausalTest | None, scales: Sequence[str], kind: str) -> Effect | None:
    """The size of what was found, on the scale that the finding is about; None without a test."""
    if test is None:
        return None
    if test.told is not None:
        return Effect(value=test.told.value, unit="area under the ROC curve", interval=test.told.interval)
    harm = kind == "lost" or (
        "harm" in scales and "sufficient" not in scales and "contributory" not in scales
    )
    share = test.lost if harm else test.turned
    if not share.n:
        return None
    unit = OF_ITS_OWN if harm else "other classes' photographs turned into it"
    return Effect(value=share.value, unit=f"share of {unit}", interval=share.interval)


def as_well(test: CausalTest) -> list[str]:
    """Controls that raise the class as much as the change does, within its interval."""
    if test.shift.value <= 0 or test.told is not None:
        return []
    return [control.kind for control in test.controls if control.shift >= test.shift.interval[0]]


def _really(test: CausalTest) -> list[str]:
    told = [REALLY.get(kind, f"{kind} raises the class as much") for kind in as_well(test)]
    return [f"The cue: {'; '.join(told)}"] if told else []


def _also_costs(test: CausalTest) -> list[str]:
    """Controls under which the class is missed as often, within the interval."""
    told = [
        control_words(c.kind) for c in test.controls if c.lost.n and c.lost.value >= test.lost.interval[0]
    ]
    return [f"The cue: under {', '.join(told)} the class is missed as often"] if told else []


def _under(words: Words, test: CausalTest) -> str:
    """ "without its colour", or "under a yellow tint"."""
    return words.without if removes(test) and words.without else f"under {change_words(test.change)}"


def _short_of_verified(test: CausalTest | None) -> str:
    """Why what is measured is not called verified."""
    if test is not None and test.carriers == SCENES:
        return "on rendered scenes, and what photographs would say is open"
    return "it is not rare enough in clean networks to be verified"


def _verdict(words: Words, verdict: str, scales: Sequence[str], test: CausalTest | None) -> str:
    missed = f"under {words.cue}" if test is None else _under(words, test)
    meaning = {
        "sufficient": f"{words.cue} suffices to call the class",
        "contributory": f"{words.cue} contributes to this class, more than to any other and more than "
        "noise as strong does",
        "harm": f"the class is missed {missed}, more than other classes",
        "told": "what is left without its object tells the class, and better than any other class",
    }
    proved = "; ".join(meaning[scale] for scale in scales)
    if verdict == "suspected" and scales:
        return f"suspected: {proved}. That is measured; but {_short_of_verified(test)}"
    if scales:
        return f"verified: {proved}"
    if verdict == "refuted":
        return "refuted: on photographs held back the change turns next to nothing into the class"
    return "suspected: the causal test does not settle it"


def evidence(m: Reader, test: CausalTest | None) -> list[Evidence]:
    """Photographs before and after."""
    shown: list[Evidence] = []
    for example in test.examples[:SHOWN] if test else ():
        scene = test is not None and test.carriers == SCENES
        labelled = f" of {m.name(example.label)}" if example.label >= 0 else ""
        shown += [
            Evidence(
                artefact=example.before,
                origin="rendered" if scene else "natural",
                caption=f"{'Rendered scene' if scene else 'Natural photograph'}{labelled}; answered as "
                f"{m.name(example.answer_before)}",
            ),
            Evidence(
                artefact=example.after,
                origin="changed",
                caption=f"Changed; answered as {m.name(example.answer_after)}",
            ),
        ]
    return shown


def next_step(
    words: Words, verdict: str, fingerprint: str, test: CausalTest | None, scales: Sequence[str]
) -> str:
    """What to do."""
    again = f"`audit probe RUN --finding {fingerprint} --images FOLDER` tests it again on other photographs"
    if verdict == "refuted":
        return _capital(again)
    remedy = words.remedy
    raised = test is not None and tuple(scales) != ("harm",)  # else no control is about what was found
    alike = [SHARED[kind] for kind in as_well(test) if kind in SHARED] if test and raised else []
    if alike:
        remedy = f"Look in the training photographs of the class for {alike[0]}, which is what counts here"
    elif test is not None and words.waive and only_removes(test):
        remedy += f", or {words.waive}"
    return f"{remedy}; {again}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
