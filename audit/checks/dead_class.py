"""Does the network ever predict the class at all?

A lint and not a limit: one success proves the class alive, so what counts is whether there is any, on a
picture made for the class or on a photograph of the run, whatever that one shows. Without a prior, gradient
ascent on the input reaches nearly every living class (Nguyen et al. 2015, arXiv:1412.1897), so a class missed
even there has no gradient that leads to it. The search is not exhaustive, so a missed class is suspected; an
output that never changes is verified. What must change is by how much the class leads, for that is all an
answer depends on: one logit that is always 0 is how a network with one output states its second class.

Under the natural prior few views miss many living classes. One missed only there is ranked by how far it
stays behind, and becomes a finding where no picture brings it among the network's first five answers.
"""

from audit.checks._limit_values import Limits
from audit.checks._numbers import finite
from audit.checks._reader import Reader, chosen, count, pictures
from audit.records import Agreement, CheckMeta, CheckResult, ClassResult, Effect, Finding, Ranked, Results
from audit.records.findings import Outcome

META = CheckMeta(
    id="dead-class",
    title="Class that is never predicted",
    kind="lint",
    question="Is there a class that the network does not predict even on pictures made for it?",
    source="Nguyen et al. 2015, arXiv:1412.1897 (any living class can be reached without a prior)",
    unit="logits, best margin",
    needs=("pictures",),
    order=20,
)
NEAR = 5
"""A class among so many first answers is nearly reached."""
NEXT = (
    "Count the class's training photographs and check that its label index is the one used "
    "in training; then search longer: --set synthesis.restarts=9 --set unconstrained.restarts=9"
)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: a class missed by all pictures, unconstrained too, and by all photographs, or a constant
    output. No setting is used."""
    m = Reader(results)
    seen = [c for c in m.ordered if c.pictures]
    constant = [c for c in seen if _is_constant(m, c)]
    missed = [c for c in seen if c not in constant and not any(map(m.answered, c.pictures))]
    natural = _on_photographs(m)
    dead = [c for c in missed if c.label.index not in natural]
    sure = [c for c in dead if pictures(c, "none")]
    unsure = [c for c in dead if not pictures(c, "none")]
    far = [c for c in unsure if min(p.rank for p in c.pictures) > NEAR]
    found = [
        *(_constant(m, c) for c in constant),
        *sorted((_missed(m, c, sure=True) for c in sure), key=_best),
        *sorted((_missed(m, c, sure=False) for c in far), key=_best),
    ]
    outcome, summary = _answer(
        len(m.results.classes), len(seen), len(constant) + len(sure), len(unsure), len(missed) - len(dead)
    )
    ranking = [
        Ranked(
            class_index=c.label.index,
            value=best,
            note=f"{count(len(c.pictures), 'picture')}, none classified as it",
        )
        for c in dead
        if (best := _margin(m, c)) is not None
    ]
    ranking.sort(key=lambda r: (r.value, r.class_index))
    return CheckResult(
        meta=META, outcome=outcome, summary=summary, gates=True, ranking=ranking, findings=found
    )


def _answer(audited: int, seen: int, gone: int, unsure: int, rescued: int) -> tuple[Outcome, str]:
    """Outcome and sentence from counts of classes: with a picture, certainly missed, missed under the natural
    prior alone, and missed by every picture but predicted on a photograph."""
    alive = (
        f" {count(rescued, 'class that no picture reaches is', 'classes that no picture reaches are')} "
        "alive: predicted on a photograph."
        if rescued
        else ""
    )
    if not seen:
        return "not run", "No class has a picture."
    if gone:
        return "flagged", (
            f"{count(gone, 'class', 'classes')} of {seen} never predicted on any picture made for them, "
            f"or with an output that never changes.{alive}"
        )
    if unsure:
        return "inconclusive", (
            f"{count(unsure, 'class', 'classes')} of {seen} not predicted on pictures regularised by the "
            "natural prior. Too few views can explain that. Unconstrained pictures would settle it: "
            f"--set unconstrained.classes={audited}.{alive}"
        )
    if seen < audited:
        without = count(audited - seen, "class has", "classes have")
        return "inconclusive", f"{without} no picture; the other {seen} are alive.{alive}"
    where = "a picture made for it or a photograph" if rescued else "a picture made for it"
    return "passed", _each(seen) + f" is predicted on {where}.{alive}"


def _each(classes: int) -> str:
    return "The only class" if classes == 1 else f"Each of {classes:,} classes"


def _on_photographs(m: Reader) -> set[int]:
    """Classes that some photograph is classified as."""
    if m.results.photographs is None:
        return set()
    sure = 0.5 if m.model.task == "multi-label" else 0.0
    photographs = [p for p in m.results.photographs.photographs if p.finite]
    found = {p.answer.class_index for p in photographs if p.answer.probability >= sure}
    if m.model.task == "multi-label":
        # A label that holds need not be the first answer.
        found |= {p.label for p in photographs if p.label is not None and (p.probability or 0.0) >= sure}
    return found


def _is_constant(m: Reader, result: ClassResult) -> bool:
    """Different pictures, one and the same margin; or, among more than two classes, one own logit and no
    picture that is classified as the class: the output does not depend on the input."""
    leads = [m.decision_margin(p) for p in result.pictures]
    logits = [p.logit for p in result.pictures]
    if len({p.sha256 for p in result.pictures}) < 2 or not all(map(finite, [*leads, *logits])):
        return False
    unreached = len(m.model.classes) > 2 and not any(map(m.answered, result.pictures))
    return _same(leads) or (unreached and _same(logits))


def _same(values: list[float]) -> bool:
    return max(values) - min(values) <= 1e-6 * max(1.0, abs(max(values)))


def _constant(m: Reader, result: ClassResult) -> Finding:
    index, n = result.label.index, len(result.pictures)
    return m.finding(
        META,
        "verified",
        [index],
        title=f"The output for {m.name(index)} does not react to the picture",
        detail=f"{_held(m, result)} on each of {n} pictures made to raise it.",
        agreement=Agreement(k=n, n=n),
        evidence=_evidence(m, result),
        next_step="Look at the last layer's weights for this class: all zero, or fed by dead units",
    )


def _held(m: Reader, result: ClassResult) -> str:
    """What stays the same."""
    first = result.pictures[0]
    if _same([p.logit for p in result.pictures]):
        return f"Its logit is {first.logit:.4g}"
    return f"It leads by {first.margin:.4g} logits"


def _missed(m: Reader, result: ClassResult, *, sure: bool) -> Finding:
    index, n = result.label.index, len(result.pictures)
    best = _margin(m, result)
    multi = m.model.task == "multi-label"
    words = "its logit is" if multi else "another class leads by"
    distance = "" if best is None else f" In the best one {words} {best if multi else -best:.3g} logits."
    odd = sum(not p.finite for p in result.pictures)
    distance += f" On {count(odd, 'picture')} the network's output is not finite." if odd else ""
    where = "regularised and unconstrained" if sure else "all regularised by the natural prior"
    return m.finding(
        META,
        "suspected" if sure else "observed",
        [index],
        title=f"The network never predicts {m.name(index)}",
        detail=f"None of {count(n, 'picture')} made for the class ({where}) is classified as it.{distance}"
        f"{'' if m.results.photographs is None else ' Nor is any photograph of the run.'}",
        effect=None if best is None else Effect(value=best, unit="logits, best margin", interval=None),
        agreement=Agreement(k=n, n=n),
        evidence=_evidence(m, result),
        next_step=NEXT,
    )


def _margin(m: Reader, result: ClassResult) -> float | None:
    """The largest margin over its pictures."""
    return max((m.decision_margin(p) for p in result.pictures if finite(m.decision_margin(p))), default=None)


def _evidence(m: Reader, result: ClassResult):
    natural, plain = chosen(result, "natural"), chosen(result, "none")
    return m.evidence(natural) + m.evidence(plain)


def _best(finding: Finding) -> tuple[float, int]:
    """Strongest first: the class that stays furthest behind."""
    return (finding.effect.value if finding.effect else float("-inf"), finding.classes[0])
