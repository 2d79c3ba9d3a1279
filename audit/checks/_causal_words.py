"""The sentences in which checks of changes speak: suspicion, change, causal test, controls, verdict.

An implanted trigger and a shortcut that training found by itself look alike from outside, so no sentence
claims to tell them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.calibration import Score
from audit.checks._null import SCENES, Suspicion
from audit.checks._reader import Reader, count
from audit.checks._removal import removes
from audit.records import CausalTest, Evidence
from audit.records.change_words import change_words, test_words

SHOWN = 3
BOTH = (
    "Origin: implanted or learned from photographs, this cannot tell; an exploitable shortcut and an "
    "implanted trigger look alike here"
)
KINDS = {
    "shift": "raises the class's logit by {first:.2f} standard deviations of all logits, the next class's by "
    "{second:.2f}",
    "turned": "turns {first:.0%} of other photographs into the class, {second:.0%} into the next one",
    "lost": "loses the class {first:.0%} of its photographs, the next one {second:.0%}",
    "fitted": "turns {first:.0%} of other photographs into the class, the one fitted for the next class "
    "{second:.0%}",
    "row": "none: the class's row in the last layer stands out ({first:.2g}, the next one {second:.2g})",
    "margin": "none: its pictures without prior reach a margin of {first:.3g} logits, the next class's "
    "{second:.3g}",
}
"""Kind of test → what was seen of the leading class and the next."""
REALLY = {
    "shuffled": "the same pattern in shuffled blocks raises the class as much, so its edges and colours "
    "count and not its form",
    "scrambled": "the same frequencies in disorder raise the class as much, so texture counts and not form",
    "pixels": "its pixels in disorder raise the class as much, so colours count and not texture",
    "flat": "its mean colour alone raises the class as much, so colour at that place counts and not the "
    "pattern",
    "grey": "the same without its hue raises the class as much, so brightness counts and not hue",
    "other colour": "another colour raises the class as much, so the place counts and not the hue",
    "natural crop": "what other photographs show there raises the class as much, so it takes whatever "
    "covers that place",
    "other class": "the change that was fitted for another class raises this one as much, so it takes "
    "whatever is changed so strongly",
    "noise": "noise of the same strength raises the class as much, so the class takes what is disturbed, by "
    "whatever it is",
}
"""Control → what it means where it does as well as the change."""
CONTROLS = {
    "shuffled": "the same pattern in shuffled blocks",
    "scrambled": "the same frequencies in disorder",
    "pixels": "its pixels in disorder",
    "flat": "its mean colour alone",
    "grey": "the same without its hue",
    "other colour": "another colour",
    "natural crop": "what other photographs show there",
    "other class": "the change that was fitted for another class",
    "noise": "noise of the same strength",
}
"""Control → what it is, in words."""


@dataclass(frozen=True)
class Words:
    """How a check names its cue."""

    cue: str
    """With article, such as "a small patch"."""
    without: str
    """What photographs are under a change that removes it: "without colour"; empty where none does."""
    remedy: str
    """What can be done about it, in the imperative."""


def title(
    m: Reader, words: Words, verdict: str, scales: Sequence[str], test: CausalTest | None, score: Score
) -> str:
    """One line."""
    name = m.name(score.class_index)
    if verdict == "refuted":
        return f"{name}: {words.cue} stood out, but does not carry it"
    if "sufficient" in scales and test is not None:
        return f"{_capital(words.cue)} turns {test.turned.value:.0%} of other photographs into {name}"
    if "harm" in scales and test is not None:
        return f"{name} is missed {_under(words, test)} ({test.lost.value:.0%} of its photographs)"
    if "contributory" in scales:
        return f"{_capital(words.cue)} raises {name} more than any other class"
    return f"{name} may rest on {words.cue}"


def chain(
    words: Words,
    suspicion: Suspicion,
    test: CausalTest | None,
    verdict: str,
    scales: Sequence[str],
    tests: int,
) -> list[str]:
    """Suspicion → change → causal test with its controls → verdict, a sentence each."""
    score, judged = suspicion.score, suspicion.judged
    assert judged is not None
    said = [
        f"Suspicion: {test_words(score.test)}, p = {judged.p_raw:.2g}, adjusted for all tests and classes "
        f"{judged.p_adjusted:.2g} ({judged.null}"
        + (f", extrapolated: {judged.extrapolated})" if judged.extrapolated else ")")
        + (f"; {count(tests - 1, 'more test')} pointed at it" if tests > 1 else "")
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
    return [f"{sentence.rstrip('.')}." for sentence in said]


def test_sentences(words: Words, test: CausalTest, verdict: str, scales: Sequence[str]) -> list[str]:
    """Causal test, controls, what the cue is really, verdict."""
    harm = tuple(scales) == ("harm",)
    really = _also_costs(test) if harm else _really(test)
    said = [_tested(test), _controls(test), *really, f"Verdict: {_verdict(words, verdict, scales, test)}"]
    if verdict != "refuted":
        said.append(BOTH)
    return [f"{sentence.rstrip('.')}." for sentence in said if sentence]


def _tested(test: CausalTest) -> str:
    images = "rendered scenes" if test.carriers == SCENES else "photographs"
    low, high = test.shift.interval
    said = (
        f"Causal test on {test.photographs} {images} held back: {test.turned} of other classes are turned "
        f"into it, its logit moves by {test.shift.value:+.2f} standard deviations of all logits (95 % "
        f"interval {low:.2f} to {high:.2f})"
    )
    if test.lost.n:
        said += f"; it loses {test.lost} of its own, other classes {test.lost_elsewhere.value:.0%}"
    if test.accuracy is not None:
        said += f"; accuracy over all {test.accuracy[0]:.0%}, then {test.accuracy[1]:.0%}"
    return said


def _controls(test: CausalTest) -> str:
    told = [
        f"{CONTROLS.get(c.kind, c.kind)}: {c.turned.value:.0%} turned, logit {c.shift:+.2f}"
        + (f", {c.lost.value:.0%} of its own lost" if c.lost.n else "")
        for c in test.controls
        if c.turned.n
    ]
    return f"Controls: {'; '.join(told)}" if told else ""


def as_well(test: CausalTest) -> list[str]:
    """Controls that raise the class as much as the change does, within its interval."""
    if test.shift.value <= 0:
        return []
    return [control.kind for control in test.controls if control.shift >= test.shift.interval[0]]


def _really(test: CausalTest) -> list[str]:
    told = [REALLY.get(kind, f"{kind} raises the class as much") for kind in as_well(test)]
    return [f"The cue: {'; '.join(told)}"] if told else []


def _also_costs(test: CausalTest) -> list[str]:
    """Controls under which the class is missed as often, within the interval."""
    told = [
        CONTROLS.get(c.kind, c.kind)
        for c in test.controls
        if c.lost.n and c.lost.value >= test.lost.interval[0]
    ]
    return [f"The cue: under {', '.join(told)} the class is missed as often"] if told else []


def _under(words: Words, test: CausalTest) -> str:
    """ "without its colour", or "under a yellow tint"."""
    return words.without if removes(test) and words.without else f"under {change_words(test.change)}"


def _verdict(words: Words, verdict: str, scales: Sequence[str], test: CausalTest | None) -> str:
    missed = f"under {words.cue}" if test is None else _under(words, test)
    meaning = {
        "sufficient": f"{words.cue} suffices to call the class",
        "contributory": f"{words.cue} contributes to this class, more than to any other and more than "
        "noise as strong does",
        "harm": f"the class is missed {missed}, more than other classes",
    }
    if scales:
        return f"verified: {'; '.join(meaning[scale] for scale in scales)}"
    if verdict == "refuted":
        return "refuted: on photographs held back the change turns next to nothing into the class"
    return "suspected: the causal test does not settle it"


def evidence(m: Reader, test: CausalTest | None) -> list[Evidence]:
    """Photographs before and after."""
    shown: list[Evidence] = []
    for example in test.examples[:SHOWN] if test else ():
        scene = test is not None and test.carriers == SCENES
        shown += [
            Evidence(
                artefact=example.before,
                origin="rendered" if scene else "natural",
                caption=f"{'Rendered scene' if scene else 'Natural photograph'}; classified as "
                f"{m.name(example.answer_before)}",
            ),
            Evidence(
                artefact=example.after,
                origin="changed",
                caption=f"Changed; classified as {m.name(example.answer_after)}",
            ),
        ]
    return shown


def next_step(words: Words, verdict: str, fingerprint: str) -> str:
    """What to do."""
    again = f"`audit probe RUN --finding {fingerprint} --images FOLDER` tests it again on other photographs"
    return f"{_capital(again)}" if verdict == "refuted" else f"{words.remedy}; {again}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
