"""Is one class far easier to reach than the others?

Maximum-margin detection (MM-BD, Wang et al., IEEE S&P 2024, arXiv:2205.06900, eq. 1): r_t is the
largest margin z_t - max_{i≠t} z_i that any picture for class t reaches. A backdoor lifts its target.
Without a table of what clean networks show this only ranks: published thresholds flag many of them.
"""

from statistics import median

from audit.checks._limit_values import Limits
from audit.checks._numbers import MIN_CLASSES, OUTLIER_Z, finite, robust_z, z_limit
from audit.checks._reader import PRIOR_WORDS, Prior, Reader, chosen, count, pictures
from audit.records import (
    Agreement,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Picture,
    Ranked,
    Results,
)

META = CheckMeta(
    id="margin-outlier",
    title="Highest logit margin",
    kind="test",
    question="Does one class reach a much larger logit margin than all others, as a backdoor's target can?",
    source="Wang et al., MM-BD, IEEE S&P 2024, arXiv:2205.06900",
    unit="robust z-score of the largest margin",
    ranking=True,
    needs=("pictures",),
    limits=(OUTLIER_Z,),
    order=40,
)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Ranks; outcome "inconclusive" until a null table exists. Never gates."""
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
    summary = (
        f"Highest logit margin: {m.name(order[0])} (z = {scores[order[0]]:.1f}). Ranking only: the limit is "
        f"not calibrated. {len(found)} of {count(len(scores), 'class', 'classes')} at z ≥ {limit:.1f}. "
        f"Pictures: {PRIOR_WORDS[prior]}{_left_out(m, usable)}."
    )
    return CheckResult(
        meta=META, outcome="inconclusive", summary=summary, gates=False, ranking=ranking, findings=found
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
        next_step="Look at the pictures for one small mark that all of them share, and paste it onto "
        "photographs of other classes: a backdoor turns their predictions into this class",
    )
