"""Do pictures made for one class make the network say another?

A pair (A, B) is counted where, in a restart for A under the natural prior, the strongest answer is B. Where
labels are independent, B may be at the top beside A ("animal" on a picture of a dog): there the pair counts
only where A itself does not hold, its probability below 0.5, while B does. Classes that stay right are ranked
by how close the runner-up comes, or, where labels are independent, by the own logit.
"""

from collections import Counter
from statistics import median

from audit.checks._measurements import Measurements, chosen, count, pictures
from audit.checks._numbers import finite, restarts_to_settle
from audit.config import ChecksConfig
from audit.results import (
    Agreement,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Picture,
    Proportion,
    Ranked,
)

META = CheckMeta(
    id="class-overlap",
    title="Classes that overlap",
    kind="limit",
    question="Is a picture made for one class taken for another?",
    source="this project; interval: Clopper and Pearson 1934",
    unit="logits, median margin over the runner-up",
)


def evaluate(measurements: Measurements, config: ChecksConfig) -> CheckResult:
    """Flagged: a pair whose share of restarts lies, interval included, above `overlap_share`."""
    limit = config.overlap_share
    drawn = {c.label.index: usable for c in measurements.ordered if (usable := _usable(c))}
    if not drawn:
        summary = "No class has a picture under the natural prior."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    pairs = {
        (a, b): Proportion.of(k, len(shown))
        for a, shown in drawn.items()
        for b, k in Counter(map(measurements.taken_for, shown)).items()
        if b is not None
    }
    by_index = {c.label.index: c for c in measurements.ordered}
    found = [_finding(measurements, by_index, pair, share, limit) for pair, share in pairs.items()]
    found.sort(key=lambda f: (f.verdict != "suspected", -(f.effect.value if f.effect else 0.0), f.classes))
    flagged = [s for s in pairs.values() if s.above(limit)]
    # A class without a single mistaken restart still has an upper bound, which may lie beyond the limit.
    mistaken = {a for a, _ in pairs}
    clean = [Proportion.of(0, len(shown)) for a, shown in drawn.items() if a not in mistaken]
    open_ = [s for s in [*pairs.values(), *clean] if not s.above(limit) and not s.below(limit)]
    missing = len(measurements.classes) - len(drawn)
    parts = [
        f"{count(len(mistaken), 'class', 'classes')} of {len(drawn)} taken for another "
        f"in at least one restart, {count(len(flagged), 'pair')} beyond the limit of {limit:.0%}"
    ]
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no usable picture")
    if open_ and not flagged:
        parts.append(_too_few(open_, limit))
    outcome = "flagged" if flagged else "inconclusive" if open_ or missing else "passed"
    ranking = [r for a, shown in drawn.items() if (r := _ranked(measurements, a, shown)) is not None]
    ranking.sort(key=lambda r: (r.value, r.class_index))
    return CheckResult(
        meta=META,
        outcome=outcome,
        summary="; ".join(parts) + ".",
        gates=True,
        ranking=ranking,
        findings=found,
    )


def _usable(result: ClassResult) -> list[Picture]:
    return [p for p in pictures(result, "natural") if p.top]


def _finding(
    m: Measurements, by_index: dict[int, ClassResult], pair: tuple[int, int], share: Proportion, limit: float
) -> Finding:
    a, b = pair
    mistaken = [p for p in _usable(by_index[a]) if m.taken_for(p) == b]
    margins = [p.margin for p in mistaken if finite(p.margin)]
    lead = f", by {-median(margins):.3g} logits in the middle" if margins else ""
    other = chosen(by_index[b], "natural") if b in by_index else None
    place = "above" if share.above(limit) else "not settled against"
    return m.finding(
        META,
        "suspected" if share.above(limit) else "observed",
        [a, b],
        title=f"Pictures made for {m.name(a)} are answered as {m.name(b)}",
        detail=f"The strongest answer is {m.name(b)} in {share} restarts{lead}; "
        f"{place} the limit of {limit:.0%}.",
        effect=Effect(value=share.value, unit="share of restarts", interval=share.interval),
        agreement=Agreement(k=share.k, n=share.n),
        evidence=[e for p in mistaken[:3] for e in m.evidence(p)] + m.evidence(other),
        next_step="Compare the two classes' pictures and look through both classes' training photographs for "
        "shared scenes, double labels or one name inside the other",
    )


def _ranked(m: Measurements, a: int, shown: list[Picture]) -> Ranked | None:
    margins = [m.lead(p) for p in shown if finite(m.lead(p))]
    if not margins:
        return None
    if m.model.task == "multi-label":
        return Ranked(class_index=a, value=median(margins), note="own logit; labels are independent")
    rivals = Counter(b for p in shown if (b := _rival(p, a)) is not None)
    if not rivals:
        return Ranked(class_index=a, value=median(margins), note="")
    rival, k = min(rivals.items(), key=lambda item: (-item[1], item[0]))
    note = f"strongest rival {m.name(rival)} in {k} of {len(shown)} restarts"
    return Ranked(class_index=a, value=median(margins), note=note)


def _rival(picture: Picture, own: int) -> int | None:
    return next((t.class_index for t in picture.top if t.class_index != own), None)


def _too_few(open_: list[Proportion], limit: float) -> str:
    fewest, needed = min(s.n for s in open_), restarts_to_settle(limit)
    if needed is not None and fewest < needed:
        return (
            f"{count(fewest, 'restart')} per class cannot settle a share against {limit:.0%} "
            f"({needed} can: --set synthesis.restarts={needed})"
        )
    return "for some classes the interval includes the limit"
