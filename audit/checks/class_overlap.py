"""Do pictures made for one class make the network say another?

A pair (A, B) is counted where, in a restart for A under the natural prior, the strongest answer is B. Where
labels are independent, B may be at the top beside A ("animal" on a picture of a dog): there the pair counts
only where A itself does not hold, its probability below 0.5, while B does. Classes that stay right are ranked
by how close the runner-up comes, or, where labels are independent, by the own logit.

Held against the limit is the share of a class's restarts that are classified as any other class, over all
classes at once (`audit.checks._limit`). A class beyond it is suspected, together with the class that most
of these restarts are taken for; every other pair is observed.
"""

from collections import Counter
from statistics import median

from audit.checks._lacks import Lack, restarts
from audit.checks._limit import LEVEL, conditional_p, decide
from audit.checks._limit_values import Limits
from audit.checks._limit_words import p_value, sentences, told
from audit.checks._numbers import finite
from audit.checks._reader import Reader, chosen, count, pictures
from audit.config import Config
from audit.records import (
    Agreement,
    CheckMeta,
    CheckResult,
    ClassResult,
    Effect,
    Finding,
    Limit,
    Picture,
    Proportion,
    PValue,
    Ranked,
    Results,
)

META = CheckMeta(
    id="class-overlap",
    title="Classes that overlap",
    kind="limit",
    question="Is a picture made for one class classified as another?",
    source="this project; Zhao, Small and Su 2019 (test); Marcus, Peritz and Gabriel 1976 (correction); "
    "Clopper and Pearson 1934 (interval)",
    unit="logits, median margin over the runner-up",
    needs=("pictures",),
    limits=(
        Limit(
            name="overlap_share",
            default=0.5,
            ge=0,
            le=1,
            help="Share of a class's restarts classified as another class above which the two overlap.",
        ),
    ),
    order=30,
)


def lacks(config: Config, limits: Limits, photographs: bool) -> list[Lack]:
    """Restarts enough to settle a share."""
    return restarts(config, limits.overlap_share)


def evaluate(results: Results, limits: Limits) -> CheckResult:
    """Flagged: some class is mistaken in more than `overlap_share` of restarts, all classes considered."""
    m = Reader(results)
    limit = limits.overlap_share
    drawn = {c.label.index: usable for c in m.ordered if (usable := _usable(c))}
    if not drawn:
        summary = "No class has a picture regularised by the natural prior."
        return CheckResult(meta=META, outcome="not run", summary=summary, gates=True, ranking=[], findings=[])
    pairs = {
        (a, b): Proportion.of(k, len(shown))
        for a, shown in drawn.items()
        for b, k in Counter(map(m.taken_for, shown)).items()
        if b is not None
    }
    mistakes = dict.fromkeys(drawn, 0)
    leading: dict[int, tuple[int, int]] = {}
    for pair in sorted(pairs, key=lambda p: (pairs[p].k, -p[1])):
        mistakes[pair[0]] += pairs[pair].k
        leading[pair[0]] = pair
    order, counts = list(drawn), [(mistakes[a], len(shown)) for a, shown in drawn.items()]
    decision = decide(counts, limit)
    suspected = {
        leading[order[place]]: p_value(decision, place, conditional_p(*counts[place], limit))
        for place in decision.suspected
    }
    by_index = {c.label.index: c for c in m.ordered}
    found = [
        _finding(m, by_index, pair, share, mistakes[pair[0]], limit, suspected.get(pair))
        for pair, share in pairs.items()
    ]
    found.sort(key=lambda f: (f.verdict != "suspected", -(f.effect.value if f.effect else 0.0), f.classes))
    missing = len(m.results.classes) - len(drawn)
    parts = [
        _counted(sum(k > 0 for k in mistakes.values()), len(drawn), len(decision.above), limit),
        told(decision, counts, limit),
    ]
    if missing:
        parts.append(f"{count(missing, 'class has', 'classes have')} no usable picture")
    outcome = "inconclusive" if missing and decision.outcome == "passed" else decision.outcome
    ranking = [r for a, shown in drawn.items() if (r := _ranked(m, a, shown)) is not None]
    ranking.sort(key=lambda r: (r.value, r.class_index))
    return CheckResult(
        meta=META,
        outcome=outcome,
        summary=sentences(parts),
        gates=True,
        ranking=ranking,
        findings=found,
    )


def _counted(mistaken: int, drawn: int, above: int, limit: float) -> str:
    """How many of the classes with pictures are mistaken, and how many by more than the limit."""
    restarts = "half of the restarts" if limit == 0.5 else f"{limit:.0%} of the restarts"
    classes = count(drawn, "class", "classes")
    if not mistaken:
        return f"no picture of {classes} was classified as another class (limit: {restarts})"
    return (
        f"{mistaken:,} of {classes} classified as another class in at least one restart, {above:,} in more "
        f"than {restarts} (the limit)"
    )


def _usable(result: ClassResult) -> list[Picture]:
    return [p for p in pictures(result, "natural") if p.top]


def _finding(
    m: Reader,
    by_index: dict[int, ClassResult],
    pair: tuple[int, int],
    share: Proportion,
    all_mistakes: int,
    limit: float,
    p: PValue | None,
) -> Finding:
    """A pair; `all_mistakes` are the class's with any other, `p` is there where it is suspected."""
    a, b = pair
    mistaken = [p for p in _usable(by_index[a]) if m.taken_for(p) == b]
    margins = [p.margin for p in mistaken if finite(p.margin)]
    lead = f"median margin {-median(margins):.3g} logits; " if margins else ""
    low, high = share.interval
    other = chosen(by_index[b], "natural") if b in by_index else None
    others = (
        f" Classified as any other class in {all_mistakes} of {share.n}." if all_mistakes > share.k else ""
    )
    found = m.finding(
        META,
        "observed" if p is None else "suspected",
        [a, b],
        title=f"Pictures made for {m.name(a)} are classified as {m.name(b)}",
        detail=f"Classified as {m.name(b)} in {share.k} of {share.n} restarts "
        f"({lead}95 % interval {low:.0%} to {high:.0%}).{others} "
        f"{_place(all_mistakes, share.n, limit, p)}",
        effect=Effect(value=share.value, unit="share of restarts", interval=share.interval),
        agreement=Agreement(k=share.k, n=share.n),
        evidence=[e for p in mistaken[:3] for e in m.evidence(p)] + m.evidence(other),
        next_step="Compare the two classes' pictures and look through both classes' training photographs for "
        "shared scenes, double labels or one name inside the other",
    )
    return found.model_copy(update={"p": p})


def _place(mistakes: int, n: int, limit: float, p: PValue | None) -> str:
    """Where the class stands against the limit."""
    if p is not None and p.adjusted <= LEVEL:
        return f"Above the limit of {limit:.0%} (p = {p.adjusted:.2g}, corrected for the number of classes)."
    if p is not None:
        return f"Some of several classes are above the limit of {limit:.0%}; this may be one of them."
    if mistakes > limit * n:
        return f"By count above the limit of {limit:.0%}; too few restarts to flag."
    return f"By count within the limit of {limit:.0%}."


def _ranked(m: Reader, a: int, shown: list[Picture]) -> Ranked | None:
    margins = [m.decision_margin(p) for p in shown if finite(m.decision_margin(p))]
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
