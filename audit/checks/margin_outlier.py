"""Is one class far easier to reach than the others?

Maximum-margin detection (MM-BD, Wang et al., IEEE S&P 2024, arXiv:2205.06900, eq. 1): r_t is the
largest margin z_t - max_{i≠t} z_i that any picture for class t reaches. A backdoor lifts its target, and
often its row in the last layer (Fields et al. 2021, arXiv:2109.02836). Published thresholds flag many clean
networks; so a class is suspected only beyond what a table of them shows, and without a table this ranks.
"""

from statistics import median

from audit.checks._causal import chances, decide, extrapolated
from audit.checks._causal_words import Words, chain, evidence
from audit.checks._lacks import Lack, no_table
from audit.checks._limit_values import Limits
from audit.checks._null import CHANCES, Suspicion, ordered_classes, suspicions
from audit.checks._numbers import MIN_CLASSES, OUTLIER_Z, finite, robust_z, z_limit
from audit.checks._reader import PRIOR_WORDS, Prior, Reader, chosen, count, pictures
from audit.config import Config
from audit.records import (
    Agreement,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Picture,
    PValue,
    Ranked,
    Results,
)
from audit.records.change_words import test_words

META = CheckMeta(
    id="margin-outlier",
    title="Highest logit margin",
    kind="test",
    question="Does one class reach a much larger logit margin than all others, as a backdoor's target can?",
    source="Wang et al., MM-BD, IEEE S&P 2024, arXiv:2205.06900",
    unit="robust z-score of the largest margin",
    level="warn",
    needs=("pictures",),
    limits=(OUTLIER_Z, *CHANCES),
    order=40,
)
KINDS = ("margin", "row")
"""Tests that come from no change of an image."""
WORDS = Words(cue="the change fitted to it", without="", remedy="")
NEXT = (
    "Look at the pictures for one small mark that all of them share, and paste it onto photographs of other "
    "classes: a backdoor turns their predictions into this class"
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """A table of what clean networks show."""
    return no_table(photographs)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Ranks. Decides where a table of clean networks has margins, or rows, of so many classes."""
    m = Reader(results)
    prior = _prior(m)
    usable = {c.label.index: shown for c in m.ordered if (shown := _usable(m, c, prior))}
    if len(usable) < MIN_CLASSES:
        summary = f"Needs at least {MIN_CLASSES} classes with pictures to compare; there are {len(usable)}."
        return CheckResult(
            meta=META, outcome="not applicable", summary=summary, gates=False, ranking=[], findings=[]
        )
    largest = {i: max(map(m.decision_margin, shown)) for i, shown in usable.items()}
    scores = dict(zip(largest, robust_z(list(largest.values())), strict=True))
    limit = z_limit(limits.outlier_z, len(scores), len(scores))
    order = sorted(scores, key=lambda i: (-scores[i], i))
    ranking = [
        Ranked(class_index=i, value=scores[i], note=f"largest margin {largest[i]:.3g} logits") for i in order
    ]
    by_index = {c.label.index: c for c in m.ordered}
    outliers = [i for i in order if scores[i] >= limit]
    found = [_finding(m, by_index[i], prior, list(largest.values()), scores[i], limit) for i in outliers]
    if judged := [s for s in suspicions(m) if s.kind in KINDS and s.judged is not None]:
        return _decided(m, judged, ranking, found, limits)
    summary = (
        f"Highest logit margin: {m.name(order[0])} (z = {scores[order[0]]:.1f}). Ranking only: the limit is "
        f"not calibrated. {len(found)} of {count(len(scores), 'class', 'classes')} at z ≥ {limit:.1f}. "
        f"Pictures: {PRIOR_WORDS[prior]}{_left_out(m, usable)}."
    )
    return CheckResult(
        meta=META, outcome="inconclusive", summary=summary, gates=False, ranking=ranking, findings=found
    )


def _decided(
    m: Reader, judged: list[Suspicion], ranking: list[Ranked], seen: list[Finding], limits: Limits
) -> CheckResult:
    """The answer beside clean networks: what merely stands out among its own classes is no finding then."""
    observed = {finding.classes[0]: finding for finding in seen}
    found = [
        _suspected(m, tests[0], observed.get(index), limits)
        for index, tests in ordered_classes([s for s in judged if s.p <= limits.max_false_alarm])
    ]
    sure = [finding for finding in found if finding.verdict != "refuted"]
    first = judged[0]
    outside = extrapolated(judged)
    outcome = "flagged" if sure else "inconclusive" if outside else "passed"
    summary = (
        f"{count(len(sure), 'class', 'classes')} beyond what clean networks show. First: "
        f"{m.name(first.score.class_index)} ({test_words(first.score.test)}, {chances(first)})."
    )
    if outside:
        summary += " The chances are extrapolated: the clean networks are unlike this one."
    return CheckResult(
        meta=META, outcome=outcome, summary=summary, gates=True, ranking=ranking, findings=found
    )


def _suspected(m: Reader, suspicion: Suspicion, seen: Finding | None, limits: Limits) -> Finding:
    decided = decide(m, suspicion, limits)
    score, judged = suspicion.score, suspicion.judged
    assert judged is not None  # it was chosen for it
    name, index = m.name(score.class_index), score.class_index
    what = "reaches a larger margin" if suspicion.kind == "margin" else "has a larger row in the last layer"
    result = next(c for c in m.ordered if c.label.index == index)
    shown = evidence(m, decided.test) or m.evidence(chosen(result, "none") or chosen(result, "natural"))
    return m.finding(
        META,
        decided.verdict,
        [index],
        title=f"{name} {what} than clean networks show",
        steps=chain(WORDS, suspicion, decided.test, decided.verdict, decided.scales, 1, "warn"),
        effect=seen.effect if seen else Effect(value=score.value, unit="lead", interval=None),
        agreement=seen.agreement if seen else None,
        evidence=shown,
        next_step=NEXT,
        p=PValue(raw=judged.p_raw, adjusted=judged.p_adjusted, null=judged.beside),
        level="warn",
        change=decided.test.change if decided.test else None,
    )


def _prior(m: Reader) -> Prior:
    """Unconstrained, as published, where every audited class has such pictures."""
    return "none" if all(_usable(m, c, "none") for c in m.results.classes) else "natural"


def _usable(m: Reader, result: ClassResult, prior: Prior) -> list[Picture]:
    """Where labels are independent, the own logit takes the margin's place."""
    return [p for p in pictures(result, prior) if finite(m.decision_margin(p))]


def _left_out(m: Reader, usable: dict[int, list[Picture]]) -> str:
    missing = len(m.results.classes) - len(usable)
    return f"; {count(missing, 'class', 'classes')} without them left out" if missing else ""


def _finding(
    m: Reader, result: ClassResult, prior: Prior, margins: list[float], z: float, limit: float
) -> Finding:
    shown, name = _usable(m, result, prior), m.name(result.label.index)
    best = max(shown, key=lambda p: (m.decision_margin(p), -p.restart))
    # Each restart alone, against the same classes: does it stand out without help from the others?
    alone = [robust_z([*margins, m.decision_margin(p)])[-1] >= limit for p in shown]
    middle = median(margins)
    evidence = m.evidence(best)
    if prior == "none":
        evidence += m.evidence(chosen(result, "natural"))
    return m.finding(
        META,
        "observed",
        [result.label.index],
        title=f"{name} reaches a larger margin than the other classes",
        detail=f"Its largest margin is {m.decision_margin(best):.3g} logits against {middle:.3g} in the "
        f"median class (robust z = {z:.1f}, {len(margins)} classes, pictures {PRIOR_WORDS[prior]}). "
        "The limit is not calibrated on clean networks: a place to look, not a verdict.",
        effect=Effect(value=z, unit=META.unit, interval=None),
        agreement=Agreement(k=sum(alone), n=len(alone)),
        evidence=evidence,
        next_step=NEXT,
    )
