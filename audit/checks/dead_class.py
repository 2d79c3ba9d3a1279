"""Does the network ever answer the class at all?

A lint and not a limit: one success proves the class alive, so what counts is whether there is any.
Without a prior, gradient ascent on the input reaches nearly every living class (Nguyen et al. 2015,
arXiv:1412.1897), so a class missed even there has no gradient that leads to it. The search is not
exhaustive, so a missed class is suspected; an output that never changes is verified.
"""

from audit.checks._measurements import Measurements, chosen, count, pictures
from audit.checks._numbers import finite
from audit.config import ChecksConfig
from audit.results import Agreement, CheckMeta, CheckResult, ClassResult, Effect, Finding

META = CheckMeta(
    id="dead-class",
    title="Class that is never answered",
    kind="lint",
    question="Is there a class that the network does not answer even on pictures made for it?",
    source="Nguyen et al. 2015, arXiv:1412.1897 (any living class can be reached without a prior)",
    unit="",
)
NEXT = (
    "Count the class's training photographs and check that its label index is the one used "
    "in training; then search longer: --set synthesis.restarts=9 --set unconstrained.restarts=9"
)


def evaluate(measurements: Measurements, config: ChecksConfig) -> CheckResult:
    """Flagged: a class missed with and without prior, or a constant output. No setting is used."""
    seen = [c for c in measurements.ordered if c.pictures]
    constant = [_constant(measurements, c) for c in seen if _is_constant(c)]
    dead = [c for c in seen if not _is_constant(c) and not any(map(measurements.answered, c.pictures))]
    sure = [c for c in dead if pictures(c, "none")]
    unsure = [c for c in dead if not pictures(c, "none")]
    found = [
        *constant,
        *sorted((_missed(measurements, c, sure=True) for c in sure), key=_best),
        *sorted((_missed(measurements, c, sure=False) for c in unsure), key=_best),
    ]
    without = len(measurements.classes) - len(seen)
    if not seen:
        outcome, summary = "not run", "No class has a picture."
    elif constant or sure:
        outcome = "flagged"
        summary = (
            f"{count(len(constant) + len(sure), 'class', 'classes')} of {len(seen)} never answered on any "
            "picture made for them, or with an output that never changes."
        )
    elif unsure:
        outcome = "inconclusive"
        summary = (
            f"{count(len(unsure), 'class', 'classes')} of {len(seen)} never answered under the natural "
            "prior; pictures without prior, which would settle it, were not made for them."
        )
    elif without:
        outcome = "inconclusive"
        summary = (
            f"{count(without, 'class has', 'classes have')} no picture; the other {len(seen)} are alive."
        )
    else:
        outcome = "passed"
        summary = f"Every one of {count(len(seen), 'class', 'classes')} is answered on a picture made for it."
    return CheckResult(meta=META, outcome=outcome, summary=summary, gates=True, ranking=[], findings=found)


def _is_constant(result: ClassResult) -> bool:
    """Different pictures, one and the same own logit: the output does not depend on the input."""
    logits = [p.logit for p in result.pictures if finite(p.logit)]
    if len({p.sha256 for p in result.pictures}) < 2 or len(logits) < len(result.pictures):
        return False
    return max(logits) - min(logits) <= 1e-6 * max(1.0, abs(max(logits)))


def _constant(measurements: Measurements, result: ClassResult) -> Finding:
    index, n = result.label.index, len(result.pictures)
    return measurements.finding(
        META,
        "verified",
        [index],
        title=f"The output for {measurements.name(index)} does not react to the picture",
        detail=f"Its logit is {result.pictures[0].logit:.4g} on each of {n} pictures made to raise it.",
        agreement=Agreement(k=n, n=n),
        evidence=_evidence(measurements, result),
        next_step="Look at the last layer's weights for this class: all zero, or fed by dead units",
    )


def _missed(measurements: Measurements, result: ClassResult, *, sure: bool) -> Finding:
    index, n = result.label.index, len(result.pictures)
    margins = [p.margin for p in result.pictures if finite(p.margin)]
    best = max(margins) if margins else None
    distance = "" if best is None else f" In the best one another class leads by {-best:.3g} logits."
    where = "with and without prior" if sure else "all under the natural prior"
    return measurements.finding(
        META,
        "suspected" if sure else "observed",
        [index],
        title=f"The network never answers {measurements.name(index)}",
        detail=f"None of {count(n, 'picture')} made for the class ({where}) is answered as it.{distance}",
        effect=None if best is None else Effect(value=best, unit="logits, best margin", interval=None),
        agreement=Agreement(k=n, n=n),
        evidence=_evidence(measurements, result),
        next_step=NEXT,
    )


def _evidence(measurements: Measurements, result: ClassResult):
    natural, plain = chosen(result, "natural"), chosen(result, "none")
    return measurements.evidence(natural) + measurements.evidence(plain)


def _best(finding: Finding) -> tuple[float, int]:
    """Strongest first: the class that stays furthest behind."""
    return (finding.effect.value if finding.effect else float("-inf"), finding.classes[0])
